"""Persian number words and digits to exact ``Decimal``: «یک میلیون و دویست هزار», «۴۵ هزار و ۷۹۴».

:func:`word_tokens` cuts one written word into number parts, whatever its spacing («سی‌صد», «پنجاهوسه»,
«یکصدهزار»), and :func:`evaluate` makes one number of a run of parts. The words are in
``ie_model.persian.number_words``, their grammar in ``ie_model.persian.number_grammar``; digits are read by
``ie_model.persian.digits``. What users of the three need is importable from here.

«تریلیون» is 10^12 as in Persian news (and num2words), not the long scale's 10^18.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

from ie_model.persian.digits import NumberError, clean, join_spoken_point, read_digits
from ie_model.persian.folding import ZWNJ
from ie_model.persian.number_grammar import Number, evaluate
from ie_model.persian.number_words import (
    DENOMINATORS,
    HALF,
    ONE,
    PARTS,
    SCALES,
    WHOLE_WORDS,
    WORDS,
    Part,
    PartKind,
)

__all__ = [
    "DENOMINATORS",
    "HALF",
    "MAX_RUN_LENGTH",
    "ONE",
    "PARTS",
    "SCALES",
    "WORDS",
    "Number",
    "Part",
    "PartKind",
    "evaluate",
    "number_prefixes",
    "read_number",
    "word_tokens",
]

#: A joined run longer than this is no number («یکمیلیونودویستهزار…»); code points, bounds the work.
MAX_RUN_LENGTH: Final = 120


def _alternative(name: str) -> str:
    # «دهم» is no denominator in «دهمیلیون» and «دهملیارد», nor «دوم» in «دوممیز»; «میلیونی» no scale in
    # «میلیونیک». With these settled longest-first needs no backtracking.
    if PARTS[name].kind == "denominator":
        return name + "(?!ی?ل|میز)"
    return name + "(?!ک|ازده)" if PARTS[name].kind == "scale" and name.endswith("ی") else name


_ALTERNATIVES = "|".join(map(_alternative, sorted(PARTS, key=len, reverse=True)))
# The atomic group keeps a long joined run linear.
_WHOLE_RUN = re.compile(f"(?>{_ALTERNATIVES})++")
_NEXT_PART = re.compile(_ALTERNATIVES)


@lru_cache(maxsize=65536)
def word_tokens(word: str) -> tuple[Part, ...]:
    """Return the number parts of one cleaned word, or ``()`` when it is not wholly a number.

    ZWNJ inside the word does not matter. A joined run counts only if its parts make a number together,
    so that «دوده» (soot) is not two and ten.
    """
    word = word.replace(ZWNJ, "")
    known = WHOLE_WORDS.get(word)
    if known is not None:
        return (known,)
    if len(word) > MAX_RUN_LENGTH or not _WHOLE_RUN.fullmatch(word):
        return ()
    parts = tuple(PARTS[name] for name in _NEXT_PART.findall(word))
    core = parts[1:] if parts[0].kind == "and" else parts
    core = core[:-1] if core and core[-1].kind == "and" else core
    try:
        evaluate(core)
    except NumberError:
        return ()
    return parts


@lru_cache(maxsize=16384)
def number_prefixes(word: str) -> tuple[tuple[tuple[Part, ...], str, bool], ...]:
    """Return every way to split a cleaned word into a number and a rest: «پنجاه‌میلیارد‌تومانی».

    Longest number first. The flag tells whether a ZWNJ stands at the cut; the caller decides whether the
    rest is a word («هزاردولت» is no thousand and two).
    """
    if not _NEXT_PART.match(word):
        return ()
    found = []
    for cut in range(min(len(word), MAX_RUN_LENGTH) - 1, 1, -1):
        if word[cut - 1] == ZWNJ:
            continue
        parts = word_tokens(word[:cut])
        if parts and parts[-1].kind != "and":
            found.append((parts, word[cut:].lstrip(ZWNJ), word[cut] == ZWNJ))
    return tuple(found)


def read_number(text: str) -> Decimal | None:
    """Return the number that ``text`` writes, in digits, words or both; None if it writes none.

    No unit, range or context: see ``ie_model.quantities`` for these.
    """
    parts: list[Part] = []
    try:
        for word in join_spoken_point(clean(text)).split():
            if word[0].isdecimal():
                parts.append(Part("digits", read_digits(word)[0], ONE))
            else:
                found = word_tokens(word)
                if not found:
                    return None
                parts.extend(found)
        return evaluate(parts).value
    except NumberError:
        return None
