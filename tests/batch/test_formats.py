"""What is written, in every format: packed files, chosen fields, Parquet with exact numbers."""

from __future__ import annotations

import csv
import io
import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model import Extractor
from ie_model.articles import ArticleReader, Located
from ie_model.articles.packing import PACKINGS
from ie_model.batch import BatchOptions, OutputFormat, predict_batch, read_shard, unguard
from ie_model.batch.fields import read_fields
from ie_model.batch.formats import KNOWN_FILES
from ie_model.batch.frames import FramedFile, FramePacking
from ie_model.batch.options import Shard
from ie_model.batch.parquet import DIGITS_BEHIND, decimal, extraction_schema, table_schema
from ie_model.errors import ConfigError, IeModelError, MissingExtraError
from ie_model.schema import Extraction

from .fakes import FakeExtractor
from .test_workers import write_articles

SEEDS = Path(__file__).parents[2] / "seeds"
PACKED = [form for form in OutputFormat if form.packing]


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("pyarrow")
    out = tmp_path_factory.mktemp("parquet") / "out"
    predict_batch([SEEDS], Extractor.load(), out, options=BatchOptions(form=OutputFormat.PARQUET))
    return out


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("plain") / "out"
    predict_batch([SEEDS], Extractor.load(), out)
    return out


def unpacked(path: Path, packing: FramePacking) -> BinaryIO:
    """Open what a run wrote by what reads packed articles."""
    own = next((one for one in PACKINGS if one.suffix == packing.value), None)
    return path.open("rb") if own is None else own.unpack(path.open("rb"))


@pytest.mark.parametrize("form", PACKED)
def test_packed_files_hold_what_plain_ones_hold(tmp_path: Path, form: OutputFormat) -> None:
    source = write_articles(tmp_path / "in.jsonl", 200)
    predict_batch([source], FakeExtractor(), tmp_path / "plain")
    predict_batch([source], FakeExtractor(), tmp_path / "packed", options=BatchOptions(form=form))
    for name in ("extractions.jsonl", "quantities.csv"):
        packed = tmp_path / "packed" / (name + form.packing.value)
        with unpacked(packed, form.packing) as stream:
            assert stream.read() == (tmp_path / "plain" / name).read_bytes()


@pytest.mark.parametrize("packing", FramePacking)
@given(writes=st.lists(st.one_of(st.binary(max_size=40), st.none()), max_size=12))
def test_frames_read_as_one_file(
    tmp_path_factory: pytest.TempPathFactory, packing: FramePacking, writes: list[bytes | None]
) -> None:
    path = tmp_path_factory.mktemp("frames") / "file"
    file = FramedFile(path, packing)
    for data in writes:
        if data is None:
            file.cut()
        else:
            file.write(data)
    file.finish()
    assert file.size == path.stat().st_size
    with unpacked(path, packing) as stream:
        assert stream.read() == b"".join(data for data in writes if data)


def test_a_run_leaves_no_file_of_another_format(tmp_path: Path) -> None:
    source = write_articles(tmp_path / "in.jsonl", 3)
    for form in OutputFormat:
        predict_batch([source], FakeExtractor(), tmp_path / "out", options=BatchOptions(form=form))
        assert {path.name for path in (tmp_path / "out").iterdir()} == set(form.files)


def test_no_output_of_any_format_is_read_as_articles(tmp_path: Path) -> None:
    source = write_articles(tmp_path / "in.jsonl", 3)
    first = predict_batch([tmp_path], FakeExtractor(), tmp_path)
    for name in KNOWN_FILES:
        if not (tmp_path / name).exists():
            (tmp_path / name).write_bytes(source.read_bytes())
    assert predict_batch([tmp_path], FakeExtractor(), tmp_path) == first


@pytest.mark.parametrize(("form", "package"), [("parquet", "pyarrow"), ("jsonl.zst", "zstandard")])
def test_a_format_without_its_package_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, package: str
) -> None:
    source = write_articles(tmp_path / "in.jsonl", 3)
    monkeypatch.setattr("ie_model.extras._is_there", lambda name: name != package)
    with pytest.raises(MissingExtraError, match=package):
        predict_batch(
            [source], FakeExtractor(), tmp_path / "out", options=BatchOptions(form=OutputFormat(form))
        )
    assert not (tmp_path / "out").exists()


