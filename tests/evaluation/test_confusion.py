"""Which label is taken for which."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from ie_model.corpus.model import AnnotatedArticle
from ie_model.evaluation.confusion import NONE, confusion_of
from ie_model.schema import AMOUNT, INSTITUTION, LABELS, TARGET
from tests.evaluation.making import BANK, FUND, MONEY, PEOPLE, Said, articles, as_predicted, gold, predicted


def test_each_mention_is_counted_once_on_each_side() -> None:
    article = gold([BANK, MONEY, PEOPLE])
    found = predicted([Said(INSTITUTION, "بانک"), replace(MONEY, label=TARGET), FUND], [])
    confusion = confusion_of([article], {"a": found})
    cells = {
        (row, column): count
        for row, counts in zip(confusion.heads, confusion.counts, strict=True)
        for column, count in zip(confusion.heads, counts, strict=True)
        if count
    }
    assert cells == {
        (INSTITUTION, INSTITUTION): 1,  # another span, the same label
        (AMOUNT, TARGET): 1,
        (TARGET, NONE): 1,
        (NONE, INSTITUTION): 1,
    }


def test_an_article_without_an_extraction_is_missed_whole() -> None:
    confusion = confusion_of([gold([BANK, MONEY])], {})
    assert sum(row[-1] for row in confusion.counts) == 2


def test_other_labels_get_a_row_where_they_occur() -> None:
    confusion = confusion_of([gold([Said("PLACE", "بانک ملی")])], {}, labels=LABELS)
    assert confusion.labels == (*LABELS, "PLACE")


@given(articles(), articles())
def test_rows_hold_gold_and_columns_hold_predictions(one: AnnotatedArticle, two: AnnotatedArticle) -> None:
    confusion = confusion_of([one], {"a": as_predicted(two)})
    assert sum(map(sum, confusion.counts[:-1])) == len(one.mentions)
    assert sum(sum(row[:-1]) for row in confusion.counts) == len(two.mentions)
    assert confusion.counts[-1][-1] == 0


@given(articles())
def test_the_same_on_both_sides_is_on_the_diagonal(one: AnnotatedArticle) -> None:
    confusion = confusion_of([one], {"a": as_predicted(one)})
    assert sum(row[place] for place, row in enumerate(confusion.counts)) == len(one.mentions)
