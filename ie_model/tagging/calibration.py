"""Confidence that can be trusted: a logistic map from the decoder's share to the observed precision.

Platt scaling (J. Platt, "Probabilistic outputs for support vector machines", 1999) on the logit of the
decoder's confidence: ``p = sigmoid(slope * logit(c) + offset)``, fitted on mentions of articles that the
model did not train on, with Platt's smoothed targets, by Newton's method with step halving (Lin, Lin and
Weng, "A note on Platt's probabilistic outputs for support vector machines", 2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_EDGE: Final = 1e-6
_NEWTON_STEPS: Final = 50
_RIDGE: Final = 1e-6
_SMALLEST_STEP: Final = 1e-9
DIGITS: Final = 4
"""Decimal places of a confidence as it is written out."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The logistic map; the default leaves confidences as they are."""

    slope: float = 1.0
    offset: float = 0.0

    def __call__(self, confidence: float) -> float:
        """Return the calibrated probability of ``confidence`` in [0, 1], rounded to four places."""
        clipped = min(max(confidence, _EDGE), 1 - _EDGE)
        logit = float(np.log(clipped / (1 - clipped)))
        return round(float(np.exp(-np.logaddexp(0.0, -(self.slope * logit + self.offset)))), DIGITS)


def fit_calibration(confidences: Sequence[float], right: Sequence[bool]) -> Calibration:
    """Fit the map on uncalibrated confidences and whether each mention was exactly right.

    With fewer than two outcomes of either kind there is nothing to fit: the identity is returned.
    """
    outcome = np.asarray(right, dtype=np.float64)
    good, bad = outcome.sum(), len(outcome) - outcome.sum()
    if good < 2 or bad < 2:
        return Calibration()
    clipped = np.clip(np.asarray(confidences, dtype=np.float64), _EDGE, 1 - _EDGE)
    design = np.stack([np.log(clipped / (1 - clipped)), np.ones(len(clipped))], axis=1)
    target = np.where(outcome > 0, (good + 1) / (good + 2), 1 / (bad + 2))
    weights = _newton(design, target)
    return Calibration(float(weights[0]), float(weights[1]))


def _newton(design: Floats, target: Floats) -> Floats:
    """Minimise the logistic loss; steps are halved until it falls, for a plain Newton step can diverge."""
    weights = np.array([1.0, 0.0])
    loss = _loss(design @ weights, target)
    for _ in range(_NEWTON_STEPS):
        probability = _sigmoid(design @ weights)
        gradient = design.T @ (probability - target) + _RIDGE * weights
        curvature = (design * (probability * (1 - probability))[:, None]).T @ design + _RIDGE * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        while np.abs(step).max() > _SMALLEST_STEP and _loss(design @ (weights - step), target) > loss:
            step = step / 2
        weights = weights - step
        loss = _loss(design @ weights, target)
        if np.abs(step).max() <= _SMALLEST_STEP:
            break
    return weights


def _loss(scores: Floats, target: Floats) -> float:
    return float((np.logaddexp(0.0, scores) - target * scores).sum())


def _sigmoid(scores: Floats) -> Floats:
    values: Floats = np.exp(-np.logaddexp(0.0, -scores))
    return values


def expected_calibration_error(
    confidences: Sequence[float], right: Sequence[bool], *, bins: int = 10
) -> float:
    """Return the ECE over equal-width bins (Naeini et al., AAAI 2015); 0 for no mentions."""
    if not len(confidences):
        return 0.0
    values, outcome = np.asarray(confidences), np.asarray(right, dtype=np.float64)
    places = np.minimum((values * bins).astype(int), bins - 1)
    gaps = [
        abs(values[places == place].mean() - outcome[places == place].mean()) * (places == place).sum()
        for place in np.unique(places)
    ]
    return float(sum(gaps) / len(values))
