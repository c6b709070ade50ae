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
#: A slot word must occur with so many training pairs ...
SLOT_SUPPORT: Final = 12
#: ... and the most telling ones become features.
SLOT_FEATURES: Final = 150
BETWEEN: Final = "between"
SLOTS: Final = (
    "before", "before2", "after", "after2", "left_last", "right_last", "gap_first", "gap_last", "gap_last2",
    BETWEEN,
)  # fmt: skip


#: Marks before the names of slots: none, or which of a quantity and an institution comes first.
MARKS: Final = ("", "q_", "i_")
#: Every marked name: its mark, and its place in SLOTS.
_NAMED: Final = {mark + name: (mark, place) for mark in MARKS for place, name in enumerate(SLOTS)}


class Sides(NamedTuple):
    """The mentions of each pair in text order, and its mark, one of :data:`MARKS`."""

    left: Spots
    right: Spots
    marks: npt.NDArray[np.str_]


def is_slot(name: str) -> bool:
    """Whether ``name`` is that of a slot, marked or not."""
    return name in _NAMED


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


def choose_slots(slots: Sequence[frozenset[Slot]], truth: npt.NDArray[np.bool_]) -> tuple[Slot, ...]:
    """Return the slot words that tell most about ``truth``, by the chi-squared statistic of a 2 x 2 table."""
    counts: dict[Slot, list[int]] = {}
    for present, value in zip(slots, truth.tolist(), strict=True):
        for slot in present:
            counts.setdefault(slot, [0, 0])[value] += 1
    total, positive = len(slots), int(truth.sum())
    ranked = []
    for slot, (no, yes) in counts.items():
        if no + yes >= SLOT_SUPPORT and no + yes < total:
            expected = (no + yes) * positive / total
            spread = expected * (1 - positive / total) * (1 - (no + yes) / total)
            ranked.append((-((yes - expected) ** 2) / spread, slot))
    return tuple(slot for _, slot in sorted(ranked)[:SLOT_FEATURES])


def slot_matrix(layout: Layout, sides: Sides, chosen: Sequence[Slot]) -> Floats:
    """Return 1 where a pair has a chosen slot word: one row a pair, one column a chosen slot word.

    Args:
        layout: The article.
        sides: The pairs.
        chosen: Slot words as :func:`slot_words` gives them.

    Raises:
        KeyError: A slot has an unknown name.
    """
    left, right, marks = sides
    asked = _asked(tuple(chosen))
    # One more token stands for every place outside the article.
    tokens = np.array([*(asked.known.get(token, 0) for token in layout.tokens), 0], dtype=np.int64)
    single = tokens[np.array(list(_single(layout, left, right).values()))]
    first, stop = _between(left, right)
    seen = sums_of(tokens == asked.words[asked.between, np.newaxis])
    has = np.empty((len(chosen), len(marks)), dtype=np.bool_)
    has[asked.between] = seen[:, stop] > seen[:, first]
    has[asked.single] = single[asked.slots[asked.single]] == asked.words[asked.single, np.newaxis]
    has &= asked.marks[:, np.newaxis] == marks
    return has.T.astype(np.float64)


class _Asked(NamedTuple):
    """Chosen slot words as arrays: slot, mark and number of the word of each; and which are of gaps."""

    known: dict[str, int]
    slots: Integers
    marks: npt.NDArray[np.str_]
    words: Integers
    between: Integers
    single: Integers


@lru_cache(maxsize=8)
def _asked(chosen: tuple[Slot, ...]) -> _Asked:
    known = {word: number for number, word in enumerate(sorted({word for _, word in chosen}), start=1)}
    marks = np.array([_NAMED[slot][0] for slot, _ in chosen], dtype=np.str_)
    slots = np.array([_NAMED[slot][1] for slot, _ in chosen], dtype=np.int64)
    words = np.array([known[word] for _, word in chosen], dtype=np.int64)
    is_gap = slots == SLOTS.index(BETWEEN)
    return _Asked(known, slots, marks, words, np.flatnonzero(is_gap), np.flatnonzero(~is_gap))


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
