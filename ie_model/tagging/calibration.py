"""Confidence that can be trusted: a logistic map from what a model says to the observed precision.

Platt scaling (J. Platt, "Probabilistic outputs for support vector machines", 1999) on the logit of the
confidence: ``p = sigmoid(slope * logit(c) + offset)``, fitted on answers for articles that the
model did not train on, with Platt's smoothed targets, by Newton's method with step halving (Lin, Lin and
Weng, "A note on Platt's probabilistic outputs for support vector machines", 2007).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_EDGE: Final = 1e-6
"""Confidences are kept so far away from 0 and 1."""
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
        return probability(self.slope * log_odds(confidence) + self.offset)


def log_odds(confidence: float) -> float:
    """Return the log odds of ``confidence``, which is kept away from 0 and 1."""
    kept = min(max(confidence, _EDGE), 1 - _EDGE)
    return math.log(kept / (1 - kept))


def probability(odds: float) -> float:
    """Return the probability of log odds, rounded to the places that are written out."""
    return round(float(np.exp(-np.logaddexp(0.0, -odds))), DIGITS)


def too_few(right: Sequence[bool]) -> bool:
    """Whether there are fewer than two outcomes of either kind: nothing to fit."""
    good = sum(right)
    return good < 2 or len(right) - good < 2


def fit_calibration(confidences: Sequence[float], right: Sequence[bool]) -> Calibration:
    """Fit the map on uncalibrated confidences and whether each answer was exactly right.

    With fewer than two outcomes of either kind there is nothing to fit: the identity is returned.
    """
    if too_few(right):
        return Calibration()
    design = np.array([[log_odds(confidence), 1.0] for confidence in confidences])
    targets = platt_targets(np.asarray(right, dtype=np.bool_))
    weights = fit_logistic(design, targets, np.array([1.0, 0.0]), _RIDGE)
    return Calibration(float(weights[0]), float(weights[1]))


def platt_targets(outcome: npt.NDArray[np.bool_]) -> Floats:
    """Return Platt's smoothed targets: short of 1 for what was right, above 0 for what was wrong."""
    good = int(outcome.sum())
    return np.where(outcome, (good + 1) / (good + 2), 1 / (len(outcome) - good + 2))


def fit_logistic(design: Floats, target: Floats, prior: Floats, ridge: float) -> Floats:
    """Return the weights of least logistic loss, drawn towards ``prior``.

    The loss is that of all answers plus ``ridge / 2`` times the squared distance of the weights from
    ``prior``. Newton's method; steps are halved until the loss falls, for a plain step can diverge.

    Args:
        design: Shape (answers, features).
        target: Probabilities, shape (answers,).
        prior: Weights to start from and to be drawn to, shape (features,).
        ridge: How strongly.
    """

    def loss(weights: Floats) -> float:
        scores = design @ weights
        data = (np.logaddexp(0.0, scores) - target * scores).sum()
        return float(data + ridge / 2 * np.square(weights - prior).sum())

    weights = prior.astype(np.float64)
    current = loss(weights)
    for _ in range(_NEWTON_STEPS):
        likely = np.exp(-np.logaddexp(0.0, -(design @ weights)))
        gradient = design.T @ (likely - target) + ridge * (weights - prior)
        curvature = (design * (likely * (1 - likely))[:, None]).T @ design + ridge * np.eye(len(prior))
        step = np.linalg.solve(curvature, gradient)
        while np.abs(step).max() > _SMALLEST_STEP and loss(weights - step) > current:
            step = step / 2
        weights = weights - step
        current = loss(weights)
        if np.abs(step).max() <= _SMALLEST_STEP:
            break
    return weights


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
