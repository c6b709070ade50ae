"""Fit what confidence means, on articles that the model did not train on.

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


class Judged(NamedTuple):
    """A mention as the tagger weighs it, and whether it is exactly right."""

    found: WeighedSpan
    right: bool


def calibrate(extractor: Extractor, articles: Sequence[AnnotatedArticle]) -> Calibrations:
    """Return the weights for mentions and for records.

    Args:
        extractor: With no calibration of its own, so that its confidences are raw.
        articles: Unseen in training.
    """
    spans = extractor.tagger.spans([article.text for article in articles])
    mentions = [judge(gold, found) for gold, found in zip(articles, spans, strict=True)]
    mention_map = _fit_mentions(_flat(mentions))
    # A record's confidence is made of its mentions' calibrated ones: those come first.
    extractor.tagger.set_calibration(mention_map)
    extractions = extractor.extract_many([Article(id=a.id, text=a.text) for a in articles])
    records = [record_outcomes(gold, found) for gold, found in zip(articles, extractions, strict=True)]
    confidence = Confidence(
        mentions=_cross_fitted(mentions, _mention_map), records=_cross_fitted(records, _record_map)
    )
    fitted = _fit_records(_flat(records))
    return Calibrations(
        {label: tuple(round(one, DIGITS) for one in own) for label, own in mention_map.weights.items()},
        CalibrationWeights(slope=round(fitted.slope, DIGITS), offset=round(fitted.offset, DIGITS)),
        confidence,
    )


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
