"""``ie-model evaluate``: a model measured on annotated articles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from ie_model.cli.options import AsJson, Quiet, print_json
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.splits import load_folds, split
from ie_model.corpus.store import load_corpus
from ie_model.errors import IeModelError
from ie_model.evaluation.evaluate import predict_articles, report_on, trained_on
from ie_model.evaluation.learning import CurvePoint, read_curve
from ie_model.evaluation.mistakes import find_mistakes, write_mistakes
from ie_model.evaluation.report import EvaluationReport
from ie_model.evaluation.tables import report_tables
from ie_model.loading import ModelSource
from ie_model.report.scores.write import check_report_path, write_scores

#: Article ids that a warning names; the report holds all.
SHOWN_IDS = 5


def evaluate(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A model or release folder, or rules for the baseline.")
    ],
    data: Annotated[
        list[Path],
        typer.Argument(
            metavar="DATA...", help="Folders of Label Studio tasks, .json exports, gold .jsonl files."
        ),
    ],
    *,
    folds: Annotated[
        Path | None, typer.Option("--folds", help="JSON file that maps article id to fold; with --fold.")
    ] = None,
    fold: Annotated[
        int | None, typer.Option("--fold", min=0, help="Measure on the articles of this fold only.")
    ] = None,
    given_mentions: Annotated[
        bool,
        typer.Option("--given-mentions", help="Give the model the gold mentions: values and links alone."),
    ] = False,
    errors: Annotated[
        Path | None, typer.Option("--errors", help="Write every mistake, with its text, to this .jsonl file.")
    ] = None,
    report_to: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE.html or FOLDER",
            help="Write a page of scores, plots and mistakes; into a folder also the plots as PNG.",
        ),
    ] = None,
    curve: Annotated[
        list[Path] | None,
        typer.Option(
            "--curve",
            metavar="PATH",
            help="A point of the report's learning curve: a trained model or cross-validation. Repeat it.",
        ),
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Measure a model: mention, value, link and record scores with intervals.

    Example: ie-model evaluate model annotations --report scores.html
    """
    points = _check_outputs(errors, report_to, curve or [])
    articles = load_gold(data, folds, fold)
    extractor = ModelSource(model).load()
    with _progress(len(articles), quiet) as advance:
        predicted = predict_articles(extractor, articles, given_mentions=given_mentions, progress=advance)
    report = report_on(
        articles,
        predicted,
        model=extractor.info,
        given_mentions=given_mentions,
        trained_on=trained_on(extractor),
    )
    if as_json:
        print_json(report.to_json())
    else:
        Console().print(report_tables(report))
    console = Console(stderr=True)
    _warn(console, report)
    mistakes = list(find_mistakes(articles, predicted)) if errors or report_to else []
    if errors is not None:
        kinds = write_mistakes(mistakes, errors)
        shown = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()) or "none"
        console.print(Text(f"Mistakes: {shown} → {errors}"))
    if report_to is not None:
        page = write_scores(report_to, report, articles, predicted, mistakes, curve=points)
        console.print(Text(f"Report → {page}"))


def _check_outputs(
    errors: Path | None, report_to: Path | None, curve: Sequence[Path]
) -> dict[str, list[CurvePoint]]:
    """Check before the long work what is written after it, and return the points of the learning curve."""
    if errors is not None and errors.is_dir():
        raise IeModelError("the list of mistakes is a file", where=f"--errors {errors}", found="a folder")
    if curve and report_to is None:
        raise IeModelError(
            "a learning curve is part of a report",
            where="--curve",
            found="no --report",
            mend="For example: --report scores.html",
        )
    if report_to is not None:
        check_report_path(report_to)
    return read_curve(curve)


def load_gold(data: Sequence[Path], folds: Path | None, fold: int | None) -> list[AnnotatedArticle]:
    """Return the articles to measure on: all of ``data``, or those of one fold.

    Raises:
        CorpusError: The data or the folds cannot be read, or the fold is empty.
        IeModelError: Only one of ``folds`` and ``fold`` is given.
    """
    if (folds is None) != (fold is None):
        raise IeModelError(
            "--folds and --fold go together",
            found="--folds alone" if fold is None else "--fold alone",
            mend="For example: --folds annotations/folds.json --fold 0",
        )
    articles = load_corpus(data)
    if folds is None:
        return articles
    return split(articles, load_folds([folds]), fold)[1]


def _warn(console: Console, report: EvaluationReport) -> None:
    if report.seen_in_training:
        console.print(
            Text(
                f"Warning: the model was trained on {len(report.seen_in_training)} of these "
                f"{report.articles} articles ({_some(report.seen_in_training)}): "
                "the scores are too good. Measure on articles it has not seen (--folds, --fold)."
            )
        )
    if report.missing:
        console.print(
            Text(f"Warning: no extraction of {len(report.missing)} articles ({_some(report.missing)})")
        )


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:SHOWN_IDS]) + (", …" if len(ids) > SHOWN_IDS else "")


@contextmanager
def _progress(articles: int, quiet: bool) -> Iterator[Callable[[int], None]]:
    console = Console(stderr=True)
    columns = TextColumn("evaluate"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("evaluate", total=articles)
        yield lambda done: bar.update(task, advance=done)
