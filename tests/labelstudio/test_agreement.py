"""Agreement on planted differences, kappa by hand, and what became of pre-annotations."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given

from ie_model.labelstudio.acceptance import acceptance
from ie_model.labelstudio.agreement import MICRO, agreement_report, compare, token_kappa
from ie_model.labelstudio.exports import Reading
from ie_model.labelstudio.timing import ALL, median_interval, timing
from ie_model.schema import AMOUNT, TARGET
from tests.evaluation.making import (
    ARABIC_BANK,
    BANK,
    EVERYTHING,
    FUND,
    JOINED,
    MONEY,
    PEOPLE,
    PLANS,
    SHARE,
    Said,
    articles,
)
from tests.labelstudio.readings import annotation, prediction, read, side, task

SHORT_MONEY = Said(AMOUNT, "۵۰ میلیارد")
MONEY_AS_TARGET = Said(TARGET, "۵۰ میلیارد تومان")
SHORT_AS_TARGET = Said(TARGET, "۵۰ میلیارد")


@given(articles(), articles())
def test_agreement_is_the_same_from_either_side(one: object, other: object) -> None:
    there, back = compare("x", [(one, other)]), compare("x", [(other, one)])  # type: ignore[list-item]
    assert there.kappa == pytest.approx(back.kappa) if there.kappa is not None else back.kappa is None
    for way, figures in there.mentions.items():
        for label, figure in figures.items():
            mirrored = back.mentions[way][label]
            assert figure.f1 == mirrored.f1
            assert (figure.both, figure.first, figure.second) == (
                mirrored.both,
                mirrored.second,
                mirrored.first,
            )
    assert {name: figure.f1 for name, figure in there.links.items()} == {
        name: figure.f1 for name, figure in back.links.items()
    }


@given(articles())
def test_who_says_the_same_agrees_wholly(article: object) -> None:
    found = compare("x", [(article, article)])  # type: ignore[list-item]
    figures = [*found.mentions["strict"].values(), *found.mentions["overlap"].values(), *found.links.values()]
    assert {figure.f1 for figure in figures} <= {1.0, None}
    assert found.kappa in {1.0, None}


def test_planted_differences_are_counted_where_they_are() -> None:
    one = side(*EVERYTHING, records=JOINED)
    other = side(BANK, SHORT_MONEY, PLANS, ARABIC_BANK, SHARE, PEOPLE, records=((BANK, SHORT_MONEY, PLANS),))
    found = compare("x", [(one, other)])
    strict, overlap = found.mentions["strict"], found.mentions["overlap"]
    assert (strict[AMOUNT].both, strict[AMOUNT].first, strict[AMOUNT].second) == (1, 1, 1)
    assert strict[AMOUNT].f1 == 0.5
    assert overlap[AMOUNT].f1 == 1.0
    assert (strict[MICRO].both, strict[MICRO].first, strict[MICRO].second) == (5, 2, 1)
    # Of two records none is the same; PLANS still has its bank.
    assert (found.links["records"].both, found.links["records"].first) == (0, 2)
    assert (found.links["by"].both, found.links["by"].first) == (1, 3)


def test_an_empty_reading_disagrees_and_a_cancelled_one_does_not_count(tmp_path: Path) -> None:
    tasks = [
        task([annotation(side(BANK), 1), annotation(side(), 2)], article="a"),
        task([annotation(side(BANK), 1), annotation(side(), 2, was_cancelled=True)], article="b"),
    ]
    report = agreement_report(read(tmp_path, *tasks))
    assert report.annotators is not None
    assert (report.annotators.articles, report.annotators.pairs, report.cancelled) == (1, 1, 1)
    assert report.annotators.mentions["strict"][MICRO].f1 == 0.0
    assert report.readings == {"1": 2, "2": 1}


def test_three_annotators_are_three_pairs_and_their_pool(tmp_path: Path) -> None:
    (one,) = [task([annotation(side(BANK), 1), annotation(side(BANK), 2), annotation(side(MONEY), 3)])]
    report = agreement_report(read(tmp_path, one))
    assert [pair.name for pair in report.pairs] == ["1 and 2", "1 and 3", "2 and 3"]
    assert [pair.mentions["strict"][MICRO].f1 for pair in report.pairs] == [1.0, 0.0, 0.0]
    assert report.annotators is not None
    assert (report.annotators.articles, report.annotators.pairs) == (1, 3)
    assert report.annotators.mentions["strict"][MICRO].f1 == pytest.approx(1 / 3)


def test_one_annotator_is_nobody_to_agree_with_but_models_are(tmp_path: Path) -> None:
    one = task([annotation(side(BANK, MONEY), 1)], predictions=[prediction(side(BANK))])
    report = agreement_report(read(tmp_path, one))
    assert report.annotators is None
    assert [model.name for model in report.models] == ["annotators and model 1"]
    assert report.models[0].mentions["strict"][MICRO].f1 == pytest.approx(2 / 3)


def test_an_interval_needs_two_articles(tmp_path: Path) -> None:
    tasks = [task([annotation(side(BANK), 1), annotation(side(BANK), 2)], article=name) for name in "ab"]
    alone = agreement_report(read(tmp_path, tasks[0])).annotators
    both = agreement_report(read(tmp_path, *tasks)).annotators
    assert alone is not None
    assert both is not None
    assert alone.mentions["strict"][MICRO].low is None
    assert both.mentions["strict"][MICRO].low == 1.0


def test_kappa_by_hand() -> None:
    text = "a b c d"
    one, other = (side(*marks, text=text) for marks in ([Said(AMOUNT, "a b")], [Said(AMOUNT, "b c")]))
    # Agreed: b and d of four; both sides mark half, so chance is 1/2.
    kappa, tokens = token_kappa([(one, other)])
    assert (kappa, tokens) == (0.0, 4)
    assert token_kappa([(side(text=text), side(text=text))]) == (None, 4)
    assert token_kappa([]) == (None, 0)


# --- pre-annotations -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "outcomes"),
    [
        pytest.param([MONEY], [MONEY], {AMOUNT: {"kept": 1}}, id="kept"),
        pytest.param([MONEY], [SHORT_MONEY], {AMOUNT: {"moved": 1}}, id="moved"),
        pytest.param([MONEY], [MONEY_AS_TARGET], {AMOUNT: {"relabelled": 1}}, id="relabelled"),
        pytest.param([MONEY], [SHORT_AS_TARGET], {AMOUNT: {"moved and relabelled": 1}}, id="both"),
        pytest.param([MONEY], [], {AMOUNT: {"deleted": 1}}, id="deleted"),
        pytest.param([], [MONEY], {AMOUNT: {"added": 1}}, id="added"),
        pytest.param(
            [MONEY], [PEOPLE], {AMOUNT: {"deleted": 1}, TARGET: {"added": 1}}, id="elsewhere is no move"
        ),
    ],
)
def test_outcomes(before: list[Said], after: list[Said], outcomes: dict[str, dict[str, int]]) -> None:
    found = acceptance([Reading("1", side(*after), start=side(*before), start_version="m")])["m"]
    assert {label: dict(counts) for label, counts in found.mentions.items()} == outcomes
    assert found.untouched == int(before == after)


def test_links_are_kept_deleted_or_added_and_a_start_without_prediction_does_not_count() -> None:
    before = side(BANK, FUND, MONEY, PLANS, records=((BANK, MONEY, PLANS),))
    after = side(BANK, FUND, MONEY, PLANS, records=((BANK, MONEY), (FUND, PLANS)))
    found = acceptance([Reading("1", after, start=before, start_version="m"), Reading("2", after)])
    assert list(found) == ["m"]
    assert (found["m"].annotations, found["m"].untouched, found["m"].rate) == (1, 0, 1.0)
    assert found["m"].links["with"] == Counter(kept=0, deleted=1, added=0)
    assert found["m"].links["by"] == Counter(kept=1, deleted=1, added=1)
    assert found["m"].links["records"] == Counter(kept=0, deleted=1, added=2)


# --- time ----------------------------------------------------------------------------------------------


def test_times_are_medians_and_those_without_one_are_counted() -> None:
    article = side(text="one two three four")
    readings = [Reading("1", article, seconds) for seconds in (10.0, 30.0, 3600.0, None)]
    found = timing([*readings, Reading("2", article)])
    assert set(found) == {"1", ALL}
    assert (found["1"].median, found["1"].annotations, found["1"].missing) == (30.0, 3, 1)
    assert found["1"].per_100_words == 750.0
    assert found[ALL].missing == 2


@pytest.mark.parametrize(
    ("count", "ends"),
    # Ranks of the 95 % interval of a median: Conover 1999, table of the sign test.
    [(5, None), (6, (1, 6)), (8, (1, 8)), (9, (2, 8)), (20, (6, 15)), (25, (8, 18))],
)
def test_the_interval_of_a_median_is_that_of_order_statistics(
    count: int, ends: tuple[int, int] | None
) -> None:
    assert median_interval(float(rank) for rank in range(1, count + 1)) == ends
