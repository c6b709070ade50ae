"""Calibration: Platt scaling on the logit of a confidence, and the error that is left."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.tagging.calibration import Calibration, expected_calibration_error, fit_calibration


def _outcomes(slope: float, offset: float, count: int) -> tuple[list[float], list[bool]]:
    generator = np.random.default_rng(5)
    confidences = generator.uniform(0.02, 0.98, count)
    logits = np.log(confidences / (1 - confidences))
    chance = 1 / (1 + np.exp(-(slope * logits + offset)))
    return confidences.tolist(), (generator.uniform(size=count) < chance).tolist()


@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (0.5, -1.0), (2.0, 0.7)])
def test_known_weights_are_recovered(slope: float, offset: float) -> None:
    fitted = fit_calibration(*_outcomes(slope, offset, 40_000))
    assert fitted.slope == pytest.approx(slope, abs=0.08)
    assert fitted.offset == pytest.approx(offset, abs=0.08)


def test_an_overconfident_model_is_calibrated_by_the_fit() -> None:
    confidences, right = _outcomes(0.4, -0.5, 4000)
    fitted = fit_calibration(confidences, right)
    before = expected_calibration_error(confidences, right)
    after = expected_calibration_error([fitted(c) for c in confidences], right)
    assert after < 0.03 < before


@pytest.mark.parametrize(
    ("confidences", "right"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([0.9, 0.8, 0.7], [True, True, True], id="all right"),
        pytest.param([0.9, 0.8, 0.7], [False, False, False], id="all wrong"),
        pytest.param([0.9, 0.8, 0.7], [True, True, False], id="one wrong"),
    ],
)
def test_too_little_to_fit_leaves_confidences_as_they_are(
    confidences: list[float], right: list[bool]
) -> None:
    assert fit_calibration(confidences, right) == Calibration(1.0, 0.0)


def test_outcomes_that_part_perfectly_stay_finite() -> None:
    fitted = fit_calibration([0.1, 0.2, 0.8, 0.9], [False, False, True, True])
    assert np.isfinite([fitted.slope, fitted.offset]).all()
    assert fitted(0.1) < 0.5 < fitted(0.9)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.05, 5), st.floats(-3, 3))
def test_the_map_is_monotone_and_within_zero_and_one(a: float, b: float, slope: float, offset: float) -> None:
    calibration = Calibration(slope, offset)
    low, high = sorted((a, b))
    assert 0 <= calibration(low) <= calibration(high) <= 1


@given(st.floats(0.001, 0.999))
def test_the_default_is_the_identity_to_four_places(confidence: float) -> None:
    assert Calibration()(confidence) == pytest.approx(confidence, abs=6e-5)


def test_a_confidence_is_rounded_to_four_places() -> None:
    assert Calibration()(0.123456) == 0.1235


@pytest.mark.parametrize(
    ("confidences", "right", "error"),
    [
        pytest.param([], [], 0.0, id="nothing"),
        pytest.param([1.0, 0.0], [True, False], 0.0, id="perfect"),
        pytest.param([1.0, 1.0], [True, False], 0.5, id="sure and half wrong"),
        # Bin 0.9 to 1: mean 0.95, half right, gap 0.45, two of four; bin 0.2 to 0.3: gap 0.25, two of four.
        pytest.param([0.92, 0.98, 0.25, 0.25], [True, False, False, False], 0.35, id="by hand"),
    ],
)
def test_expected_calibration_error(confidences: list[float], right: list[bool], error: float) -> None:
    assert expected_calibration_error(confidences, right) == pytest.approx(error)
