"""A workbook for analysts: records, quantities, articles, rejects, and what made them.

Written at the end of a run from its finished lines and table, as the Parquet files are, so it appears whole,
and a resumed run gives the same bytes. The sheet ``quantities`` has the columns of the flat table. Numbers
are numbers: a percentage is 1.06 shown as 106%, as a spreadsheet means it (JSON Lines have 106), and a
period's ends are days. What Excel cannot hold is told in :mod:`ie_model.batch.workbook`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Final

from ie_model.articles import Reject
from ie_model.batch.formats import EXTRACTIONS, QUANTITIES, REJECTS, SUMMARY, WORKBOOK
from ie_model.batch.summary import Summary
from ie_model.batch.table import COLUMNS, SEPARATOR, plain_number, unguard
from ie_model.batch.workbook import Cell, Column, Share, SheetsWriter, shifted
from ie_model.schema import QUANTITY_LABELS, Check, Extraction, Mention, Period, Quantity, Record

Row = Sequence[Cell | Share]
TableRow = dict[str, str]

_WIDTHS: Final = {"article": 22, "text": 28, "institutions": 36, "sentence": 70, "rials": 22, "value": 20}
_NUMBERS: Final = frozenset({"value", "low", "high", "rials"})
_ROLES: Final = (("amount", "amounts"), ("target", "targets"), ("percentage", "percentages"))

QUANTITY_COLUMNS: Final = tuple(Column(name, _WIDTHS.get(name, 14)) for name in COLUMNS)
RECORD_COLUMNS: Final = (
    Column("article", 22),
    Column("date", 12),
    Column("record", 8),
    Column("institutions", 36),
    *(
        Column(f"{role}{part}", width)
        for role, _ in _ROLES
        for part, width in (("", 28), (" value", 20), (" unit", 12))
    ),
    Column("period", 24),
    Column("first day", 12),
    Column("last day", 12),
    Column("place", 16),
    Column("checks", 44),
    Column("checks agree", 13),
    Column("confidence", 11),
    Column("repeats", 9),
    Column("sentence", 70),
    Column("start", 8),
    Column("end", 8),
)
ARTICLE_COLUMNS: Final = (
    Column("article", 22),
    Column("date", 12),
    Column("mentions", 10),
    Column("records", 10),
    Column("warnings", 40),
    Column("meta", 60),
)
REJECT_COLUMNS: Final = tuple(
    Column(name, 40 if name in {"file", "reason", "found", "mend"} else 14) for name in Reject.model_fields
)
ABOUT_COLUMNS: Final = (Column("about", 28), Column("", 100))
SHEETS: Final = {
    "records": RECORD_COLUMNS,
    "quantities": QUANTITY_COLUMNS,
    "articles": ARTICLE_COLUMNS,
    "rejects": REJECT_COLUMNS,
    "about": ABOUT_COLUMNS,
}

NOTES: Final = (
    ("numbers", "Excel keeps 15 digits: a number with more is text here, in all its digits."),
    ("percentages", "1.06 shown as 106%; JSON Lines and CSV have 106."),
    ("several in one cell", "A record with several amounts has their values as one text, parted by |."),
    ("start, end", "Half-open code points into the article."),
    ("repeats", "The earlier record of the same article that states the same fact."),
)


def write_xlsx(folder: Path) -> None:
    """Write the workbook beside the finished lines, table, rejects and summary in ``folder``.

    Raises:
        OSError: It cannot be written.
    """
    with SheetsWriter(folder / WORKBOOK) as book:
        for name, columns in SHEETS.items():
            book.add(name, columns)
        for extraction, table in _articles(folder):
            book.write("records", _record_rows(extraction, table))
            book.write("quantities", _quantity_rows(extraction, table))
            book.write("articles", [_article_row(extraction)])
        book.write("rejects", _reject_rows(folder / REJECTS))
        book.write("about", _about_rows(Summary.model_validate_json((folder / SUMMARY).read_bytes())))
        book.save()


def _articles(folder: Path) -> Iterator[tuple[Extraction, list[TableRow]]]:
    """Yield each extraction with its rows of the flat table: both files are in one order."""
    with (folder / EXTRACTIONS).open("rb") as lines, (folder / QUANTITIES).open("rb") as stream:
        rows = csv.DictReader(io.TextIOWrapper(stream, encoding="utf-8-sig", newline=""))
        for line in lines:
            extraction = Extraction.model_validate_json(line)
            table = islice(rows, sum(1 for _ in _quantities(extraction)))
            yield extraction, [{name: unguarded(name, text) for name, text in row.items()} for row in table]


def unguarded(name: str, text: str) -> str:
    """Return a cell of the flat table without its guard; numbers have none."""
    return text if name in _NUMBERS else unguard(text)


def _quantities(extraction: Extraction) -> Iterator[Mention]:
    # As in the flat table.
    return (one for one in extraction.mentions if one.label in QUANTITY_LABELS or one.quantity is not None)


def _quantity_rows(extraction: Extraction, table: Sequence[TableRow]) -> Iterator[Row]:
    for mention, row in zip(_quantities(extraction), table, strict=True):
        yield [_table_cell(name, row[name], mention) for name in COLUMNS]


def _table_cell(name: str, text: str, mention: Mention) -> Cell | Share:
    if not text:
        return None
    if name in _NUMBERS:
        return _number(Decimal(text), mention.quantity)
    if name in {"start", "end"}:
        return int(text)
    return _share(mention.confidence) if name == "confidence" else text


def _number(value: Decimal, quantity: Quantity | None) -> Decimal | Share:
    if quantity is not None and quantity.kind == "percent":
        return Share(shifted(value, -2))
    return value


def _share(confidence: float | None) -> Share | None:
    return None if confidence is None else Share(Decimal(repr(confidence)))


def _record_rows(extraction: Extraction, table: Sequence[TableRow]) -> Iterator[Row]:
    sentences = {
        mention.id: row["sentence"] for mention, row in zip(_quantities(extraction), table, strict=True)
    }
    mentions = {mention.id: mention for mention in extraction.mentions}
    names = {name: body.name for body in extraction.institutions for name in body.mentions}
    for record in extraction.records:
        bodies = dict.fromkeys(names.get(name, mentions[name].text) for name in record.institutions)
        cells: list[Cell | Share] = [extraction.id, _date(extraction), record.id, SEPARATOR.join(bodies)]
        for _, role in _ROLES:
            cells += _role_cells([mentions[name] for name in getattr(record, role)])
        cells += [*_period_cells(record.period), record.place.code if record.place else None]
        cells += [SEPARATOR.join(map(_shown_check, record.checks)), _agree(record), _share(record.confidence)]
        said = dict.fromkeys(sentences.get(name, "") for name in record.quantities)
        yield [*cells, record.repeats, SEPARATOR.join(said), record.start, record.end]


def _role_cells(mentions: Sequence[Mention]) -> list[Cell | Share]:
    """Return words, value and unit; several values, and a range, are one text."""
    words = SEPARATOR.join(mention.text for mention in mentions)
    quantities = [mention.quantity for mention in mentions if mention.quantity is not None]
    units = SEPARATOR.join(dict.fromkeys(one.unit for one in quantities if one.unit))
    if len(mentions) == 1 and quantities and quantities[0].value is not None:
        return [words, _number(quantities[0].value, quantities[0]), units]
    return [words, SEPARATOR.join(_shown_value(mention.quantity) for mention in mentions), units]


def _shown_value(quantity: Quantity | None) -> str:
    if quantity is None or (quantity.value is None and quantity.low is None and quantity.high is None):
        return "?"
    ends = (quantity.low, quantity.high) if quantity.value is None else (quantity.value,)
    sign = "%" if quantity.kind == "percent" else ""
    return "–".join(_in_thousands(end) for end in ends) + sign


def _in_thousands(value: Decimal | None) -> str:
    return "?" if value is None else format(Decimal(plain_number(value)), ",f")


def _period_cells(period: Period | None) -> list[Cell]:
    if period is None:
        return [None, None, None]
    first, _, last = (period.interval or "").partition("/")
    return [period.text, *(date.fromisoformat(day) if day else None for day in (first, last))]


def _shown_check(check: Check) -> str:
    numbers = f"stated {plain_number(check.stated)}, computed {plain_number(check.computed)}"
    return f"{check.kind}: {numbers}, {'agrees' if check.agrees else 'disagrees'}"


def _agree(record: Record) -> bool | None:
    return all(check.agrees for check in record.checks) if record.checks else None


def _article_row(extraction: Extraction) -> Row:
    meta = json.dumps(extraction.meta, ensure_ascii=False) if extraction.meta else None
    counts = len(extraction.mentions), len(extraction.records)
    return [extraction.id, _date(extraction), *counts, SEPARATOR.join(extraction.warnings), meta]


def _date(extraction: Extraction) -> str | None:
    given = extraction.meta.get("date")
    return None if given is None else str(given)


def _reject_rows(path: Path) -> Iterator[Row]:
    with path.open("rb") as lines:
        for line in lines:
            yield list(Reject.model_validate_json(line).model_dump(mode="json").values())


def _about_rows(summary: Summary) -> Iterator[Row]:
    yield "model", f"{summary.model.name} {summary.model.version}"
    for name in ("articles", "records", "rejected", "warnings"):
        yield name, int(getattr(summary, name))
    for label, count in summary.mentions.items():
        yield f"mentions: {label}", count
    for name, value in summary.options.items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield f"option: {name}", shown
    yield from NOTES
