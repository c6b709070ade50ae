"""Confidence that can be trusted: a logistic map from what a model says to the observed precision.

Platt scaling (J. Platt, "Probabilistic outputs for support vector machines", 1999) on the logit of the
confidence: ``p = sigmoid(slope * logit(c) + offset)``, fitted on answers for articles that the
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

EDGE: Final = 1e-6
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
        clipped = min(max(confidence, EDGE), 1 - EDGE)
        logit = float(np.log(clipped / (1 - clipped)))
        return probability(self.slope * logit + self.offset)


def probability(log_odds: float) -> float:
    """Return the probability of ``log_odds``, rounded to the places that are written out."""
    return round(float(np.exp(-np.logaddexp(0.0, -log_odds))), DIGITS)


def fit_calibration(confidences: Sequence[float], right: Sequence[bool]) -> Calibration:
    """Fit the map on uncalibrated confidences and whether each answer was exactly right.

    With fewer than two outcomes of either kind there is nothing to fit: the identity is returned.
    """
    outcome = np.asarray(right, dtype=np.bool_)
    good, bad = int(outcome.sum()), int(len(outcome) - outcome.sum())
    if good < 2 or bad < 2:
        return Calibration()
    clipped = np.clip(np.asarray(confidences, dtype=np.float64), EDGE, 1 - EDGE)
    design = np.stack([np.log(clipped / (1 - clipped)), np.ones(len(clipped))], axis=1)
    weights = fit_logistic(design, platt_targets(outcome), np.array([1.0, 0.0]), _RIDGE)
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
