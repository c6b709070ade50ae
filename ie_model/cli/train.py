"""``ie-model train``: a config in, a model folder out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ie_model.cli.options import AsJson, Quiet, print_json
from ie_model.config import load_config

if TYPE_CHECKING:
    from ie_model.tagging.trainer import TrainingProgress

SHOWN = ("loss", "eval_loss", "eval_f1", "eval_macro_f1")
"""Logged values that the terminal shows."""


def train(
    config: Annotated[
        Path,
        typer.Argument(
            help="A YAML config, as in configs/; with --from new annotated articles.", show_default=False
        ),
    ],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="For example training.epochs=3", show_default=False),
    ] = None,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Folder for the model; models/NAME if not given.", show_default=False
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue from the newest checkpoint.")] = False,
    start: Annotated[
        Path | None,
        typer.Option(
            "--from", help="Go on from this trained model, its old articles replayed.", show_default=False
        ),
    ] = None,
    scores_from: Annotated[
        Path | None,
        typer.Option(
            "--scores-from",
            help="Model whose calibration and scores stand in when data.holdout is null.",
            show_default=False,
        ),
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train a tagger and a linker on annotated articles.

    With --from, training goes on from a model with new annotations and half of the epochs.

    Example: ie-model train configs/default.yaml training.epochs=6 --output models/trial
    """
    from ie_model.evaluation.tables import report_tables
    from ie_model.modelling.continuing import continue_from
    from ie_model.modelling.train import train_model

    corpus = None
    if start is None:
        resolved = load_config(config, overrides or [])
    else:
        resolved, corpus = continue_from(start, [config], overrides or [])
    folder = output or Path("models") / (resolved.name if start is None else f"{start.name}-continued")
    with TrainingView(Console(stderr=True, quiet=quiet)) as view:
        report = train_model(
            resolved,
            folder,
            corpus=corpus,
            resume=resume,
            scores_from=scores_from,
            progress=view.step,
            stage=view.stage,
        )
    if as_json:
        print_json({"model": str(folder), "report": report.to_json() if report is not None else None})
        return
    if report is not None:
        Console().print(report_tables(report))
    Console().print(f"model: {folder}", soft_wrap=True, highlight=False)


class TrainingView:
    """Shows stages and steps: a bar on a terminal, a line a log elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._bar.add_task("train", total=None)
        self._start = time.monotonic()

    def __enter__(self) -> TrainingView:
        """Start the bar."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the bar, whatever happened."""
        self._bar.stop()

    def stage(self, name: str) -> None:
        """Show that a stage begins."""
        self._bar.update(self._task, description=name)
        self._line(name)

    def step(self, progress: TrainingProgress) -> None:
        """Show where training stands."""
        self._bar.update(self._task, completed=progress.step, total=progress.steps)
        values = " ".join(f"{name}={progress.values[name]:.4f}" for name in SHOWN if name in progress.values)
        if values:
            self._line(f"step {progress.step}/{progress.steps} epoch {progress.epoch:.2f} {values}")

    def _line(self, text: str) -> None:
        elapsed = time.monotonic() - self._start
        self._console.print(f"{elapsed:6.0f} s  {text}", highlight=False, soft_wrap=True)
