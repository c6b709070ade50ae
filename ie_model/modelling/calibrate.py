"""Fit what confidence means, on articles that the model did not train on.

Two numbers for mentions, two for records (:mod:`ie_model.tagging.calibration`). How far they can be trusted
is measured by cross-fitting: the articles are parted, and the confidences of each part are mapped by weights
that were fitted on the other parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

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
from ie_model.tagging.decoding import TaggedSpan

#: Parts of the cross-fitting.
PARTS: Final = 5


class Calibrations(NamedTuple):
    """Fitted weights, and how far such confidences can be trusted by cross-fitting.

    The records' raw confidences, unlike the mentions', hold what was fitted on all articles: the two weights
    by which mentions were calibrated.
    """

    mentions: CalibrationWeights
    records: CalibrationWeights
    confidence: Confidence


def calibrate(extractor: Extractor, articles: Sequence[AnnotatedArticle]) -> Calibrations:
    """Return the weights for mentions and for records.

    Args:
        extractor: With no calibration of its own, so that its confidences are raw.
        articles: Unseen in training.
    """
    spans = extractor.tagger.spans([article.text for article in articles])
    mentions = [span_outcomes(gold, found) for gold, found in zip(articles, spans, strict=True)]
    mention_map = _fit(mentions)
    # A record's confidence is made of its mentions' calibrated ones: those come first.
    extractor.tagger.set_calibration(mention_map)
    extractions = extractor.extract_many([Article(id=a.id, text=a.text) for a in articles])
    records = [record_outcomes(gold, found) for gold, found in zip(articles, extractions, strict=True)]
    confidence = Confidence(mentions=_cross_fitted(mentions), records=_cross_fitted(records))
    return Calibrations(_weights(mention_map), _weights(_fit(records)), confidence)


def span_outcomes(gold: AnnotatedArticle, spans: Sequence[TaggedSpan]) -> list[Outcome]:
    """Return the decoder's own confidence in every span, not rounded as a mention's is, and its truth."""
    expected = set(gold_facts(gold).mentions)
    return [
        Outcome(span.confidence, LabelledSpan(span.label, span.start, span.end) in expected) for span in spans
    ]


def _fit(outcomes: Sequence[Sequence[Outcome]]) -> Calibration:
    flat = [outcome for article in outcomes for outcome in article]
    return fit_calibration([one.confidence for one in flat], [one.right for one in flat])


def _cross_fitted(outcomes: Sequence[Sequence[Outcome]]) -> Reliability | None:
    """Return the reliability of raw confidences, each article's mapped by a fit on other parts."""
    mapped: list[Outcome] = []
    for part in range(PARTS):
        fitted = _fit([article for place, article in enumerate(outcomes) if place % PARTS != part])
        for article in outcomes[part::PARTS]:
            mapped += [Outcome(fitted(one.confidence), one.right) for one in article]
    return reliability(mapped)


def _weights(fitted: Calibration) -> CalibrationWeights:
    return CalibrationWeights(slope=round(fitted.slope, 6), offset=round(fitted.offset, 6))
