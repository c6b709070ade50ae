"""Fit what confidence means, on articles that the model did not train on.

A mention is right when label, start and end are those of a gold mention; a record when its quantity spans
and its institution names are those of a gold record (the scores' own definitions).
"""

from __future__ import annotations

from collections.abc import Sequence

from ie_model.corpus.model import AnnotatedArticle
from ie_model.extractor import Extractor
from ie_model.model_folder import CalibrationWeights
from ie_model.persian.folding import name_key
from ie_model.schema import Article, Extraction
from ie_model.tagging.calibration import Calibration, fit_calibration

RecordKey = tuple[frozenset[tuple[int, int]], frozenset[str]]


def calibrate(
    extractor: Extractor, articles: Sequence[AnnotatedArticle]
) -> tuple[CalibrationWeights, CalibrationWeights]:
    """Return the weights for mentions and for records.

    Args:
        extractor: With no calibration of its own, so that its confidences are raw.
        articles: Unseen in training.
    """
    mention_pairs: list[tuple[float, bool]] = []
    texts = [article.text for article in articles]
    for gold, spans in zip(articles, extractor.tagger.spans(texts), strict=True):
        expected = {(mention.label, mention.start, mention.end) for mention in gold.mentions}
        mention_pairs += [(span.confidence, (span.label, span.start, span.end) in expected) for span in spans]
    mention_weights = _weights(mention_pairs)
    # A record's confidence is made of its mentions' calibrated ones: those come first.
    extractor.tagger.set_calibration(Calibration(mention_weights.slope, mention_weights.offset))
    extractions = extractor.extract_many([Article(id=a.id, text=a.text) for a in articles])
    record_pairs = [
        pair for gold, found in zip(articles, extractions, strict=True) for pair in _record_pairs(gold, found)
    ]
    return mention_weights, _weights(record_pairs)


def _weights(pairs: Sequence[tuple[float, bool]]) -> CalibrationWeights:
    fitted = fit_calibration([confidence for confidence, _ in pairs], [right for _, right in pairs])
    return CalibrationWeights(slope=round(fitted.slope, 6), offset=round(fitted.offset, 6))


def _record_pairs(gold: AnnotatedArticle, found: Extraction) -> list[tuple[float, bool]]:
    expected = {
        _key(
            [(gold.mention_by_id[i].start, gold.mention_by_id[i].end) for i in record.quantities],
            [gold.mention_by_id[i].text for i in record.institutions],
        )
        for record in gold.records
    }
    mentions = {mention.id: mention for mention in found.mentions}
    return [
        (
            record.confidence,
            _key(
                [(mentions[i].start, mentions[i].end) for i in record.quantities],
                [mentions[i].text for i in record.institutions],
            )
            in expected,
        )
        for record in found.records
        if record.confidence is not None
    ]


def _key(spans: Sequence[tuple[int, int]], names: Sequence[str]) -> RecordKey:
    return frozenset(spans), frozenset(map(name_key, names))
