"""The workbook: read back by openpyxl, it holds what the JSON Lines of the same run hold."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from datetime import date, datetime
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ie_model import Extractor
from ie_model.articles import Reject, RejectCode
from ie_model.batch import COLUMNS, BatchOptions, OutputFormat, predict_batch
from ie_model.batch.formats import WORKBOOK
from ie_model.batch.ray_engine import predict_on_ray
from ie_model.batch.table import SEPARATOR, plain_number, unguard
from ie_model.batch.workbook import (
    MAX_CELL,
    Column,
    Share,
    SheetsWriter,
    is_sheet_number,
    number_format,
    sheet_text,
    shifted,
)
from ie_model.batch.xlsx import RECORD_COLUMNS
from ie_model.errors import IeModelError
from ie_model.schema import QUANTITY_LABELS, Extraction, Mention

from .fakes import INFO, FakeExtractor, load_fake
from .test_workers import write_articles

openpyxl = pytest.importorskip("openpyxl")
unescape = pytest.importorskip("openpyxl.utils.escape").unescape

SEEDS = Path(__file__).parents[2] / "seeds"
XLSX = BatchOptions(form=OutputFormat.XLSX)
SHEETS = ["records", "quantities", "articles", "rejects", "about"]

Rows = list[dict[str, Any]]


def rows_of(path: Path, sheet: str) -> Rows:
    book = openpyxl.load_workbook(path, read_only=True)
    head, *rows = book[sheet].iter_rows(values_only=True)
    book.close()
    return [dict(zip_longest(head, row)) for row in rows]  # rows end with their last cell


def text_of(cell: Any) -> str:
    """A text cell as Excel shows it; empty cells are empty text."""
    return "" if cell is None else unescape(cell)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The five seeds and a reject."""
    folder = tmp_path_factory.mktemp("xlsx")
    (folder / "empty.txt").write_text("", encoding="utf-8")
    predict_batch([SEEDS, folder / "empty.txt"], Extractor.load(), folder / "out", options=XLSX)
    return folder / "out"


@pytest.fixture(scope="module")
def extractions(run: Path) -> list[Extraction]:
    lines = (run / "extractions.jsonl").read_text(encoding="utf-8").splitlines()
    return [Extraction.model_validate_json(line) for line in lines]


def quantities(extraction: Extraction) -> list[Mention]:
    return [one for one in extraction.mentions if one.label in QUANTITY_LABELS]


def test_the_folder_holds_workbook_and_lines(run: Path) -> None:
    names = {path.name for path in run.iterdir()}
    assert names == {"records.xlsx", "extractions.jsonl", "rejects.jsonl", "summary.json"}


def test_sheets_are_right_to_left_with_frozen_head_and_filter(run: Path) -> None:
    book = openpyxl.load_workbook(run / WORKBOOK)
    assert book.sheetnames == SHEETS
    for sheet in book:
        assert sheet.sheet_view.rightToLeft
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert all(sheet.column_dimensions[cell.column_letter].width >= 8 for cell in sheet[1])
        assert all(cell.font.bold for cell in sheet[1])


def test_quantities_are_those_of_the_lines(run: Path, extractions: list[Extraction]) -> None:
    rows = rows_of(run / WORKBOOK, "quantities")
    expected = [(found, mention) for found in extractions for mention in quantities(found)]
    assert len(rows) == len(expected) > 30
    assert list(rows[0]) == list(COLUMNS)
    for row, (found, mention) in zip(rows, expected, strict=True):
        assert (row["article"], row["label"]) == (found.id, mention.label)
        assert text_of(row["text"]) == mention.text
        assert (row["start"], row["end"]) == (mention.start, mention.end)
        assert row["confidence"] == mention.confidence
        quantity = mention.quantity
        assert quantity is not None
        scale = -2 if quantity.kind == "percent" else 0
        for name in ("value", "low", "high"):
            number = getattr(quantity, name)
            assert as_number(row[name]) == (None if number is None else number.scaleb(scale))
        assert as_number(row["rials"]) == quantity.rials
        assert text_of(row["unit"]) == (quantity.unit or "")


def as_number(cell: Any) -> Decimal | None:
    assert not isinstance(cell, str)
    return None if cell is None else Decimal(repr(cell))