FIELDS: dict[str, Any] = {
    "records": {"id": "1", "records": [{"id": "r0"}]},
    "mentions.label": {"id": "1", "mentions": [{"label": "INSTITUTION"}, {"label": "AMOUNT"}]},
    "mentions.quantity.value": {"id": "1", "mentions": [{"quantity": None}, {"quantity": {"value": 2}}]},
    "model.name": {"id": "1", "model": {"name": "fake"}},
    "mentions.id, mentions": {"id": "1", "mentions": [{"label": "INSTITUTION"}, {"label": "AMOUNT"}]},
    "id": {"id": "1"},
}


@pytest.mark.parametrize(("asked", "expected"), FIELDS.items())
def test_only_the_fields_asked_for_are_written(tmp_path: Path, asked: str, expected: dict[str, Any]) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps({"id": "1", "text": "بانک ملی ۲ تومان"}), encoding="utf-8")
    options = BatchOptions(fields=tuple(asked.split(",")))
    predict_batch([source], FakeExtractor(), tmp_path / "out", options=options)
    found = json.loads((tmp_path / "out" / "extractions.jsonl").read_text(encoding="utf-8"))
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        if isinstance(value, list):
            assert len(found[key]) == len(value)
            assert all(want.items() <= have.items() for want, have in zip(value, found[key], strict=True))
        else:
            assert found[key] == value


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("record", "Did you mean records?"),
        ("mentions.txt", "Did you mean text?"),
        ("mentions.text.start", "the field has no parts"),
        ("", "no field is named"),
        ("mentions.quantity.price", "there is no such field"),
    ],
)
def test_a_field_that_is_not_there_is_told(asked: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_fields([asked])
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["3", "0/4", "5/4", "a/b", "1/0", "-1/2", "۱/۲", "1/2/3"])
def test_no_shard(text: str) -> None:
    with pytest.raises(IeModelError, match="no such shard"):
        read_shard(text)


@given(of=st.integers(1, 9), place=st.integers(0, 1000))
def test_every_entry_is_in_one_shard(of: int, place: int) -> None:
    assert sum(Shard(number, of).holds(place) for number in range(1, of + 1)) == 1


def test_parquet_holds_what_json_holds(plain: Path, parquet: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    table = pq.read_table(parquet / "extractions.parquet")
    assert table.schema.equals(extraction_schema())
    lines = (plain / "extractions.jsonl").read_text(encoding="utf-8").splitlines()
    read = [_as_extraction(row) for row in table.to_pylist()]
    assert read == [Extraction.model_validate_json(line) for line in lines]


def _as_extraction(row: dict[str, Any]) -> Extraction:
    row["meta"] = json.loads(row["meta"])
    for mention in row["mentions"]:
        if mention["confidence"] is not None:
            assert math.isfinite(mention["confidence"])
    return Extraction.model_validate(row)


def test_parquet_table_has_numbers_as_numbers(plain: Path, parquet: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    table = pq.read_table(parquet / "quantities.parquet")
    assert table.schema.equals(table_schema())
    text = (plain / "quantities.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert table.num_rows == len(rows) > 30
    for typed, row in zip(table.to_pylist(), rows, strict=True):
        assert typed["value"] == (Decimal(row["value"]) if row["value"] else None)
        assert (typed["start"], typed["end"]) == (int(row["start"]), int(row["end"]))
        assert (typed["sentence"] or "") == unguard(row["sentence"])


def test_parquet_of_some_fields(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    options = BatchOptions(form=OutputFormat.PARQUET, fields=("mentions.text", "model"))
    predict_batch([SEEDS], Extractor.load(), tmp_path / "out", options=options)
    table = pq.read_table(tmp_path / "out" / "extractions.parquet")
    assert table.column_names == ["id", "model", "mentions"]
    assert {key for row in table["mentions"].to_pylist() for mention in row for key in mention} == {"text"}


@given(st.decimals(allow_nan=False, allow_infinity=False, places=DIGITS_BEHIND + 1))
def test_a_decimal_is_exact_or_null(value: Decimal) -> None:
    fitted = decimal(value)
    assert fitted is None or fitted == value


@pytest.mark.parametrize("number", ["0", "-1.5", "0.000000001", "99999999999999999999999999999"])
def test_a_decimal_that_fits(number: str) -> None:
    assert decimal(Decimal(number)) == Decimal(number)


@pytest.mark.parametrize("number", ["1e29", "0.0000000001"])
def test_a_decimal_that_does_not_fit(number: str) -> None:
    assert decimal(Decimal(number)) is None


def test_the_seeds_are_all_there(plain: Path) -> None:
    found = [entry for entry in ArticleReader([SEEDS]) if isinstance(entry, Located)]
    assert len((plain / "extractions.jsonl").read_text(encoding="utf-8").splitlines()) == len(found)
