"""The nouns: immutable, strict, and exact through JSON."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ie_model.schema import (
    Article,
    Check,
    Extraction,
    Mention,
    ModelInfo,
    Quantity,
    Record,
    is_exact_number,
    json_number,
    text_sha256,
)

_DECIMALS = st.decimals(allow_nan=False, allow_infinity=False) | st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places), st.integers(-(10**17), 10**17), st.integers(0, 25)
)


@settings(max_examples=500)
@given(_DECIMALS)
def test_a_number_is_exact_through_json_or_refused(value: Decimal) -> None:
    try:
        quantity = Quantity(kind="money", value=value)
    except ValidationError:
        assert not is_exact_number(value)
        return
    again = Quantity.model_validate_json(quantity.model_dump_json())
    assert again.value == value
    # Any reader of JSON that knows 64-bit floats and integers sees the same number.
    assert Decimal(repr(json.loads(quantity.model_dump_json())["value"])) == value


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        ("0", True),
        ("-0.0", True),
        ("2.5", True),
        ("1000000000000.01", True),
        ("0.123456789012345", True),
        ("0.1234567890123456", False),
        ("1E+39", True),
        ("1E+40", False),
        ("1E-400", False),
        ("1E-320", True),
        ("NaN", False),
        ("Infinity", False),
        ("12345678901234567890123456789", True),
    ],
)
def test_is_exact_number(value: str, exact: bool) -> None:
    assert is_exact_number(Decimal(value)) is exact


@pytest.mark.parametrize("value", ["0.1234567890123456", "1E+40", "NaN", "Infinity"])
def test_what_json_would_change_is_refused_with_the_limit(value: str) -> None:
    with pytest.raises(ValidationError, match=r"finite|exactly as a JSON number"):
        Quantity(kind="money", value=Decimal(value))


@pytest.mark.parametrize(("value", "number"), [("5E+3", 5000), ("5.0", 5), ("0.5", 0.5), ("1E+20", 10**20)])
def test_json_number(value: str, number: float) -> None:
    found = json_number(Decimal(value))
    assert found == number
    assert type(found) is type(number)


def test_a_float_means_the_digits_that_were_written() -> None:
    assert Quantity(kind="percent", value=0.1).value == Decimal("0.1")  # type: ignore[arg-type]


def _extraction() -> Extraction:
    money = Quantity(
        kind="money",
        value=Decimal(121_000_000_000),
        unit="تومان",
        currency="IRT",
        rials=Decimal(1_210_000_000_000),
    )
    share = Quantity(kind="percent", low=Decimal("2.5"), high=Decimal(3), modifier="range", unit="درصد")
    return Extraction(
        id="002",
        meta={"date": "1402-11-20", "tags": ["الف", None, 1.5, {"k": True}]},
        text_sha256=text_sha256("متن"),
        model=ModelInfo(name="default", version="1"),
        mentions=(
            Mention(
                id="m1",
                label="AMOUNT",
                start=0,
                end=17,
                text="121 میلیارد تومان",
                confidence=0.99,
                quantity=money,
            ),
            Mention(id="m2", label="PERCENTAGE", start=20, end=30, text="۲٫۵ تا ۳ ٪", quantity=share),
        ),
        records=(
            Record(
                id="r1",
                start=0,
                end=40,
                amounts=("m1",),
                percentages=("m2",),
                confidence=0.9,
                checks=(Check(kind="share", stated=Decimal(3), computed=Decimal("2.9"), agrees=False),),
            ),
        ),
        warnings=("m2: …",),
    )


def test_an_extraction_is_equal_after_json() -> None:
    extraction = _extraction()
    assert Extraction.model_validate_json(extraction.model_dump_json()) == extraction


def test_the_json_has_the_keys_of_the_schema() -> None:
    tree = json.loads(_extraction().model_dump_json())
    assert list(tree) == [
        "id",
        "meta",
        "text_sha256",
        "model",
        "mentions",
        "institutions",
        "records",
        "warnings",
    ]
    assert tree["mentions"][0]["quantity"] == {
        "kind": "money",
        "value": 121000000000,
        "low": None,
        "high": None,
        "modifier": "exact",
        "unit": "تومان",
        "item": None,
        "currency": "IRT",
        "rials": 1210000000000,
    }
    assert tree["mentions"][1]["quantity"]["low"] == 2.5
    assert tree["records"][0]["checks"] == [{"kind": "share", "stated": 3, "computed": 2.9, "agrees": False}]


@pytest.mark.parametrize(
    ("noun", "fields"),
    [
        pytest.param(Article, {"id": "a", "text": "", "title": "x"}, id="an unknown key"),
        pytest.param(
            Mention, {"id": "m", "label": "A", "start": -1, "end": 1, "text": "x"}, id="a negative start"
        ),
        pytest.param(Mention, {"id": "m", "label": "A", "start": 0, "end": 0, "text": ""}, id="an end of 0"),
        pytest.param(
            Mention,
            {"id": "m", "label": "A", "start": 0, "end": 1, "text": "x", "confidence": 1.1},
            id="over 1",
        ),
        pytest.param(Quantity, {"kind": "weight"}, id="an unknown kind"),
        pytest.param(Quantity, {"kind": "money", "modifier": "roughly"}, id="an unknown modifier"),
        pytest.param(Article, {"id": "a"}, id="no text"),
        pytest.param(Article, {"id": 3, "text": ""}, id="an id that is no text"),
    ],
)
def test_what_breaks_the_schema_is_refused(noun: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        noun(**fields)


def test_nouns_do_not_change() -> None:
    article = Article(id="a", text="ب")
    with pytest.raises(ValidationError, match="frozen"):
        article.text = "پ"  # type: ignore[misc]


def test_quantities_of_a_record_are_amounts_targets_percentages() -> None:
    record = Record(
        id="r", start=0, end=1, amounts=("m3",), targets=("m1",), percentages=("m2",), institutions=("m0",)
    )
    assert record.quantities == ("m3", "m1", "m2")


def test_text_sha256_is_that_of_utf_8() -> None:
    assert text_sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert text_sha256("ي") != text_sha256("ی")
