"""``ie-model predict``: articles in, a folder of extractions and a table out."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated, BinaryIO

import typer
from rich.console import Console
from rich.text import Text

from ie_model.articles import DEFAULT_MAX_CHARS
from ie_model.batch import (
    REJECTS,
    BatchOptions,
    Outcome,
    OutputFormat,
    Summary,
    engine_of,
    predict_batch,
    read_shard,
    unfinished,
)
from ie_model.cli.options import AsJson, print_json
from ie_model.cli.predict_ray import predict_ray
from ie_model.cli.predict_report import check_report, kept_stdin, report_run, show_report
from ie_model.cli.preview import Preview
from ie_model.cli.progress import batch_progress
from ie_model.cli.statuses import EXIT_TERMINATED
from ie_model.errors import EXIT_SOME_REJECTED, IeModelError
from ie_model.loading import ModelSource
from ie_model.tagging.runtimes import Runtime

#: Where a run on a cluster puts its rejects.
PART_REJECTS = "rejects"


class StdinFormatOption(StrEnum):
    """What standard input holds."""

    AUTO = "auto"
    TEXT = "text"
    JSONL = "jsonl"


class EngineOption(StrEnum):
    """Where articles are extracted."""

    LOCAL = "local"
    RAY = "ray"


def predict(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            help="Files (.txt, .jsonl, .csv, also packed, .parquet), folders of them, or -.",
            show_default=False,
        ),
    ],
    *,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Folder for the results; made if need be.", show_default=False),
    ],
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="A release folder, or rules for the baseline.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            "-w",
            min=1,
            help="Processes that extract; one a processor core where there is work for them.",
            show_default=False,
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run that was stopped here, if there is one.")
    ] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Drop a run that was stopped here.")] = False,
    output_format: Annotated[
        OutputFormat, typer.Option("--format", help="How extractions and the table are written.")
    ] = OutputFormat.JSONL,
    fields: Annotated[
        str,
        typer.Option(
            "--fields",
            metavar="A,B.C",
            help="Fields of an extraction to write, such as records,mentions.text.",
            show_default="all",
        ),
    ] = "",
    shard: Annotated[
        str, typer.Option("--shard", metavar="K/N", help="Extract every N-th article only, from the K-th on.")
    ] = "1/1",
    min_confidence: Annotated[
        float,
        typer.Option(
            "--min-confidence",
            min=0,
            max=1,
            help="Leave out mentions less sure than this, and what they would be linked to.",
        ),
    ] = 0.0,
    max_chars: Annotated[
        int, typer.Option("--max-chars", min=1, help="Longer articles are rejected.")
    ] = DEFAULT_MAX_CHARS,
    stdin_format: Annotated[
        StdinFormatOption, typer.Option("--stdin-format", help="What - holds.")
    ] = StdinFormatOption.AUTO,
    encoding: Annotated[
        str, typer.Option("--encoding", help="Of text, JSON Lines and CSV: utf-16, windows-1256, ...")
    ] = "utf-8",
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="End after so many articles and rejects.")
    ] = None,
    engine: Annotated[
        EngineOption, typer.Option("--engine", help="This machine's processes, or a Ray cluster.")
    ] = EngineOption.LOCAL,
    ray_address: Annotated[
        str | None,
        typer.Option(
            "--ray-address",
            metavar="HOST:PORT",
            help="The cluster of --engine ray, or auto.",
            show_default="RAY_ADDRESS, or a new one on this machine",
        ),
    ] = None,
    runtime: Annotated[
        Runtime,
        typer.Option(
            "--runtime", help="What computes the encoder: openvino, an extra, starts slower and runs faster."
        ),
    ] = Runtime.ONNXRUNTIME,
    report: Annotated[
        bool, typer.Option("--report", help="Write evidence.html too: each record beside its sentence.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show neither progress nor tables.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Name each reject as it comes; not with --engine ray.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Extract records from articles.

    Writes extractions.jsonl, quantities.csv, rejects.jsonl and summary.json; --json prints the last in place
    of tables. Exit status: 0 when all articles went through, 3 when some were rejected, 2 for a wrong call.

    Example: ie-model predict seeds --output out
    """
    options = BatchOptions(
        max_chars=max_chars,
        stdin_format=stdin_format.value,
        encoding=encoding,
        limit=limit,
        form=output_format,
        fields=tuple(fields.split(",")) if fields else (),
        shard=read_shard(shard),
        min_confidence=min_confidence,
        runtime=runtime,
    )
    check_report(report, fields)
    source = ModelSource(model, min_confidence, runtime)
    flags = {"quiet": quiet, "resume": resume, "restart": restart}
    preview, began = Preview(), time.monotonic()
    with _stoppable(output), kept_stdin(paths, report) as stdin:
        if engine is EngineOption.RAY:
            summary = predict_ray(
                paths, source, output, options, address=ray_address, workers=workers, **flags
            )
        else:
            _check_no_address(ray_address)
            flags["verbose"] = verbose
            summary = _predict_here(
                paths, source, output, options, preview=preview, workers=workers, stdin=stdin, **flags
            )
        evidence = report_run(paths, output, stdin, quiet=quiet) if report else None
    with _reader_gone(output):
        if as_json:
            print_json(summary.model_dump(mode="json"))
        elif not quiet:
            preview.show(_StdoutConsole(), summary, time.monotonic() - began, output)
    incomplete = show_report(evidence, quiet=quiet or as_json)
    if summary.rejected:
        rejects = PART_REJECTS if engine is EngineOption.RAY else REJECTS
        show_rejects(Console(stderr=True), summary, output / rejects)
    if summary.rejected or incomplete:
        raise typer.Exit(EXIT_SOME_REJECTED)


