"""Output files that appear whole or not at all, of a run that can be stopped and gone on with.

A run writes into a hidden folder inside the output folder (same file system, so a rename cannot fail
half-way) and renames file by file at the very end, the summary last: who sees the new summary sees the whole
new output. Where a frame ends it writes a checkpoint (:mod:`ie_model.batch.progress`). A run that stops after
the first checkpoint leaves the hidden folder, from which ``resume`` goes on; one that stops before leaves
everything as it was.

Trade-off: what was extracted since the last checkpoint is extracted again: at most :data:`FRAME_ENTRIES`
articles, or what goes by in :data:`CHECKPOINT_SECONDS`.
"""

from __future__ import annotations

import csv
import errno
import io
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ie_model.articles import Located, Reject
from ie_model.batch.formats import (
    EXTRACTIONS,
    KNOWN_FILES,
    PART_FOLDERS,
    PART_NAME,
    QUANTITIES,
    REJECTS,
    SUMMARY,
    OutputFormat,
    earlier_files,
)
from ie_model.batch.frames import FramedFile, FramePacking
from ie_model.batch.lock import RunLock
from ie_model.batch.outcome import Outcome
from ie_model.batch.progress import CALL, Call, Checkpoint, chain, read_call, read_checkpoint
from ie_model.batch.table import COLUMNS
from ie_model.errors import OutputError
from ie_model.files import write_whole

STATE: Final = ".ie-model-run"
FRAME_ENTRIES: Final = 64
"""Entries of a frame: fixed, since the bytes of a compressed file depend on it."""
CHECKPOINT_SECONDS: Final = 1.0
"""At least so long from one checkpoint to the next, since each waits for the disk."""

#: Writes further files from the finished ones in the folder it is given.
Export = Callable[[Path], None]


