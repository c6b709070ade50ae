"""The words beside a number that qualify it: about, more than, at least, up to.

Left of the number at most :data:`LEFT_WINDOW` code points of the same clause are read («نه کمتر از»), right
of the span at most :data:`RIGHT_WINDOW`, directly behind («و بیشتر», «از … فراتر رفت»). The phrases are
data (``data/modifiers.yaml``). Few numbers have one behind them: first letters decide whether to look.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from ie_model.persian.digits import clean
from ie_model.persian.folding import ZWNJ
from ie_model.persian.numbers import word_tokens
from ie_model.quantities.tables import Modifiers, modifier_tables
from ie_model.schema import Modifier

LEFT_WINDOW: Final = 48
RIGHT_WINDOW: Final = 40
#: Words of the longest modifier («به طور تقریبی», «بطور متوسط حدود»).
MAX_MODIFIER_WORDS: Final = 3
#: Words of the longest phrase behind a span («و کمتر از آن»).
MAX_BEHIND_WORDS: Final = 4
#: How far before «تا» an «از» makes it the middle of a from-to.
_FROM_REACH: Final = 6
#: How far before «تا» a number does («۲۰ درصد تا ۳۰ درصد»).
_NUMBER_REACH: Final = 3

_CLAUSE_END = re.compile(r"[.!?؟؛:\n«»()\[\]،]")
_SIGNS: Final = ".!?؟؛:»)]،"
_TURNED: Final[dict[Modifier, Modifier]] = {"more_than": "at_most", "less_than": "at_least"}


class Left(NamedTuple):
    """What the words left of a number say.

    Attributes:
        modifier: Its modifier.
        between: Whether «بین» opens a range.
        than: Whether «از» stands before it, so that «بیشتر» or «فراتر رفت» behind it compares with it.
        negated: Whether that «از» is one of «نباید از».
    """

    modifier: Modifier = "exact"
    between: bool = False
    than: bool = False
    negated: bool = False


def read_left(text: str, start: int) -> Left:
    """Read the modifier from the words before code point ``start``, within the clause."""
    window = text[max(0, start - LEFT_WINDOW) : start]
    clauses = _CLAUSE_END.split(window)
    words = clean(clauses[-1]).replace(ZWNJ, "").split()
    if start - LEFT_WINDOW > 0 and len(clauses) == 1 and words and not text[start - LEFT_WINDOW].isspace():
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
        end -= size
        if modifier in _TURNED and _is_negated(words, end, table):
            modifier = _TURNED[modifier]
        if modifier and (found == "exact" or (found == "about" and modifier != "about")):
            found = modifier  # «حداقل حدود»: the bound says more than «about»
    if not end:
        return Left(found)
    if words[end - 1] in table.between:
        return Left(found, between=True)
    if found in ("exact", "about") and words[end - 1] in table.up_to and _is_bound(words[: end - 1], table):
        return Left("at_most")
    if found != "exact" or words[end - 1] != "از":
        return Left(found)
    return Left(found, than=True, negated=_is_negated(words, end - 1, table))


def _is_bound(before: tuple[str, ...], table: Modifiers) -> bool:
    """Whether «تا» behind the words ``before`` is «up to», neither «so that» nor the middle of a from-to."""
    if not before:
        return True
    if before[-1] in table.not_up_to or "از" in before[-_FROM_REACH:]:
        return False
    return not any(word[0].isdigit() or word_tokens(word) for word in before[-_NUMBER_REACH:] if word != "و")


def _is_negated(words: tuple[str, ...], end: int, table: Modifiers) -> bool:
    """Whether «نه», «نباید» or «نمی‌تواند» (in one word or two) stands before the words from ``end`` on."""
    return bool(end) and (words[end - 1] in table.negators or "".join(words[end - 2 : end]) in table.negators)


def _phrase_before(words: tuple[str, ...], end: int, table: Modifiers) -> tuple[int, Modifier | None]:
    for size in range(min(MAX_MODIFIER_WORDS, end), 0, -1):
        key = "".join(words[end - size : end])
        modifier = table.phrases.get(key)
        if modifier is not None:
            return size, modifier
        if key in table.fillers:
            return size, None
    return 0, None


def read_both(text: str, end: int, left: Left) -> Modifier:
    """Return the modifier that the words on both sides of a span give.

    Args:
        text: The whole article, as given.
        end: Code point behind the span.
        left: What stands left of it.
    """
    window = text[end : end + RIGHT_WINDOW]
    if window[1:2] not in modifier_tables().opening_letters or not window[0].isspace():
        return left.modifier
    words = window.split(maxsplit=2)
    seconds = modifier_tables().openers.get(words[0].rstrip(_SIGNS))
    if seconds is None or (len(words) > 1 and seconds and words[1][:2] not in seconds):
        return left.modifier
    return _behind(window, left, cut=len(text) > end + RIGHT_WINDOW)


def _behind(window: str, left: Left, *, cut: bool) -> Modifier:
    stop = _CLAUSE_END.search(window)
    words = clean(window[: stop.start()] if stop else window).replace(ZWNJ, "").split()
    if cut and not stop:
        words = words[:-1]
    return _right(tuple(words[: MAX_BEHIND_WORDS + 2]), left)


def tail_modifier(words: tuple[str, ...]) -> Modifier | None:
    """Return what the last words of a surface say of its number («۵۰ نفر و بیشتر»), None if nothing."""
    table = modifier_tables()
    for start in range(max(0, len(words) - MAX_BEHIND_WORDS), len(words)):
        found = table.behind.get("".join(words[start:]).replace(ZWNJ, ""))
        if found is not None:
            return found
    return None


@lru_cache(maxsize=8192)
def _right(words: tuple[str, ...], left: Left) -> Modifier:
    table = modifier_tables()
    if left.modifier in _TURNED:
        return _TURNED[left.modifier] if _opens(words, table.negatives) else left.modifier
    if left.modifier not in ("exact", "about"):
        return left.modifier
    if left.than:
        found, rest = _longest(words, table.than_behind)
        if found and not (rest and rest[0] == "از"):
            negated = left.negated or _opens(rest, table.negatives)
            return _TURNED[found] if negated and found in _TURNED else found
    found, rest = _longest(words, table.behind)
    if found is None or (rest and not _may_go_on(words[0], found, rest[0], table)):
        return left.modifier
    return found


def _longest(words: tuple[str, ...], phrases: dict[str, Modifier]) -> tuple[Modifier | None, tuple[str, ...]]:
    for size in range(min(MAX_BEHIND_WORDS, len(words)), 0, -1):
        found = phrases.get("".join(words[:size]))
        if found is not None:
            return found, words[size:]
    return None, words


def _opens(words: tuple[str, ...], phrases: frozenset[str]) -> bool:
    return any("".join(words[:size]) in phrases for size in (1, 2))


def _may_go_on(first: str, found: Modifier, following: str, table: Modifiers) -> bool:
    if found == "about":
        return False
    return following in table.goes_on if first == "و" else following not in table.not_behind
