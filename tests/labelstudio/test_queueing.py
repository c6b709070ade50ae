"""The order of the queue: doubts first, by length, unlike what is there, new names counted once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.labelstudio.queueing import OF_A_NEW_NAME, Candidate, Known, in_words, order


def ids(candidates: list[Candidate], known: Known | None = None, budget: int | None = None) -> list[str]:
    return [choice.candidate.id for choice in order(candidates, known, budget=budget)]


PLAIN = Candidate("a", words=100, mentions=1.0)


def test_what_is_doubted_more_comes_first() -> None:
    assert ids([PLAIN, replace(PLAIN, id="b", mentions=2.0), replace(PLAIN, id="c", links=0.5)]) == [
        "b",
        "c",
        "a",
    ]


def test_twice_the_length_needs_more_doubt_but_not_twice_as_much() -> None:
    longer = replace(PLAIN, id="b", words=200)
    assert ids([PLAIN, longer]) == ["a", "b"]
    assert ids([PLAIN, replace(longer, mentions=1.5)]) == ["b", "a"]
    assert ids([PLAIN, replace(longer, mentions=1.4)]) == ["a", "b"]


def test_a_new_institution_counts_until_an_article_further_up_names_it() -> None:
    same = frozenset({"bank"})
    candidates = [replace(PLAIN, id=name, names=same) for name in "abc"] + [replace(PLAIN, id="d")]
    found = order(candidates)
    assert [choice.candidate.id for choice in found] == ["a", "b", "c", "d"]
    assert [choice.new_names for choice in found] == [("bank",), (), (), ()]
    assert found[0].priority == pytest.approx((1 + OF_A_NEW_NAME) / 10, abs=1e-4)
    assert found[1].priority == pytest.approx(0.1)
    assert order(candidates, Known(same))[0].new_names == ()


def test_an_article_like_one_further_up_or_like_an_annotated_one_waits() -> None:
    here, there = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    one, twin, other = (
        replace(PLAIN, id=name, mentions=mentions, vector=vector)
        for name, mentions, vector in (("a", 1.2, here), ("b", 1.1, here), ("c", 1.0, there))
    )
    assert ids([one, twin, other]) == ["a", "c", "b"]
    known = Known(vectors=np.stack([here, here, here]))
    found = order([one, twin, other], known)
    assert found[0].candidate.id == "c"
    assert found[1].likeness > 0.9


def test_an_article_without_doubts_comes_last_and_an_empty_pool_is_empty() -> None:
    assert ids([replace(PLAIN, id="a", mentions=0.0), replace(PLAIN, id="b")]) == ["b", "a"]
    assert order([]) == []
    assert order([], Known(frozenset({"x"}), np.zeros((2, 3)))) == []


@st.composite
def pools(draw: st.DrawFn) -> list[Candidate]:
    count = draw(st.integers(1, 8))
    with_vectors = draw(st.booleans())
    number = st.floats(0, 10, allow_nan=False)
    return [
        Candidate(
            f"a{place}",
            draw(st.integers(1, 500)),
            draw(number),
            draw(number),
            frozenset(draw(st.sets(st.sampled_from("xyz")))),
            np.array([draw(st.floats(-1, 1)) for _ in range(3)]) if with_vectors else None,
        )
        for place in range(count)
    ]


@given(pools(), st.randoms(use_true_random=False), st.integers(1, 8))
def test_the_queue_is_the_same_in_any_order_and_a_budget_only_cuts_it(
    pool: list[Candidate], random: object, budget: int
) -> None:
    whole = order(pool)
    shuffled = list(pool)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = order(shuffled)
    assert [choice.candidate.id for choice in again] == [choice.candidate.id for choice in whole]
    assert [choice.priority for choice in again] == [choice.priority for choice in whole]
    assert len({choice.candidate.id for choice in whole}) == len(pool)
    cut = order(pool, budget=budget)
    assert [choice.candidate.id for choice in cut] == [choice.candidate.id for choice in whole][:budget]


@given(pools())
def test_priorities_fall_so_that_sorting_by_them_is_the_queue(pool: list[Candidate]) -> None:
    priorities = [choice.priority for choice in order(pool)]
    assert priorities == sorted(priorities, reverse=True)
    assert all(priority >= 0 for priority in priorities)


def test_the_reason_says_what_counts() -> None:
    one = Candidate("a", 120, 2.34, 0.61, frozenset({"x"}), np.array([1.0, 0.0]), ("TARGET «۹۰ نفر» 0.48",))
    (choice,) = order([one])
    assert in_words(choice) == (
        "2.3 mentions in doubt in 120 words (TARGET «۹۰ نفر» 0.48); 0.6 records in doubt; "
        "1 new institutions; likeness to what is annotated or above 0.00"
    )
