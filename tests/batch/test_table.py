"""The flat table: plain numbers, whole sentences, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.batch.table import (
    COLUMNS,
    MAX_SENTENCE_CHARS,
    guard,
    plain_number,
    table_rows,
    unguard,
)
from ie_model.schema import (
    Article,
    Extraction,
    Institution,
    Mention,
    ModelInfo,
    Period,
    Place,
    Quantity,
    Record,
    text_sha256,
)

from .fakes import FakeExtractor

TEXT = "بانک ملی و بانک سپه و بانک ملی وام دادند.\nاین وام ۱۲۰ تومان است! و ۷ نفر گرفتند."


def rows_of(text: str, extraction: Extraction | None = None) -> list[dict[str, str]]:
    extraction = extraction or FakeExtractor().extract(Article(id="1", text=text))
    return [dict(zip(COLUMNS, row, strict=True)) for row in table_rows(extraction, text)]


def test_one_row_per_quantity_with_everything_the_design_names() -> None:
    money, people = rows_of(TEXT)
    start = TEXT.index("۱۲۰")
    assert money == {
        "article": "1",
        "record": "r0",
        "label": "AMOUNT",
        "text": "۱۲۰ تومان",
        "value": "120",
        "low": "",
        "high": "",
        "unit": "تومان",
        "currency": "IRT",
        "rials": "1200",
        "modifier": "exact",
        "institutions": "بانک ملی | بانک سپه",
        "institution_keys": "",
        "period": "",
        "place": "",
        "sentence": "این وام ۱۲۰ تومان است!",
        "start": str(start),
        "end": str(start + 9),
        "confidence": "0.5",
    }
    assert (people["text"], people["sentence"]) == ("۷ نفر", "و ۷ نفر گرفتند.")


def extraction_of(text: str, mention: Mention, record: Record | None = None) -> Extraction:
    return Extraction(
        id="=1",
        text_sha256=text_sha256(text),
        model=ModelInfo(name="fake", version="1"),
        mentions=(mention,),
        records=(record,) if record else (),
    )


@pytest.mark.parametrize(
    ("interval", "expected"), [("2011-03-21/2012-03-19", "2011-03-21/2012-03-19"), (None, "سال 90")]
)
def test_bodies_have_their_canonical_name_and_key_records_their_period_and_place(
    interval: str | None, expected: str
) -> None:
    text = "در سال 90 صمت به ۵ طرح استان البرز وام داد"
    quantity = Quantity(kind="count", value=Decimal(5), unit="طرح")
    start = text.index("۵")
    amount = Mention(id="a", label="AMOUNT", start=start, end=start + 5, text="۵ طرح", quantity=quantity)
    body = Mention(id="b", label="INSTITUTION", start=10, end=13, text="صمت")
    record = Record(
        id="r1",
        start=0,
        end=len(text),
        amounts=("a",),
        institutions=("b",),
        institution_keys=("i1",),
        period=Period(start=3, end=9, text="سال 90", interval=interval),
        place=Place(start=0, end=1, text="استان البرز", code="IR-30", name="البرز"),
    )
    named = Institution(id="i1", name="صمت استان البرز", mentions=("b",))
    extraction = extraction_of(text, amount, record)
    extraction = extraction.model_copy(update={"mentions": (body, amount), "institutions": (named,)})
    (row,) = rows_of(text, extraction)
    assert (row["institutions"], row["institution_keys"]) == ("صمت استان البرز", "i1")
    assert (row["period"], row["place"]) == (expected, "IR-30")


def test_a_range_has_its_ends_and_no_value() -> None:
    text = "۵ تا ۱۰ درصد"
    quantity = Quantity(kind="percent", low=Decimal(5), high=Decimal(10), modifier="range", unit="درصد")
    mention = Mention(id="m", label="PERCENTAGE", start=0, end=len(text), text=text, quantity=quantity)
    (row,) = rows_of(text, extraction_of(text, mention))
    assert (row["value"], row["low"], row["high"], row["modifier"]) == ("", "5", "10", "range")
    assert (row["record"], row["institutions"], row["confidence"]) == ("", "", "")


def test_a_quantity_that_could_not_be_read_keeps_its_row() -> None:
    text = "صد و اندی نفر"
    mention = Mention(id="m", label="AMOUNT", start=0, end=len(text), text=text)
    (row,) = rows_of(text, extraction_of(text, mention))
    assert (row["text"], row["value"], row["modifier"]) == (text, "", "")


NUMBERS = {
    "none": (None, ""),
    "zero": (Decimal(0), "0"),
    "minus zero": (Decimal("-0.0"), "0"),
    "integer": (Decimal(121_000_000_000), "121000000000"),
    "exponent": (Decimal("1.21E+11"), "121000000000"),
    "fraction": (Decimal("2.50"), "2.5"),
    "small": (Decimal("1E-7"), "0.0000001"),
    "negative": (Decimal("-3.2"), "-3.2"),
    "tens keep their zeros": (Decimal(100), "100"),
}


@pytest.mark.parametrize(("value", "digits"), NUMBERS.values(), ids=NUMBERS.keys())
def test_numbers_are_plain_digits(value: Decimal | None, digits: str) -> None:
    assert plain_number(value) == digits


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40))
def test_plain_digits_are_the_number(value: Decimal) -> None:
    digits = plain_number(value)
    assert Decimal(digits) == value
    assert set(digits) <= set("-.0123456789")


@pytest.mark.parametrize("cell", ["=1+1", "+98", "-5", "@sum", "\tx", "\rx", "\nx", "＝1", "'x", "''"])
def test_cells_that_would_run_are_guarded(cell: str) -> None:
    assert guard(cell) == "'" + cell


@given(st.text(max_size=8) | st.text("='+-@\t", max_size=4))
def test_a_guarded_cell_never_runs_and_can_be_read_back(cell: str) -> None:
    assert unguard(guard(cell)) == cell
    assert not guard(cell).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_text_cells_are_guarded_and_numbers_are_not() -> None:
    text = '=HYPERLINK("http://x";"5 نفر") در کشور'
    quantity = Quantity(kind="count", value=Decimal(-5), unit="=نفر")
    mention = Mention(id="m", label="AMOUNT", start=0, end=10, text=text[:10], quantity=quantity)
    name = Mention(id="i", label="INSTITUTION", start=0, end=4, text="@بان")
    record = Record(id="r", start=0, end=9, amounts=("m",), institutions=("i",))
    extraction = extraction_of(text, mention, record).model_copy(update={"mentions": (mention, name)})
    (row,) = rows_of(text, extraction)
    assert {key: row[key][:2] for key in ("article", "text", "unit", "institutions", "sentence")} == {
        "article": "'=",
        "text": "'=",
        "unit": "'=",
        "institutions": "'@",
        "sentence": "'=",
    }
    assert row["value"] == "-5"


def test_a_sentence_without_end_is_cut_around_its_mention() -> None:
    text = "واژه " * 5_000 + "۱۲ تومان" + " واژه" * 5_000
    (row,) = rows_of(text)
    assert "۱۲ تومان" in row["sentence"]
    assert len(row["sentence"]) <= MAX_SENTENCE_CHARS + 2
    assert (row["sentence"][0], row["sentence"][-1]) == ("…", "…")


def test_a_mention_over_two_sentences_has_both() -> None:
    text = "یک. دو سه. چهار."
    mention = Mention(id="m", label="AMOUNT", start=5, end=13, text=text[5:13])
    (row,) = rows_of(text, extraction_of(text, mention))
    assert row["sentence"] == text[4:]


@given(st.text('بانک ملی ۰۱۲ تومان.\n\u200c=",', max_size=80))
def test_rows_survive_the_csv_module_and_quote_the_article(text: str) -> None:
    extraction = FakeExtractor().extract(Article(id="1", text=text))
    rows = list(table_rows(extraction, text))
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows)
    stream.seek(0)
    assert list(csv.reader(stream)) == rows
    for row in rows:
        cells = dict(zip(COLUMNS, row, strict=True))
        assert text[int(cells["start"]) : int(cells["end"])] == unguard(cells["text"])
        assert unguard(cells["text"]) in unguard(cells["sentence"])
        assert unguard(cells["sentence"]) in text
