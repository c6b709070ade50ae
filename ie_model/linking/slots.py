"""Slots: the folded words before, between and after the mentions of a pair.

Training reads the words of every slot (:func:`slot_words`) and picks those that tell most; a trained model
knows its own and asks for these alone, for all pairs at once (:func:`slot_matrix`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ie_model.linking.features import Floats, gap_of
from ie_model.linking.layout import Integers, Layout, Spots, sums_of

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
    known, by_slot = _by_slot(tuple(chosen))
    # One more token stands for every place outside the article.
    tokens = np.array([*(known.get(token, 0) for token in layout.tokens), 0], dtype=np.int64)
    single = {name: tokens[index] for name, index in _single(layout, left, right).items()}
    result = np.zeros((len(marks), len(chosen)), dtype=np.float64)
    for mark in np.unique(marks).tolist():
        rows = np.flatnonzero(marks == mark)
        for name in SLOTS:
            columns, asked = by_slot.get(mark + name, (_NONE, _NONE))
            if name == BETWEEN:
                first, stop = _between(left.at(rows), right.at(rows))
                seen = sums_of(tokens == asked[:, np.newaxis])
                has = (seen[:, stop] > seen[:, first]).T
            else:
                has = single[name][rows, np.newaxis] == asked
            result[np.ix_(rows, columns)] = has
    return result


_NONE: Final = np.zeros(0, dtype=np.int64)


@lru_cache(maxsize=8)
def _by_slot(chosen: tuple[Slot, ...]) -> tuple[dict[str, int], dict[str, tuple[Integers, Integers]]]:
    """Number the words of ``chosen`` from 1; return the numbers, and each slot's columns and their words."""
    known = {word: number for number, word in enumerate(sorted({word for _, word in chosen}), start=1)}
    found: dict[str, tuple[list[int], list[int]]] = {}
    for column, (slot, word) in enumerate(chosen):
        columns, asked = found.setdefault(slot, ([], []))
        columns.append(column)
        asked.append(known[word])
    return known, {slot: (np.array(both[0]), np.array(both[1])) for slot, both in found.items()}


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
