"""The evaluation report for people: rich tables, scores to three digits."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ie_model.evaluation.reliability import Reliability
from ie_model.evaluation.report import Accuracy, EvaluationReport, MentionScores, Score

_NONE = "–"


def report_tables(report: EvaluationReport) -> Group:
    """Return ``report`` as tables under a line that says what was measured on what."""
    parts: list[RenderableType] = [Text(_headline(report))]
    if not report.given_mentions:
        either = report.mentions.amount_or_target
        parts += [
            _mention_table("Mentions, strict", report.mentions.strict, either.strict if either else None),
            _mention_table(
                "Mentions, overlapping", report.mentions.overlap, either.overlap if either else None
            ),
        ]
    parts += [_value_table(report), _link_table(report)]
    if report.slices:
        parts.append(_slice_table(report))
    if report.confidence is not None:
        kinds = {"mentions": report.confidence.mentions, "records": report.confidence.records}
        parts += [_confidence_table(kind, one) for kind, one in kinds.items() if one is not None]
    return Group(*parts)


def _headline(report: EvaluationReport) -> str:
    model = f"{report.model.name} {report.model.version}, " if report.model else ""
    given = ", gold mentions given" if report.given_mentions else ""
    level = f"{report.interval_level:.0%} intervals over articles"
    corpus = f", corpus {report.corpus_fingerprint[:12]}" if report.corpus_fingerprint else ""
    return f"{model}{report.articles} articles{corpus}{given}; {level}"


def _mention_table(title: str, scores: MentionScores, either: Score | None) -> Table:
    table = _table(title, "label")
    for label, score in scores.labels.items():
        table.add_row(label, *_cells(score))
    table.add_section()
    table.add_row("micro", *_cells(scores.micro))
    table.add_row("macro", *_cells(scores.macro))
    if either is not None:
        table.add_section()
        table.add_row("AMOUNT or TARGET", *_cells(either))
    return table


def _slice_table(report: EvaluationReport) -> Table:
    table = _table("Mentions of parts, strict", "part")
    for name, score in report.slices.items():
        table.add_row(name, *_cells(score))
    return table


def _link_table(report: EvaluationReport) -> Table:
    table = _table("Links and records", "kind")
    for kind, score in report.links.items():
        table.add_row(kind, *_cells(score))
    table.add_row("record exact", *_cells(report.records))
    return table


def _value_table(report: EvaluationReport) -> Table:
    table = Table("label", title="Values of quantities found exactly", title_justify="left", box=None)
    for column in ("accuracy", "interval", "support"):
        table.add_column(column, justify="right")
    rows = [*report.values.labels.items(), ("all", report.values.all)]
    for label, accuracy in rows:
        table.add_row(label, _shown(accuracy.accuracy), _shown_interval(accuracy), str(accuracy.support))
    return table


def _confidence_table(kind: str, reliability: Reliability) -> Table:
    title = f"Confidence of {kind} (calibration error {_shown(reliability.error)})"
    table = Table("confidence", title=title, title_justify="left", box=None)
    for column in ("mean", "right", "answers"):
        table.add_column(column, justify="right")
    for one in reliability.bins:
        share = _shown(one.confidence), _shown(one.right), str(one.answers)
        table.add_row(f"{one.low:.1f}–{one.high:.1f}", *share)
    return table


def _table(title: str, first: str) -> Table:
    table = Table(first, title=title, title_justify="left", box=None)
    for column in ("precision", "recall", "F1", "interval", "support", "predicted"):
        table.add_column(column, justify="right")
    return table


def _cells(score: Score) -> list[str]:
    scores = [_shown(score.precision), _shown(score.recall), _shown(score.f1)]
    return [*scores, _shown_interval(score), str(score.support), str(score.predicted)]


def _shown(score: float | None) -> str:
    return _NONE if score is None else f"{score:.3f}"


def _shown_interval(score: Score | Accuracy) -> str:
    return _NONE if score.low is None else f"{_shown(score.low)}–{_shown(score.high)}"
