"""``ie-model benchmark``: how fast and how small predicting is, alone and against a pipeline."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from ie_model.cli.options import AsJson, Quiet, print_json
from ie_model.errors import EXIT_SOME_REJECTED, IeModelError


class Rival(StrEnum):
    """What predicting is compared with."""

    PIPELINE = "pipeline"


def benchmark(
    *,
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="A release folder.", show_default=False)
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            "--checkpoint",
            help="What the pipeline opens in place of the release's weights.",
            show_default=False,
        ),
    ] = None,
    articles: Annotated[
        Path | None,
        typer.Option(
            "--articles",
            help="Gold JSON Lines, or whatever predict reads (then no F1); a checkout's own if not given.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="The first so many articles.", show_default=False)
    ] = None,
    against: Annotated[
        Rival | None,
        typer.Option("--against", help="Compare with the transformers pipeline.", show_default=False),
    ] = None,
    batch: Annotated[str, typer.Option("--batch", help="The pipeline's batch sizes to try.")] = "1,4,8,16,32",
    workers: Annotated[str, typer.Option("--workers", help="Numbers of workers, a core each.")] = "1",
    runtime: Annotated[str, typer.Option("--runtime", help="What computes the encoder.")] = "onnxruntime",
    repeat: Annotated[int, typer.Option("--repeat", min=1, help="Repetitions that count.")] = 5,
    warm_up: Annotated[int, typer.Option("--warm-up", min=0, help="Repetitions before them.")] = 1,
    scaling: Annotated[
        str, typer.Option("--scaling", help="Numbers of articles to measure cost at: 100,1000,10000.")
    ] = "",
    matrix_peak: Annotated[
        bool, typer.Option("--matrix-peak", help="Also how fast a core multiplies matrices at all.")
    ] = False,
    save: Annotated[bool, typer.Option("--save", help="Keep the result in benchmarks/results.")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Measure speed, start-up and memory of predicting, alone and against the transformers pipeline.

    Lists are written with commas. Exit status: 0, 3 when some articles were rejected, 2 for a wrong call.

    Example: ie-model benchmark --against pipeline --json
    """
    from ie_model.benchmark.results import save_result
    from ie_model.benchmark.run import BenchmarkOptions, run_benchmark
    from ie_model.benchmark.tables import result_tables

    options = BenchmarkOptions(
        model=model,
        checkpoint=checkpoint,
        articles=articles,
        limit=limit,
        against_pipeline=against is Rival.PIPELINE,
        batches=_numbers("--batch", batch),
        workers=_numbers("--workers", workers),
        runtimes=tuple(_words("--runtime", runtime)),
        repeat=repeat,
        warm_up=warm_up,
        scaling=_numbers("--scaling", scaling) if scaling else (),
        matrix_peak=matrix_peak,
    )
    progress = Console(stderr=True)
    told = Console(stderr=True, quiet=quiet)
    result = run_benchmark(options, say=lambda what: told.print(Text(what), style="dim"))
    if save:
        progress.print(Text(f"result: {save_result(result)}"), soft_wrap=True)
    if as_json:
        print_json(result)
    else:
        Console().print(result_tables(result))
    if result["rejects"]:
        progress.print(Text(f"{len(result['rejects'])} rejected: {result['rejects'][0]}"))
        raise typer.Exit(EXIT_SOME_REJECTED)


def _words(option: str, listed: str) -> list[str]:
    words = [word.strip() for word in listed.split(",")]
    if not all(words):
        raise IeModelError(
            "not a list", where=option, found=repr(listed), expected="words with commas between them"
        )
    return words


def _numbers(option: str, listed: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in _words(option, listed))
    except ValueError as error:
        raise IeModelError(
            "not a list of numbers", where=option, found=repr(listed), expected="for example 1,2"
        ) from error