def _predict_here(
    paths: list[str],
    source: ModelSource,
    output: Path,
    options: BatchOptions,
    *,
    preview: Preview,
    workers: int | None,
    stdin: BinaryIO | None,
    quiet: bool,
    resume: bool,
    restart: bool,
    verbose: bool,
) -> Summary:
    with batch_progress(quiet, name_rejects=verbose) as advance:
        engine = engine_of(source, workers)

        def observe(outcome: Outcome, share: float | None) -> None:
            preview.add(outcome)
            advance(outcome, share)

        return predict_batch(
            paths,
            engine,
            output,
            options=options,
            stdin=stdin,
            observer=observe,
            resume=resume,
            restart=restart,
        )


def _check_no_address(address: str | None) -> None:
    if address is not None:
        raise IeModelError(
            "there is no cluster to connect to",
            where="--ray-address",
            found=f"{address} without --engine ray",
            mend="Give both, or none.",
        )


def show_rejects(console: Console, summary: Summary, rejects: Path) -> None:
    """Print how many were rejected, why, and that ``rejects`` names each."""
    reasons = ", ".join(f"{count} {code}" for code, count in summary.rejected_by_code.items())
    console.print(Text(f"{summary.rejected} rejected ({reasons}): see {rejects}"))


@contextmanager
def _stoppable(output: Path) -> Iterator[None]:
    """Let SIGTERM unwind the stack like Ctrl-C, and say what a stopped run has left."""
    try:
        with _sigterm_as_exit():
            yield
    except (KeyboardInterrupt, SystemExit):
        written = unfinished(output)
        if written is not None:
            message = f"Stopped; {written} articles and rejects are written. Go on with --resume."
            Console(stderr=True).print(Text(message))
        raise


@contextmanager
def _sigterm_as_exit() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(EXIT_TERMINATED)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _StdoutConsole(Console):
    """A console whose closed output is an error to be handled here; rich would end with status 1."""

    def on_broken_pipe(self) -> None:
        """See :class:`rich.console.Console`."""
        raise BrokenPipeError


@contextmanager
def _reader_gone(output: Path) -> Iterator[None]:
    """Say in one line that nobody reads the tables any more; the files are whole all the same."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still in the buffer would fail once more when the interpreter ends.
        sys.stdout = None
        Console(stderr=True).print(Text(f"Standard output was closed; the results are whole in {output}"))
