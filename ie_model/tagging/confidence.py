"""How sure a mention is: a logistic map, of each label its own, from what speaks for the mention.

Features are the decoder's shares for the label and for the borders, the number grammar's view of a
quantity, how often the article names an institution, and the length. Weights are fitted on articles that
the tagger did not train on: first over all labels, drawn towards the decoder's own probability, then for each
label, drawn towards those of all (ridge; Platt's smoothed targets; :mod:`ie_model.tagging.calibration`).

Measured in cross-validation over 351 real articles: with one map of two weights over the product of the
shares the log loss is 0.347, the calibration error 0.020, and no least confidence leaves mentions of which
95 % are right; with this one 0.296 and 0.008, and of the surest 74 % of the mentions 95 % are right.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from ie_model.tagging.calibration import Floats, fit_logistic, log_odds, platt_targets, probability, too_few
from ie_model.tagging.grammar import WeighedSpan

FEATURES: Final = ("label", "borders", "nothing", "other", "moved", "repeats", "length", "constant")
"""What is weighed, in order: log odds of the decoder's two shares; whether the grammar finds nothing there,
something else, or gave the borders; mentions of the same name beyond the first; log of the words; 1."""
_OWN: Final = np.array([1.0, 1.0, 0, 0, 0, 0, 0, 0])
Bools = npt.NDArray[np.bool_]

_MOST_REPEATS: Final = 4
_RIDGE: Final = 1.0


@dataclass(frozen=True)
class SpanCalibration:
    """Weights of each label over ``FEATURES``; without any, the decoder's own confidence stands."""

    weights: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def __call__(self, found: WeighedSpan) -> float:
        """Return the probability that label and borders are right, rounded to four places."""
        weights = self.weights.get(found.span.label)
        if weights is None:
            return probability(log_odds(found.span.confidence))
        return probability(float(np.dot(features(found), weights)))


def features(found: WeighedSpan) -> list[float]:
    """Return the values of ``FEATURES`` for a mention."""
    span, view = found.span, found.agreement
    repeats = 0 if view is not None else min(found.repeats, _MOST_REPEATS) - 1
    return [
        log_odds(span.label_share),
        log_odds(span.boundary_share),
        float(view == "none"),
        float(view == "other"),
        float(view == "moved"),
        float(repeats),
        math.log(span.words),
        1.0,
    ]


def fit_spans(found: Sequence[WeighedSpan], right: Sequence[bool]) -> SpanCalibration:
    """Fit the weights on mentions and whether each was exactly right.

    Labels with fewer than two outcomes of either kind get the weights of all labels; where all together have
    fewer, there is nothing to fit.
    """
    if too_few(right):
        return SpanCalibration()
    design = np.array([features(one) for one in found])
    outcome = np.asarray(right, dtype=np.bool_)
    together = fit_logistic(design, platt_targets(outcome), _OWN, _RIDGE)
    labels = np.array([one.span.label for one in found])
    return SpanCalibration(
        {
            str(label): tuple(_of_label(design, outcome, labels == label, together).tolist())
            for label in np.unique(labels)
        }
    )


def _of_label(design: Floats, outcome: Bools, own: Bools, together: Floats) -> Floats:
    if too_few(outcome[own].tolist()):
        return together
    return fit_logistic(design[own], platt_targets(outcome[own]), together, _RIDGE)
