"""Checks of records: the cases of ``cases/checks.json``, the seeds, and what holds for all numbers."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.corpus.store import load_corpus
from ie_model.linking.training import gold_mentions
from ie_model.persian.sentences import split_sentences
from ie_model.records.agreement import agrees, amount_agrees, stated_step
from ie_model.records.checks import check_records
from ie_model.schema import Check, Mention, Quantity
from tests.conftest import SEEDS
from tests.records.marked import read_marked

CASES = json.loads((Path(__file__).parent / "cases" / "checks.json").read_text(encoding="utf-8"))


def shown(check: Check) -> str:
    return f"{check.kind} {float(check.stated):g} {float(check.computed):g} {check.agrees}"


def checks_of(marked: str) -> list[str]:
    """Return the checks of a marked article, each with its record's number."""
    article = read_marked(marked)
    found = check_records(article.text, list(article.records.values()), article.sentences)
    return [
        f"{name} {check.kind} {check.stated.normalize():f} {check.computed.normalize():f} {check.agrees}"
        for name, checks in zip(article.records, found, strict=True)
        for check in checks
    ]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [pytest.param(*case, id=f"{kind}: {name}") for kind in CASES for name, case in CASES[kind].items()],
)
def test_case(marked, expected):
    assert checks_of(marked) == expected


def test_arabic_letters_read_alike():
    marked = "هدف [1T ٤٠٠ تن] بود و [1A ١٠٠ تن] يعني [1P ٣٠ درصد] محقق شد."
    assert checks_of(marked) == ["1 progress 30 25 False"]


def test_the_seeds_give_their_two_checks():
    found = []
    for article in load_corpus([SEEDS]):
        mentions = {mention.id: mention for mention in gold_mentions(article)}
        records = [[mentions[name] for name in record.quantities] for record in article.records]
        for checks in check_records(article.text, records, split_sentences(article.text)):
            found += [shown(check) for check in checks]
    assert found == ["progress 60 55.56 False", "progress 106 106.09 True"]


def test_nothing_to_check():
    assert check_records("", [], []) == []
    article = read_marked("تنها [1A ۱۲ نفر] آمدند.")
    assert check_records(article.text, [article.records["1"]], article.sentences) == [()]


def test_an_unread_quantity_is_passed_over():
    article = read_marked("هدف [1T ۱۰۰ نفر] بود و [1A ۴۰ نفر] یعنی [1P ۴۰ درصد] آمدند.")
    unread = [
        mention.model_copy(update={"quantity": None}) if mention.label == "AMOUNT" else mention
        for mention in article.records["1"]
    ]
    assert check_records(article.text, [unread], article.sentences) == [()]


def percent(value: str, modifier: str = "exact") -> Quantity:
    return Quantity(kind="percent", value=Decimal(value), modifier=modifier, unit="درصد")


@pytest.mark.parametrize(
    ("stated", "computed", "right"),
    [
        (percent("106"), "106.99", True),
        (percent("106"), "105.5", True),
        (percent("106"), "107", False),
        (percent("106"), "105.4", False),
        (percent("5.7"), "5.79", True),
        (percent("5.7"), "5.63", False),
        (percent("60"), "55.56", False),
        (percent("60", "about"), "57.5", True),
        (percent("60", "about"), "57.4", False),
        (percent("0.9", "about"), "0.66", False),
        (percent("50", "more_than"), "80", True),
        (percent("50", "at_least"), "49", False),
        (percent("50", "less_than"), "50.4", True),
        (percent("50", "at_most"), "51", False),
    ],
)
def test_a_percentage_agrees_with_what_is_rounded_or_cut_to_it(stated, computed, right):
    assert agrees(stated, Decimal(computed)) is right


@pytest.mark.parametrize(
    ("computed", "right"), [("4.5", True), ("5", True), ("10.9", True), ("3.9", False), ("11.2", False)]
)
def test_a_stated_range_holds_what_lies_in_it(computed, right):
    stated = Quantity(kind="percent", low=Decimal(5), high=Decimal(10), modifier="range", unit="درصد")
    assert agrees(stated, Decimal(computed)) is right


def money(surface: str) -> Mention:
    return read_marked(f"مبلغ [1A {surface}] است.").records["1"][0]


@pytest.mark.parametrize(
    ("surface", "step"),
    [
        ("۸٫۴ میلیارد دلار", "100000000"),
        ("۲۰ میلیارد تومان", "1000000000"),
        ("۳ هزار میلیارد تومان", "1000000000000"),
        ("۳ هزار و ۲۰۰ میلیارد تومان", "1000000000"),
        ("۲ همت", "1000000000000"),
        ("۴۵ هزار و ۷۹۴ نفر", "1"),
        ("۲۰ نفر", "1"),
        ("۱۲٫۵ تن", "0.1"),
    ],
)
def test_how_finely_an_amount_is_stated(surface, step):
    assert stated_step(money(surface)) == Decimal(step)


@pytest.mark.parametrize(
    ("surface", "computed", "right"),
    [
        ("۸۸ میلیارد تومان", 88 * 10**9, True),
        ("۸۸ میلیارد تومان", 87 * 10**9, False),
        ("۸۸ میلیارد تومان", 88_400_000_000, True),
        ("۴۰ نفر", 41, False),
    ],
)
def test_an_amount_agrees_within_its_digits(surface, computed, right):
    assert amount_agrees(money(surface), Decimal(computed)) is right


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_percentage_computed_from_the_amounts_always_agrees(reached, target):
    exact = (Decimal(reached) / Decimal(target) * 100).quantize(Decimal("0.01"))
    (found,) = checks_of(f"هدف [1T {target} نفر] بود و [1A {reached} نفر] یعنی [1P {exact} درصد] آمدند.")
    assert found.startswith("1 progress")
    assert found.endswith("True")


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=8), st.integers(0, 10**6))
def test_a_sum_is_what_the_parts_give(parts, slip):
    total = sum(parts) + slip
    listed = " و ".join(f"[{number}A {part} نفر] در شهر" for number, part in enumerate(parts, start=2))
    for check in checks_of(f"[1A {total} نفر] شامل {listed} آمدند."):
        record, kind, stated, computed, right = check.split()
        assert (record, kind, int(stated), int(computed)) == ("1", "sum", total, sum(parts))
        assert right == str(slip == 0)


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_change_in_the_stated_direction_has_its_sign(before, now):
    stated = "[1P ۷ درصد]"
    for check in checks_of(f"تولید از [1A {before} تن] به [1A {now} تن] رسید که {stated} رشد دارد."):
        assert Decimal(check.split()[3]) * (now - before) >= 0


def test_five_hundred_quantities_take_well_under_a_second():
    line = "از مجموع [{0}A ۸۸ تن] گندم [{1}A ۵۷ تن] خوراک و [{2}A ۳۲ تن] بذر است و [{2}P ۱۲ درصد] رشد دارد. "
    text = "".join((line + "متن " * 100).format(n, n + 1, n + 2) for n in range(0, 375, 3))
    article = read_marked(text)
    assert len(article.text) > 55_000
    start = time.perf_counter()
    found = check_records(article.text, list(article.records.values()), article.sentences)
    assert time.perf_counter() - start < 0.5
    assert sum(map(len, found)) == 125
