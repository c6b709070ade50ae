"""A figure is a median with an interval that holds it."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.benchmark.figures import estimate, shortened
from ie_model.errors import IeModelError

POSITIVE = st.floats(min_value=1e-6, max_value=1e6)
SEVERAL = st.lists(POSITIVE, min_size=2, max_size=12)


@given(SEVERAL)
def test_the_interval_holds_the_median_and_lies_among_the_repetitions(values: list[float]) -> None:
    found = estimate(values)
    assert found.median == statistics.median(values)
    assert found.low is not None
    assert found.high is not None
    assert min(values) * (1 - 1e-9) <= found.low <= found.median <= found.high <= max(values) * (1 + 1e-9)


@given(SEVERAL, st.randoms(use_true_random=False))
def test_the_median_does_not_depend_on_the_order(values: list[float], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = random.sample(values, len(values))
    assert estimate(shuffled).median == estimate(values).median


@given(SEVERAL, st.integers(1, 10))
def test_another_unit_changes_nothing_but_the_unit(values: list[float], power: int) -> None:
    factor = 2.0**power  # exact
    one, other = estimate(values), estimate([value * factor for value in values])
    assert other.median == pytest.approx(one.median * factor)
    assert other.low == pytest.approx((one.low or 0) * factor)
    assert other.high == pytest.approx((one.high or 0) * factor)


def test_a_steady_machine_has_an_interval_of_no_width() -> None:
    assert estimate([3.0, 3.0, 3.0]).to_json() == {"median": 3.0, "interval": [3.0, 3.0]}


def test_one_repetition_has_no_interval() -> None:
    assert estimate([2.0]).to_json() == {"median": 2.0, "interval": None}


def test_nothing_measured_is_an_error() -> None:
    with pytest.raises(IeModelError, match="nothing was measured"):
        estimate([])


@given(POSITIVE)
def test_five_digits_are_written(value: float) -> None:
    assert shortened(value) == pytest.approx(value, rel=1e-4)
    assert shortened(shortened(value)) == shortened(value)
