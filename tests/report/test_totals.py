"""Sums of what may be summed: one label, one unit, each fact once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ie_model.report.evidence.totals import RIALS, Group, LeftOut, Totals
from ie_model.schema import AMOUNT, INSTITUTION, PERCENTAGE, TARGET, Check, Quantity
from tests.report.making import Made, count, percent, toman

BANK = "بانک ملی"


def paid(id: str, *quantities: Quantity, body: str = BANK, label: str = AMOUNT, **record: object) -> Made:
    """An article with a record for each quantity."""
    words = [f"{n}ـم" for n in range(len(quantities))]
    made = Made(id, f"{id} " + " ".join(f"{body} {word}" for word in words))
    for word, quantity in zip(words, quantities, strict=True):
        name = made.mention(INSTITUTION, body)
        made.record(name, made.mention(label, word, quantity), **record)  # type: ignore[arg-type]
    return made


def totals_of(*articles: Made) -> Totals:
    totals = Totals()
    for made in articles:
        totals.add(made.extraction)
    return totals


def shown(groups: list[Group]) -> dict[str, list[tuple[str, str, Decimal, int]]]:
    return {
        group.name: [(found.label, found.unit, found.total, found.values) for found in group.sums.values()]
        for group in groups
    }


def test_values_of_one_unit_are_summed_and_toman_is_ten_rials() -> None:
    rials = Quantity(kind="money", value=Decimal(70), unit="ریال", currency="IRR", rials=Decimal(70))
    totals = totals_of(paid("a", toman(5), count(8)), paid("b", rials, count(9), toman(1)))
    assert shown(totals.by_institution()) == {
        BANK: [(AMOUNT, RIALS, Decimal(130), 3), (AMOUNT, "نفر", Decimal(17), 2)]
    }


def test_labels_units_and_currencies_stay_apart() -> None:
    dollars = Quantity(kind="money", value=Decimal(3), unit="دلار", currency="USD")
    totals = totals_of(
        paid("a", count(1), count(2, "شغل"), dollars, toman(4)), paid("b", count(8), label=TARGET)
    )
    assert shown(totals.by_institution())[BANK] == [
        (AMOUNT, "نفر", Decimal(1), 1),
        (AMOUNT, "شغل", Decimal(2), 1),
        (AMOUNT, "USD", Decimal(3), 1),
        (AMOUNT, RIALS, Decimal(40), 1),
        (TARGET, "نفر", Decimal(8), 1),
    ]


def test_percentages_are_never_summed() -> None:
    made = Made("a", "۱۰ درصد")
    made.record(made.mention(PERCENTAGE, "۱۰ درصد", percent(10)))
    totals = totals_of(made)
    assert totals.by_institution() == totals.by_province() == []
    assert totals.left_out == {}


def test_spellings_of_a_name_are_one_and_what_has_no_name_comes_last() -> None:
    nameless = Made("c", "۷ نفر")
    nameless.record(nameless.mention(AMOUNT, "۷ نفر", count(7)))
    totals = totals_of(nameless, paid("a", count(1), body="بانک ملی"), paid("b", count(2), body="بانك‌ملي"))
    assert [(group.name, group.values) for group in totals.by_institution()] == [("بانک ملی", 2), ("", 1)]


def test_a_province_has_its_sums() -> None:
    made = Made("a", "در البرز ۷ نفر")
    made.record(made.mention(AMOUNT, "۷ نفر", count(7)), place=("البرز", "IR-30", "البرز"))
    assert shown(totals_of(made).by_province()) == {"البرز": [(AMOUNT, "نفر", Decimal(7), 1)]}


def test_a_repeat_is_counted_once() -> None:
    made = paid("a", count(50), count(50))
    made.records[1] = made.records[1].model_copy(update={"repeats": "r1"})
    totals = totals_of(made)
    assert shown(totals.by_institution()) == {BANK: [(AMOUNT, "نفر", Decimal(50), 1)]}
    assert totals.left_out == {LeftOut.REPEATS: 1}


def test_an_article_that_comes_twice_is_counted_once() -> None:
    one = paid("a", count(50))
    again = Made("b", one.text, mentions=one.mentions, records=one.records, bodies=one.bodies)
    totals = totals_of(one, again)
    assert shown(totals.by_institution()) == {BANK: [(AMOUNT, "نفر", Decimal(50), 1)]}
    assert totals.left_out == {LeftOut.RETOLD: 1}


@pytest.mark.parametrize(
    ("value", "counted"), [(45_794, 1), (45_000, 2)], ids=["a telling number", "a round number"]
)
def test_what_two_articles_tell_of_one_body_is_counted_once(value: int, counted: int) -> None:
    totals = totals_of(paid("a", count(value)), paid("b", count(value)))
    (group,) = totals.by_institution()
    assert group.values == counted


def test_other_bodies_may_have_the_same_number() -> None:
    totals = totals_of(paid("a", count(45_794)), paid("b", count(45_794), body="بنیاد برکت"))
    assert [group.values for group in totals.by_institution()] == [1, 1]


def test_a_total_gives_way_to_its_parts() -> None:
    check = Check(kind="sum", stated=Decimal(30), computed=Decimal(30), agrees=True)
    totals = totals_of(paid("a", count(30), checks=[check]), paid("b", count(10), count(20)))
    assert shown(totals.by_institution()) == {BANK: [(AMOUNT, "نفر", Decimal(30), 2)]}
    assert totals.left_out == {LeftOut.LISTED: 1}


def test_two_levels_in_one_record_are_no_sum() -> None:
    made = Made("a", "از ۴۰ واحد به ۵۰ واحد با ۲ میلیون تومان")
    names = [made.mention(AMOUNT, f"{n} واحد", count(int(n), "واحد")) for n in ("۴۰", "۵۰")]
    made.record(*names, made.mention(AMOUNT, "۲ میلیون تومان", toman(2_000_000)))
    totals = totals_of(made)
    assert shown(totals.by_institution()) == {"": [(AMOUNT, RIALS, Decimal(20_000_000), 1)]}
    assert totals.left_out == {LeftOut.SEVERAL: 2}


def test_what_was_not_read_is_left_out() -> None:
    spread = Quantity(kind="count", low=Decimal(3), high=Decimal(5), modifier="range", unit="نفر", item="نفر")
    totals = totals_of(paid("a", count(None), spread))
    assert totals.by_institution() == []
    assert totals.left_out == {LeftOut.UNREAD: 2}


def test_inexact_values_are_summed_and_told() -> None:
    totals = totals_of(paid("a", count(50, modifier="more_than"), count(8)))
    (found,) = totals.by_institution()[0].sums.values()
    assert (found.total, found.values, found.inexact) == (Decimal(58), 2, 1)


def test_sums_are_exact_beyond_what_python_keeps_by_itself() -> None:
    huge = 10**39 + 1
    made = [paid(str(n), count(huge - n)) for n in range(3)]
    (found,) = totals_of(*made).by_institution()[0].sums.values()
    assert found.total == Decimal(3 * huge - 3)


def test_each_of_several_institutions_has_the_value() -> None:
    made = Made("a", "بانک ملی و بنیاد برکت ۹ نفر")
    names = [made.mention(INSTITUTION, name) for name in ("بانک ملی", "بنیاد برکت")]
    made.record(*names, made.mention(AMOUNT, "۹ نفر", count(9)))
    assert {group.name: group.values for group in totals_of(made).by_institution()} == {
        "بانک ملی": 1,
        "بنیاد برکت": 1,
    }
