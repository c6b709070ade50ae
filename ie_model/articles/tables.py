"""CSV and Parquet: tables in, rows out.

CSV is read by the standard module in its strict form: a row whose quotes do not fit is refused rather
than split by a guess. Bytes that cannot be decoded refuse their row only. A row is bounded like a JSON
line; the rest of a row that is too long is passed over up to the line end where its quotes are
closed, so one quote left open cannot swallow memory. Parquet needs pyarrow (extra ``parquet``) and is
read in small batches, a row group at a time.
"""

from __future__ import annotations

import csv
import datetime
import decimal
import io
import re
import uuid
from collections.abc import Iterator
from typing import Any, BinaryIO

from ie_model.articles.check import Row, Source
from ie_model.articles.encoding import UTF8, bad_byte, bad_encoding, foreign_start
from ie_model.articles.rejects import Place, RefusedError, Reject, RejectCode, quote
from ie_model.articles.streams import MAX_PASSED_OVER, META_BYTES, endless_refusal
from ie_model.extras import require

#: Column separators that are tried, in this order: spreadsheets of some locales write the latter two.
CSV_DELIMITERS = (",", ";", "\t")
#: Rows that pyarrow decodes at a time: enough to spread its overhead, few enough for long articles.
PARQUET_BATCH = 64

_UNDECODED = re.compile("[\udc80-\udcff]")


class _OverlongError(Exception):
    """A CSV row has passed its bound."""


class _CsvLines:
    """The physical lines of a CSV file, with what is needed to leave a row that is too long."""

    def __init__(self, text: io.TextIOWrapper, limit: int) -> None:
        self.number = 0
        self._text = text
        self._limit = limit
        self._chars = 0
        self._quotes = 0
        self._at_line_end = True

    def __iter__(self) -> _CsvLines:
        return self

    def __next__(self) -> str:
        line = self._read()
        if not line:
            raise StopIteration
        if self._chars > self._limit:
            raise _OverlongError
        return line

    def begin_row(self) -> None:
        """Forget the row before."""
        self._chars = self._quotes = 0

    def skip_row(self) -> bool:
        """Pass over lines up to the line end where every quote of the row is closed.

        Returns:
            Whether there is one; without it the file is to be given up.
        """
        while self._quotes % 2 or not self._at_line_end:
            if self._chars > MAX_PASSED_OVER:
                return False
            if not self._read():
                break
        return True

    def _read(self) -> str:
        line = self._text.readline(self._limit + 1)
        if line and self._at_line_end:
            self.number += 1
        self._at_line_end = line.endswith(("\n", "\r"))
        self._chars += len(line)
        self._quotes += line.count('"')
        return line


def read_csv(stream: BinaryIO, source: Source) -> Iterator[Row | Reject]:
    """Yield the rows of a CSV file with a header; ``line`` is where the row starts."""
    limit = 2 * source.max_chars + META_BYTES
    # A setting of the whole process, only ever raised: its default of 131 072 cuts off long articles.
    csv.field_size_limit(max(csv.field_size_limit(), limit))
    # surrogateescape keeps what is not UTF-8 apart from all text, until its row is known.
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    lines = _CsvLines(text, limit)
    try:
        header = next((line for line in lines if line.strip()), "")
        columns, delimiter = _read_header(header, source.encoding)
    except _OverlongError:
        yield Place(source.file, lines.number).reject(_too_long(limit))
        return
    except RefusedError as refusal:
        yield Place(source.file, lines.number).reject(refusal)
        return
    if columns:
        yield from _csv_rows(lines, columns, delimiter, source, limit)


def _csv_rows(
    lines: _CsvLines, columns: list[str], delimiter: str, source: Source, limit: int
) -> Iterator[Row | Reject]:
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.begin_row()
        start = lines.number + 1
        try:
            cells = next(rows)
            if cells:
                yield Row(start, _fields(columns, cells, source.encoding))
        except StopIteration:
            return
        except _OverlongError:
            if not lines.skip_row():
                found = f"over {MAX_PASSED_OVER} characters"
                yield Place(source.file, start).reject(endless_refusal("row", found))
                return
            yield Place(source.file, start).reject(_too_long(limit))
        except csv.Error as error:
            refusal = RefusedError(RejectCode.BROKEN_CSV, f"broken CSV: {error}")
            yield Place(source.file, start).reject(refusal)
        except RefusedError as refusal:
            yield Place(source.file, start).reject(refusal)


