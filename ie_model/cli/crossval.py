"""``ie-model crossval``: one model a fold, their scores over all articles, and their spread."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ie_model.cli.options import AsJson, Quiet, print_json
from ie_model.cli.train import TrainingView
from ie_model.config import load_config


def crossval(
    config: Annotated[Path, typer.Argument(help="A YAML config, as in configs/.", show_default=False)],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="For example training.epochs=3", show_default=False),
    ] = None,
    *,
    folds: Annotated[
        int | None,
        typer.Option(
            "--folds",
            min=2,
            help="Make so many folds (as many as articles: leave-one-out); else the stored ones.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the models.")] = Path(
        "models/crossval"
    ),
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Cross-validate a config by article; a stopped run goes on.

    Example: ie-model crossval configs/default.yaml data.articles=[annotations/seeds] --folds 5
    """
    from ie_model.evaluation.tables import report_tables
    from ie_model.modelling.crossval import cross_validate

    resolved = load_config(config, overrides or [])
    with TrainingView(Console(stderr=True, quiet=quiet)) as view:
        result = cross_validate(resolved, output, folds=folds, progress=view.step, stage=view.stage)
    if as_json:
        print_json(result.to_json())
        return
    Console().print(report_tables(result.report))
    table = Table("score", "mean", "sd", title=f"{len(result.reports)} folds")
    for name, (mean, spread) in result.spread().items():
        table.add_row(name, f"{mean:.3f}", f"{spread:.3f}")
    Console().print(table)
