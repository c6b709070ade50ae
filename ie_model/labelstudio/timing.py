"""How long an article takes: the median of what Label Studio counted, with an interval.

The median, because ``lead_time`` runs on while an annotator is at lunch. Its interval is that of order
statistics, exact whatever the distribution (Conover, Practical Nonparametric Statistics, 1999, section
3.2): the k-th smallest and k-th largest time, k the largest for which a fair coin gives fewer than k heads
in n throws with a probability of at most 2.5 %. Fewer than six times give no interval of 95 %.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from statistics import median
from typing import Final

from ie_model.labelstudio.exports import Reading

ALL: Final = "all"
TAIL: Final = 0.025
"""Probability left out on either side of the interval."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of some annotations, in seconds.

    ``per_100_words`` is the median over annotations of seconds a hundred words. ``missing`` annotations say
    no time.
    """

    annotations: int
    median: float
    low: float | None
    high: float | None
    per_100_words: float | None
    missing: int


def timing(readings: Sequence[Reading]) -> dict[str, Timing]:
    """Return the times of each annotator who has any, and of all together under ``ALL``."""
    names = sorted({reading.annotator for reading in readings})
    groups: Mapping[str, Sequence[Reading]] = {
        **{name: [one for one in readings if one.annotator == name] for name in names},
        ALL: readings,
    }
    found = {name: _timing(group) for name, group in groups.items()}
    return {name: one for name, one in found.items() if one is not None}


def median_interval(values: Iterable[float]) -> tuple[float, float] | None:
    """Return the 95 % interval of the median; None for fewer than six values."""
    ordered = sorted(values)
    count, below, rank = len(ordered), 0, 0
    while rank < count:
        below += comb(count, rank)
        if below > TAIL * 2**count:
            break
        rank += 1
    return (ordered[rank - 1], ordered[count - rank]) if rank else None


def _timing(readings: Sequence[Reading]) -> Timing | None:
    timed = [(one.seconds, len(one.article.text.split())) for one in readings if one.seconds is not None]
    if not timed:
        return None
    seconds = [time for time, _ in timed]
    low, high = median_interval(seconds) or (None, None)
    paces = [100 * time / words for time, words in timed if words]
    pace = median(paces) if paces else None
    return Timing(len(timed), median(seconds), low, high, pace, len(readings) - len(timed))
