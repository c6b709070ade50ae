"""``ie-model labelstudio push``: articles and annotations into the project."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from ie_model.articles import DEFAULT_MAX_CHARS
from ie_model.cli.labelstudio_options import ProjectOption, UrlOption, show_rejects
from ie_model.cli.options import AsJson, Quiet, print_json
from ie_model.errors import EXIT_SOME_REJECTED
from ie_model.labelstudio.project import TITLE
from ie_model.labelstudio.push import CHUNK, PushReport
from ie_model.loading import ModelSource

REJECTS = Path("push.rejects.jsonl")


def push(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="Articles as predict reads them, or annotations: folders of tasks, exports, gold .jsonl.",
            show_default=False,
        ),
    ],
    *,
    project: ProjectOption = TITLE,
    model: Annotated[
        Path | None,
        typer.Option("--model", "-m", help="Makes the pre-annotations: a release folder, or rules."),
    ] = None,
    no_predictions: Annotated[
        bool, typer.Option("--no-predictions", help="Send articles without pre-annotations.")
    ] = False,
    min_confidence: Annotated[
        float, typer.Option(min=0, max=1, help="Leave out mentions less sure than this.")
    ] = 0.0,
    max_chars: Annotated[int, typer.Option(min=1, help="Longer articles are rejected.")] = DEFAULT_MAX_CHARS,
    chunk: Annotated[int, typer.Option(min=1, max=1000, help="Articles of one request.")] = CHUNK,
    rejects: Annotated[Path, typer.Option(help="File for what was not sent, with the reason.")] = REJECTS,
    url: UrlOption = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Send articles to Label Studio, with pre-annotations of the release.

    An article that the project has already is passed over, so a push that was stopped is run again.
    Annotations of task files are sent along, every annotator's. Exit status: 3 when some were rejected.

    Example: ie-model labelstudio push seeds
    """
    from ie_model.labelstudio.client import LabelStudio
    from ie_model.labelstudio.connection import read_connection
    from ie_model.labelstudio.outgoing import read_outgoing
    from ie_model.labelstudio.project import find_project
    from ie_model.labelstudio.push import push as push_items
    from ie_model.labelstudio.rejects import write_rejects

    with LabelStudio(read_connection(url)) as client, _progress(quiet) as observe:
        target = find_project(client, project)
        extractor = None if no_predictions else ModelSource(model, min_confidence).load()
        items = read_outgoing(paths, max_chars=max_chars)
        report = push_items(client, target, items, extractor=extractor, chunk=chunk, observe=observe)
    if as_json:
        print_json(_tree(report, target.url))
    else:
        _show(Console(highlight=False), report, target.url)
    errors = Console(stderr=True, highlight=False)
    show_rejects(errors, report.rejects)
    written = write_rejects(report.rejects, rejects)
    if written is not None:
        errors.print(Text(f"{len(report.rejects)} rejected, named in {written}"), soft_wrap=True)
        raise typer.Exit(EXIT_SOME_REJECTED)


def _tree(report: PushReport, url: str) -> dict[str, Any]:
    counts = ("sent", "there", "held_back", "predictions", "annotations")
    tree: dict[str, Any] = {name: getattr(report, name) for name in counts}
    return {**tree, "rejected": len(report.rejects), "twice": report.twice, "url": url}


def _show(console: Console, report: PushReport, url: str) -> None:
    console.print(
        f"{report.sent} articles sent with {report.predictions} pre-annotations and {report.annotations} "
        f"annotations; {report.there} were there already"
    )
    if report.held_back:
        console.print(f"{report.held_back} of these have annotations here, which were not sent")
    if report.twice:
        names = ", ".join(report.twice[:5]) + (", ..." if len(report.twice) > 5 else "")
        console.print(Text(f"in more than one task each: {names}"), soft_wrap=True)
    console.print(Text(url), soft_wrap=True)


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[PushReport], None]]:
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("push", total=None)

        def update(report: PushReport) -> None:
            shown = f"{report.sent} sent, {report.there} there, {len(report.rejects)} rejected"
            bar.update(task, description=shown)

        yield update
