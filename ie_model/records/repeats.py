"""Which records state a fact that an earlier one has stated: headline, lead and body say the same thrice.

Two statements of one fact have the same labels, values and units (rial and toman are one currency), their
modifiers do not contradict each other, and where both name institutions they share one. «حدود ۵۰ میلیارد»
repeats «۵۰ میلیارد»; a rounded restatement («۹۲ هزار میلیارد» of «۹۲ هزار و ۴۰۰ میلیارد») does not.

Numbers recur by chance («دو پروژه» here and there, items of one list), so statements stand in different
sentences, a lone percentage repeats nothing, and a lone number of few digits must be told with the same words
around it. Of 128 repeats in 596 annotated articles 124 were judged right by reading them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from ie_model.persian.folding import fold
from ie_model.persian.number_words import PARTS
from ie_model.records.clauses import Span, sentence_at
from ie_model.records.wording import check_words
from ie_model.schema import PERCENTAGE, Mention, Quantity

#: A value of so many significant digits does not recur by chance.
TELLING_DIGITS: Final = 3
#: So many words that stand around both statements of a lone number of fewer digits.
SHARED_WORDS: Final = 2
#: «دو پروژه» is counted anywhere: so many shared words for counts up to :data:`SMALL_COUNT`.
SHARED_WORDS_OF_SMALL: Final = 4
SMALL_COUNT: Final = 10
#: Words are looked for so far on either side of a number, within its sentence, in code points.
AROUND: Final = 100
#: Shorter words tell nothing.
MIN_LETTERS: Final = 3
#: Statements of one fact that later ones are compared with; the first ones.
MAX_STATEMENTS: Final = 8

Fact = tuple[tuple[str, ...], ...]

_WORD = re.compile(r"[^\W\d_]+")
_SIDES: Final = {"more_than": 1, "at_least": 1, "less_than": -1, "at_most": -1}


class Statement(NamedTuple):
    """One record as a statement of its fact: its number, sentence and what it is told with."""

    record: int
    sentence: int
    quantities: Sequence[Mention]
    institutions: frozenset[str]


def find_repeats(
    text: str,
    records: Sequence[Sequence[Mention]],
    institutions: Sequence[frozenset[str]],
    sentences: Sequence[Span],
) -> list[int | None]:
    """Return for every record the number of the first earlier one that states its fact, or None.

    Args:
        text: The article as given.
        records: The quantity mentions of each record, in text order, by their first quantity.
        institutions: Keys of the bodies each record names.
        sentences: Half-open code point spans of the article's sentences, in order.
    """
    statements: dict[Fact, list[Statement]] = {}
    found: list[int | None] = []
    for number, (quantities, names) in enumerate(zip(records, institutions, strict=True)):
        fact = fact_of(quantities)
        earlier = statements.setdefault(fact, []) if fact is not None else []
        sentence = sentence_at(sentences, quantities[0].start)
        statement = Statement(number, sentence, quantities, names)
        same = (other.record for other in earlier if _same(text, sentences, other, statement))
        found.append(next(same, None))
        if len(earlier) < MAX_STATEMENTS:
            earlier.append(statement)
    return found


def fact_of(quantities: Sequence[Mention]) -> Fact | None:
    """What two statements of one fact share: labels, values, units and what is counted.

    None for a lone percentage, and where a value is not known.
    """
    if len(quantities) == 1 and quantities[0].label == PERCENTAGE:
        return None
    facts = []
    for mention in quantities:
        quantity = mention.quantity
        if quantity is None or (quantity.value is None and quantity.low is None):
            return None
        facts.append((mention.label, quantity.kind, *_measured(quantity)))
    return tuple(sorted(facts))


def _measured(quantity: Quantity) -> tuple[str, ...]:
    if quantity.rials is not None:
        return ("rials", str(quantity.rials.normalize()))
    numbers = (quantity.value, quantity.low, quantity.high)
    signs = ("" if number is None else str(number.normalize()) for number in numbers)
    return (quantity.currency or _folded(quantity.unit or ""), _folded(quantity.item or ""), *signs)


_folded = lru_cache(maxsize=4096)(fold)


def _same(text: str, sentences: Sequence[Span], one: Statement, other: Statement) -> bool:
    if one.sentence == other.sentence:
        return False
    if one.institutions and other.institutions and not one.institutions & other.institutions:
        return False
    if _sides(one) * _sides(other) < 0:
        return False
    if len(one.quantities) > 1 or _digits(one.quantities[0]) >= TELLING_DIGITS:
        return True
    if not _one_noun(one.quantities[0], other.quantities[0]):
        return False
    shared = _words_around(text, sentences, one) & _words_around(text, sentences, other)
    return len(shared) >= (SHARED_WORDS_OF_SMALL if _is_small(one.quantities[0]) else SHARED_WORDS)


def _is_small(mention: Mention) -> bool:
    quantity = mention.quantity
    if quantity is None or quantity.kind == "money" or quantity.value is None:
        return False
    return quantity.value <= SMALL_COUNT


def _sides(statement: Statement) -> int:
    modifiers = [
        mention.quantity.modifier for mention in statement.quantities if mention.quantity is not None
    ]
    return sum(_SIDES.get(modifier, 0) for modifier in modifiers)


def _digits(mention: Mention) -> int:
    quantity = mention.quantity
    if quantity is None:
        return 0
    numbers = [number for number in (quantity.value, quantity.low, quantity.high) if number is not None]
    return sum(len(number.normalize().as_tuple().digits) for number in numbers)


def _one_noun(one: Mention, other: Mention) -> bool:
    # «ده قلم عمده کالای صادراتی» is not «ده قلم عمده کالای وارداتی»; «پنج پروژه» may be «۵ پروژه عمرانی».
    nouns, others = ({*_WORD.findall(fold(mention.text))} - PARTS.keys() for mention in (one, other))
    return nouns <= others or others <= nouns


def _words_around(text: str, sentences: Sequence[Span], statement: Statement) -> set[str]:
    mention = statement.quantities[0]
    start, end = sentences[statement.sentence] if statement.sentence >= 0 else (0, len(text))
    before = text[max(start, mention.start - AROUND) : mention.start]
    after = text[mention.end : min(end, mention.end + AROUND)]
    words = _WORD.findall(fold(f"{before} | {after}"))
    return {word for word in words if len(word) >= MIN_LETTERS} - _common_words()


@lru_cache(maxsize=1)
def _common_words() -> frozenset[str]:
    return check_words().common | PARTS.keys()
