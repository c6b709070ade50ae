"""Choose the thresholds of decoding: those that decode some articles best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ie_model.linking.base import LinkedRecord
from ie_model.linking.decoding import Thresholds, agglomerate
from ie_model.linking.layout import Layout
from ie_model.linking.pairs import PairScores, decode

#: Thresholds that are tried.
GRID: Final = tuple(round(0.2 + 0.025 * step, 3) for step in range(21))


def choose_thresholds(scores: Sequence[PairScores], truth: Sequence[Sequence[LinkedRecord]]) -> Thresholds:
    """Return the thresholds with the best sum of pair F1 and exact-record F1; ties go to the higher.

    The sum is smoothed over neighbouring thresholds: its own ups and downs are those of a few articles.

    Args:
        scores: Pair probabilities of some articles.
        truth: The true records of each.
    """
    join = _best([_join_quality(scores, truth, value) for value in GRID])
    by = _best([_by_quality(scores, truth, Thresholds(join, value)) for value in GRID])
    return Thresholds(join, by)


def _best(qualities: Sequence[float]) -> float:
    """Return the threshold of :data:`GRID` whose quality, the mean with its neighbours', is highest."""
    padded = [qualities[0], *qualities, qualities[-1]]
    smooth = [sum(padded[place : place + 3]) for place in range(len(qualities))]
    return GRID[max(range(len(GRID)), key=lambda place: (smooth[place], place))]


def _join_quality(
    scores: Sequence[PairScores], truth: Sequence[Sequence[LinkedRecord]], threshold: float
) -> float:
    found = [_groups(score, threshold) for score in scores]
    gold = [{record.quantities for record in records} for records in truth]
    return _f1([_pairs(groups) for groups in found], [_pairs(groups) for groups in gold]) + _f1(found, gold)


def _groups(score: PairScores, threshold: float) -> set[tuple[str, ...]]:
    places = score.layout.quantities
    groups = agglomerate(len(places), score.links, threshold)
    return {tuple(places[index].mention.id for index in group) for group in groups}


def _pairs(groups: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    return {(a, b) for group in groups for i, a in enumerate(group) for b in group[i + 1 :]}


def _by_quality(
    scores: Sequence[PairScores], truth: Sequence[Sequence[LinkedRecord]], thresholds: Thresholds
) -> float:
    found, gold = [], []
    for score, records in zip(scores, truth, strict=True):
        found.append(named_records(score.layout, decode(score, thresholds)))
        gold.append(named_records(score.layout, records))
    return _f1([_owners(records) for records in found], [_owners(records) for records in gold]) + _f1(
        found, gold
    )


NamedRecord = tuple[tuple[str, ...], tuple[str, ...]]


def named_records(layout: Layout, records: Sequence[LinkedRecord]) -> set[NamedRecord]:
    """Return records as quantity ids and folded institution names, as they are scored."""
    keys = {
        place.mention.id: key for place, key in zip(layout.institutions, layout.institution_keys, strict=True)
    }
    return {(r.quantities, tuple(sorted({keys[name] for name in r.institutions}))) for r in records}


def _owners(records: set[NamedRecord]) -> set[tuple[str, str]]:
    return {(quantity, key) for quantities, keys in records for quantity in quantities for key in keys}


def _f1(found: Sequence[set[Any]], gold: Sequence[set[Any]]) -> float:
    right = sum(len(one & other) for one, other in zip(found, gold, strict=True))
    total = sum(map(len, found)) + sum(map(len, gold))
    return 2 * right / total if total else 0.0
