"""The unit tables: every currency, measure and noun is well formed, and SI is exact."""

from collections import Counter
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ie_model.quantities import read_quantity
from ie_model.quantities.tables import Unit, unit_key, unit_tables
from ie_model.quantities.units import SiQuantity, head_noun, known_unit, read_unit, to_si
from ie_model.schema import Quantity

#: What the coherent units of the table are made of.
SI_UNITS = {"1", "kg", "m", "m²", "m³", "W", "J", "V", "A", "V·A", "Hz", "Pa", "m/s", "m³/s", "kg·m"}
DATA_UNITS = {"bit", "bit/s"}


def rows(name: str) -> dict[str, Any]:
    path = resources.files("ie_model.quantities") / "data" / name
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


CURRENCIES = rows("currencies.yaml")["currencies"]
MEASURES = [*rows("measures.yaml")["percent"], *rows("measures.yaml")["measures"]]
SOURCES = "SNAI"


def unit(name: str) -> Unit:
    return unit_tables().units[unit_key(name)]


def factor(name: str) -> Decimal:
    found = unit(name).si_factor
    assert found is not None
    return found


def si(surface: str) -> SiQuantity | None:
    return to_si(read_quantity(surface, 0, len(surface)).quantity)


def test_every_currency_code_is_three_capitals_and_used_once() -> None:
    codes = [row["code"] for row in CURRENCIES if "code" in row and "factor" not in row]
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in codes)
    assert [code for code, count in Counter(codes).items() if count > 1] == []
    assert len(codes) >= 80


def test_every_spelling_belongs_to_one_unit() -> None:
    spelled: dict[str, set[str]] = {}
    for row in [*CURRENCIES, *MEASURES]:
        names = row["forms"] if "factor" in row and "code" in row else [row["name"], *row["forms"]]
        for name in names:
            spelled.setdefault(unit_key(name), set()).add(row["name"] + row.get("code", ""))
    counted = rows("units.yaml")
    for name in [*counted["nouns"], *counted["classifiers"]]:
        spelled.setdefault(unit_key(name), set()).add(name)
    for noun, forms in counted["noun_forms"].items():
        for form in forms:
            spelled.setdefault(unit_key(form), set()).add(noun)
    assert {key: names for key, names in spelled.items() if len(names) > 1} == {}


def test_a_folded_spelling_leads_to_a_listed_noun() -> None:
    counted = rows("units.yaml")
    known = {*counted["nouns"], *counted["classifiers"]}
    assert set(counted["noun_forms"]) <= known


def test_the_files_hold_no_floats() -> None:
    for row in [*CURRENCIES, *MEASURES]:
        assert not any(isinstance(value, float) for value in row.values()), row
        assert isinstance(row.get("factor", ""), str | int)


def test_every_si_factor_has_a_unit_and_a_source() -> None:
    for row in MEASURES:
        assert ("si" in row) == ("factor" in row) == ("source" in row), row["name"]
        if "si" in row:
            assert row["source"] in SOURCES
            assert row["si"] in SI_UNITS | DATA_UNITS
            assert (row["source"] == "I") == (row["si"] in DATA_UNITS)
            assert Decimal(row["factor"]) > 0


@pytest.mark.parametrize(
    ("large", "count", "small"),
    [
        ("تن", "1000", "کیلوگرم"),
        ("کیلوگرم", "1000", "گرم"),
        ("گرم", "5", "قیراط"),
        ("هکتار", "10000", "مترمربع"),
        ("کیلومتر مربع", "100", "هکتار"),
        ("مترمکعب", "1000", "لیتر"),
        ("لیتر", "1000", "سی‌سی"),
        ("بشکه", "42", "گالن"),
        ("فوت", "12", "اینچ"),
        ("یارد", "3", "فوت"),
        ("مایل", "5280", "فوت"),
        ("مگاوات", "1000", "کیلووات"),
        ("مگاوات ساعت", "1000", "کیلووات ساعت"),
        ("تراوات ساعت", "1000", "گیگاوات ساعت"),
        ("کیلووات ساعت", "3600", "کیلوژول"),
        ("کیلوکالری", "4.184", "کیلوژول"),
        ("گیگابایت", "8", "گیگابیت"),
        ("درصد", "10", "در هزار"),
    ],
)
def test_factors_agree_with_each_other(large: str, count: str, small: str) -> None:
    assert factor(large) == Decimal(count) * factor(small)
    assert unit(large).si_unit == unit(small).si_unit


