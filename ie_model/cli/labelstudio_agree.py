"""``ie-model labelstudio agree`` and ``adjudicate``: do we agree, and who decides where we do not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from ie_model.cli.labelstudio_options import UrlOption
from ie_model.cli.labelstudio_tasks import SendTo, end_with, send_to
from ie_model.cli.options import AsJson, print_json
from ie_model.corpus.json_text import stable_json
from ie_model.files import write_whole

if TYPE_CHECKING:
    from ie_model.labelstudio.disagreements import Disagreement

SHOWN = 20
"""Disagreements that the terminal shows; --json and adjudicate have them all."""

Exports = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATH...",
        help="Folders that pull wrote, or JSON exports with all annotations.",
        show_default=False,
    ),
]


def agree(
    paths: Exports,
    *,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model",
            "-m",
            help="Compare with this model too: a release folder, or rules.",
            show_default=False,
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            "--url", envvar="LABEL_STUDIO_URL", help="Server of an export, for links.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure agreement, what became of pre-annotations, and the time an article takes.

    Annotators against one another and against models: F1 of mentions, links and records. Lists where they
    disagree. Exit status: 3 when some annotation could not be read.

    Example: ie-model labelstudio agree annotations/seeds
    """
    from ie_model.labelstudio.agreement import agreement_report, with_model
    from ie_model.labelstudio.agreement_tables import agreement_json, agreement_tables, disagreement_table
    from ie_model.labelstudio.disagreements import disagreements
    from ie_model.labelstudio.exports import links_of, read_exports
    from ie_model.loading import ModelSource

    articles, rejects = read_exports(paths)
    if model is not None:
        articles = with_model(articles, ModelSource(model).load())
    report = agreement_report(articles)
    differing: list[Disagreement] = [one for article in articles for one in disagreements(article)]
    link = links_of(paths, articles, url)
    if as_json:
        print_json(agreement_json(report, differing, link))
    else:
        console = Console(highlight=False)
        console.print(agreement_tables(report))
        if differing:
            console.print(disagreement_table(differing[:SHOWN], link))
        if len(differing) > SHOWN:
            console.print(f"and {len(differing) - SHOWN} more: --json lists them all")
    end_with(rejects)


def adjudicate(
    paths: Exports,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="JSON file for the tasks; import it, or push it.")
    ] = Path("adjudicate.json"),
    project: SendTo = None,
    url: UrlOption = None,
    as_json: AsJson = False,
) -> None:
    """Write a task for each article that annotators read differently, with every reading to choose from.

    Exit status: 3 when some annotation could not be read.

    Example: ie-model labelstudio adjudicate pulled --output adjudicate.json
    """
    from ie_model.labelstudio.adjudication import adjudication_tasks
    from ie_model.labelstudio.exports import read_exports

    articles, rejects = read_exports(paths)
    tasks = adjudication_tasks(articles)
    write_whole(output, stable_json(tasks, indent=1) + "\n")
    console = Console(highlight=False, stderr=as_json)
    if as_json:
        print_json({"articles": len(articles), "tasks": len(tasks), "output": str(output)})
    else:
        console.print(
            f"{len(tasks)} of {len(articles)} articles to adjudicate, in {output}",
            markup=False,
            soft_wrap=True,
        )
    send_to(project, url, tasks, console)
    end_with(rejects)
