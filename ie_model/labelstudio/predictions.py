"""An extraction as a Label Studio prediction: what annotators see before they begin.

Regions, values and relations are written in the form of the corpus, so that accepting a prediction as it
is gives an annotated article with the extraction's records. A record becomes a chain of ``with``
relations through its quantities in text order, and a ``by`` relation from its first quantity to each
of its institutions: the fewest lines that draw it, as in the corpus. The price: to take the first
quantity out of a record, an annotator has to draw its ``by`` lines anew.

Nothing here reads a file or a server. The same extraction gives the same prediction, ids and all.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from ie_model.corpus.labelstudio_json import READ_FROM, results_from_article
from ie_model.corpus.model import AnnotatedArticle, GoldMention, GoldRecord, GoldValue, relations_of_records
from ie_model.schema import Extraction, Mention, ModelInfo


def model_version(info: ModelInfo) -> str:
    """Return what Label Studio shows as a prediction's model version; another release has another."""
    return f"{info.name} {info.version}"


def prediction_from_extraction(extraction: Extraction, version: str | None = None) -> dict[str, Any]:
    """Return ``extraction`` as one entry of a task's ``predictions``, or of an ML backend's ``results``.

    Regions carry the mention's confidence as ``score``; the prediction carries the mean of them. Both are
    left out where the model gives none. A value names the text that it was read from, so that it does not
    outlive a region that an annotator moves.

    Args:
        extraction: Its offsets are half-open code points, as Label Studio's.
        version: Shown as ``model_version``; by default :func:`model_version` of the extraction's model.

    Raises:
        CorpusError: A quantity has a value beside its range.
    """
    confidence = {mention.id: mention.confidence for mention in extraction.mentions}
    results = results_from_article(article_from_extraction(extraction))
    for result in results:
        if (score := confidence.get(result.get("id", ""))) is not None:
            result["score"] = score
        if "meta" in result:
            result["meta"][READ_FROM] = result["value"]["text"]
    prediction: dict[str, Any] = {
        "model_version": model_version(extraction.model) if version is None else version,
        "result": results,
    }
    score = overall_score(extraction.mentions)
    return prediction if score is None else {**prediction, "score": score}


def overall_score(mentions: Sequence[Mention]) -> float | None:
    """Return the mean confidence, to four places; None where no mention has one."""
    known = [mention.confidence for mention in mentions if mention.confidence is not None]
    return round(fmean(known), 4) if known else None


def article_from_extraction(extraction: Extraction, text: str = "") -> AnnotatedArticle:
    """Return ``extraction`` as an annotated article, as if an annotator had agreed with all of it.

    Args:
        extraction: Where mentions and records come from.
        text: The article's text, which an extraction does not hold.
    """
    place = {mention.id: number for number, mention in enumerate(extraction.mentions)}
    records = [
        GoldRecord(
            tuple(sorted(record.quantities, key=place.__getitem__)),
            tuple(sorted(record.institutions, key=place.__getitem__)),
        )
        for record in extraction.records
    ]
    return AnnotatedArticle(
        id=extraction.id,
        text=text,
        mentions=tuple(_gold(mention) for mention in extraction.mentions),
        relations=relations_of_records(records),
        meta=dict(extraction.meta),
    )


def _gold(mention: Mention) -> GoldMention:
    return GoldMention(
        id=mention.id,
        label=mention.label,
        start=mention.start,
        end=mention.end,
        text=mention.text,
        value=_value(mention),
    )


def _value(mention: Mention) -> GoldValue | None:
    quantity = mention.quantity
    if quantity is None or (quantity.value is None and quantity.low is None):
        return None  # a surface that could not be read: the annotator is not told half of it
    return GoldValue(quantity.value, quantity.low, quantity.high, quantity.unit)
