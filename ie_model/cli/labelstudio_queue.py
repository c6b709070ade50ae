"""``ie-model labelstudio queue``: which article to annotate next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ie_model.cli.labelstudio_options import UrlOption
from ie_model.cli.labelstudio_tasks import SendTo, end_with, send_to
from ie_model.cli.options import AsJson, print_json
from ie_model.corpus.json_text import stable_json
from ie_model.errors import ModelError
from ie_model.files import write_whole
from ie_model.loading import ModelSource

if TYPE_CHECKING:
    from ie_model.labelstudio.queueing import Choice

SHOWN = 10
"""Articles of the queue that the terminal shows."""


def queue(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="Articles that are not annotated yet, as push reads them.",
            show_default=False,
        ),
    ],
    *,
    annotated: Annotated[
        list[Path] | None,
        typer.Option(
            help="Annotations there are: known names, and articles to pass over. Repeatable.",
            show_default=False,
        ),
    ] = None,
    budget: Annotated[
        int | None, typer.Option("--budget", "-n", min=1, help="How many articles.", show_default="all")
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", "-m", help="Whose doubts count: a model folder.", show_default="the release"),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="JSON file for the tasks, best first.")
    ] = Path("queue.json"),
    project: SendTo = None,
    url: UrlOption = None,
    as_json: AsJson = False,
) -> None:
    """Put articles in the order in which annotating them is expected to help the model most.

    Each task gets a priority, a reason in words, and the model's pre-annotations. Sort the Data Manager by
    priority, falling. Exit status: 3 when some article could not be read.

    Example: ie-model labelstudio queue seeds --budget 3
    """
    from ie_model.corpus.store import load_corpus
    from ie_model.extractor import Extractor
    from ie_model.labelstudio.queue_tasks import queue_tasks

    extractor = ModelSource(model).load()
    if not isinstance(extractor, Extractor):
        raise ModelError("rules have no doubts to go by", where=str(model), mend="Name a trained model.")
    found = queue_tasks(extractor, paths, load_corpus(annotated) if annotated else [], budget=budget)
    write_whole(output, stable_json(found.tasks, indent=1) + "\n")
    console = Console(highlight=False, stderr=as_json)
    if as_json:
        print_json(_tree(found.choices, found.annotated, output))
    else:
        console.print(_table(found.choices[:SHOWN]))
        passed = f"; {found.annotated} annotated already" if found.annotated else ""
        console.print(f"{len(found.tasks)} articles in {output}{passed}", markup=False, soft_wrap=True)
    send_to(project, url, found.tasks, console)
    end_with(found.rejects)


def _tree(choices: list[Choice], annotated: int, output: Path) -> dict[str, Any]:
    from ie_model.labelstudio.queueing import in_words

    queued = [
        {"article": one.candidate.id, "priority": one.priority, "reason": in_words(one)} for one in choices
    ]
    return {"articles": queued, "annotated": annotated, "output": str(output)}


def _table(choices: list[Choice]) -> Table:
    from ie_model.labelstudio.queueing import in_words

    table = Table("", "article", "priority", "why", box=None)
    for place, choice in enumerate(choices, start=1):
        table.add_row(str(place), Text(choice.candidate.id), f"{choice.priority:.3f}", Text(in_words(choice)))
    return table
