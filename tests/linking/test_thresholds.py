"""Thresholds of decoding, chosen on articles whose records are known."""

from itertools import pairwise

import pytest

from ie_model.linking.base import LinkedRecord
from ie_model.linking.layout import lay_out
from ie_model.linking.pairs import PairScores
from ie_model.linking.thresholds import GRID, _best, choose_thresholds, named_records
from ie_model.linking.training import gold_mentions
from tests.linking.making import article


def scored(number: int, sure: float) -> tuple[PairScores, list[LinkedRecord]]:
    """An article whose true pairs have the probability ``sure``, and all others 0.1."""
    source = article(number)
    layout = lay_out(source.text, gold_mentions(source))
    quantity = {place.mention.id: index for index, place in enumerate(layout.quantities)}
    institution = {place.mention.id: index for index, place in enumerate(layout.institutions)}
    links = {(i, i + 1): 0.1 for i in range(len(layout.quantities) - 1)}
    by = {q: dict.fromkeys(institution.values(), 0.1) for q in quantity.values()}
    for record in source.records:
        places = [quantity[name] for name in record.quantities]
        links.update(dict.fromkeys(pairwise(places), sure))
        for name in record.institutions:
            by.update({q: {**by[q], institution[name]: sure} for q in places})
    return PairScores(layout, links, by), [
        LinkedRecord(r.quantities, r.institutions, 1.0) for r in source.records
    ]


@pytest.mark.parametrize("sure", [0.35, 0.6])
def test_thresholds_stand_between_true_pairs_and_others(sure):
    scores, records = zip(*(scored(number, sure) for number in range(8)), strict=True)
    chosen = choose_thresholds(scores, records)
    assert 0.1 < chosen.join <= sure
    assert 0.1 < chosen.by <= sure


def test_a_lone_peak_is_not_taken_for_the_best():
    qualities = [0.0] * len(GRID)
    qualities[3] = 1.0  # a few articles' luck
    qualities[10:14] = [0.9] * 4
    assert _best(qualities) in GRID[10:14]


def test_of_equal_thresholds_the_higher_is_taken():
    assert _best([0.5] * len(GRID)) == GRID[-1]


def test_records_are_named_by_folded_institutions():
    source = article(2)
    layout = lay_out(source.text, gold_mentions(source))
    names = named_records(layout, [LinkedRecord(r.quantities, r.institutions, 1.0) for r in source.records])
    assert {quantities for quantities, _ in names} == {record.quantities for record in source.records}
    assert all(" " not in key for _, keys in names for key in keys)
