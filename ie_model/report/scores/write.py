"""Write the score page, and beside it, where a folder is named, its plots, scores and mistakes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from ie_model.corpus.model import AnnotatedArticle
from ie_model.errors import IeModelError
from ie_model.evaluation.confusion import Confusion, confusion_of
from ie_model.evaluation.learning import CurvePoint
from ie_model.evaluation.mistakes import Mistake, write_mistakes
from ie_model.evaluation.report import Accuracy, EvaluationReport, Score
from ie_model.files import write_whole
from ie_model.report.scores import figures
from ie_model.report.scores.browser import ErrorBrowser
from ie_model.report.scores.page import ScorePage
from ie_model.report.scores.surfaces import frequent_surfaces
from ie_model.schema import Extraction

PAGE: Final = "scores.html"
SCORES: Final = "scores.json"
MISTAKES: Final = "mistakes.jsonl"
PLOTS: Final = "plots"
_SUFFIXES: Final = {".html", ".htm"}


def check_report_path(path: Path) -> None:
    """Check, before long work, that ``path`` can be a page or a folder, and that plots can be drawn.

    Raises:
        IeModelError: It names a file that is no page.
        MissingExtraError: See :func:`ie_model.report.scores.figures.require_plots`.
    """
    if path.suffix.lower() not in _SUFFIXES and not path.is_dir() and (path.suffix or path.exists()):
        raise IeModelError(
            "a report is a page or a folder",
            where=f"--report {path}",
            found=f"a file ending in {path.suffix or 'nothing'}",
            expected="a file ending in .html, or a folder",
        )
    if path.is_dir() and path.suffix.lower() in _SUFFIXES:
        raise IeModelError("a folder stands in the page's place", where=f"--report {path}")
    figures.require_plots()


def write_scores(
    path: Path,
    report: EvaluationReport,
    articles: Sequence[AnnotatedArticle],
    predicted: Mapping[str, Extraction],
    mistakes: Sequence[Mistake],
    *,
    curve: Mapping[str, Sequence[CurvePoint]] | None = None,
) -> Path:
    """Write the score page and return where it lies.

    Args:
        path: A file ending in ``.html``: the page alone. Anything else is a folder, made if need be: the
            page, the plots as PNG, the report as JSON and all mistakes as JSON Lines.
        report: The scores.
        articles: Gold, as measured.
        predicted: Extractions by article id.
        mistakes: What :func:`ie_model.evaluation.mistakes.find_mistakes` found in them.
        curve: Points of a learning curve by series (:mod:`ie_model.evaluation.learning`).

    Raises:
        OutputError: A file cannot be written.
        MissingExtraError: matplotlib is missing or too old.
    """
    figures.require_plots()
    confusion = None
    if not report.given_mentions:
        confusion = confusion_of(articles, predicted, labels=tuple(report.mentions.strict.labels))
    drawn = draw_figures(report, confusion, mistakes, curve or {})
    page = ScorePage(report, confusion, ErrorBrowser(articles, predicted, mistakes), curve or {}, drawn)
    html = "".join(page.render())
    if path.suffix.lower() in _SUFFIXES:
        write_whole(path, html)
        return path
    for name, png in drawn.items():
        write_whole(path / PLOTS / f"{name}.png", png)
    write_whole(path / SCORES, json.dumps(report.to_json(), ensure_ascii=False, indent=1) + "\n")
    write_mistakes(mistakes, path / MISTAKES)
    write_whole(path / PAGE, html)  # last: who sees the page has all it was made with
    return path / PAGE


def draw_figures(
    report: EvaluationReport,
    confusion: Confusion | None,
    mistakes: Sequence[Mistake],
    curve: Mapping[str, Sequence[CurvePoint]],
) -> dict[str, bytes]:
    """Return the plots that there is something for, as PNG by name (:data:`page.FIGURES`)."""
    drawn = {"scores": figures.score_figure(_headline(report), "Scores by label and kind")}
    if confusion is not None:
        drawn["confusion"] = figures.confusion_figure(confusion)
    if report.confidence is not None and (report.confidence.mentions or report.confidence.records):
        drawn["reliability"] = figures.reliability_figure(report.confidence)
    if curve:
        drawn["curve"] = figures.curve_figure(curve)
    if report.slices:
        drawn["slices"] = figures.score_figure(report.slices, "Mentions of parts of the corpus, strict")
    if surfaces := frequent_surfaces(mistakes):
        drawn["surfaces"] = figures.surface_figure(surfaces)
    return drawn


def _headline(report: EvaluationReport) -> dict[str, Score | Accuracy]:
    strict = report.mentions.strict
    mentions: dict[str, Score | Accuracy] = (
        {} if report.given_mentions else {**strict.labels, "all mentions": strict.micro}
    )
    return {
        **mentions,
        "values (share right)": report.values.all,
        **{f"links {kind}": score for kind, score in report.links.items()},
        "records": report.records,
    }
