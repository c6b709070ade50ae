"""Encoder states of mentions and of what stands between them, as the pair nets see them.

States are standardised with the training articles' mean and spread and clipped: some dimensions of an encoder
hold values hundreds of times the others'. A mention is the mean over its tokens, a gap the mean over the last
:data:`GAP_TOKENS` tokens before the later mention.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ie_model.linking.decoding import Pair
from ie_model.linking.layout import Integers, Layout, Spots
from ie_model.token_states import TokenStates

Floats32 = npt.NDArray[np.float32]

#: Tokens of a gap that are looked at, nearest to the later mention.
GAP_TOKENS: Final = 40
#: Standardised states are clipped to this.
CLIP: Final = 5.0
_LEAST_SPREAD: Final = 1e-3


class Scale(NamedTuple):
    """Mean and spread of each state dimension, shape (width,)."""

    mean: Floats32
    spread: Floats32

    def __call__(self, values: npt.NDArray[np.floating]) -> Floats32:
        """Return ``values``, shape (rows, width), standardised and clipped."""
        scaled: Floats32 = np.asarray(values, dtype=np.float32) - self.mean
        scaled /= self.spread
        np.clip(scaled, -CLIP, CLIP, out=scaled)
        return scaled


def scale_of(values: npt.NDArray[np.floating]) -> Scale:
    """Return the scale of ``values``, shape (rows, width)."""
    wide = np.asarray(values, dtype=np.float64)
    spread = np.maximum(wide.std(axis=0), _LEAST_SPREAD)
    return Scale(wide.mean(axis=0).astype(np.float32), spread.astype(np.float32))


class PairStates(NamedTuple):
    """What a net sees of some pairs.

    ``left`` and ``right`` are the states of mentions, shape (mentions, width); ``left_index`` and
    ``right_index``, shape (pairs,), say which of them each pair is of. ``gap`` has shape (pairs, width).
    """

    left: Floats32
    left_index: Integers
    right: Floats32
    right_index: Integers
    gap: Floats32


class SpanStates:
    """The states of one article's mentions and gaps.

    Args:
        layout: The article.
        states: Its token states.
        scale: How they are standardised.
    """

    def __init__(self, layout: Layout, states: TokenStates, scale: Scale) -> None:
        self.scale = scale
        self._starts = np.ascontiguousarray(states.spans[:, 0])
        self._ends = np.ascontiguousarray(states.spans[:, 1])
        self._sums = _sums(scale(states.values))
        self._quantities = self._tokens(layout.quantity_spots)
        self._institutions = self._tokens(layout.institution_spots)

    def of_quantities(self, pairs: Sequence[Pair]) -> PairStates:
        """Return the states of pairs of quantities."""
        return self._pairs(self._quantities, self._quantities, pairs)

    def of_institutions(self, pairs: Sequence[Pair]) -> PairStates:
        """Return the states of pairs of a quantity and an institution."""
        return self._pairs(self._quantities, self._institutions, pairs)

    def _tokens(self, spots: Spots) -> Integers:
        """Return the token range of each mention, shape (mentions, 2)."""
        first = np.searchsorted(self._ends, spots.start, side="right")
        return np.stack([first, np.maximum(np.searchsorted(self._starts, spots.end), first)], axis=1)

    def _pairs(self, left: Integers, right: Integers, pairs: Sequence[Pair]) -> PairStates:
        i, j = np.array(pairs, dtype=np.int64).reshape(len(pairs), 2).T
        gap = self._mean(gaps(left[i], right[j]))
        return PairStates(self._mean(left), i, self._mean(right), j, gap)

    def _mean(self, ranges: Integers) -> Floats32:
        """Return the mean state of each token range, 0 for an empty one; shape (ranges, width)."""
        first, stop = ranges.T
        counts = np.maximum(stop - first, 1)[:, np.newaxis]
        means: Floats32 = ((self._sums[stop] - self._sums[first]) / counts).astype(np.float32)
        return means


def _sums(values: Floats32) -> npt.NDArray[np.float64]:
    """Return the sums of the rows before each row, and of all; numpy's cumsum takes three times as long."""
    sums = np.zeros((len(values) + 1, values.shape[1]), dtype=np.float64)
    for row, own in enumerate(values):
        np.add(sums[row], own, out=sums[row + 1])
    return sums


def gaps(left: Integers, right: Integers) -> Integers:
    """Return the token ranges between the mentions of each pair, whichever stands first, shape (pairs, 2).

    Args:
        left: Token range of one mention of each pair, shape (pairs, 2).
        right: That of the other.
    """
    earlier = (left[:, 0] <= right[:, 0])[:, np.newaxis]
    one, other = np.where(earlier, left, right), np.where(earlier, right, left)
    stop = np.maximum(one[:, 1], other[:, 0])
    return np.stack([np.maximum(one[:, 1], stop - GAP_TOKENS), stop], axis=1)
