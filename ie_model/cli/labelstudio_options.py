"""Options that the commands of ``ie-model labelstudio`` share."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from ie_model.corpus.store import Reject
from ie_model.labelstudio.project import TITLE

SHOWN_REJECTS = 5
"""Rejects that the terminal shows; their file names them all."""

ProjectOption = Annotated[
    str,
    typer.Option(
        "--project",
        "-p",
        envvar="LABEL_STUDIO_PROJECT",
        help="Title or number of the project.",
        show_default=TITLE,
    ),
]
UrlOption = Annotated[
    str | None,
    typer.Option("--url", help="Address of the server.", show_default="LABEL_STUDIO_URL"),
]


def show_rejects(console: Console, rejects: list[Reject]) -> None:
    """Print the first rejects, each with its reason."""
    for reject in rejects[:SHOWN_REJECTS]:
        console.print(Text(f"rejected: {reject.error}"), soft_wrap=True)
    if len(rejects) > SHOWN_REJECTS:
        console.print(f"rejected: and {len(rejects) - SHOWN_REJECTS} more", markup=False)
