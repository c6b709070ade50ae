"""Output files that appear whole or not at all.

A run writes into a hidden folder inside the output folder (same file system, so a rename cannot
fail half-way) and renames file by file at the very end, the summary last: who sees the new summary
sees the whole new output. A run that fails or is interrupted leaves the output folder as it was;
only a kill that no program can catch leaves the hidden folder behind.
"""

from __future__ import annotations

import csv
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TextIO

from ie_model.articles import Reject
from ie_model.batch.table import COLUMNS
from ie_model.errors import IeModelError

EXTRACTIONS = "extractions.jsonl"
QUANTITIES = "quantities.csv"
REJECTS = "rejects.jsonl"
SUMMARY = "summary.json"
#: In the order in which they are put in place.
FILES = (EXTRACTIONS, QUANTITIES, REJECTS, SUMMARY)

TEMPORARY_PREFIX = ".ie-model-"


class BatchOutput:
    """The four files of a run; a context manager that puts them in place only after :meth:`commit`.

    Args:
        folder: Made if it is not there (and removed again if the run fails).

    Raises:
        IeModelError: The folder cannot be made or written, or a file cannot (disk full, ...).
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self._stack = ExitStack()
        self._made: list[Path] = []
        self._open: dict[str, TextIO] = {}
        self._temporary: Path | None = None

    def __enter__(self) -> BatchOutput:
        try:
            with _writing(self.folder):
                self._make_folder()
                self._temporary = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=self.folder))
                for name in FILES:
                    self._open[name] = self._create(self._temporary / name)
        except BaseException:
            self._clean_up()
            raise
        # excel is the dialect of the flat table: commas, quotes doubled, CRLF.
        self._table = csv.writer(self._open[QUANTITIES], dialect="excel")
        self._table.writerow(COLUMNS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clean_up()

    def paths(self) -> tuple[Path, ...]:
        """What a reader of the same folder has to leave out: the files and the hidden folder."""
        files = tuple(self.folder / name for name in FILES)
        return files if self._temporary is None else (*files, self._temporary)

    def write_extraction(self, line: str, rows: list[list[str]]) -> None:
        """Append one extraction (JSON without line end) and its table rows."""
        with _writing(self.folder):
            self._open[EXTRACTIONS].write(line + "\n")
            self._table.writerows(rows)

    def write_reject(self, reject: Reject) -> None:
        """Append one reject."""
        with _writing(self.folder):
            self._open[REJECTS].write(reject.model_dump_json() + "\n")

    def commit(self, summary: str) -> None:
        """Write the summary (JSON text) and put all files in place."""
        with _writing(self.folder):
            self._open[SUMMARY].write(summary)
            for stream in self._open.values():
                stream.flush()
                os.fsync(stream.fileno())
                stream.close()
            for name, stream in self._open.items():
                Path(stream.name).replace(self.folder / name)
        self._made.clear()

    def _make_folder(self) -> None:
        missing = [path for path in (self.folder, *self.folder.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            self._made.append(path)
        for name in FILES:
            if (self.folder / name).is_dir():
                # Found now rather than when the files before it have been put in place.
                raise IsADirectoryError(errno.EISDIR, "a folder stands in its place", str(self.folder / name))

    def _create(self, path: Path) -> TextIO:
        # The byte order mark tells spreadsheets that the table is UTF-8; no newline is translated.
        encoding = "utf-8-sig" if path.name == QUANTITIES else "utf-8"
        stream = path.open("x", encoding=encoding, newline="")
        self._stack.callback(_close_quietly, stream)
        return stream

    def _clean_up(self) -> None:
        self._stack.close()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
        for path in reversed(self._made):
            try:
                path.rmdir()
            except OSError:
                # Someone has put something there meanwhile: it is not ours to remove.
                break
        self._made.clear()


def _close_quietly(stream: TextIO) -> None:
    # Closing flushes, and on a full disk that fails once more; the file is thrown away anyhow.
    with suppress(OSError):
        stream.close()


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise IeModelError(
            "the output cannot be written",
            where=str(error.filename or folder),
            found=error.strerror or str(error),
            mend="Name a folder with room and permission by --output; nothing was left behind.",
        ) from error
