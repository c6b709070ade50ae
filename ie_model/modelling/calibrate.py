"""Fit what confidence means, on articles that the model did not train on.

In cross-validation the articles of all folds are fitted together, each as the model that has not seen it
reads it.

Weights of each label for mentions (:mod:`ie_model.tagging.confidence`), two numbers for records
(:mod:`ie_model.tagging.calibration`). How far they can be trusted is measured by cross-fitting: the articles
are parted, and the confidences of each part are mapped by weights that were fitted on the other parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, TypeVar

from ie_model.corpus.model import AnnotatedArticle
from ie_model.evaluation.facts import LabelledSpan, gold_facts
from ie_model.evaluation.reliability import (
    Confidence,
    Outcome,
    Reliability,
    record_outcomes,
    reliability,
)
from ie_model.extractor import Extractor
from ie_model.model_folder import CalibrationWeights
from ie_model.schema import Article
from ie_model.tagging.calibration import Calibration, fit_calibration
from ie_model.tagging.confidence import SpanCalibration, fit_spans
from ie_model.tagging.grammar import WeighedSpan

#: Parts of the cross-fitting.
PARTS: Final = 5
#: Decimal places of the weights that are written.
DIGITS: Final = 6

Answer = TypeVar("Answer")


class Calibrations(NamedTuple):
    """Fitted weights, and how far such confidences can be trusted by cross-fitting.

    The records' raw confidences, unlike the mentions', hold what was fitted on all articles: the weights by
    which mentions were calibrated.
    """

    mentions: dict[str, tuple[float, ...]]
    records: CalibrationWeights
    confidence: Confidence


class Unseen(NamedTuple):
    """Articles, and how to open the model that did not train on them (it is not kept open)."""

    open: Callable[[], Extractor]
    articles: Sequence[AnnotatedArticle]


class Judged(NamedTuple):
    """A mention as the tagger weighs it, and whether it is exactly right."""

    found: WeighedSpan
    right: bool


def calibrate(parts: Sequence[Unseen]) -> Calibrations:
    """Return the weights for mentions and for records.

    Args:
        parts: Articles with extractors that have no calibration of their own: their confidences are raw.
    """
    mentions = [one for part in parts for one in _mentions(part)]
    mention_map = _fit_mentions(_flat(mentions))
    # A record's confidence is made of its mentions' calibrated ones: those come first.
    records = [one for part in parts for one in _records(part, mention_map)]
    confidence = Confidence(
        mentions=_cross_fitted(mentions, _mention_map), records=_cross_fitted(records, _record_map)
    )
    fitted = _fit_records(_flat(records))
    return Calibrations(
        {label: tuple(round(one, DIGITS) for one in own) for label, own in mention_map.weights.items()},
        CalibrationWeights(slope=round(fitted.slope, DIGITS), offset=round(fitted.offset, DIGITS)),
        confidence,
    )


def _mentions(part: Unseen) -> list[list[Judged]]:
    spans = part.open().tagger.spans([article.text for article in part.articles])
    return [judge(gold, found) for gold, found in zip(part.articles, spans, strict=True)]


def _records(part: Unseen, mention_map: SpanCalibration) -> list[list[Outcome]]:
    extractor = part.open()
    extractor.tagger.set_calibration(mention_map)
    found = extractor.extract_many([Article(id=a.id, text=a.text) for a in part.articles])
    return [record_outcomes(gold, one) for gold, one in zip(part.articles, found, strict=True)]


def judge(gold: AnnotatedArticle, spans: Sequence[WeighedSpan]) -> list[Judged]:
    """Return every span with its truth."""
    expected = set(gold_facts(gold).mentions)
    return [
        Judged(one, LabelledSpan(one.span.label, one.span.start, one.span.end) in expected) for one in spans
    ]


def _fit_mentions(mentions: Sequence[Judged]) -> SpanCalibration:
    return fit_spans([one.found for one in mentions], [one.right for one in mentions])


def _fit_records(records: Sequence[Outcome]) -> Calibration:
    return fit_calibration([one.confidence for one in records], [one.right for one in records])


def _cross_fitted(
    articles: Sequence[Sequence[Answer]], fit: Callable[[list[Answer]], Callable[[Answer], Outcome]]
) -> Reliability | None:
    """Return the reliability of the answers, each mapped by what was fitted on other parts.

    Args:
        articles: The answers of each article.
        fit: Returns the map that is fitted on some answers.
    """
    mapped: list[Outcome] = []
    for part in range(PARTS):
        outside = [article for place, article in enumerate(articles) if place % PARTS != part]
        sure = fit(_flat(outside))
        mapped += map(sure, _flat(articles[part::PARTS]))
    return reliability(mapped)


def _mention_map(mentions: Sequence[Judged]) -> Callable[[Judged], Outcome]:
    fitted = _fit_mentions(mentions)
    return lambda one: Outcome(fitted(one.found), one.right)


def _record_map(records: Sequence[Outcome]) -> Callable[[Outcome], Outcome]:
    fitted = _fit_records(records)
    return lambda one: Outcome(fitted(one.confidence), one.right)


def _flat(articles: Iterable[Sequence[Answer]]) -> list[Answer]:
    return [answer for article in articles for answer in article]
