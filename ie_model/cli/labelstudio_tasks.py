"""What the commands of the annotation loop share: tasks into a project, rejects at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from ie_model.cli.labelstudio_options import show_rejects
from ie_model.errors import EXIT_SOME_REJECTED

if TYPE_CHECKING:
    from ie_model.corpus.store import Reject

SendTo = Annotated[
    str | None,
    typer.Option("--project", "-p", help="Send the tasks to this project too.", show_default=False),
]


def send_to(project: str | None, url: str | None, tasks: list[dict[str, Any]], console: Console) -> None:
    """Send ``tasks`` to a project where one is named, and say what became of them."""
    if project is None:
        return
    from ie_model.labelstudio.client import LabelStudio
    from ie_model.labelstudio.connection import read_connection
    from ie_model.labelstudio.project import find_project
    from ie_model.labelstudio.sending import send_tasks

    with LabelStudio(read_connection(url)) as client:
        target = find_project(client, project)
        sent = send_tasks(client, target.id, tasks)
    console.print(f"{sent.imported} tasks imported, {sent.updated} updated, {sent.unchanged} as they were")
    console.print(Text(target.url), soft_wrap=True)


def end_with(rejects: list[Reject]) -> None:
    """End with exit status 3 where something could not be read, and say what."""
    if not rejects:
        return
    console = Console(stderr=True, highlight=False)
    show_rejects(console, rejects)
    console.print(f"{len(rejects)} rejected")
    raise typer.Exit(EXIT_SOME_REJECTED)
