"""The bootstrap over articles."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ie_model.evaluation import intervals
from ie_model.evaluation.intervals import interval, mean_of_defined, precision_recall_f1, resample


def counts_of(articles: int, columns: int = 6) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 9, size=(articles, columns))


def test_same_seed_same_draws_other_seed_others() -> None:
    counts = counts_of(40)
    assert np.array_equal(resample(counts, seed=5), resample(counts, seed=5))
    assert not np.array_equal(resample(counts, seed=5), resample(counts, seed=6))


def test_draws_do_not_depend_on_how_many_are_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = counts_of(30)
    whole = resample(counts, resamples=100)
    monkeypatch.setattr(intervals, "_WEIGHTS_AT_ONCE", 7 * 30)
    assert np.array_equal(resample(counts, resamples=100), whole)
    monkeypatch.setattr(intervals, "_WEIGHTS_AT_ONCE", 1)
    assert np.array_equal(resample(counts, resamples=100), whole)


def test_a_draw_is_a_sum_of_as_many_articles_as_there_are() -> None:
    assert (resample(np.ones((25, 3), dtype=np.int64), resamples=50) == 25).all()


def test_a_draw_adds_what_scoring_the_drawn_articles_would_count() -> None:
    # Powers of a number above the draws make each article's weight a digit of the sum.
    counts = np.array([[1], [10], [100], [1000]])
    for total in resample(counts, resamples=200)[:, 0]:
        digits = [int(digit) for digit in f"{int(total):04d}"]
        assert sum(digits) == 4


def test_spread_is_that_of_the_articles_not_of_the_mentions() -> None:
    # Ten articles all right, ten all wrong, a hundred mentions each: as uncertain as twenty coins.
    counts = np.array([[100, 0, 0]] * 10 + [[0, 0, 100]] * 10)
    low, high = interval(precision_recall_f1(resample(counts, resamples=4000))[:, 1]) or (0, 0)
    half = 1.96 * math.sqrt(0.25 / 20)
    assert (low, high) == pytest.approx((0.5 - half, 0.5 + half), abs=0.04)


def test_interval_is_the_percentiles_without_what_is_no_number() -> None:
    draws = np.array([*range(101), *[np.nan] * 50], dtype=float)
    assert interval(draws) == pytest.approx((2.5, 97.5))
    assert interval(draws, level=0.8) == pytest.approx((10, 90))
    assert interval(np.array([np.nan])) is None
    assert interval(np.array([])) is None


def test_mean_passes_over_what_is_no_number() -> None:
    scores = np.array([[0.5, np.nan], [1.0, np.nan], [np.nan, np.nan]])
    mean = mean_of_defined(scores)
    assert mean[0] == 0.75
    assert np.isnan(mean[1])


@settings(max_examples=60)
@given(st.lists(st.integers(0, 1000), min_size=3, max_size=3))
def test_f1_is_the_harmonic_mean(counts: list[int]) -> None:
    precision, recall, f1 = precision_recall_f1(counts)
    if sum(counts) == 0:
        assert np.isnan([precision, recall, f1]).all()
    elif counts[0] == 0:
        assert (precision, recall, f1) == (0, 0, 0)
    else:
        assert f1 == pytest.approx(2 / (1 / precision + 1 / recall))
