"""Precision, recall and F1 of counts, and bootstrap intervals over articles.

The bootstrap draws articles, not mentions: mentions of one article share its subject, agency and style, and
an interval over mentions would be too narrow. Percentile interval (Efron and Tibshirani, An Introduction to
the Bootstrap, 1993, chapter 13), with fixed seed. A resample is a weight for each article, so all resamples
are one matrix product over the articles' counts: 1000 resamples of 350 articles take 0.1 s on one busy
core, where scoring the articles once takes 1.6 s and a thousand times half an hour.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RESAMPLES: Final = 1000
"""Bootstrap resamples; the ends of a 95 % interval move by some thousandths with 1000."""
LEVEL: Final = 0.95
"""Share of the resamples that lie within an interval."""
SEED: Final = 13
"""Seed of the resamples."""

_WEIGHTS_AT_ONCE: Final = 4_000_000
"""Weights held in memory at once (32 MB); more articles are drawn in more steps, to the same result."""


def resample(counts: npt.NDArray[np.int64], *, resamples: int = RESAMPLES, seed: int = SEED) -> Floats:
    """Return the column sums of articles drawn with replacement: whole numbers, ``resamples`` by columns.

    Args:
        counts: Counts of each article: articles by columns, at least one article.
        resamples: How often to draw as many articles as there are.
        seed: Seed of the draws; the same counts and seed give the same sums.
    """
    articles = counts.shape[0]
    rng = np.random.default_rng(seed)
    step = max(1, _WEIGHTS_AT_ONCE // articles)
    chances = np.full(articles, 1 / articles)
    parts = [
        rng.multinomial(articles, chances, size=min(step, resamples - done)).astype(np.float64) @ counts
        for done in range(0, resamples, step)
    ]
    return np.concatenate(parts)


def precision_recall_f1(counts: npt.ArrayLike) -> Floats:
    """Return precision, recall and F1 in the place of tp, fp and fn.

    ``tp / (tp + fp)``, ``tp / (tp + fn)`` and ``2 tp / (2 tp + fp + fn)``. Where there is neither gold nor
    prediction, there is no score: NaN. Where only one of them is there, its empty ratio is 0, as in seqeval.

    Args:
        counts: tp, fp, fn along the last axis; any shape before it.
    """
    tp, fp, fn = np.moveaxis(np.asarray(counts, dtype=np.float64), -1, 0)
    scores = np.stack([_ratio(tp, tp + fp), _ratio(tp, tp + fn), _ratio(2 * tp, 2 * tp + fp + fn)], axis=-1)
    scores[tp + fp + fn == 0] = np.nan
    return scores


def mean_of_defined(scores: Floats) -> Floats:
    """Return the mean over the first axis, NaN passed over; NaN where there is nothing else."""
    defined = ~np.isnan(scores)
    total = np.where(defined, scores, 0.0).sum(axis=0)
    number = defined.sum(axis=0)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def interval(draws: Floats, *, level: float = LEVEL) -> tuple[float, float] | None:
    """Return the percentile interval of ``draws``; ``None`` where none of them is a number.

    Args:
        draws: One score for each resample; NaN is passed over.
        level: Share of the draws within.
    """
    defined = draws[~np.isnan(draws)]
    if defined.size == 0:
        return None
    tail = 50 * (1 - level)
    low, high = np.percentile(defined, [tail, 100 - tail])
    return float(low), float(high)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
