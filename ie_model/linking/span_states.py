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
from ie_model.linking.layout import Layout, Place
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
        scaled = (np.asarray(values, dtype=np.float32) - self.mean) / self.spread
        return np.clip(scaled, -CLIP, CLIP).astype(np.float32)


def scale_of(values: npt.NDArray[np.floating]) -> Scale:
    """Return the scale of ``values``, shape (rows, width)."""
    wide = np.asarray(values, dtype=np.float64)
    spread = np.maximum(wide.std(axis=0), _LEAST_SPREAD)
    return Scale(wide.mean(axis=0).astype(np.float32), spread.astype(np.float32))


class SpanStates:
    """The states of one article's mentions and gaps.

    Args:
        layout: The article.
        states: Its token states.
        scale: How they are standardised.
    """

    def __init__(self, layout: Layout, states: TokenStates, scale: Scale) -> None:
        self._starts = np.ascontiguousarray(states.spans[:, 0])
        self._ends = np.ascontiguousarray(states.spans[:, 1])
        self.scale = scale
        width = states.values.shape[1]
        self._sums = np.zeros((len(states.values) + 1, width), dtype=np.float64)
        np.cumsum(scale(states.values), axis=0, out=self._sums[1:])
        self._layout = layout
        self.quantities = [self._tokens(place) for place in layout.quantities]
        self.institutions = [self._tokens(place) for place in layout.institutions]

    def _tokens(self, place: Place) -> tuple[int, int]:
        first = int(np.searchsorted(self._ends, place.mention.start, side="right"))
        stop = int(np.searchsorted(self._starts, place.mention.end, side="left"))
        return first, max(stop, first)

    def mean(self, ranges: Sequence[tuple[int, int]]) -> Floats32:
        """Return the mean state of each token range, 0 for an empty one; shape (ranges, width)."""
        bounds = np.asarray(ranges, dtype=np.int64).reshape(len(ranges), 2)
        totals: npt.NDArray[np.float64] = self._sums[bounds[:, 1]] - self._sums[bounds[:, 0]]
        counts = np.maximum(bounds[:, 1] - bounds[:, 0], 1)[:, np.newaxis]
        means: Floats32 = (totals / counts).astype(np.float32)
        return means

    def gaps(self, lefts: Sequence[tuple[int, int]], rights: Sequence[tuple[int, int]]) -> Floats32:
        """Return the mean state between two token ranges of each pair, in whichever order they stand."""
        ranges = []
        for one, other in zip(lefts, rights, strict=True):
            left, right = (one, other) if one[0] <= other[0] else (other, one)
            stop = max(left[1], right[0])
            ranges.append((max(left[1], stop - GAP_TOKENS), stop))
        return self.mean(ranges)


def with_sides(
    states: SpanStates, pairs: Sequence[Pair]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the token ranges of both quantities of each pair."""
    return [states.quantities[i] for i, _ in pairs], [states.quantities[j] for _, j in pairs]


def by_sides(
    states: SpanStates, pairs: Sequence[Pair]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the token ranges of the quantity and of the institution of each pair."""
    return [states.quantities[q] for q, _ in pairs], [states.institutions[k] for _, k in pairs]