def _read_header(line: str, encoding: str) -> tuple[list[str], str]:
    refusal = foreign_start(_bytes_of(line)) if encoding == UTF8 else None
    if refusal:
        raise refusal
    if not line.strip():
        return [], ","
    found: list[str] = []
    broken: csv.Error | None = None
    for delimiter in CSV_DELIMITERS:
        try:
            columns = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, strict=True))]
        except csv.Error as error:
            broken = broken or error
            continue
        found = found or columns
        if "text" in columns:
            if len(set(columns)) != len(columns):
                raise RefusedError(
                    RejectCode.BROKEN_CSV, "a column stands twice", found=quote(", ".join(columns))
                )
            return columns, delimiter
    if broken and not found:
        raise RefusedError(RejectCode.BROKEN_CSV, f"broken CSV header: {broken}") from broken
    raise RefusedError(
        RejectCode.NO_TEXT,
        "the table has no text",
        found=f"columns {quote(', '.join(found))}",
        expected="a first line that names the columns, one of them 'text'",
    )


def _bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _fields(columns: list[str], cells: list[str], encoding: str) -> dict[str, Any]:
    if len(cells) != len(columns):
        raise RefusedError(
            RejectCode.BROKEN_CSV,
            "the row does not fit the header",
            found=f"{len(cells)} cells",
            expected=f"{len(columns)}",
        )
    for column, cell in zip(columns, cells, strict=True):
        undecoded = _UNDECODED.search(cell)
        if undecoded:
            found = bad_byte(_bytes_of(cell[undecoded.start() :]), encoding)
            raise bad_encoding(
                encoding, f"{found} at character {undecoded.start()} of column {quote(column)}"
            )
    return dict(zip(columns, cells, strict=True))


def _too_long(limit: int) -> RefusedError:
    return RefusedError(
        RejectCode.LINE_TOO_LONG,
        "the row is too long, or a quote is left open",
        found=f"over {limit} characters",
        mend="Split it, or raise --max-chars.",
    )


def require_parquet() -> None:
    """Make sure that Parquet can be read.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    require("parquet", "pyarrow")


def read_parquet(stream: BinaryIO, source: Source) -> Iterator[Row | Reject]:
    """Yield the rows of a Parquet file, numbered from 1.

    The bound on characters is the gate's: a cell has been decoded by the time its length is known.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    require_parquet()
    import pyarrow
    import pyarrow.parquet

    number, file = 0, source.file
    try:
        table = pyarrow.parquet.ParquetFile(stream)
        columns = list(table.schema_arrow.names)
        if "text" not in columns or len(set(columns)) != len(columns):
            yield Place(file).reject(_column_refusal(columns))
            return
        for batch in table.iter_batches(batch_size=PARQUET_BATCH):
            for row in range(batch.num_rows):
                number += 1
                try:
                    cells = {name: _cell(batch.column(place)[row]) for place, name in enumerate(columns)}
                    yield Row(number, cells)
                except RefusedError as refusal:
                    yield Place(file, number).reject(refusal)
    except (pyarrow.ArrowException, OSError, ValueError) as error:  # ValueError: a name that is not UTF-8
        yield Place(file).reject(_broken_parquet(error, rows_read=number))


def _broken_parquet(error: Exception, *, rows_read: int) -> RefusedError:
    what = f"broken Parquet after row {rows_read}; the rest was not read" if rows_read else "broken Parquet"
    return RefusedError(RejectCode.BROKEN_PARQUET, what, found=quote(" ".join(str(error).split())))


def _column_refusal(columns: list[str]) -> RefusedError:
    found = f"columns {quote(', '.join(columns))}"
    if "text" in columns:
        return RefusedError(RejectCode.BROKEN_PARQUET, "a column stands twice", found=found)
    return RefusedError(RejectCode.NO_TEXT, "the table has no text", found=found, expected="a column 'text'")


def _cell(scalar: Any) -> Any:
    try:
        return _json_value(scalar.as_py())
    except UnicodeDecodeError as error:
        raise RefusedError(
            RejectCode.NOT_UTF8,
            "not UTF-8",
            found=f"byte 0x{error.object[error.start]:02x} at byte {error.start} of a cell",
        ) from error
    except (ValueError, OverflowError, LookupError) as error:
        # A time that Python has not: beyond the year 9999, finer than a microsecond, of an unknown zone.
        raise RefusedError(
            RejectCode.BROKEN_PARQUET, "a cell has no value in Python", found=quote(str(error))
        ) from error


def _json_value(value: Any) -> Any:
    """Return the JSON value of a Parquet cell; what has none is left for the gate to refuse."""
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal | uuid.UUID | datetime.timedelta):
        # A decimal keeps its digits as a string; a JSON number would be read as a float.
        return str(value)
    if isinstance(value, dict):
        return {str(key): _json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(item) for item in value]
    return value