class BatchOutput:
    """The files of a run; a context manager that puts them in place only by :meth:`finish`.

    Args:
        folder: Made if it is not there (and removed again if the run fails early).
        call: What the run was asked for.
        form: What is written.
        resume: Go on with an unfinished run; there may be none.
        restart: Throw an unfinished run away.
        export: For a format that is made of the finished files.

    Raises:
        OutputError: The folder cannot be made or written, or a file cannot (disk full, ...); another run
            writes there; an unfinished run lies there that is not to be resumed, or was called otherwise.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        call: Call,
        *,
        form: OutputFormat = OutputFormat.JSONL,
        resume: bool = False,
        restart: bool = False,
        export: Export | None = None,
    ) -> None:
        self.folder = Path(folder)
        self.state = self.folder / STATE
        self.checkpoint = Checkpoint()
        self._call, self._form, self._export = call, form, export
        self._resume, self._restart = resume, restart
        self._made: list[Path] = []
        self._files: dict[str, FramedFile] = {}
        self._lock = RunLock(self.state)
        self._saved = False
        self._last_saved = time.monotonic()

    def __enter__(self) -> Self:
        try:
            with self._writing():
                self._make_folder()
                self._lock.take()
                self._open()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    @property
    def written(self) -> bool:
        """Whether all entries are written: the run that is resumed stopped while it placed its files."""
        return self.checkpoint.stage == "placing"

    def paths(self) -> tuple[Path, ...]:
        """What a reader of the same folder has to leave out: the files and the hidden folder."""
        parts = (path for name in PART_FOLDERS for path in parts_in(self.folder / name))
        return (*(self.folder / name for name in KNOWN_FILES), *parts, self.state)

    def write(self, entry: Located | Reject, outcome: Outcome) -> None:
        """Append what became of ``entry``."""
        now = self.checkpoint
        now.counts.add(outcome)
        self.checkpoint = now.model_copy(
            update={"entries": now.entries + 1, "digest": chain(now.digest, entry)}
        )
        line = (outcome.line + "\n").encode("utf-8")
        if outcome.rejected:
            self._files[REJECTS].write(line)
        else:
            self._files[EXTRACTIONS].write(line)
            self._files[QUANTITIES].write(table_bytes(outcome.rows))
        if self.checkpoint.entries % FRAME_ENTRIES == 0:
            with self._writing():
                self._end_frame()

    def finish(self, summary: str) -> None:
        """Write the summary (JSON text) and put all files in place."""
        with self._writing():
            for file in self._files.values():
                file.finish()
            write_whole(self.state / SUMMARY, summary)
            if self._export is not None:
                self._export(self.state)
            self._save(stage="placing")
            self.place()

    def place(self) -> str:
        """Rename what is written to its place, as far as it is not there yet; return the summary."""
        with self._writing():
            self._rename()
            summary = (self.folder / SUMMARY).read_text(encoding="utf-8")
            self._made.clear()
            self._saved = False  # nothing is left to go on with
        return summary

    def _rename(self) -> None:
        for name in self._form.files:
            if (self.state / name).exists():
                (self.state / name).replace(self.folder / name)
        for path in earlier_files(self.folder, self._form.files):
            path.unlink()
        for name in PART_FOLDERS:
            remove_parts(self.folder / name)

    def _make_folder(self) -> None:
        missing = [path for path in (self.folder, *self.folder.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            self._made.append(path)
        self._check_places()

    def _check_places(self) -> None:
        for name in self._form.files:
            if (self.folder / name).is_dir():
                # Found now rather than when the files before it have been put in place.
                raise IsADirectoryError(errno.EISDIR, "a folder stands in its place", str(self.folder / name))

    def _open(self) -> None:
        found = None if self._restart else read_checkpoint(self.state)
        if found is not None and not self._resume:
            self._saved = True  # it is not ours to remove
            raise OutputError(
                "an unfinished run lies here",
                where=str(self.folder),
                found=f"{found.entries} articles and rejects are written",
                mend="Go on with --resume, or begin anew with --restart.",
            )
        if found is None:
            self._lock.clear()
            write_whole(self.state / CALL, self._call.model_dump_json())
        else:
            self._saved = True
            self.checkpoint = found
            begun = read_call(self.state)
            if begun is not None:
                begun.require_same(self._call, self.folder)
        if not self.written:
            self._open_files(found)

    def _open_files(self, found: Checkpoint | None) -> None:
        self._files = {name: self._file(name, found) for name in (EXTRACTIONS, QUANTITIES, REJECTS)}
        if found is None:
            self._files[QUANTITIES].write(table_head())

    def _file(self, name: str, found: Checkpoint | None) -> FramedFile:
        packing = FramePacking.PLAIN if name == REJECTS else self._form.packing
        size = None if found is None else found.sizes[name]
        return FramedFile(self.state / (name + packing.value), packing, size)

    def _end_frame(self) -> None:
        for file in self._files.values():
            file.cut()
        if time.monotonic() - self._last_saved >= CHECKPOINT_SECONDS:
            for file in self._files.values():
                file.sync()
            self._save()

    def _save(self, **changes: str) -> None:
        sizes = {name: file.size for name, file in self._files.items()}
        self.checkpoint = self.checkpoint.model_copy(update={"sizes": sizes, **changes})
        self.checkpoint.save(self.state)
        self._saved, self._last_saved = True, time.monotonic()

    def _close(self) -> None:
        for file in self._files.values():
            file.close()
        if not self._saved and not self._lock.refused:
            shutil.rmtree(self.state, ignore_errors=True)
        self._lock.release()
        if self._saved:
            return
        for path in reversed(self._made):
            try:
                path.rmdir()
            except OSError:
                # Someone has put something there meanwhile: it is not ours to remove.
                break
        self._made.clear()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            kept = "make room and call again with --resume; what is written so far is kept."
            nothing = "nothing was left behind."
            raise OutputError(
                "the output cannot be written",
                where=str(error.filename or self.folder),
                found=error.strerror or str(error),
                mend="Name a folder with room and permission by --output, or " + kept
                if self._saved
                else "Name a folder with room and permission by --output; " + nothing,
            ) from error


def unfinished(folder: str | os.PathLike[str]) -> int | None:
    """Return how many entries an unfinished run in ``folder`` has written; None where there is none.

    Raises:
        OutputError: Its state is damaged.
    """
    found = read_checkpoint(Path(folder) / STATE)
    return None if found is None else found.entries


def parts_in(folder: Path) -> list[Path]:
    """Return the parts in ``folder``, which need not be there."""
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if PART_NAME.fullmatch(path.name)]


def remove_parts(folder: Path) -> None:
    """Remove the parts in ``folder``, and it too if nothing else is in it; there may be none.

    Raises:
        OSError: A part cannot be removed.
    """
    parts = parts_in(folder)
    for path in parts:
        path.unlink()
    if parts:
        with suppress(OSError):
            folder.rmdir()


def table_head() -> bytes:
    """Return what the flat table begins with: its columns, after the mark that tells spreadsheets UTF-8."""
    return b"\xef\xbb\xbf" + table_bytes((list(COLUMNS),))


def table_bytes(rows: tuple[list[str], ...]) -> bytes:
    """Return rows of the flat table as they stand in the file."""
    buffer = io.StringIO(newline="")
    # excel is the dialect of the flat table: commas, quotes doubled, CRLF.
    csv.writer(buffer, dialect="excel").writerows(rows)
    return buffer.getvalue().encode("utf-8")
