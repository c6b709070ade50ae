"""Limits that cannot work are refused before a server starts."""

from __future__ import annotations

import pytest

from ie_model.errors import ConfigError
from ie_model.serve import Limits


@pytest.mark.parametrize("name", ["max_body", "max_articles", "queue_articles", "batch_chars", "workers"])
def test_nothing_at_all_is_no_limit(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name}: too small; found 0; expected at least 1"):
        Limits(**{name: 0})  # type: ignore[arg-type]


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_times_are_seconds_above_zero(seconds: float) -> None:
    with pytest.raises(ConfigError, match="timeout: no time"):
        Limits(timeout=seconds)


def test_the_longest_article_finds_room_in_an_empty_line() -> None:
    with pytest.raises(ConfigError, match="queue_chars: an article of the greatest length"):
        Limits(max_chars=101, queue_chars=100)
    with pytest.raises(ConfigError, match="max_bodies: a body of the greatest size"):
        Limits(max_body=101, max_bodies=100)


def test_a_request_holds_no_more_articles_than_the_line() -> None:
    assert Limits(max_articles=10, queue_articles=3).articles_per_request == 3
    assert Limits(max_articles=3, queue_articles=10).articles_per_request == 3
