"""``ie-model labelstudio doctor``: who is wrong, the annotation or the model?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ie_model.cli.labelstudio_options import UrlOption
from ie_model.cli.labelstudio_tasks import SendTo, send_to
from ie_model.corpus.json_text import stable_json
from ie_model.errors import ConfigError
from ie_model.files import write_whole

if TYPE_CHECKING:
    from ie_model.corpus.model import AnnotatedArticle
    from ie_model.evaluation.label_errors import Suspect

SHOWN = 20
"""Suspects that the terminal shows."""


def doctor(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Annotations, as data check reads them.", show_default=False),
    ],
    *,
    model: Annotated[
        list[Path] | None,
        typer.Option(
            "--model",
            "-m",
            help="A cross-validation's folder, or models; each reads what it has not trained on. Repeatable.",
            show_default="the release",
        ),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(
            help="Held-out predictions in place of models: extractions.jsonl, predicted.json.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only so many suspects, the likeliest.", show_default="all")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="JSON file for the tasks.")] = Path(
        "doctor.json"
    ),
    project: SendTo = None,
    url: UrlOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the suspects as one JSON object.")] = False,
) -> None:
    """Find likely label errors: spans that models doubt, and spans that they insist on.

    Only what a model has not trained on is looked at. Each task shows the annotation and the model's say,
    with the reasons.

    Example: ie-model labelstudio doctor annotations/seeds --model models/crossval
    """
    from ie_model.corpus.store import load_corpus
    from ie_model.evaluation.label_errors import find_label_errors
    from ie_model.labelstudio.doctor import doctor_tasks
    from ie_model.modelling.opinions import opinions_of_file, opinions_of_models

    if model and predictions:
        raise ConfigError("--model and --predictions contradict each other", mend="Give one of them.")
    articles = load_corpus(paths)
    if predictions is not None:
        opinions = opinions_of_file(predictions, articles)
    else:
        opinions = opinions_of_models(model or [None], articles)
    suspects = find_label_errors(articles, opinions)[:limit]
    tasks = doctor_tasks(articles, suspects)
    write_whole(output, stable_json(tasks, indent=1) + "\n")
    console = Console(highlight=False, stderr=as_json)
    if as_json:
        tree = {
            "articles": len(opinions),
            "unread": len(articles) - len(opinions),
            "suspects": [asdict(one) for one in suspects],
        }
        typer.echo(json.dumps(tree, ensure_ascii=False, indent=1))
    elif suspects:
        console.print(_table(suspects[:SHOWN], articles))
    unread = len(articles) - len(opinions)
    left = f"; {unread} articles not looked at: no prediction that has not seen them" if unread else ""
    console.print(
        f"{len(suspects)} suspects, {len(tasks)} tasks in {output}{left}", markup=False, soft_wrap=True
    )
    send_to(project, url, tasks, console)


def _table(suspects: Sequence[Suspect], articles: Sequence[AnnotatedArticle]) -> Table:
    from ie_model.labelstudio.doctor import reason

    texts = {article.id: article.text for article in articles}
    table = Table("score", "article", "place", "what", "why", box=None)
    for one in suspects:
        why = Text(reason(one, texts[one.article]))
        table.add_row(f"{one.score:.2f}", Text(one.article), f"{one.start}:{one.end}", one.kind, why)
    return table
