"""``ie-model release``: a trained model in, the int8 release that people use out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ie_model.cli.options import AsJson, Quiet, print_json


def release(
    model: Annotated[Path, typer.Argument(help="A model folder that train wrote.", show_default=False)],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Release folder; MODEL-release if not given.", show_default=False
        ),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data", help="Annotated articles to compare on; the model's held-out fold if not given."
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", help="An older model that must not be better beyond chance.", show_default=False
        ),
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Export to ONNX int8, compare with the model it came from, and write the release.

    Stops with exit status 1, writing nothing, when the two models disagree, or when the model is worse than
    the one named by --against on articles that neither has seen.

    Example: ie-model release models/default --output models/default-release
    """
    from ie_model.corpus.store import load_corpus
    from ie_model.modelling.release import release_model

    progress = Console(stderr=True, quiet=quiet)
    folder = output or model.with_name(model.name + "-release")
    parity = release_model(
        model,
        folder,
        articles=load_corpus(data) if data else None,
        against=against,
        stage=lambda name: progress.print(name, style="dim"),
    )
    if as_json:
        print_json({"release": str(folder), "parity": parity.to_json()})
        return
    console = Console()
    console.print(
        f"strict F1 {parity.f1_release:.4f} (checkpoint {parity.f1_checkpoint:.4f}), "
        f"{parity.span_agreement:.2%} of the mentions alike, on {parity.articles} articles",
        highlight=False,
    )
    console.print(f"release: {folder}", soft_wrap=True, highlight=False)
