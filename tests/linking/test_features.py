"""Features have names, one number each, whatever the article."""

import numpy as np
import pytest

from ie_model.linking import by_features, with_features
from ie_model.linking.features import matrix, names_of
from ie_model.linking.layout import lay_out
from ie_model.linking.scorers import by_table, with_table
from ie_model.linking.training import gold_mentions
from ie_model.quantities import read_quantity
from ie_model.schema import Quantity
from tests.linking.making import article, mention


@pytest.mark.parametrize("groups", [with_features.WITH_GROUPS, by_features.BY_GROUPS], ids=["with", "by"])
def test_names_are_distinct_and_match_the_numbers(groups):
    layout = lay_out(article(3).text, gold_mentions(article(3)))
    for group in groups:
        columns = group.compute(layout, np.array([0, 0]), np.array([1, 2]))
        assert len(columns) == len(group.names)
        assert all(column.shape == (2,) for column in columns)
    assert len(set(names_of(groups))) == len(names_of(groups))


@pytest.mark.parametrize("number", range(6))
def test_every_feature_is_a_finite_number(number):
    layout = lay_out(article(number).text, gold_mentions(article(number)))
    for table in (with_table(layout), by_table(layout)):
        assert len(table.pairs) == len(table.rows) == len(table.slot_words())
        assert np.isfinite(table.rows).all()


def test_quantities_without_a_value_have_finite_features_too():
    text = "۵ تا ده طرح و چند طرح"
    unread = Quantity(kind="count", unit="طرح", item="طرح")
    mentions = [
        mention(text, "۵ تا ده طرح", "AMOUNT", "a", unread),
        mention(text, "چند طرح", "AMOUNT", "b", unread),
    ]
    assert np.isfinite(with_table(lay_out(text, mentions)).rows).all()


def feature(layout, name, i, j):
    table = with_table(layout)
    return table.rows[table.pairs.index((i, j)), names_of(with_features.WITH_GROUPS).index(name)]


def progress_layout(percent: int):
    text = f"از هدف 40 هزار نفر تاکنون 10 هزار نفر معادل {percent} درصد محقق شد."

    mentions = []
    for name, surface, label in (
        ("t", "40 هزار نفر", "TARGET"),
        ("a", "10 هزار نفر", "AMOUNT"),
        ("p", f"{percent} درصد", "PERCENTAGE"),
    ):
        one = mention(text, surface, label, name)
        quantity = read_quantity(text, one.start, one.end, label=label).quantity
        mentions.append(one.model_copy(update={"quantity": quantity}))
    return lay_out(text, mentions)


@pytest.mark.parametrize(("percent", "fits"), [(25, 1.0), (26, 1.0), (60, 0.0)])
def test_arithmetic_that_fits_is_seen(percent, fits):
    layout = progress_layout(percent)
    assert feature(layout, "arithmetic.fits", 0, 1) == fits
    assert feature(layout, "arithmetic.explains", 1, 2) == fits
    assert feature(layout, "gap.words", 0, 1) == 1


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("make", [with_table, by_table])
def test_a_pair_looks_the_same_alone_and_among_others(number, make):
    source = article(number)
    layout = lay_out(source.text, gold_mentions(source))
    groups = with_features.WITH_GROUPS if make is with_table else by_features.BY_GROUPS
    table = make(layout)
    for (i, j), row in zip(table.pairs, table.rows, strict=True):
        assert matrix(groups, layout, np.array([i]), np.array([j])).tolist() == [row.tolist()]


def test_far_mentions_are_no_candidates():
    source = article(11, sentences=30)
    layout = lay_out(source.text, gold_mentions(source))
    for i, j in with_features.candidate_pairs(layout):
        distance = layout.quantities[j].sentence - layout.quantities[i].sentence
        assert 0 <= distance <= with_features.MAX_SENTENCES
        assert 0 < j - i <= with_features.MAX_STEPS
    for q, k in by_features.candidate_pairs(layout):
        distance = layout.quantities[q].sentence - layout.institutions[k].sentence
        assert -by_features.MAX_SENTENCES_AFTER <= distance <= by_features.MAX_SENTENCES_BEFORE
