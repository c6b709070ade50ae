"""A measured figure: the median of some repetitions and a bootstrap interval of it.

The median, because a busy machine only ever makes a repetition slower, never faster. The interval is the
percentile interval of resampled medians (Efron and Tibshirani, An Introduction to the Bootstrap, 1993,
chapter 13), seed and resamples as in :mod:`ie_model.evaluation.intervals`.

Trade-off: with a handful of repetitions such an interval is little more than the spread of all of them;
it says how steady the machine was, not how other machines are.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ie_model.errors import IeModelError
from ie_model.evaluation.intervals import RESAMPLES, SEED, interval

_DIGITS: Final = 5
"""Significant digits that results are written with; no machine is steadier."""


@dataclass(frozen=True)
class Estimate:
    """Median of repetitions, and the ends of its 95 % interval; these are None for one repetition."""

    median: float
    low: float | None = None
    high: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the three figures."""
        return {"median": shortened(self.median), "interval": self.interval}

    @property
    def interval(self) -> list[float] | None:
        """Both ends; None for one repetition, where an interval of no width would look like certainty."""
        if self.low is None or self.high is None:
            return None
        return [shortened(self.low), shortened(self.high)]


def estimate(values: Sequence[float]) -> Estimate:
    """Return the median of ``values`` with its interval.

    Raises:
        IeModelError: There is no value.
    """
    if not values:
        raise IeModelError("nothing was measured", expected="at least one repetition")
    middle = statistics.median(values)
    if len(values) == 1:
        return Estimate(middle)
    rng = np.random.default_rng(SEED)
    drawn = np.asarray(values, dtype=np.float64)[rng.integers(len(values), size=(RESAMPLES, len(values)))]
    low, high = interval(np.median(drawn, axis=1)) or (middle, middle)
    # Interpolated ends may miss the median by a rounding.
    return Estimate(middle, min(low, middle), max(high, middle))


def shortened(value: float) -> float:
    """Return ``value`` to five significant digits."""
    return float(f"{value:.{_DIGITS}g}")
