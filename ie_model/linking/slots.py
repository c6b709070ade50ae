"""Slots: the folded words before, between and after the mentions of a pair.

Training reads the words of every slot (:func:`slot_words`) and picks those that tell most; a trained model
knows its own and asks for these alone, for all pairs at once (:func:`slot_matrix`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ie_model.linking.features import Floats, gap_of
from ie_model.linking.layout import Integers, Layout, Spots

#: Where a word stands, and the word.
Slot = tuple[str, str]

#: Tokens of the gap that are read, nearest to the later mention.
GAP_WORDS: Final = 24
BETWEEN: Final = "between"
SLOTS: Final = (
    "before", "before2", "after", "after2", "left_last", "right_last", "gap_first", "gap_last", "gap_last2",
    BETWEEN,
)  # fmt: skip


class Sides(NamedTuple):
    """The mentions of each pair in text order, and the mark before the names of its slots ("" for none)."""

    left: Spots
    right: Spots
    marks: npt.NDArray[np.str_]


def slot_words(layout: Layout, sides: Sides) -> list[frozenset[Slot]]:
    """Return the words around and between the mentions of each pair, by the marked name of their slot."""
    left, right, marks = sides
    places = {name: index.tolist() for name, index in _single(layout, left, right).items()}
    first, stop = (bound.tolist() for bound in _between(left, right))
    found = []
    for pair, mark in enumerate(marks.tolist()):
        words = [(mark + name, layout.token(index[pair])) for name, index in places.items()]
        words += [(mark + BETWEEN, layout.tokens[index]) for index in range(first[pair], stop[pair])]
        found.append(frozenset(slot for slot in words if slot[1] and not slot[1].isdigit()))
    return found


def slot_matrix(layout: Layout, sides: Sides, chosen: Sequence[Slot]) -> Floats:
    """Return 1 where a pair has a chosen slot word: one row a pair, one column a chosen slot word.

    Args:
        layout: The article.
        sides: The pairs.
        chosen: Slot words as :func:`slot_words` gives them.
    """
    left, right, marks = sides
    plain = {(mark + name): (mark, name) for mark in np.unique(marks).tolist() for name in SLOTS}
    known = {word: place for place, word in enumerate(sorted({word for _, word in chosen}), start=1)}
    # One more token stands for every place outside the article.
    tokens = np.array([*(known.get(token, 0) for token in layout.tokens), 0], dtype=np.int64)
    at = {name: tokens[index] for name, index in _single(layout, left, right).items()}
    between = _Between(tokens, *_between(left, right))
    columns = np.zeros((len(chosen), len(marks)), dtype=np.float64)
    for row, (slot, word) in enumerate(chosen):
        if slot in plain:
            mark, name = plain[slot]
            has = between(known[word]) if name == BETWEEN else at[name] == known[word]
            columns[row] = has & (marks == mark)
    return columns.T


class _Between:
    """Which token ranges ``[first, stop)`` hold a word."""

    def __init__(self, tokens: Integers, first: Integers, stop: Integers) -> None:
        self._tokens, self._first, self._stop = tokens, first, stop

    def __call__(self, word: int) -> npt.NDArray[np.bool_]:
        where = np.flatnonzero(self._tokens == word)
        if not len(where):
            return np.zeros(len(self._first), dtype=np.bool_)
        return np.searchsorted(where, self._stop) > np.searchsorted(where, self._first)


def _between(left: Spots, right: Spots) -> tuple[Integers, Integers]:
    first, stop = gap_of(left, right)
    return np.maximum(first, stop - GAP_WORDS), stop


def _single(layout: Layout, left: Spots, right: Spots) -> dict[str, Integers]:
    """Token index of every slot that holds one word; the number of tokens where there is none."""
    first, stop = gap_of(left, right)
    none = len(layout.tokens)
    places = {
        "before": left.first - 1,
        "before2": left.first - 2,
        "after": right.stop,
        "after2": right.stop + 1,
        "left_last": left.stop - 1,
        "right_last": right.stop - 1,
        "gap_first": np.where(stop > first, first, none),
        "gap_last": np.where(stop > first, stop - 1, none),
        "gap_last2": np.where(stop - first > 1, stop - 2, none),
    }
    return {name: np.where((index < 0) | (index > none), none, index) for name, index in places.items()}
