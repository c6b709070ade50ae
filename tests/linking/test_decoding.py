"""Groups from pair probabilities, case by case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.linking.decoding import agglomerate, average_link, pool_by

CASES = {
    "no quantity": (0, {}, []),
    "one quantity": (1, {}, [[0]]),
    "nothing linked": (2, {(0, 1): 0.4}, [[0], [1]]),
    "a link at the threshold joins": (2, {(0, 1): 0.5}, [[0, 1]]),
    "three that agree": (3, {(0, 1): 0.9, (1, 2): 0.8, (0, 2): 0.6}, [[0, 1, 2]]),
    "one weak side is outvoted": (3, {(0, 1): 0.9, (1, 2): 0.8, (0, 2): 0.3}, [[0, 1, 2]]),
    "a chain does not run on": (3, {(0, 1): 0.9, (1, 2): 0.6, (0, 2): 0.1}, [[0, 1], [2]]),
    "a pair that was no candidate counts as 0": (3, {(0, 1): 0.9, (1, 2): 0.9}, [[0, 1], [2]]),
    "a tie goes to the earlier": (3, {(0, 1): 0.7, (1, 2): 0.7}, [[0, 1], [2]]),
    "groups may cross": (4, {(0, 2): 0.9, (1, 3): 0.9}, [[0, 2], [1, 3]]),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_groups(case):
    count, links, expected = CASES[case]
    assert agglomerate(count, links, 0.5) == expected


@given(st.dictionaries(st.tuples(st.integers(0, 4), st.integers(5, 9)), st.floats(0, 1)), st.floats(0.05, 1))
def test_groups_partition_the_quantities_and_are_well_linked(links, threshold):
    groups = agglomerate(10, links, threshold)
    assert sorted(index for group in groups for index in group) == list(range(10))
    assert groups == agglomerate(10, dict(reversed(links.items())), threshold)
    for place, group in enumerate(groups):
        for other in groups[place + 1 :]:
            assert average_link(group, other, links) < threshold + 1e-9


def test_institutions_pool_the_evidence_of_all_quantities():
    pooled = pool_by([0, 1], {0: {7: 0.8, 8: 0.2}, 1: {7: 0.4}, 2: {9: 1.0}})
    assert pooled == pytest.approx({7: 0.6, 8: 0.1})
