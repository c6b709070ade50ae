"""Parquet output: extractions with typed, nested columns, and the flat table with decimals.

Written from the finished lines and table of a run, some hundred articles at a time. The files are Zstandard
inside, a row group of :data:`ROWS` articles.

Trade-off: Parquet readers (Arrow, Spark, DuckDB) agree on decimals of at most 38 digits. Values get 9 of them
behind the point and 29 before it; one that does not fit is null in the column, and the column ``text`` still
has the article's own words. JSON Lines hold every value.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from decimal import Context, Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ie_model.batch.fields import Fields
from ie_model.batch.formats import EXTRACTIONS, EXTRACTIONS_PARQUET, QUANTITIES, QUANTITIES_PARQUET
from ie_model.batch.table import COLUMNS, unguard

if TYPE_CHECKING:
    import pyarrow as pa

ROWS: Final = 512
DIGITS: Final = 38
DIGITS_BEHIND: Final = 9
_STEP: Final = Decimal(1).scaleb(-DIGITS_BEHIND)
_BOUND: Final = Decimal(1).scaleb(DIGITS - DIGITS_BEHIND)
_EXACT: Final = Context(prec=DIGITS)  # Python's own context has 28 digits

#: Columns of the flat table that are numbers.
DECIMALS: Final = frozenset({"value", "low", "high", "rials"})
OFFSETS: Final = frozenset({"start", "end"})


def write_parquet(folder: Path, *, fields: Fields | None = None) -> None:
    """Write both Parquet files beside the JSON Lines and the table in ``folder``.

    Args:
        folder: Of the finished files, unpacked.
        fields: What the lines hold; None for all.

    Raises:
        OSError: They cannot be written.
    """
    _write(folder / EXTRACTIONS_PARQUET, extraction_schema(fields), _lines(folder / EXTRACTIONS))
    _write(folder / QUANTITIES_PARQUET, table_schema(), _rows(folder / QUANTITIES))


def _write(path: Path, schema: pa.Schema, rows: Iterator[dict[str, Any]]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(rows, ROWS)):
            writer.write_table(pa.Table.from_pylist(batch, schema))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as stream:
        for line in stream:
            # Decimal, and not float: what JSON says in digits is meant in digits.
            row = json.loads(line, parse_float=Decimal, parse_int=Decimal)
            if "meta" in row:
                row["meta"] = json.dumps(row["meta"], ensure_ascii=False, default=_plain)
            yield _fitting(row)


def _plain(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _fitting(value: Any, key: str = "") -> Any:
    if isinstance(value, Decimal):
        if key == "confidence":
            return float(value)
        return int(value) if key in OFFSETS else decimal(value)
    if isinstance(value, dict):
        return {name: _fitting(item, name) for name, item in value.items()}
    return [_fitting(item, key) for item in value] if isinstance(value, list) else value


def decimal(value: Decimal) -> Decimal | None:
    """Return ``value`` if a column of decimals can hold it exactly, else None."""
    if value.copy_abs() >= _BOUND:  # abs() would round
        return None
    fitted = value.quantize(_STEP, context=_EXACT)
    return fitted if fitted == value else None


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as stream:
        for row in csv.DictReader(io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")):
            yield {name: _cell(name, text) for name, text in row.items()}


def _cell(name: str, text: str) -> Any:
    if name in DECIMALS:
        return decimal(Decimal(text)) if text else None
    if name in OFFSETS:
        return int(text)
    if name == "confidence":
        return float(text) if text else None
    return unguard(text) or None


def table_schema() -> pa.Schema:
    """Return the columns of the flat table: decimals, offsets in code points, and text (null where empty)."""
    import pyarrow as pa

    kinds = dict.fromkeys(DECIMALS, pa.decimal128(DIGITS, DIGITS_BEHIND)) | dict.fromkeys(OFFSETS, pa.int64())
    kinds["confidence"] = pa.float64()
    return pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])


def extraction_schema(fields: Fields | None = None) -> pa.Schema:
    """Return the columns of extractions: those of the JSON, ``meta`` as JSON text."""
    import pyarrow as pa

    number, text, offset = pa.decimal128(DIGITS, DIGITS_BEHIND), pa.string(), pa.int64()
    span = {"start": offset, "end": offset, "text": text}
    quantity = {
        "kind": text,
        **dict.fromkeys(("value", "low", "high"), number),
        **dict.fromkeys(("modifier", "unit", "item", "currency"), text),
        "rials": number,
    }
    roles = ("amounts", "targets", "percentages", "institutions", "institution_keys")
    check = {"kind": text, "stated": number, "computed": number, "agrees": pa.bool_()}
    tree: dict[str, Any] = {
        "id": text,
        "meta": text,
        "text_sha256": text,
        "model": {"name": text, "version": text},
        "mentions": [{"id": text, "label": text, **span, "confidence": pa.float64(), "quantity": quantity}],
        "institutions": [{"id": text, "name": text, "mentions": [text]}],
        "records": [
            {
                "id": text,
                "start": offset,
                "end": offset,
                **{role: [text] for role in roles},
                "confidence": pa.float64(),
                "period": {**span, "interval": text},
                "place": {**span, "code": text, "name": text},
                "repeats": text,
                "checks": [check],
            }
        ],
        "warnings": [text],
    }
    return pa.schema(list(_typed(_chosen(tree, fields))))


def _chosen(tree: dict[str, Any], fields: Fields | None) -> dict[str, Any]:
    if fields is None:
        return tree
    chosen: dict[str, Any] = {}
    for name, kind in tree.items():
        parts = fields.get(name)
        if parts is True:
            chosen[name] = kind
        elif parts is not None:
            parts = parts.get("__all__", parts)
            chosen[name] = [_chosen(kind[0], parts)] if isinstance(kind, list) else _chosen(kind, parts)
    return chosen


def _typed(tree: dict[str, Any]) -> Iterator[pa.Field]:
    import pyarrow as pa

    for name, kind in tree.items():
        yield pa.field(name, _type(kind))


def _type(kind: Any) -> pa.DataType:
    import pyarrow as pa

    if isinstance(kind, list):
        return pa.list_(_type(kind[0]))
    return pa.struct(list(_typed(kind))) if isinstance(kind, dict) else kind
