"""The report: averages, intervals, what it says beside the scores, and its two forms."""

from __future__ import annotations

import io
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from ie_model.corpus.model import AnnotatedArticle
from ie_model.errors import CorpusError
from ie_model.evaluation.report import EvaluationReport, Score, build_report
from ie_model.evaluation.scores import ArticleCounts, Counts, score_articles
from ie_model.evaluation.tables import report_tables
from ie_model.schema import AMOUNT, INSTITUTION, LABELS, PERCENTAGE, TARGET, ModelInfo
from tests.evaluation.making import EVERYTHING, JOINED, articles, as_predicted, gold

TWO = (
    ArticleCounts(
        "a",
        strict={AMOUNT: Counts(6, 2, 2), TARGET: Counts(0, 1, 1)},
        overlap={AMOUNT: Counts(8), TARGET: Counts(1)},
        values={AMOUNT: Counts(5, 0, 1)},
        with_pairs=Counts(3, 1, 1),
        records=Counts(2, 2, 2),
        either_strict=Counts(6, 3, 3),
        either_overlap=Counts(9),
    ),
    ArticleCounts(
        "b", strict={AMOUNT: Counts(2, 0, 0)}, values={TARGET: Counts(2)}, by_pairs=Counts(1, 0, 3)
    ),
)


def prf(score: Score) -> tuple[float | None, float | None, float | None]:
    return score.precision, score.recall, score.f1


def test_scores_are_of_the_summed_counts() -> None:
    report = build_report(TWO)
    strict = report.mentions.strict
    assert prf(strict.labels[AMOUNT]) == pytest.approx((0.8, 0.8, 0.8))
    assert prf(strict.labels[TARGET]) == (0, 0, 0)
    assert prf(strict.micro) == pytest.approx((8 / 11, 8 / 11, 8 / 11))
    assert prf(strict.macro) == pytest.approx((0.4, 0.4, 0.4))
    assert (strict.micro.support, strict.micro.predicted, strict.micro.correct) == (11, 11, 8)
    assert report.mentions.overlap.micro.f1 == 1
    assert (report.values.all.correct, report.values.all.support) == (7, 8)
    assert report.values.all.accuracy == pytest.approx(7 / 8)
    assert report.values.labels[AMOUNT].accuracy == pytest.approx(5 / 6)
    assert prf(report.links["with"]) == pytest.approx((3 / 4, 3 / 4, 3 / 4))
    assert prf(report.links["by"]) == pytest.approx((1, 1 / 4, 2 / 5))
    assert report.records.f1 == pytest.approx(0.5)
    either = report.mentions.amount_or_target
    assert either is not None
    assert prf(either.strict) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert (either.overlap.f1, either.overlap.support) == (1, 9)


def test_a_report_from_before_amount_or_target_is_read() -> None:
    old = build_report(TWO).to_json()
    del old["mentions"]["amount_or_target"]
    report = EvaluationReport.model_validate(old)
    assert report.mentions.amount_or_target is None
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(report_tables(report))
    assert "AMOUNT or TARGET" not in console.export_text()


def test_what_does_not_occur_has_no_score_and_no_part_in_macro() -> None:
    strict = build_report(TWO).mentions.strict
    assert strict.labels[PERCENTAGE] == Score(
        precision=None, recall=None, f1=None, support=0, predicted=0, correct=0
    )
    assert strict.macro.f1 == pytest.approx((strict.labels[AMOUNT].f1 + 0) / 2)


def test_labels_asked_for_come_first_and_others_follow() -> None:
    counts = [ArticleCounts("a", strict={"ORG": Counts(1), AMOUNT: Counts(1)})]
    assert list(build_report(counts, labels=["MON", "ORG"]).mentions.strict.labels) == ["MON", "ORG", AMOUNT]
    assert list(build_report(counts).mentions.strict.labels) == [*LABELS, "ORG"]


def test_values_have_no_row_for_institutions() -> None:
    assert list(build_report(TWO).values.labels) == [AMOUNT, TARGET, PERCENTAGE]


def test_no_article_is_an_error() -> None:
    with pytest.raises(CorpusError, match="no article"):
        build_report([])


def test_one_article_has_no_interval() -> None:
    micro = build_report(TWO[:1]).mentions.strict.micro
    assert micro.f1 is not None
    assert (micro.low, micro.high, micro.precision_interval, micro.recall_interval) == (None,) * 4


