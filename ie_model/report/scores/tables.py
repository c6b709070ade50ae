"""The figures of the page as tables: every number that a plot draws stands in one of them too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ie_model.evaluation.confusion import NONE, Confusion
from ie_model.evaluation.learning import CurvePoint
from ie_model.evaluation.reliability import Reliability
from ie_model.evaluation.report import Accuracy, EvaluationReport, MentionScores, Score
from ie_model.report.markup import Safe, element

_NOTHING: Final = "–"
_SCORE_HEADS: Final = ("precision", "recall", "F1", "95 % interval", "support", "predicted")
_BAR: Final = 1000
"""Width of the drawing of an interval in its own units; a score of 1 is at its end."""


def headline(report: EvaluationReport) -> Safe:
    """Return the scores to look at first, each with its interval drawn."""
    micro = report.mentions.strict.micro
    scores: dict[str, Score | Accuracy] = {} if report.given_mentions else {"Mentions": micro}
    scores |= {
        "Values": report.values.all,
        "Links: same fact": report.links["with"],
        "Links: whose": report.links["by"],
        "Records": report.records,
    }
    notes = {"Mentions": "strict F1", "Values": "read right, of those found", "Records": "exact F1"}
    cards = [_card(name, score, notes.get(name, "F1")) for name, score in scores.items()]
    return element("ul", *cards, class_="cards")


def _card(name: str, score: Score | Accuracy, note: str) -> Safe:
    value = score.accuracy if isinstance(score, Accuracy) else score.f1
    return element(
        "li",
        element("h3", name),
        element("strong", shown(value)),
        element("span", note, class_="note"),
        element("span", f"{interval(score)}, support {score.support}"),
        _drawn(value, score.low, score.high),
    )


def _drawn(value: float | None, low: float | None, high: float | None) -> Safe | None:
    if value is None or low is None or high is None:
        return None
    left, right, middle = (round(end * _BAR) for end in (low, high, value))
    return element(
        "svg",
        element("rect", class_="track", x=0, y=4, width=_BAR, height=4),
        element("rect", class_="range", x=left, y=1, width=max(1, right - left), height=10),
        element("rect", class_="point", x=max(0, middle - 4), y=0, width=8, height=12),
        viewBox=f"0 0 {_BAR} 12",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def mention_table(caption: str, scores: MentionScores, either: Score | None) -> Safe:
    """Return the scores of mentions by label; ``either`` is AMOUNT or TARGET as one label."""
    rows = [*scores.labels.items(), ("micro", scores.micro), ("macro", scores.macro)]
    rows += [("AMOUNT or TARGET", either)] if either is not None else []
    return score_table(caption, "label", rows)


def score_table(caption: str, first: str, rows: Iterable[tuple[str, Score]]) -> Safe:
    """Return one row a score."""
    cells = [
        (
            name,
            shown(score.precision),
            shown(score.recall),
            shown(score.f1),
            interval(score),
            f"{score.support}",
            f"{score.predicted}",
        )
        for name, score in rows
    ]
    return table(caption, (first, *_SCORE_HEADS), cells)


def value_table(report: EvaluationReport) -> Safe:
    """Return how many values were read right, by label."""
    rows = [*report.values.labels.items(), ("all", report.values.all)]
    cells = [(name, shown(one.accuracy), interval(one), f"{one.support}") for name, one in rows]
    heads = ("label", "accuracy", "95 % interval", "support")
    return table("Values of quantities found exactly", heads, cells)


def confusion_table(confusion: Confusion) -> Safe:
    """Return the confusion matrix."""
    rows = [
        (head, *(f"{count}" for count in row)) if head != NONE else (head, *map(str, row[:-1]), _NOTHING)
        for head, row in zip(confusion.heads, confusion.counts, strict=True)
    ]
    return table("Gold label (row) and predicted label (column)", ("gold", *confusion.heads), rows)


def reliability_table(kind: str, reliability: Reliability) -> Safe:
    """Return confidence against truth, bin by bin."""
    rows = [
        (f"{one.low:.1f}–{one.high:.1f}", shown(one.confidence), shown(one.right), f"{one.answers}")
        for one in reliability.bins
    ]
    caption = f"Confidence of {kind}: calibration error (ECE) {shown(reliability.error)}"
    return table(caption, ("confidence", "mean", "share right", "answers"), rows)


def curve_table(curve: Mapping[str, Sequence[CurvePoint]]) -> Safe:
    """Return the points of the learning curve."""
    rows = [
        (name, f"{point.articles:g}", shown(point.score), interval(point))
        for name, points in curve.items()
        for point in points
    ]
    return table("Scores by articles trained on", ("score", "articles", "value", "95 % interval"), rows)


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Safe:
    """Return a table whose first column names its rows."""
    return element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *(element("th", head, scope="col") for head in heads))),
        element(
            "tbody",
            *(
                element("tr", element("th", name, scope="row"), *(element("td", cell) for cell in cells))
                for name, *cells in rows
            ),
        ),
    )


def shown(score: float | None) -> str:
    """Return a score to three digits."""
    return _NOTHING if score is None else f"{score:.3f}"


def interval(score: Score | Accuracy | CurvePoint) -> str:
    """Return the ends of an interval."""
    if score.low is None or score.high is None:
        return _NOTHING
    return f"{shown(score.low)}–{shown(score.high)}"
