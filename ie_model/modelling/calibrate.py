"""Fit what confidence means, on articles that the model did not train on.

Weights of each label for mentions (:mod:`ie_model.tagging.confidence`), two numbers for records
(:mod:`ie_model.tagging.calibration`). How far they can be trusted is measured by cross-fitting: the articles
are parted, and the confidences of each part are mapped by weights that were fitted on the other parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    mention_map = _fit_mentions(mentions)
    # A record's confidence is made of its mentions' calibrated ones: those come first.
    extractor.tagger.set_calibration(mention_map)
    extractions = extractor.extract_many([Article(id=a.id, text=a.text) for a in articles])
    records = [record_outcomes(gold, found) for gold, found in zip(articles, extractions, strict=True)]
    confidence = Confidence(mentions=_cross_fitted_mentions(mentions), records=_cross_fitted_records(records))
    fitted = _fit_records(records)
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


def _fit_mentions(articles: Sequence[Sequence[Judged]]) -> SpanCalibration:
    flat = [judged for article in articles for judged in article]
    return fit_spans([judged.found for judged in flat], [judged.right for judged in flat])


def _fit_records(articles: Sequence[Sequence[Outcome]]) -> Calibration:
    flat = [outcome for article in articles for outcome in article]
    return fit_calibration([one.confidence for one in flat], [one.right for one in flat])


def _cross_fitted_mentions(articles: Sequence[Sequence[Judged]]) -> Reliability | None:
    """Return the reliability of confidences of each part that were fitted on the other parts."""
    mapped: list[Outcome] = []
    for others, own in _parts(articles):
        fitted = _fit_mentions(others)
        mapped += [Outcome(fitted(one.found), one.right) for article in own for one in article]
    return reliability(mapped)


def _cross_fitted_records(articles: Sequence[Sequence[Outcome]]) -> Reliability | None:
    mapped: list[Outcome] = []
    for others, own in _parts(articles):
        fitted = _fit_records(others)
        mapped += [Outcome(fitted(one.confidence), one.right) for article in own for one in article]
    return reliability(mapped)


def _parts(
    articles: Sequence[Sequence[Answer]],
) -> Iterator[tuple[list[Sequence[Answer]], list[Sequence[Answer]]]]:
    """Yield the articles outside and inside of each part."""
    for part in range(PARTS):
        outside = [article for place, article in enumerate(articles) if place % PARTS != part]
        yield outside, list(articles[part::PARTS])
