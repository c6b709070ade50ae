"""``ie-model labelstudio init``: make the project, or bring it up to date."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from ie_model.cli.labelstudio_options import ProjectOption, UrlOption
from ie_model.cli.options import AsJson, print_json
from ie_model.config import Config, load_section
from ie_model.errors import ConfigError
from ie_model.labelstudio.project import TITLE, Backend, SetUp, set_up
from ie_model.schema import LABELS

USER_VARIABLE = "IE_MODEL_BACKEND_USER"
PASSWORD_VARIABLE = "IE_MODEL_BACKEND_PASSWORD"  # noqa: S105 - a name
SECRET_VARIABLE = "IE_MODEL_WEBHOOK_SECRET"  # noqa: S105 - a name


def init(
    project: ProjectOption = TITLE,
    *,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="Take this config's labels.", show_default=False),
    ] = None,
    guide: Annotated[
        Path | None,
        typer.Option(
            help="Markdown file with the instructions.",
            show_default="annotations/GUIDELINES.md",
        ),
    ] = None,
    annotators: Annotated[
        int | None, typer.Option(min=1, max=100, help="How many annotate each article.", show_default="1")
    ] = None,
    backend: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Connect this ML backend (ie-model serve).", show_default=False),
    ] = None,
    url: UrlOption = None,
    as_json: AsJson = False,
) -> None:
    """Make the project in Label Studio, or bring it up to date.

    Right-to-left view, labels with hot keys, relations with and by, notes, the annotation guide as
    instructions. Run twice it changes nothing. An ML backend is shown IE_MODEL_BACKEND_USER and
    IE_MODEL_BACKEND_PASSWORD, its webhook IE_MODEL_WEBHOOK_SECRET, where these are set.

    Example: ie-model labelstudio init --annotators 2
    """
    from ie_model.labelstudio.client import LabelStudio
    from ie_model.labelstudio.connection import read_connection
    from ie_model.labelstudio.instructions import read_instructions

    labels = LABELS if config is None else load_section(Config, config, []).labels
    with LabelStudio(read_connection(url)) as client:
        done = set_up(
            client,
            project,
            labels=labels,
            instructions=read_instructions(guide),
            annotators=annotators,
            backend=None if backend is None else _backend(backend),
        )
    if as_json:
        what = {"created": done.created, "changed": done.changed, "backend": done.backend}
        print_json({**asdict(done.project), **what})
    else:
        _show(Console(highlight=False), done)


def _backend(url: str) -> Backend:
    user, password = os.environ.get(USER_VARIABLE), os.environ.get(PASSWORD_VARIABLE)
    if (user is None) != (password is None):
        raise ConfigError("basic authentication needs both", where=f"{USER_VARIABLE}, {PASSWORD_VARIABLE}")
    return Backend(url, user, password, os.environ.get(SECRET_VARIABLE))


def _show(console: Console, done: SetUp) -> None:
    if done.created:
        what = "made"
    else:
        what = f"updated ({', '.join(done.changed)})" if done.changed else "is up to date"
    console.print(Text(f"project {done.project.id}, {done.project.title}: {what}"))
    if done.backend is not None:
        console.print(f"ML backend: {done.backend}")
    console.print(Text(done.project.url), soft_wrap=True)
