"""Learning curves: scores against the number of articles that a model was trained on.

The points are those of models that were trained with more and more articles (``data.limit``) and measured on
the same held-out ones. What training already writes is read: the ``metrics.json`` of a trained model, or of a
cross-validation, whose number of articles is the mean over its folds. A JSON file may also hold the points
themselves, of whatever experiment: a list of objects ``{"series": …, "articles": …, "score": …}`` with, if
known, ``low`` and ``high``, the ends of the interval.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import Field, TypeAdapter, ValidationError

from ie_model.errors import IeModelError
from ie_model.evaluation.reliability import ReportPart
from ie_model.evaluation.report import Accuracy, EvaluationReport, Score

METRICS: Final = "metrics.json"
_EXPECTED: Final = "the folder or metrics.json of a trained model or cross-validation, or a list of points"


class CurvePoint(ReportPart):
    """One score of one model; ``low`` and ``high`` are the ends of its interval, where it is known."""

    series: str
    articles: float = Field(gt=0)
    score: float = Field(ge=0, le=1)
    low: float | None = None
    high: float | None = None


def read_curve(paths: Iterable[Path]) -> dict[str, list[CurvePoint]]:
    """Return the points of every series, in the order of their articles.

    Args:
        paths: See the module's text.

    Raises:
        IeModelError: One cannot be read, or holds no scores on held-out articles.
    """
    series: dict[str, list[CurvePoint]] = {}
    for path in paths:
        for point in _points(path):
            series.setdefault(point.series, []).append(point)
    return {name: sorted(points, key=lambda point: point.articles) for name, points in series.items()}


def _points(path: Path) -> list[CurvePoint]:
    file = path / METRICS if path.is_dir() else path
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(held, list):
            return TypeAdapter(list[CurvePoint]).validate_python(held)
        return list(_points_of(held, file.parent))
    except OSError as error:
        raise _refused(path, error.strerror or str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        raise _refused(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (ValueError, LookupError, TypeError) as error:
        raise _refused(path, f"{type(error).__name__}: {str(error).splitlines()[0]}") from error


def _refused(path: Path, found: str) -> IeModelError:
    return IeModelError(
        "no point of a learning curve can be read", where=str(path), found=found, expected=_EXPECTED
    )


def _points_of(metrics: Mapping[str, Any], folder: Path) -> Iterator[CurvePoint]:
    if metrics["held_out"] is None:
        raise ValueError("it was measured on no held-out article")
    report = EvaluationReport.model_validate(metrics["held_out"])
    articles = _trained_articles(metrics, folder)
    scores: dict[str, Score | Accuracy] = {
        "mentions": report.mentions.strict.micro,
        "values": report.values.all,
        "links with": report.links["with"],
        "links by": report.links["by"],
        "records": report.records,
    }
    for name, score in scores.items():
        shown = score.accuracy if isinstance(score, Accuracy) else score.f1
        if shown is not None:
            yield CurvePoint(series=name, articles=articles, score=shown, low=score.low, high=score.high)


def _trained_articles(metrics: Mapping[str, Any], folder: Path) -> float:
    if "training" in metrics:
        return int(metrics["training"]["articles"])
    own = [folder / f"fold-{fold}" / METRICS for fold in metrics["folds"]]
    counts = [json.loads(file.read_text(encoding="utf-8"))["training"]["articles"] for file in own]
    return statistics.fmean(counts)