def test_quantities_are_those_of_the_flat_table(run: Path, tmp_path: Path) -> None:
    predict_batch([SEEDS], Extractor.load(), tmp_path / "out")
    text = (tmp_path / "out" / "quantities.csv").read_text(encoding="utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text, newline="")))
    for row, expected in zip(rows_of(run / WORKBOOK, "quantities"), table, strict=True):
        for name in ("record", "text", "unit", "modifier", "institutions", "period", "place", "sentence"):
            assert text_of(row[name]) == unguard(expected[name]), name


def test_records_are_those_of_the_lines(run: Path, extractions: list[Extraction]) -> None:
    rows = rows_of(run / WORKBOOK, "records")
    expected = [(found, record) for found in extractions for record in found.records]
    assert len(rows) == len(expected) > 10
    assert list(rows[0]) == [column.name for column in RECORD_COLUMNS]
    for row, (found, record) in zip(rows, expected, strict=True):
        mentions = {mention.id: mention for mention in found.mentions}
        assert (row["article"], row["record"]) == (found.id, record.id)
        for role, ids in (("amount", record.amounts), ("percentage", record.percentages)):
            assert text_of(row[role]) == SEPARATOR.join(mentions[name].text for name in ids)
            quantity = mentions[ids[0]].quantity if len(ids) == 1 else None
            if quantity is not None and quantity.value is not None:
                scale = -2 if quantity.kind == "percent" else 0
                assert as_number(row[f"{role} value"]) == quantity.value.scaleb(scale)
            if len(ids) > 1:
                assert row[f"{role} value"].count(SEPARATOR) == len(ids) - 1
        assert row["checks agree"] == (all(c.agrees for c in record.checks) if record.checks else None)
        assert row["repeats"] == record.repeats
        first, _, last = ((record.period and record.period.interval) or "").partition("/")
        assert [day_of(row[name]) for name in ("first day", "last day")] == [first or None, last or None]


def day_of(cell: Any) -> str | None:
    return None if cell is None else cell.date().isoformat()


def test_numbers_show_thousands_and_percent(run: Path) -> None:
    sheet = openpyxl.load_workbook(run / WORKBOOK)["quantities"]
    formats = {}
    for label, value in zip(sheet["C"][1:], sheet["E"][1:], strict=True):
        if isinstance(value.value, int | float):
            formats.setdefault(label.value, set()).add(value.number_format)
    assert "#,##0" in formats["AMOUNT"]
    assert formats["PERCENTAGE"] <= {"#,##0%", "#,##0.0%", "#,##0.00%"}
    assert all(cell.number_format.endswith("%") for cell in sheet["S"][1:] if cell.value is not None)


def test_rejects_have_a_sheet(run: Path) -> None:
    line = (run / "rejects.jsonl").read_text(encoding="utf-8")
    (row,) = rows_of(run / WORKBOOK, "rejects")
    assert row["code"] == RejectCode.EMPTY
    assert row == Reject.model_validate_json(line).model_dump(mode="json")


def test_articles_and_what_made_them(run: Path, extractions: list[Extraction]) -> None:
    articles = rows_of(run / WORKBOOK, "articles")
    assert [(row["article"], row["mentions"], row["records"]) for row in articles] == [
        (found.id, len(found.mentions), len(found.records)) for found in extractions
    ]
    about = {row["about"]: row[None] for row in rows_of(run / WORKBOOK, "about")}
    assert about["model"] == f"{extractions[0].model.name} {extractions[0].model.version}"
    assert about["rejected"] == 1
    assert "15 digits" in about["numbers"]


def test_equal_runs_give_equal_bytes_also_when_stopped(tmp_path: Path) -> None:
    source = write_articles(tmp_path / "in.jsonl", 200)
    predict_batch([source], FakeExtractor(), tmp_path / "one", options=XLSX)
    predict_batch([source], FakeExtractor(), tmp_path / "two", options=XLSX)
    whole = (tmp_path / "one" / WORKBOOK).read_bytes()
    assert (tmp_path / "two" / WORKBOOK).read_bytes() == whole
    seen = 0

    def stop(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == 150:
            raise KeyboardInterrupt

    monkey = pytest.MonkeyPatch()
    with monkey.context() as patched:
        patched.setattr("ie_model.batch.output.CHECKPOINT_SECONDS", 0)
        with pytest.raises(KeyboardInterrupt):
            predict_batch([source], FakeExtractor(), tmp_path / "three", options=XLSX, observer=stop)
    assert not (tmp_path / "three" / WORKBOOK).exists()
    predict_batch([source], FakeExtractor(), tmp_path / "three", options=XLSX, resume=True)
    assert (tmp_path / "three" / WORKBOOK).read_bytes() == whole
    assert {path.name for path in (tmp_path / "three").iterdir()} == set(OutputFormat.XLSX.files)


def test_a_disk_that_is_full_leaves_a_run_to_go_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_articles(tmp_path / "in.jsonl", 100)
    with monkeypatch.context() as patched:
        patched.setattr("ie_model.batch.output.CHECKPOINT_SECONDS", 0)

        def full(*_: Any, **__: Any) -> None:
            raise OSError(28, "No space left on device")

        patched.setattr("ie_model.batch.workbook.SheetsWriter.save", full)
        with pytest.raises(IeModelError, match="No space left"):
            predict_batch([source], FakeExtractor(), tmp_path / "out", options=XLSX)
    predict_batch([source], FakeExtractor(), tmp_path / "out", options=XLSX, resume=True)
    assert len(rows_of(tmp_path / "out" / WORKBOOK, "articles")) == 100


# --- cells ----------------------------------------------------------------------------------------------


def written(path: Path, *rows: list[Any], max_rows: int = 100) -> Any:
    book = SheetsWriter(path, max_rows=max_rows)
    book.add("s", [Column(f"c{n}") for n in range(len(rows[0]))])
    book.write("s", rows)
    book.save()
    return openpyxl.load_workbook(path)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "＝1",
        "\t=1",
        "'x",
        '=HYPERLINK("http://x")',
        "#N/A",
        "=",
        "12",
        "TRUE",
    ],
)
def test_text_stays_text(tmp_path: Path, text: str) -> None:
    cell = written(tmp_path / "a.xlsx", [text])["s"]["A2"]
    assert (cell.data_type, cell.value) == ("s", text)
    if text[0] not in "#1T":
        assert cell.quotePrefix


