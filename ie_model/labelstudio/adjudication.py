"""Tasks for whoever decides between annotators: only articles that are not read alike.

Each task has these predictions: ``agreed``, the mentions and links that all agree on, to start from; and one
a reading, whole, to compare and take. Readings are numbered and not named, in an order that differs from
article to article (by a hash), so that the judge cannot favour a person; the same input always gives the same
tasks, byte for byte. In words, ``data.disagreements`` says what is to be decided.

The article id stays, so what the judge submits is the article's one annotation when it is pulled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from ie_model.corpus.labelstudio_json import results_from_article, task_from_article
from ie_model.corpus.model import AnnotatedArticle, Relation, relations_of_records
from ie_model.evaluation.facts import LabelledSpan
from ie_model.labelstudio.disagreements import Disagreement, agreed_spans, disagreements
from ie_model.labelstudio.exports import ReadArticle

AGREED: Final = "agreed"
"""``model_version`` of what all agree on: choose it in the project's settings to start from it."""
READING: Final = "reading"

Task = dict[str, Any]


def adjudication_tasks(articles: Sequence[ReadArticle]) -> list[Task]:
    """Return a task for each article with a disagreement, by article id."""
    found = ((article, disagreements(article)) for article in sorted(articles, key=lambda one: one.id))
    return [_task(article, differing) for article, differing in found if differing]


def agreed_part(sides: Sequence[AnnotatedArticle]) -> AnnotatedArticle:
    """Return the mentions at places that all sides read alike, and the links among them that all draw.

    Links of a reading count as its records do: two quantities of one record are linked however they are
    drawn. Regions keep the ids of the first side.

    Args:
        sides: Readings of one article, at least one.
    """
    first = sides[0]
    agreed = agreed_spans({str(place): side for place, side in enumerate(sides)})
    kept = tuple(
        mention
        for mention in first.mentions
        if LabelledSpan(mention.label, mention.start, mention.end) in agreed
    )
    links = frozenset.intersection(*(_links(side) for side in sides))
    by_span = {LabelledSpan(mention.label, mention.start, mention.end): mention.id for mention in kept}
    drawn = [
        Relation("with" if kind == "with" else "by", by_span[one], by_span[other])
        for kind, one, other in sorted(links)
        if one in by_span and other in by_span
    ]
    # What all have in common of groupings is a grouping again: the fewest lines can draw it.
    records = replace(first, mentions=kept, relations=tuple(drawn)).records
    return replace(first, mentions=kept, relations=relations_of_records(records))


def _task(article: ReadArticle, differing: Sequence[Disagreement]) -> Task:
    readings = sorted(article.readings, key=lambda one: _shuffled(article.id, one.annotator))
    names = {one.annotator: f"{READING} {place}" for place, one in enumerate(readings, start=1)}
    sides = [reading.article for reading in readings]
    predictions = [_prediction(AGREED, agreed_part(sides))]
    predictions += [_prediction(names[one.annotator], one.article) for one in readings]
    data = task_from_article(replace(sides[0], mentions=(), relations=()))["data"]
    data["disagreements"] = "\n".join(
        f"{place}. {in_words(one, names)}" for place, one in enumerate(differing, start=1)
    )
    return {"data": data, "predictions": predictions}


def in_words(one: Disagreement, names: dict[str, str]) -> str:
    """Return a disagreement as one line; annotators are called as ``names`` says."""
    said = "; ".join(
        f"{names[who]}: {what}" for who, what in sorted(one.readings.items(), key=lambda p: names[p[0]])
    )
    return f"{one.kind} [{one.start}, {one.end}): {said}"


def _prediction(version: str, article: AnnotatedArticle) -> Task:
    return {"model_version": version, "result": results_from_article(article)}


def _links(article: AnnotatedArticle) -> frozenset[tuple[str, LabelledSpan, LabelledSpan]]:
    """Every link that the records of ``article`` imply, an institution by the mention that is drawn to."""
    spans = {one.id: LabelledSpan(one.label, one.start, one.end) for one in article.mentions}
    found: set[tuple[str, LabelledSpan, LabelledSpan]] = set()
    for record in article.records:
        quantities = sorted((spans[name] for name in record.quantities), key=lambda span: span.span)
        found |= {
            ("with", one, other) for place, one in enumerate(quantities) for other in quantities[place + 1 :]
        }
        found |= {("by", one, spans[name]) for one in quantities for name in record.institutions}
    return frozenset(found)


def _shuffled(article: str, annotator: str) -> str:
    return hashlib.sha256(f"{article}:{annotator}".encode()).hexdigest()
