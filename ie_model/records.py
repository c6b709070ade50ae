"""Mentions and links to records, and the arithmetic checks on them.

A check compares what the article states with what its own numbers give; it never changes a value. First
version: ``progress`` (achieved of target) and ``share`` (part of whole); ``sum``, ``change`` and ``period``
are left to later versions.

A stated percentage agrees when the computed one rounds or is cut to it at the digits stated (papers do
both): 106 agrees with 106.09 and 106.8, 5.7 with 5.63, 60 does not agree with 55.56. «حدود» widens that to
:data:`ABOUT_POINTS`; «بیش از» and «کمتر از» (and at least, at most) agree on their side, a range between its
ends, each with the tolerance of its digits.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from math import prod
from operator import itemgetter
from typing import Final, Literal

from ie_model.linking.base import LinkedRecord
from ie_model.persian.folding import fold, name_key
from ie_model.persian.sentences import split_sentences
from ie_model.schema import (
    AMOUNT,
    PERCENTAGE,
    TARGET,
    Check,
    Mention,
    Quantity,
    Record,
    is_exact_number,
)

#: How far «حدود» lets a stated percentage be from the computed one, in points.
ABOUT_POINTS: Final = Decimal("2.5")
#: ``computed`` is rounded to two decimals.
COMPUTED_STEP: Final = Decimal("0.01")

#: One person at work is one job: «تعهد ۱۸ هزار نفر» is reached by «۱۰ هزار شغل».
JOB_UNITS: Final = frozenset({"نفر", "شغل", "فرصت", "فرصت شغلی", "شاغل"})
#: Where these stand a percentage beside two amounts says how much they differ, not their share.
CHANGE_WORDS: Final = frozenset({"رشد", "افزایش", "افزایشی", "کاهش", "کاهشی", "افت", "نسبت", "مشابه", "تورم"})
#: «از» stands so few words before the whole of a share («۴۰ واحد از مجموع ۱۲۰ واحد»).
WORDS_AFTER_FROM: Final = 3
_WORD = re.compile(r"\w+")

Span = tuple[int, int]
Fact = tuple[tuple[str, ...], ...]


def build_records(
    text: str,
    mentions: Sequence[Mention],
    links: Sequence[LinkedRecord],
    sentences: Sequence[Span] | None = None,
) -> tuple[Record, ...]:
    """Give linked records their roles, span, confidence, checks and repeats.

    A record's span is the hull of the sentences of its quantities, and of its institutions in those
    sentences; an institution named farther away does not stretch it. Its confidence is that of its links
    times those of all its mentions, as if their errors were independent; null when a mention has none.

    Args:
        text: The article as given.
        mentions: Its mentions; ids are distinct.
        links: What a linker made of the same mentions.
        sentences: Half-open code point spans of the sentences, split here when not given.

    Returns:
        Records ``r1``, ``r2``, ... in order of their first quantity.

    Raises:
        KeyError: A link names a mention that is not given.
    """
    by_id = {mention.id: mention for mention in mentions}
    spans = split_sentences(text) if sentences is None else sentences
    ordered = sorted(links, key=lambda link: min(by_id[name].start for name in link.quantities))
    records: list[Record] = []
    statements: dict[Fact, list[tuple[str, frozenset[str]]]] = {}
    for number, link in enumerate(ordered, start=1):
        quantities = sorted((by_id[name] for name in link.quantities), key=lambda mention: mention.start)
        institutions = sorted((by_id[name] for name in link.institutions), key=lambda mention: mention.start)
        start, end = record_span(quantities, institutions, spans)
        names = frozenset(name_key(mention.text) for mention in institutions)
        earlier = statements.setdefault(fact, []) if (fact := _fact(quantities)) else []
        record = Record(
            id=f"r{number}",
            start=start,
            end=end,
            amounts=_ids(quantities, AMOUNT),
            targets=_ids(quantities, TARGET),
            percentages=_ids(quantities, PERCENTAGE),
            institutions=tuple(mention.id for mention in institutions),
            confidence=record_confidence(link, [*quantities, *institutions]),
            repeats=next((name for name, others in earlier if _compatible(names, others)), None),
            checks=tuple(checks_of(quantities, text, (start, end))),
        )
        earlier.append((record.id, names))
        records.append(record)
    return tuple(records)


def _ids(mentions: Sequence[Mention], label: str) -> tuple[str, ...]:
    return tuple(mention.id for mention in mentions if mention.label == label)


def record_confidence(link: LinkedRecord, mentions: Sequence[Mention]) -> float | None:
    """Return link confidence times the confidences of ``mentions``; None when one of them has none."""
    known = [mention.confidence for mention in mentions if mention.confidence is not None]
    if len(known) < len(mentions):
        return None
    return float(link.confidence * prod(known))


def record_span(
    quantities: Sequence[Mention], institutions: Sequence[Mention], sentences: Sequence[Span]
) -> Span:
    """Return the half-open hull of the sentences of ``quantities`` and of ``institutions`` in these.

    A mention that crosses sentence ends, or stands in none, still lies within the hull.
    """
    start = min(mention.start for mention in quantities)
    end = max(mention.end for mention in quantities)
    first = bisect_right(sentences, start, key=itemgetter(0)) - 1
    last = bisect_left(sentences, end, key=itemgetter(0)) - 1
    if first >= 0 and sentences[first][1] > start:
        start = sentences[first][0]
    if last >= 0:
        end = max(end, sentences[last][1])
    near = [mention for mention in institutions if mention.start < end and mention.end > start]
    return min([start, *(mention.start for mention in near)]), max([end, *(mention.end for mention in near)])


def _fact(quantities: Sequence[Mention]) -> Fact | None:
    """What two statements of one fact share: labels, values, units and what is counted.

    None for a lone percentage, which recurs by chance, and where a value is not known.
    """
    if len(quantities) == 1 and quantities[0].label == PERCENTAGE:
        return None
    facts = []
    for mention in quantities:
        quantity = mention.quantity
        if quantity is None or (quantity.value is None and quantity.low is None):
            return None
        numbers = [quantity.value, quantity.low, quantity.high]
        signs = ["" if number is None else str(number.normalize()) for number in numbers]
        unit, item = quantity.currency or fold(quantity.unit or ""), fold(quantity.item or "")
        facts.append((mention.label, quantity.kind, unit, item, *signs))
    return tuple(sorted(facts))


def _compatible(names: frozenset[str], others: frozenset[str]) -> bool:
    return not names or not others or bool(names & others)


def checks_of(quantities: Sequence[Mention], text: str, span: Span) -> Iterator[Check]:
    """Yield the checks of one record: see :func:`progress` and :func:`share`.

    Args:
        quantities: The record's quantity mentions.
        text: The article.
        span: The record's span in it.
    """
    amounts = [mention for mention in quantities if mention.label == AMOUNT]
    targets = [mention.quantity for mention in quantities if mention.label == TARGET]
    percents = [mention.quantity for mention in quantities if mention.label == PERCENTAGE]
    if len(percents) != 1 or percents[0] is None:
        return
    if len(amounts) == 1 and len(targets) == 1:
        yield from progress(amounts[0].quantity, targets[0], percents[0])
    elif len(amounts) == 2 and not targets and not _tells_change(text[slice(*span)]):
        part, whole = sorted(amounts, key=_value)
        if _follows_from(text[span[0] : whole.start]):
            yield from share(part.quantity, whole.quantity, percents[0])


def _value(mention: Mention) -> Decimal:
    value = mention.quantity.value if mention.quantity is not None else None
    return Decimal(0) if value is None else value


def _tells_change(passage: str) -> bool:
    return not CHANGE_WORDS.isdisjoint(_WORD.findall(fold(passage)))


def _follows_from(before: str) -> bool:
    # «از ۱۲۰ واحد», «از مجموع ۱۲۰ واحد», «از کل حدود ۱۲۰ واحد».
    return "از" in _WORD.findall(before)[-WORDS_AFTER_FROM:]


def progress(achieved: Quantity | None, target: Quantity | None, stated: Quantity) -> Iterator[Check]:
    """Yield the stated percentage against achieved / target x 100, when both are exact and of one unit."""
    if achieved is not None and target is not None and _comparable(achieved, target):
        yield from _check("progress", achieved, target, stated)


def share(part: Quantity | None, whole: Quantity | None, stated: Quantity) -> Iterator[Check]:
    """Yield the stated percentage against part / whole x 100, when both are exact and of one unit."""
    if part is not None and whole is not None and part.value != whole.value and _comparable(part, whole):
        yield from _check("share", part, whole, stated)


def _comparable(one: Quantity, other: Quantity) -> bool:
    if one.value is None or other.value is None or one.value <= 0 or other.value <= 0:
        return False
    return one.kind == other.kind and _measure(one) == _measure(other)


def _measure(quantity: Quantity) -> str:
    unit = fold(quantity.currency or quantity.unit or "")
    return "job" if unit in JOB_UNITS else unit


def _check(
    kind: Literal["progress", "share"], part: Quantity, whole: Quantity, stated: Quantity
) -> Iterator[Check]:
    value = stated.value
    if value is None or not part.value or not whole.value:
        return
    exact = part.value / whole.value * 100
    computed = exact.quantize(COMPUTED_STEP, rounding=ROUND_HALF_EVEN) if exact.adjusted() < 12 else exact
    if is_exact_number(computed):
        yield Check(kind=kind, stated=value, computed=computed, agrees=agrees(stated, exact))


def agrees(stated: Quantity, computed: Decimal) -> bool:
    """Whether a stated percentage allows ``computed``; see the module for the tolerance."""
    if stated.value is None:
        if stated.low is None or stated.high is None:
            return False
        return stated.low - _step(stated.low) <= computed <= stated.high + _step(stated.high)
    slack = _step(stated.value)
    if stated.modifier in ("more_than", "at_least"):
        return computed >= stated.value - slack
    if stated.modifier in ("less_than", "at_most"):
        return computed <= stated.value + slack
    if stated.modifier == "about":
        slack = max(slack, ABOUT_POINTS)
    return abs(computed - stated.value) <= slack


def _step(value: Decimal) -> Decimal:
    # 106 is written for 105.5 (rounded) to 106.99 (cut). Zeros at the end are not taken for rounding:
    # «60 درصد» without «حدود» is 60, not 55 to 65.
    exponent = value.as_tuple().exponent
    return Decimal(1).scaleb(exponent if isinstance(exponent, int) and exponent < 0 else 0)