def test_an_article_cannot_bring_a_formula_in(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    article = {"id": "=cmd|' /C calc'!A0", "text": "=بانک ملی ۲ تومان داد", "meta": {"date": "+1"}}
    source.write_text(json.dumps(article), encoding="utf-8")
    predict_batch([source], FakeExtractor(), tmp_path / "out", options=XLSX)
    for sheet in openpyxl.load_workbook(tmp_path / "out" / WORKBOOK):
        for row in sheet.iter_rows():
            assert {cell.data_type for cell in row} <= {"s", "inlineStr", "n", "b"}
    (row,) = rows_of(tmp_path / "out" / WORKBOOK, "quantities")
    assert (row["article"], row["sentence"]) == (article["id"], article["text"])


@given(st.text(max_size=60))
@settings(max_examples=200)
def test_every_text_comes_back(text: str) -> None:
    assert unescape(sheet_text(text)) == text


@pytest.mark.parametrize("text", ["\x00\x0b\r\x1f", "_x0041_", "_x_x005F_", "a\nb\tc", "\uffff", "𝟙\u200cب"])
def test_hard_text_comes_back_from_the_file(tmp_path: Path, text: str) -> None:
    assert text_of(written(tmp_path / "a.xlsx", [text])["s"]["A2"].value) == text


@pytest.mark.parametrize("char", ["ب", "𝟙"])
def test_text_longer_than_a_cell_is_cut(char: str) -> None:
    units = len(char.encode("utf-16-le")) // 2
    fits = char * (MAX_CELL // units)
    assert sheet_text(fits) == fits
    cut = sheet_text(fits + char + char)
    assert cut.endswith("…")
    assert len(cut.encode("utf-16-le")) // 2 in {MAX_CELL, MAX_CELL - 1}


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_number_is_exact_or_text(value: Decimal, percent: bool) -> None:
    given_value = Share(shifted(value, -2)) if percent else value
    cell = written_cell(given_value)
    if cell.data_type == "n":
        assert Decimal(repr(cell.value)) == (given_value.value if isinstance(given_value, Share) else value)
    else:
        assert unescape(cell.value).removesuffix("%") == plain_number(value)
        assert not is_sheet_number(value)


def written_cell(value: Any) -> Any:
    stream: Any = io.BytesIO()  # zipfile takes a stream as well as a path
    writer = SheetsWriter(stream)
    writer.add("s", [Column("c")])
    writer.write("s", [[value]])
    writer.save()
    return openpyxl.load_workbook(stream)["s"]["A2"]


@pytest.mark.parametrize(
    ("number", "is_number"),
    [
        ("9007199254740.99", True),  # of which 16 digits of the float are 9007199254740.990
        ("999999999999999", True),
        ("1234567890123456", False),
        ("100000000000000000000000000000000000001", False),  # Python's own context has 28 digits
        ("121000000000000000000000000", True),
        ("0.1234567890123456", False),
        ("0", True),
        ("-12.5", True),
        ("1e-301", False),
    ],
)
def test_excel_s_fifteen_digits(number: str, is_number: bool) -> None:
    cell = written_cell(Decimal(number))
    assert (cell.data_type == "n") == is_number
    if not is_number:
        assert cell.value == plain_number(Decimal(number))
    else:
        assert Decimal(repr(cell.value)) == Decimal(number)


@pytest.mark.parametrize(
    ("value", "percent", "expected"),
    [
        ("1000", False, "#,##0"),
        ("1E+3", False, "#,##0"),
        ("1.50", False, "#,##0.0"),
        ("0.00", False, "#,##0"),
        ("1.06", True, "#,##0%"),
        ("0.977", True, "#,##0.0%"),
    ],
)
def test_formats_show_every_digit(value: str, percent: bool, expected: str) -> None:
    assert number_format(Decimal(value), percent=percent) == expected


def test_days_before_excel_s_calendar_are_text(tmp_path: Path) -> None:
    sheet = written(tmp_path / "a.xlsx", [date(1891, 3, 21), date(2024, 3, 20), True, None])["s"]
    assert sheet["A2"].value == "1891-03-21"
    assert sheet["B2"].value == datetime(2024, 3, 20)
    assert sheet["B2"].number_format == "yyyy-mm-dd"
    assert sheet["C2"].value is True


def test_a_full_sheet_goes_on_in_the_next(tmp_path: Path) -> None:
    book = SheetsWriter(tmp_path / "a.xlsx", max_rows=3)
    book.add("facts", [Column("n")])
    book.add("rejects", [Column("n")])
    book.write("facts", ([Decimal(n)] for n in range(5)))
    book.write("rejects", [[Decimal(7)]])
    book.save()
    read = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert read.sheetnames == ["facts", "facts 2", "facts 3", "rejects"]
    found = [[cell.value for cell in sheet["A"]] for sheet in read]
    assert found == [["n", 0, 1], ["n", 2, 3], ["n", 4], ["n", 7]]
    assert {sheet.sheet_view.rightToLeft for sheet in read} == {True}


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        tracemalloc.start()
        book = SheetsWriter(tmp_path / f"{rows}.xlsx")
        book.add("s", [Column(f"c{n}") for n in range(5)])
        book.write(
            "s", ([f"متن {row}", Decimal(row), Share(Decimal("0.5")), "=x", None] for row in range(rows))
        )
        book.save()
        return tracemalloc.get_traced_memory()[1]

    small, large = peak(200), 0
    tracemalloc.stop()
    large = peak(4000)
    tracemalloc.stop()
    assert large < small + 1_000_000


# --- wrong calls ----------------------------------------------------------------------------------------


def test_fields_and_workbook_are_refused_together() -> None:
    with pytest.raises(IeModelError, match="made of all fields"):
        BatchOptions(form=OutputFormat.XLSX, fields=("records",))


def test_a_cluster_writes_no_workbook(tmp_path: Path) -> None:
    with pytest.raises(IeModelError, match="--format xlsx cannot be used with Ray"):
        predict_on_ray([SEEDS], load_fake, INFO, tmp_path / "out", options=XLSX)
    assert not (tmp_path / "out").exists()
