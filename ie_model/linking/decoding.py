"""From probabilities of pairs to records: one group for each quantity, institutions by pooled evidence.

Average-link agglomeration: the two groups whose quantities are linked best on average are joined, as long
as that average reaches the threshold; a pair that was no candidate counts as 0. Joining on averages needs
all members to agree, so one mistaken pair does not chain a list into one record (single link) and one
doubtful pair does not break a record of five (complete link). Ties go to the earlier groups, so the result
depends on nothing but its input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

Pair = tuple[int, int]


@dataclass(frozen=True)
class Thresholds:
    """Least pooled probability, from 0 to 1, of joining two groups and of taking an institution."""

    join: float = 0.5
    by: float = 0.5


def agglomerate(count: int, links: Mapping[Pair, float], threshold: float) -> list[list[int]]:
    """Group quantities ``0 .. count - 1``.

    Args:
        count: Number of quantities.
        links: Probability of each candidate pair, smaller index first.
        threshold: Least average probability between two groups that are joined.

    Returns:
        Groups in order of their first quantity, indices ascending.
    """
    groups: list[list[int]] = []
    for members, own in _components(count, links, threshold):
        groups += _join_best_first(members, own, threshold)
    return sorted(groups)


def _components(
    count: int, links: Mapping[Pair, float], threshold: float
) -> Iterator[tuple[list[int], dict[Pair, float]]]:
    """Yield sets of quantities that could ever be joined, with the links among them.

    An average reaches the threshold only if one of its links does, so the work splits there: what was
    cubic in the quantities of an article is cubic in those of a passage.
    """
    root = list(range(count))

    def find(index: int) -> int:
        while root[index] != index:
            root[index] = root[root[index]]
            index = root[index]
        return index

    for (i, j), probability in links.items():
        if probability >= threshold:
            root[find(j)] = find(i)
    members: dict[int, list[int]] = {}
    for index in range(count):
        members.setdefault(find(index), []).append(index)
    own: dict[int, dict[Pair, float]] = {head: {} for head in members}
    for (i, j), probability in links.items():
        if find(i) == find(j):
            own[find(i)][i, j] = probability
    for head, group in members.items():
        yield group, own[head]


def _join_best_first(
    members: Sequence[int], links: Mapping[Pair, float], threshold: float
) -> list[list[int]]:
    groups: dict[int, list[int]] = {index: [index] for index in members}
    # Sum of link probabilities between groups, by their first quantities.
    sums: dict[int, dict[int, float]] = {index: {} for index in members}
    for (i, j), probability in links.items():
        sums[i][j] = sums[j][i] = probability
    while True:
        best = _best_join(groups, sums)
        if best is None or best[0] < threshold:
            return [sorted(group) for group in groups.values()]
        _, one, other = best
        groups[one] += groups.pop(other)
        for far, total in sums.pop(other).items():
            del sums[far][other]
            if far != one:
                sums[one][far] = sums[far][one] = sums[one].get(far, 0.0) + total


def _best_join(
    groups: Mapping[int, list[int]], sums: Mapping[int, Mapping[int, float]]
) -> tuple[float, int, int] | None:
    best: tuple[float, int, int] | None = None
    for one, neighbours in sums.items():
        for other, total in neighbours.items():
            if other < one:
                continue
            average = total / (len(groups[one]) * len(groups[other]))
            if best is None or (-average, one, other) < (-best[0], best[1], best[2]):
                best = (average, one, other)
    return best


def average_link(group: Sequence[int], other: Sequence[int], links: Mapping[Pair, float]) -> float:
    """Return the mean probability between two groups; a pair that was no candidate counts as 0."""
    total = sum(links.get((min(i, j), max(i, j)), 0.0) for i in group for j in other)
    return total / (len(group) * len(other))


def pool_by(group: Sequence[int], by: Mapping[int, Mapping[int, float]]) -> dict[int, float]:
    """Return for each institution its evidence for a record: the mean over the record's quantities.

    Args:
        group: Quantities of the record.
        by: For each quantity the probability of each candidate institution; others count as 0.
    """
    pooled: dict[int, float] = {}
    for quantity in group:
        for institution, probability in by.get(quantity, {}).items():
            pooled[institution] = pooled.get(institution, 0.0) + probability / len(group)
    return pooled
