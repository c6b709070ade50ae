"""The definitions of the scores, each as cases counted by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from ie_model.corpus.model import AnnotatedArticle
from ie_model.errors import CorpusError, ModelError
from ie_model.evaluation.facts import gold_facts
from ie_model.evaluation.intervals import precision_recall_f1
from ie_model.evaluation.scores import (
    ArticleCounts,
    Counts,
    score_articles,
    score_facts,
)
from ie_model.schema import AMOUNT, INSTITUTION, TARGET, Extraction
from tests.evaluation.making import (
    ARABIC_BANK,
    BANK,
    EVERYTHING,
    FUND,
    JOINED,
    MONEY,
    PLANS,
    SHARE,
    Said,
    articles,
    as_predicted,
    gold,
    predicted,
)

NONE = Counts()
OTHER_TEXT = "۵۰ میلیارد تومان ."


def score(article: AnnotatedArticle, extraction: Extraction) -> ArticleCounts:
    return score_articles([article], {extraction.id: extraction})[0]


SHORT_MONEY = Said(AMOUNT, "۵۰ میلیارد")
MONEY_AS_TARGET = replace(MONEY, label=TARGET)
CURRENCY = Said(AMOUNT, "تومان")
BEYOND_MONEY = Said(AMOUNT, "۵۰ میلیارد تومان برای ۲۰ طرح")


@pytest.mark.parametrize(
    ("gold_side", "predicted_side", "strict", "overlap"),
    [
        pytest.param([MONEY], [MONEY], Counts(1), Counts(1), id="the same mention"),
        pytest.param([MONEY], [], Counts(fn=1), Counts(fn=1), id="missed"),
        pytest.param([], [MONEY], Counts(fp=1), Counts(fp=1), id="spurious"),
        pytest.param([MONEY], [SHORT_MONEY], Counts(0, 1, 1), Counts(1), id="another end"),
        pytest.param(
            [MONEY], [MONEY_AS_TARGET], Counts(fn=1), Counts(fn=1), id="another label is another mention"
        ),
        pytest.param(
            [MONEY], [SHORT_MONEY, CURRENCY], Counts(0, 2, 1), Counts(1, 1, 0), id="split in two: found once"
        ),
        pytest.param(
            [MONEY, PLANS], [BEYOND_MONEY], Counts(0, 1, 2), Counts(1, 0, 1), id="two run together: one found"
        ),
        pytest.param(
            [SHORT_MONEY], [CURRENCY], Counts(0, 1, 1), Counts(0, 1, 1), id="neighbours share no code point"
        ),
        pytest.param(
            [MONEY], [MONEY, MONEY], Counts(1, 1, 0), Counts(1, 1, 0), id="said twice: once too many"
        ),
    ],
)
def test_mentions_count_under_their_label(
    gold_side: list[Said], predicted_side: list[Said], strict: Counts, overlap: Counts
) -> None:
    counts = score(gold(gold_side), predicted(predicted_side))
    assert counts.strict.get(AMOUNT, NONE) == strict
    assert counts.overlap.get(AMOUNT, NONE) == overlap


def test_wrong_label_is_spurious_under_the_predicted_one() -> None:
    counts = score(gold([MONEY]), predicted([MONEY_AS_TARGET]))
    assert counts.strict == {AMOUNT: Counts(fn=1), TARGET: Counts(fp=1)}


@pytest.mark.parametrize(
    ("gold_value", "predicted_said", "expected"),
    [
        pytest.param(50, replace(MONEY, value=50), Counts(1), id="same value"),
        pytest.param("50.0", replace(MONEY, value="5E+1"), Counts(1), id="same number in other digits"),
        pytest.param(50, replace(MONEY, value=51), Counts(fn=1), id="another value"),
        pytest.param(50, replace(MONEY, value=None), Counts(fn=1), id="not read is wrong"),
        pytest.param((5, 10), replace(MONEY, value=(5, 10)), Counts(1), id="same range"),
        pytest.param((5, 10), replace(MONEY, value=(5, 11)), Counts(fn=1), id="another high end"),
        pytest.param((5, 10), replace(MONEY, value=10), Counts(fn=1), id="one end of a range"),
        pytest.param(5, replace(MONEY, value=(5, 10)), Counts(fn=1), id="a range for a value"),
        pytest.param(50, replace(MONEY_AS_TARGET, value=50), Counts(1), id="any quantity label will do"),
        pytest.param(50, replace(SHORT_MONEY, value=50), NONE, id="another span is not looked at"),
        pytest.param(
            50, replace(MONEY, label=INSTITUTION), NONE, id="an institution on the span is not looked at"
        ),
        pytest.param(None, replace(MONEY, value=50), NONE, id="gold without a value is not looked at"),
    ],
)
def test_value_accuracy(gold_value: object, predicted_said: Said, expected: Counts) -> None:
    counts = score(gold([replace(MONEY, value=gold_value)]), predicted([predicted_said]))
    assert counts.values.get(AMOUNT, NONE) == expected


@pytest.mark.parametrize(
    ("gold_records", "predicted_records", "with_pairs", "by_pairs", "records"),
    [
        pytest.param(
            [(MONEY, PLANS, BANK)],
            [(MONEY, PLANS, BANK)],
            Counts(1),
            Counts(2),
            Counts(1),
            id="the same record",
        ),
        pytest.param(
            [(MONEY, PLANS, BANK)],
            [(MONEY, PLANS, ARABIC_BANK)],
            Counts(1),
            Counts(2),
            Counts(1),
            id="another mention of the name, in Arabic letters",
        ),
        pytest.param(
            [(MONEY, PLANS, BANK)],
            [(MONEY, PLANS, BANK, ARABIC_BANK)],
            Counts(1),
            Counts(2),
            Counts(1),
            id="both mentions of one name count once",
        ),
        pytest.param(
            [(MONEY, PLANS, BANK)],
            [(MONEY, PLANS, FUND)],
            Counts(1),
            Counts(0, 2, 2),
            Counts(0, 1, 1),
            id="another institution",
        ),
        pytest.param(
            [(MONEY, PLANS, BANK)],
            [(MONEY, PLANS)],
            Counts(1),
            Counts(fn=2),
            Counts(0, 1, 1),
            id="institution missed: each quantity lacks it",
        ),
        pytest.param(
            [(MONEY, PLANS, BANK)],
            [(MONEY, BANK), (PLANS,)],
            Counts(fn=1),
            Counts(1, 0, 1),
            Counts(0, 2, 1),
            id="split in two",
        ),
        pytest.param(
            [(MONEY,), (PLANS,), (SHARE,)],
            [(MONEY, PLANS, SHARE)],
            Counts(fp=3),
            NONE,
            Counts(0, 1, 3),
            id="three run together: three pairs",
        ),
        pytest.param(
            [(MONEY, PLANS, SHARE)],
            [(PLANS, SHARE), (MONEY,)],
            Counts(1, 0, 2),
            NONE,
            Counts(0, 2, 1),
            id="one left out: two pairs",
        ),
        pytest.param(
            [(MONEY,), (PLANS,)],
            [(MONEY,), (PLANS,)],
            NONE,
            NONE,
            Counts(2),
            id="single quantities are records",
        ),
    ],
)
def test_links_and_records(
    gold_records: list[list[Said]],
    predicted_records: list[list[Said]],
    with_pairs: Counts,
    by_pairs: Counts,
    records: Counts,
) -> None:
    mentions = list(dict.fromkeys(said for record in gold_records for said in record))
    found = list(dict.fromkeys(said for record in predicted_records for said in record))
    counts = score(gold(mentions, gold_records), predicted(found, predicted_records))
    assert (counts.with_pairs, counts.by_pairs, counts.records) == (with_pairs, by_pairs, records)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("صنعت، معدن و تجارت", "صنعت معدن و تجارت", True),
        ("شهرک‌های صنعتی", "شهرکهای صنعتي", True),
        ("بانک ملی", "بانک ملت", False),
    ],
)
def test_names_are_compared_by_spelling(one: str, other: str, same: bool) -> None:
    text = f"{one}؛ {other}: {MONEY.words}"
    first, second = Said(INSTITUTION, one), Said(INSTITUTION, other, start=len(one) + 2)
    counts = score(
        gold([first, second, MONEY], [(MONEY, first)], text=text),
        predicted([first, second, MONEY], [(MONEY, second)], text=text),
    )
    assert counts.by_pairs == (Counts(1) if same else Counts(0, 1, 1))
    assert counts.records == (Counts(1) if same else Counts(0, 1, 1))


def test_labels_do_not_matter_to_links() -> None:
    record = [MONEY_AS_TARGET, PLANS, BANK]
    counts = score(gold([MONEY, PLANS, BANK], [(MONEY, PLANS, BANK)]), predicted(record, [record]))
    assert (counts.with_pairs, counts.by_pairs, counts.records) == (Counts(1), Counts(2), Counts(1))


def test_a_missed_quantity_costs_its_pairs_and_its_record() -> None:
    counts = score(
        gold([MONEY, PLANS, BANK], [(MONEY, PLANS, BANK)]), predicted([MONEY, BANK], [(MONEY, BANK)])
    )
    assert counts.with_pairs == Counts(fn=1)
    assert counts.by_pairs == Counts(1, 0, 1)
    assert counts.records == Counts(0, 1, 1)


def test_article_without_extraction_is_all_missed() -> None:
    counts = score_articles([gold(EVERYTHING, JOINED)], {})[0]
    assert sum(count.fn for count in counts.strict.values()) == len(EVERYTHING)
    assert counts.records == Counts(fn=2)
    assert counts.values == {}


def test_extraction_of_another_article_is_not_looked_at() -> None:
    counts = score_articles([gold([MONEY])], {"b": predicted([MONEY], article="b")})
    assert counts[0].strict[AMOUNT] == Counts(fn=1)


def test_another_text_is_an_error() -> None:
    with pytest.raises(CorpusError, match="another text") as caught:
        score(gold([MONEY]), predicted([MONEY], text=OTHER_TEXT))
    assert caught.value.where == "article a"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mentions": ()}, "not there"),
        (
            {"records": (predicted([MONEY], [[MONEY]]).records[0].model_copy(update={"amounts": ()}),)},
            "no quantity",
        ),
        ({"mentions": predicted([MONEY]).mentions * 2}, "share an id"),
        (
            {"mentions": (predicted([MONEY]).mentions[0].model_copy(update={"end": 12}),)},
            "do not give its text",
        ),
    ],
)
def test_extraction_that_contradicts_itself_is_an_error(change: dict[str, object], message: str) -> None:
    extraction = predicted([MONEY], [[MONEY]]).model_copy(update=change)
    with pytest.raises(ModelError, match=message):
        score(gold([MONEY]), extraction)


def test_article_id_twice_is_an_error() -> None:
    with pytest.raises(CorpusError, match="occurs twice"):
        score_articles([gold(), gold()], {})


@settings(max_examples=60)
@given(articles())
def test_what_annotators_say_scores_without_a_mistake(article: AnnotatedArticle) -> None:
    counts = score(article, as_predicted(article))
    everything = [
        *counts.strict.values(),
        *counts.overlap.values(),
        *counts.values.values(),
        counts.with_pairs,
        counts.by_pairs,
        counts.records,
    ]
    assert all(count.fp == count.fn == 0 for count in everything)
    assert counts.records.tp == len(article.records)
    assert sum(count.tp for count in counts.strict.values()) == len(article.mentions)


@settings(max_examples=60)
@given(articles(), articles())
def test_swapping_the_sides_swaps_precision_and_recall(
    one: AnnotatedArticle, other: AnnotatedArticle
) -> None:
    there, back = (
        score_facts("a", gold_facts(first), gold_facts(second))
        for first, second in ((one, other), (other, one))
    )
    assert {label: count.swapped for label, count in there.strict.items()} == back.strict
    assert {label: count.swapped for label, count in there.overlap.items()} == back.overlap
    for name in ("with_pairs", "by_pairs", "records"):
        assert getattr(there, name).swapped == getattr(back, name)


@settings(max_examples=60)
@given(articles(), articles())
def test_overlap_finds_at_least_what_strict_finds(one: AnnotatedArticle, other: AnnotatedArticle) -> None:
    counts = score_facts("a", gold_facts(one), gold_facts(other))
    assert all(counts.overlap[label].tp >= count.tp for label, count in counts.strict.items())


def test_an_empty_ratio_is_nothing_or_zero() -> None:
    scores = precision_recall_f1([[0, 0, 0], [0, 2, 0], [0, 0, 2], [1, 1, 3]])
    assert str(scores[0].tolist()) == "[nan, nan, nan]"
    assert scores[1].tolist() == [0, 0, 0]
    assert scores[2].tolist() == [0, 0, 0]
    assert scores[3].tolist() == pytest.approx([1 / 2, 1 / 4, 1 / 3])


@pytest.mark.parametrize(
    ("gold_side", "predicted_side", "strict", "overlap"),
    [
        pytest.param([MONEY], [MONEY_AS_TARGET], Counts(1), Counts(1), id="AMOUNT and TARGET are one"),
        pytest.param([MONEY_AS_TARGET], [SHORT_MONEY], Counts(0, 1, 1), Counts(1), id="another end"),
        pytest.param([SHARE], [], NONE, NONE, id="a percentage is none of them"),
        pytest.param([MONEY], [SHARE], Counts(fn=1), Counts(fn=1), id="nor is found as one"),
    ],
)
def test_amount_or_target(
    gold_side: list[Said], predicted_side: list[Said], strict: Counts, overlap: Counts
) -> None:
    counts = score(gold(gold_side), predicted(predicted_side))
    assert (counts.either_strict, counts.either_overlap) == (strict, overlap)
