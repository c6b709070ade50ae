"""Workbooks as spreadsheets open them: typed cells, right-to-left sheets, the same bytes every time.

Rows go straight to the disk (openpyxl's write-only mode), so memory does not grow with them. What Excel
cannot hold is treated so that nothing is changed in silence:

- Excel keeps 15 significant digits of a number (Microsoft, "Excel specifications and limits"): a number with
  more is written as text, in all its digits.
- Text is typed as text, whatever it starts with, and marked as such (``quotePrefix``), so that it stays text
  when somebody edits the cell.
- Characters that XML 1.0 cannot hold are written as Excel writes them, ``_x0002_`` (ECMA-376,
  ``ST_Xstring``).
- A cell has at most 32 767 characters, a sheet 1 048 576 rows: longer text ends in «…», further rows go on in
  a sheet called ``NAME 2``.

Trade-off: openpyxl writes some 75 thousand cells a second, so a million rows take minutes:
they are for Parquet.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ie_model.batch.table import CUT, FORMULA_STARTS, plain_number

MAX_ROWS: Final = 1_048_576
"""Rows of a sheet, its head among them."""
MAX_CELL: Final = 32_767
"""Characters of a cell, counted as UTF-16 counts them."""
EXACT_DIGITS: Final = 15
"""Significant digits that Excel keeps."""
LEAST_POWER, MOST_POWER = -300, 300
"""Powers of ten between which a number surely is one to Excel (2.2E-308 to 9.99E+307)."""
FIRST_DAY: Final = date(1900, 3, 1)
"""Before it Excel's days are off by one: it takes 1900 for a leap year."""

_STAMP: Final = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP archive can hold
_LITERAL: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_NO_XML: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_HEAD_FILL: Final = "1F3B57"

Cell = str | Decimal | int | bool | date | None


class Share(NamedTuple):
    """A number shown in percent: 0.97 as 97%."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head and its width in characters."""

    name: str
    width: int = 12


class SheetsWriter:
    """A workbook that grows by rows; a context manager that leaves no scratch file behind.

    Args:
        path: Where :meth:`save` writes it.
        max_rows: Rows of a sheet, its head among them; at least 2.
    """

    def __init__(self, path: Path, *, max_rows: int = MAX_ROWS) -> None:
        from openpyxl import Workbook

        self._path, self._max_rows = path, max_rows
        self._book = Workbook(write_only=True)
        self._sheets: dict[str, _Sheet] = {}
        self._begun: list[_Sheet] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for sheet in self._begun:
            sheet.discard()

    def add(self, name: str, columns: Sequence[Column]) -> None:
        """Begin a sheet."""
        self._sheets[name] = self._begin(name, columns)

    def write(self, name: str, rows: Iterable[Sequence[Cell | Share]]) -> None:
        """Append rows to the sheet ``name``, and to further ones where it is full."""
        for row in rows:
            sheet = self._sheets[name]
            if sheet.rows >= self._max_rows:
                sheet.finish()
                self._sheets[name] = sheet = self._further(name, sheet)
            sheet.append(row)

    def save(self) -> None:
        """Write the workbook.

        Raises:
            OSError: It cannot be written.
        """
        from openpyxl.packaging.core import DocumentProperties
        from openpyxl.writer.excel import ExcelWriter

        for sheet in self._sheets.values():
            sheet.finish()
        when = datetime(*_STAMP)
        self._book.properties = DocumentProperties(creator="ie-model", created=when, modified=when)
        with _StampedZip(self._path, "w", ZIP_DEFLATED, allowZip64=True) as archive:
            ExcelWriter(self._book, archive).write_data()

    def _further(self, name: str, full: _Sheet) -> _Sheet:
        title = f"{name} {full.number + 1}"
        place = self._book.sheetnames.index(full.sheet.title) + 1
        return self._begin(title, full.columns, full.number + 1, place)

    def _begin(
        self, title: str, columns: Sequence[Column], number: int = 1, place: int | None = None
    ) -> _Sheet:
        sheet = _Sheet(self._book.create_sheet(title, place), columns, number)
        self._begun.append(sheet)
        return sheet