def many(number: int = 60) -> list[ArticleCounts]:
    rng = random.Random(3)
    made = []
    for place in range(number):
        strict = {label: Counts(rng.randint(2, 9), rng.randint(0, 2), rng.randint(0, 2)) for label in LABELS}
        links = [Counts(rng.randint(1, 6), rng.randint(0, 3), rng.randint(0, 3)) for _ in range(3)]
        values = {AMOUNT: Counts(rng.randint(3, 9), 0, rng.randint(0, 1))}
        made.append(ArticleCounts(f"a{place}", strict, strict, values, *links))
    return made


def scores_of(report: EvaluationReport) -> list[Score]:
    mentions = report.mentions.strict
    return [*mentions.labels.values(), mentions.micro, mentions.macro, *report.links.values(), report.records]


def test_intervals_hold_their_scores_and_are_narrower_over_more_articles() -> None:
    few, lots = build_report(many()), build_report(many(600))
    for score in scores_of(few):
        assert score.low < score.f1 < score.high
        assert score.precision_interval[0] < score.precision < score.precision_interval[1]
        assert score.recall_interval[0] < score.recall < score.recall_interval[1]
    assert few.values.all.low < few.values.all.accuracy < few.values.all.high
    for wide, narrow in zip(scores_of(few), scores_of(lots), strict=True):
        assert narrow.high - narrow.low < 0.6 * (wide.high - wide.low)


def test_same_seed_same_report_other_seed_other_intervals() -> None:
    counts = many()
    assert build_report(counts) == build_report(counts)
    assert build_report(counts, seed=1).records.low != build_report(counts, seed=2).records.low


@settings(max_examples=30)
@given(st.permutations(many(8)))
def test_order_of_articles_changes_nothing(counts: list[ArticleCounts]) -> None:
    assert build_report(counts, resamples=50) == build_report(many(8), resamples=50)


@settings(max_examples=30)
@given(articles("a"), articles("b"))
def test_perfect_prediction_is_one_everywhere(one: AnnotatedArticle, other: AnnotatedArticle) -> None:
    corpus = [one, other]
    report = build_report(
        score_articles(corpus, {article.id: as_predicted(article) for article in corpus}), resamples=20
    )
    for score in scores_of(report):
        expected = (1, 1, 1) if score.support else (None, None, None)
        assert prf(score) == expected
        if score.low is not None:
            assert (score.low, score.high) == (1, 1)
    assert report.values.all.accuracy == (1 if report.values.all.support else None)


def test_json_form_is_read_back_equal() -> None:
    report = build_report(
        many(5),
        model=ModelInfo(name="m", version="2"),
        corpus_fingerprint="f" * 64,
        missing=["x"],
        unscored=["y"],
    )
    text = json.dumps(report.to_json(), allow_nan=False)
    assert EvaluationReport.model_validate_json(text) == report
    assert json.loads(text)["mentions"]["strict"]["labels"][AMOUNT]["support"] > 0
    assert set(json.loads(text)["links"]) == {"with", "by"}


def rendered(report: EvaluationReport) -> str:
    console = Console(width=110)
    with console.capture() as captured:
        console.print(report_tables(report))
    return captured.get()


def test_tables_show_scores_and_intervals() -> None:
    model = ModelInfo(name="tiny", version="3")
    shown = rendered(build_report(TWO, model=model, corpus_fingerprint="abcdef0123456789"))
    assert "tiny 3, 2 articles, corpus abcdef012345; 95% intervals over articles" in shown
    rows = [line.split() for line in shown.splitlines()]
    assert ["AMOUNT", "0.800", "0.800", "0.800"] in [row[:4] for row in rows]
    assert ["PERCENTAGE", "–", "–", "–", "–", "0", "0"] in rows
    assert ["with", "0.750", "0.750", "0.750"] in [row[:4] for row in rows]
    assert ["all", "0.875"] in [row[:2] for row in rows]


def test_tables_leave_out_mentions_that_were_given() -> None:
    shown = rendered(build_report(TWO, given_mentions=True))
    assert "strict" not in shown
    assert "gold mentions given" in shown
    assert "record exact" in shown


def test_every_label_of_a_real_article_is_counted() -> None:
    article = gold(EVERYTHING, JOINED)
    report = build_report(score_articles([article], {"a": as_predicted(article)}))
    assert report.mentions.strict.labels[INSTITUTION].support == 3
    assert report.links["with"].support == 2
    assert report.links["by"].support == 4
    assert report.records.support == 2
