"""``ie-model labelstudio pull``: annotations out of the project."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn
from rich.text import Text

from ie_model.cli.data import print_report
from ie_model.cli.labelstudio_options import ProjectOption, UrlOption, show_rejects
from ie_model.cli.options import AsJson, Quiet, print_json
from ie_model.corpus.check import Policy
from ie_model.errors import EXIT_SOME_REJECTED
from ie_model.labelstudio.project import TITLE
from ie_model.labelstudio.pull import PullReport


def pull(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the annotations, one file an article.")
    ],
    *,
    project: ProjectOption = TITLE,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace files that hold more annotations than the server.")
    ] = False,
    warnings: Annotated[bool, typer.Option(help="Show warnings of the check too.")] = True,
    url: UrlOption = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Fetch what annotators wrote, and check it at once.

    OUTPUT can be trained on as it is. What cannot be used is kept in OUTPUT.unused and named with its
    reason in OUTPUT.rejects.jsonl; the exit status is 3 then.

    Example: ie-model labelstudio pull --output annotations/new
    """
    from ie_model.labelstudio.client import LabelStudio
    from ie_model.labelstudio.connection import read_connection
    from ie_model.labelstudio.project import find_project
    from ie_model.labelstudio.pull import pull as pull_articles

    with LabelStudio(read_connection(url)) as client, _progress(quiet) as observe:
        source = find_project(client, project)
        report = pull_articles(client, source, output, replace=replace, observe=observe)
    policy: Policy = "warn" if warnings else "off"
    if as_json:
        print_json(_tree(report, output, policy))
    else:
        _show(Console(highlight=False), report, output)
        print_report(report.check, policy)
    errors = Console(stderr=True, highlight=False)
    show_rejects(errors, report.rejects)
    if report.rejects_file is not None:
        message = f"{len(report.rejects)} rejected, named in {report.rejects_file}"
        errors.print(Text(message), soft_wrap=True)
        raise typer.Exit(EXIT_SOME_REJECTED)


def _tree(report: PullReport, output: Path, policy: Policy) -> dict[str, Any]:
    counts = ("written", "unchanged", "empty", "annotations", "waiting", "drafts", "gone")
    tree: dict[str, Any] = {name: getattr(report, name) for name in counts}
    rejects = {
        "rejected": len(report.rejects),
        "rejects_file": None if report.rejects_file is None else str(report.rejects_file),
    }
    return {**tree, **rejects, "output": str(output), "check": report.check.to_json(policy)}


def _show(console: Console, report: PullReport, output: Path) -> None:
    console.print(
        Text(
            f"{report.written} articles written to {output}, {report.unchanged} unchanged; "
            f"{report.annotations} annotations, {report.empty} articles without anything to mark"
        ),
        soft_wrap=True,
    )
    waiting = [f"{report.waiting} tasks wait for an annotator"] if report.waiting else []
    drafts = [f"{report.drafts} have a draft that was not submitted"] if report.drafts else []
    gone = [f"{report.gone} were deleted meanwhile"] if report.gone else []
    if lines := [*waiting, *drafts, *gone]:
        console.print(", ".join(lines))


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    console = Console(stderr=True)
    columns = (SpinnerColumn(), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("pull", total=None)

        def update(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield update