class _Sheet:
    def __init__(self, sheet: Any, columns: Sequence[Column], number: int = 1) -> None:
        self.sheet, self.columns, self.number = sheet, columns, number
        self.rows = 0
        sheet.sheet_view.rightToLeft = True
        sheet.freeze_panes = "A2"
        for place, column in enumerate(columns):
            sheet.column_dimensions[_letters(place)].width = column.width
        self._write([self._head(column.name) for column in columns])

    def append(self, row: Sequence[Cell | Share]) -> None:
        self._write([self._cell(value) for value in row])

    def finish(self) -> None:
        self.sheet.auto_filter.ref = f"A1:{_letters(len(self.columns) - 1)}{self.rows}"
        self.sheet.close()

    def discard(self) -> None:
        """Remove what openpyxl has written so far, unless that is done."""
        with suppress(Exception):  # it may have failed in the middle of a row
            self.sheet.close()
        with suppress(Exception):
            self.sheet._writer.cleanup()

    def _write(self, cells: list[Any]) -> None:
        self.sheet.append(cells)
        self.rows += 1

    def _head(self, name: str) -> Any:
        from openpyxl.styles import Font, PatternFill

        cell = self._new(name)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=_HEAD_FILL)
        return cell

    def _cell(self, value: Cell | Share) -> Any:
        if isinstance(value, Share):
            return self._number(value.value, percent=True)
        if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
            return self._number(Decimal(value), percent=False)
        if isinstance(value, date):
            return value if value >= FIRST_DAY else value.isoformat()
        if not isinstance(value, str):
            return value
        text = sheet_text(value)
        return self._text(text) if text.startswith((*FORMULA_STARTS, "#")) else text or None

    def _text(self, text: str) -> Any:
        """Return a cell that is text and stays it, though it looks like a formula or an error («#N/A»)."""
        cell = self._new(text)
        cell.data_type = "s"
        if text.startswith(FORMULA_STARTS):
            cell.quotePrefix = True
        return cell

    def _number(self, value: Decimal, *, percent: bool) -> Any:
        if not is_sheet_number(value):
            return self._text(f"{plain_number(shifted(value, 2))}%" if percent else plain_number(value))
        cell = self._new(plain_number(value))
        cell.data_type = "n"  # in our own digits: openpyxl would write 16 of a float, the last one made up
        cell.number_format = number_format(value, percent=percent)
        return cell

    def _new(self, value: Any) -> Any:
        from openpyxl.cell import WriteOnlyCell

        return WriteOnlyCell(self.sheet, value)


def is_sheet_number(value: Decimal) -> bool:
    """Whether Excel keeps ``value`` as a number, digit by digit."""
    digits, _ = _significant(value)
    return value == 0 or (len(digits) <= EXACT_DIGITS and LEAST_POWER < value.adjusted() < MOST_POWER)


def number_format(value: Decimal, *, percent: bool = False) -> str:
    """Return the format that shows every digit of ``value``, thousands apart, or as a percentage."""
    _, exponent = _significant(value)
    places = max(0, -exponent - (2 if percent else 0)) if value else 0
    # Excel refuses formats with more than 30 places.
    digits = "#,##0" + ("." + "0" * min(places, 30) if places else "")
    return digits + ("%" if percent else "")


def shifted(value: Decimal, places: int) -> Decimal:
    """Return ``value`` times ten to the power of ``places``, exactly: Python's own methods round."""
    sign, digits, exponent = value.as_tuple()
    return Decimal((sign, digits, int(exponent) + places))


def _significant(value: Decimal) -> tuple[str, int]:
    """Return the digits without zeros at either end, and the power of ten of the last."""
    _, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits))
    kept = text.rstrip("0")
    return kept.lstrip("0"), int(exponent) + len(text) - len(kept)


def sheet_text(text: str) -> str:
    """Return ``text`` as a cell can hold it; see the module's text."""
    if len(text) > MAX_CELL // 2:  # only then can it have more UTF-16 units
        units = text.encode("utf-16-le", "surrogatepass")
        if len(units) > 2 * MAX_CELL:
            text = units[: 2 * (MAX_CELL - 1)].decode("utf-16-le", "ignore") + CUT
    return _NO_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", _LITERAL.sub("_x005F_", text))


def _letters(place: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(place + 1))


class _StampedZip(ZipFile):
    """An archive whose entries carry one fixed date, and nothing of the machine."""

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        """See :class:`zipfile.ZipFile`."""
        super().writestr(_stamped(str(zinfo_or_arcname)), data)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """See :class:`zipfile.ZipFile`."""
        path = Path(filename)
        info = _stamped(str(arcname or path.name))
        info.file_size = path.stat().st_size  # by it the archive knows whether it needs its large form
        with path.open("rb") as source, self.open(info, "w") as target:
            shutil.copyfileobj(source, target, 1 << 20)


def _stamped(name: str) -> ZipInfo:
    info = ZipInfo(name, _STAMP)
    info.compress_type = ZIP_DEFLATED
    info.create_system = 3  # as on Unix, wherever it is written
    info.external_attr = 0o644 << 16
    return info
