"""``ie-model predict --report``: the evidence page right behind the run."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from rich.console import Console

from ie_model.articles.reader import STDIN
from ie_model.cli.progress import page_progress
from ie_model.cli.report import show_evidence, show_missing
from ie_model.errors import IeModelError
from ie_model.report.evidence import Evidence, write_evidence

#: Bytes of standard input that are kept in memory; more go to a temporary file.
IN_MEMORY = 1 << 24


def check_report(report: bool, fields: str) -> None:
    """Raise :class:`IeModelError` where a page is asked for and what it shows is not to be written."""
    if report and fields:
        raise IeModelError(
            "the page shows whole extractions",
            where="--report",
            found=f"--fields {fields}",
            mend="Give one of the two.",
        )


@contextmanager
def kept_stdin(paths: list[str], report: bool) -> Iterator[BinaryIO | None]:
    """Yield standard input as a file that can be read twice where a page needs that, else None.

    Reading begins when standard input has ended.
    """
    if not report or STDIN not in paths:
        yield None
        return
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
        kept.seek(0)
        yield cast(BinaryIO, _Unclosed(kept))


class _Unclosed:
    """A file that what reads it cannot close."""

    def __init__(self, file: tempfile.SpooledTemporaryFile[bytes]) -> None:
        self._file = file

    def __getattr__(self, name: str) -> object:
        return (lambda: None) if name == "close" else getattr(self._file, name)


def report_run(paths: list[str], output: Path, stdin: BinaryIO | None, *, quiet: bool) -> Evidence:
    """Write the page of the run that is whole in ``output``; see :func:`write_evidence`."""
    if stdin is not None:
        stdin.seek(0)
    with page_progress(quiet) as advance:
        return write_evidence(output, paths, stdin=stdin, observer=advance)


def show_report(evidence: Evidence | None, *, quiet: bool) -> bool:
    """Print where the page is, if there is one; return whether articles are shown without their text."""
    if evidence is None:
        return False
    if not quiet:
        show_evidence(Console(), evidence)
    if evidence.missing_count:
        show_missing(Console(stderr=True), evidence)
    return evidence.missing_count > 0
