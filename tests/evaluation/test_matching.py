"""The matching of overlapping spans, against every possible one."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from ie_model.evaluation.scores import match_overlaps

spans = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 6)).map(lambda pair: (pair[0], sum(pair))), max_size=5
)


@settings(max_examples=150)
@given(spans, spans)
def test_matching_is_one_to_one_overlapping_and_maximum(
    first: list[tuple[int, int]], second: list[tuple[int, int]]
) -> None:
    pairs = match_overlaps(first, second)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert all(_overlap(first[i], second[j]) for i, j in pairs)
    assert len(pairs) == _most_pairs(first, second)


def test_matching_many_spans_takes_no_quadratic_time() -> None:
    far = [(place, place + 2) for place in range(0, 200_000, 4)]
    assert len(match_overlaps(far, [(start + 1, end + 1) for start, end in far])) == len(far)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return max(one[0], other[0]) < min(one[1], other[1])


def _most_pairs(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> int:
    few, many = sorted((first, second), key=len)
    return max(
        sum(_overlap(one, other) for one, other in zip(few, order, strict=True))
        for order in permutations(many, len(few))
    )
