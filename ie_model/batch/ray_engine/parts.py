"""Parts: what a block becomes on the disk, and the output folder that is made of them.

A worker writes a block's parts itself, each beside its place and renamed, and its mark last: a block is
done when its mark is there. So a block that runs twice, since its worker died or its node was lost, is
written once. Parts and marks lie in a folder of the run within the hidden folder of
:mod:`ie_model.batch.output`, under a name drawn for the run: what a lost worker of an earlier run still
writes goes nowhere. At the end the folders of parts are renamed to their places, the summary last.

Trade-off: a mark is a small file of its own, so a block costs three files, not two, while the run goes on.
"""

from __future__ import annotations

import errno
import os
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError

from ie_model.batch.fields import Fields
from ie_model.batch.formats import (
    EXTRACTIONS,
    EXTRACTIONS_PARQUET,
    PART_FOLDERS,
    PART_NAME,
    QUANTITIES,
    QUANTITIES_PARQUET,
    SUMMARY,
    OutputFormat,
    earlier_files,
)
from ie_model.batch.frames import FramedFile, FramePacking
from ie_model.batch.outcome import Outcome
from ie_model.batch.output import CHECKPOINT_SECONDS, BatchOutput, remove_parts, table_bytes, table_head
from ie_model.batch.progress import Checkpoint
from ie_model.batch.summary import Counts
from ie_model.errors import OutputError
from ie_model.files import write_whole

RUN: Final = "run"
"""Names the folder of the run."""
MARKS: Final = "marks"
TRIALS: Final = "trials"
LOADS: Final = "loads"


class Mark(BaseModel):
    """What is known of a block that is written."""

    digest: str
    """Of its entries."""
    counts: Counts


@dataclass(frozen=True, slots=True)
class Parts:
    """Where blocks are written; every worker has one."""

    run: Path
    """The folder of the run, absolute: the same for every worker."""
    form: OutputFormat
    fields: Fields | None = None
    """What a line holds; for the columns of Parquet."""

    def mark(self, name: str) -> Mark | None:
        """Return the mark of the block called ``name``; None if it is not written."""
        try:
            return Mark.model_validate_json((self.run / MARKS / name).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def write(self, name: str, outcomes: Sequence[Outcome], digest: str) -> Counts:
        """Write a block's parts and then its mark; return what is in them.

        Raises:
            OSError: They cannot be written.
        """
        counts = Counts()
        for outcome in outcomes:
            counts.add(outcome)
        extracted = [outcome for outcome in outcomes if not outcome.rejected]
        if extracted:
            self._write_extracted(name, extracted)
        if len(extracted) < len(outcomes):
            lines = _lines([outcome for outcome in outcomes if outcome.rejected])
            self._put("rejects", f"{name}.jsonl", lines, FramePacking.PLAIN)
        mark = Mark(digest=digest, counts=counts).model_dump_json().encode("utf-8")
        self._put(MARKS, name, mark, FramePacking.PLAIN)
        return counts

    def _write_extracted(self, name: str, outcomes: Sequence[Outcome]) -> None:
        lines = _lines(outcomes)
        table = table_head() + b"".join(table_bytes(outcome.rows) for outcome in outcomes)
        if self.form is OutputFormat.PARQUET:
            from ie_model.batch.parquet import write_parquet

            with tempfile.TemporaryDirectory() as scratch:
                folder = Path(scratch)
                (folder / EXTRACTIONS).write_bytes(lines)
                (folder / QUANTITIES).write_bytes(table)
                write_parquet(folder, fields=self.fields)
                lines = (folder / EXTRACTIONS_PARQUET).read_bytes()
                table = (folder / QUANTITIES_PARQUET).read_bytes()
            endings = (".parquet", ".parquet")
        else:
            endings = (".jsonl" + self.form.packing.value, ".csv" + self.form.packing.value)
        self._put("extractions", name + endings[0], lines, self.form.packing)
        self._put("quantities", name + endings[1], table, self.form.packing)

    def _put(self, folder: str, name: str, data: bytes, packing: FramePacking) -> None:
        # Of two workers with the same block, perhaps on two machines, each writes a file of its own.
        beside = self.run / f".{uuid.uuid4().hex}"
        file = FramedFile(beside, packing)
        try:
            file.write(data)
            file.finish()
            beside.replace(self.run / folder / name)
        finally:
            file.close()
            beside.unlink(missing_ok=True)


def _lines(outcomes: Sequence[Outcome]) -> bytes:
    return "".join(outcome.line + "\n" for outcome in outcomes).encode("utf-8")


class PartsOutput(BatchOutput):
    """An output folder of parts, written by others; see :class:`ie_model.batch.output.BatchOutput`."""

    def parts(self, fields: Fields | None) -> Parts:
        """Return where the workers write."""
        return Parts(self._run(), self._form, fields)

    def marks(self) -> dict[str, Mark]:
        """Return the blocks that are written, by name.

        Raises:
            OutputError: A mark is damaged.
        """
        parts = self.parts(None)
        names = sorted(path.name for path in (parts.run / MARKS).iterdir())
        marks = {name: mark for name in names if (mark := parts.mark(name)) is not None}
        if len(marks) < len(names):
            raise OutputError(
                "the state of the unfinished run cannot be read",
                where=str(parts.run / MARKS),
                found=min(set(names) - set(marks)),
                mend="Begin anew with --restart.",
            )
        return marks

    def blocks(self) -> int:
        """Return how many blocks are written."""
        with os.scandir(self._run() / MARKS) as marks:
            return sum(1 for _ in marks)

    def note(self, counts: Counts) -> None:
        """Keep how far the run is, now and then: from the first call on it can be resumed."""
        entries = counts.articles + sum(counts.rejected.values())
        self.checkpoint = self.checkpoint.model_copy(update={"entries": entries, "counts": counts})
        if not self._saved or time.monotonic() - self._last_saved >= CHECKPOINT_SECONDS:
            with self._writing():
                self._save()

    def _run(self) -> Path:
        name = (self.state / RUN).read_text(encoding="utf-8")
        return (self.state / name).absolute()

    def _open_files(self, found: Checkpoint | None) -> None:
        if found is None or not (self.state / RUN).exists():
            write_whole(self.state / RUN, f"run-{uuid.uuid4().hex[:8]}")
        for name in (*PART_FOLDERS, MARKS, TRIALS):
            (self._run() / name).mkdir(parents=True, exist_ok=True)
        # That the run was stopped is no article's fault.
        for path in (*(self._run() / TRIALS).iterdir(), *self._run().glob(".*"), self._run() / LOADS):
            path.unlink(missing_ok=True)

    def _check_places(self) -> None:
        for folder in (self.folder / name for name in PART_FOLDERS):
            if folder.is_dir():
                other = next((path for path in folder.iterdir() if not PART_NAME.fullmatch(path.name)), None)
                if other is not None:
                    # Found now rather than when all is extracted.
                    raise FileExistsError(errno.EEXIST, "something else stands in its place", str(other))
            elif os.path.lexists(folder):
                raise FileExistsError(errno.EEXIST, "something else stands in its place", str(folder))

    def _rename(self) -> None:
        for name in PART_FOLDERS:
            written = self._run() / name
            if written.exists():
                remove_parts(self.folder / name)
                written.replace(self.folder / name)
        for path in earlier_files(self.folder, (SUMMARY,)):
            path.unlink()
        if (self.state / SUMMARY).exists():
            (self.state / SUMMARY).replace(self.folder / SUMMARY)
