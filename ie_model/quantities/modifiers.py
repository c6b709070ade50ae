"""The words left of a number that qualify it: about, more than, at least, up to.

At most :data:`LEFT_WINDOW` code points of the same clause are read; the phrases are data
(``data/modifiers.yaml``). Words on the right («و بیشتر», «به بالا») are not read here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from ie_model.persian.digits import clean
from ie_model.persian.folding import ZWNJ
from ie_model.quantities.tables import Modifiers, modifier_tables
from ie_model.schema import Modifier

LEFT_WINDOW: Final = 48
#: Words of the longest modifier («به طور تقریبی», «بطور متوسط حدود»).
MAX_MODIFIER_WORDS: Final = 3
#: How far before «تا» an «از» makes it the middle of a from-to.
_FROM_REACH: Final = 6

_CLAUSE_END = re.compile(r"[.!?؟؛:\n«»()\[\]،]")


class Left(NamedTuple):
    """What the words left of a number say: its modifier, and whether «بین» opens a range."""

    modifier: Modifier = "exact"
    between: bool = False


def read_left(text: str, start: int) -> Left:
    """Read the modifier from the words before code point ``start``, within the clause."""
    window = text[max(0, start - LEFT_WINDOW) : start]
    ends = [match.end() for match in _CLAUSE_END.finditer(window)]
    words = clean(window[ends[-1] :] if ends else window).replace(ZWNJ, "").split()
    if start - LEFT_WINDOW > 0 and not ends and words and not text[start - LEFT_WINDOW].isspace():
        words = words[1:]  # the window may have cut it
    return _left(tuple(words[-8:]))


def left_of_words(words: tuple[str, ...]) -> tuple[Left, bool]:
    """Read a surface's own words before its number; the flag tells whether all of them were understood."""
    table = modifier_tables()
    joined = "".join(words).replace(ZWNJ, "")
    if joined in table.between or joined in table.up_to or joined == "از":
        return _left(tuple(words)), True
    rest = [word for word in words if word not in table.fillers]
    left = _left(tuple(word.replace(ZWNJ, "") for word in words))
    return left, left.modifier != "exact" or not rest


@lru_cache(maxsize=8192)
def _left(words: tuple[str, ...]) -> Left:
    table = modifier_tables()
    found: Modifier = "exact"
    end = len(words)
    while end:
        size, modifier = _phrase_before(words, end, table)
        if not size:
            break
        if modifier and (found == "exact" or (found == "about" and modifier != "about")):
            found = modifier  # «حداقل حدود»: the bound says more than «about»
        end -= size
    if end and words[end - 1] in table.between:
        return Left(found, between=True)
    if end and found == "exact" and words[end - 1] in table.up_to:
        before = words[max(0, end - 1 - _FROM_REACH) : end - 1]
        if "از" not in before and not (before and before[-1] in table.not_up_to):
            return Left("at_most")
    return Left(found)


def _phrase_before(words: tuple[str, ...], end: int, table: Modifiers) -> tuple[int, Modifier | None]:
    for size in range(min(MAX_MODIFIER_WORDS, end), 0, -1):
        key = "".join(words[end - size : end])
        modifier = table.phrases.get(key)
        if modifier is not None:
            return size, modifier
        if key in table.fillers:
            return size, None
    return 0, None