def test_factors_follow_from_their_definitions() -> None:
    assert factor("فوت مکعب") == factor("فوت") ** 3
    assert factor("فوت مربع") == factor("فوت") ** 2
    assert factor("اینچ") == Decimal("2.54") * factor("سانتی‌متر")
    assert factor("اونس") == 480 * Decimal("0.06479891") * factor("گرم")
    assert factor("اسب بخار") == 75 * Decimal("9.80665")
    assert factor("سال نوری") == 299_792_458 * Decimal("365.25") * 86_400
    assert factor("گالن") == 231 * factor("اینچ") ** 3


@given(st.integers(0, 10**15), st.sampled_from(["تن", "بشکه", "فوت مکعب", "اونس", "کیلووات ساعت", "درصد"]))
def test_si_is_the_exact_product(number: int, name: str) -> None:
    expected = number * factor(name)
    assert si(f"{number} {name}") == SiQuantity(expected, expected, unit(name).si_unit or "")


@given(st.integers(1, 500), st.integers(1, 500))
def test_si_keeps_both_ends_of_a_range(low: int, more: int) -> None:
    assert si(f"{low} تا {low + more} تن") == SiQuantity(
        Decimal(low * 1000), Decimal((low + more) * 1000), "kg"
    )


@pytest.mark.parametrize(
    "surface", ["۵ تومان", "۵ نفر", "۵ واحد درصد", "۸۰ کیلومتر بر ساعت", "۳ جریب", "چند تن", "۵"]
)
def test_what_has_no_si(surface: str) -> None:
    assert si(surface) is None


def test_a_quantity_made_by_hand_converts_too() -> None:
    assert to_si(Quantity(kind="measure", value=Decimal(3), unit="هکتار")) == SiQuantity(
        Decimal(30000), Decimal(30000), "m²"
    )
    assert to_si(Quantity(kind="measure", value=Decimal(3), unit="وجب")) is None
    assert to_si(Quantity(kind="measure", value=Decimal(3))) is None


@pytest.mark.parametrize("row", CURRENCIES, ids=lambda row: row["name"] + " " + row.get("code", ""))
def test_every_currency_is_read_in_every_spelling(row: dict[str, Any]) -> None:
    names = row["forms"] if "factor" in row else [row["name"], *row["forms"]]
    for name in names:
        quantity = read_quantity(f"12 {name}", 0, len(name) + 3).quantity
        assert (quantity.kind, quantity.unit, quantity.currency) == ("money", row["name"], row.get("code"))
        assert (quantity.rials is not None) == (row.get("code") in ("IRR", "IRT"))


@pytest.mark.parametrize("row", MEASURES, ids=lambda row: row["name"])
def test_every_measure_is_read_in_every_spelling(row: dict[str, Any]) -> None:
    # «۱۲ در هزار» may as well be «12 in a thousand …»: only its sign is read.
    names = row["forms"] if row["name"] == "در هزار" else [row["name"], *row["forms"]]
    for name in names:
        quantity = read_quantity(f"12 {name}", 0, len(name) + 3).quantity
        assert quantity.value == 12
        assert quantity.unit == row["name"]


@pytest.mark.parametrize(
    ("word", "noun"),
    [
        ("روستای", "روستا"),
        ("سکوی", "سکو"),
        ("بشکه‌ای", "بشکه"),
        ("طرح‌ها", "طرح"),
        ("طرح‌های", "طرح"),
        ("طرح‌هایی", "طرح"),
        ("چای", "چای"),
        ("کشتی", "کشتی"),
        ("تن", "تن"),
    ],
)
def test_the_head_noun_is_folded(word: str, noun: str) -> None:
    assert head_noun(word) == noun


def test_the_longest_unit_wins() -> None:
    assert known_unit(["متر", "مکعب", "بر", "ثانیه"]) == (unit("مترمکعب بر ثانیه"), 4)
    assert known_unit(["متر", "پارچه"]) == (unit("متر"), 1)
    assert known_unit(["هیچ"]) == (None, 0)


def test_a_classifier_counts_the_noun_behind_it() -> None:
    found = read_unit(["فروند", "هواپیمای", "نو"])
    assert found is not None
    assert (found.name, found.item) == ("فروند", "هواپیما")
    alone = read_unit(["فروند", "در", "شهر"])
    assert alone is not None
    assert (alone.name, alone.item) == ("فروند", "فروند")
