"""Likely label errors as a task list: each article with its suspects, the reason beside each.

Two predictions a task: the annotation as it is, suspect regions with their reason as a note (Label Studio
shows ``meta.text`` with the region) and the model's belief as their score; and the same with the model's
say in the suspects' place. The reasons stand in ``data.reason`` too, and ``data.priority`` (the highest
score) sorts the Data Manager. Links to a mention that the model does not see fall away with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ie_model.corpus.labelstudio_json import results_from_article, task_from_article
from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.evaluation.facts import LabelledSpan
from ie_model.evaluation.label_errors import Suspect

ANNOTATED: Final = "as annotated"
SUGGESTED: Final = "as the model reads it"

Task = dict[str, Any]


def doctor_tasks(articles: Sequence[AnnotatedArticle], suspects: Sequence[Suspect]) -> list[Task]:
    """Return a task for each article with a suspect, that of the likeliest error first.

    Args:
        articles: Annotated.
        suspects: As :func:`ie_model.evaluation.label_errors.find_label_errors` returns them.
    """
    by_article: dict[str, list[Suspect]] = {}
    for suspect in suspects:
        by_article.setdefault(suspect.article, []).append(suspect)
    known = {article.id: article for article in articles}
    return [_task(known[name], found) for name, found in by_article.items()]


def reason(suspect: Suspect, text: str) -> str:
    """Return why a place is listed, in one sentence."""
    gold, said = (_shown(span, text) for span in (suspect.gold, suspect.said))
    sure, unsure = f"{suspect.said_share:.2f}", f"{suspect.gold_share:.2f}"
    if suspect.kind == "missing":
        return f"{said} is not annotated; the model is sure of it with {sure}"
    if suspect.kind == "nothing there":
        return f"{gold} is annotated; the model sees no mention there with {sure}"
    return f"{gold} is annotated, which the model believes with {unsure}; it reads {said} with {sure}"


def _shown(span: LabelledSpan | None, text: str) -> str:
    return "" if span is None else f"{span.label} «{text[span.start : span.end]}»"


def _task(article: AnnotatedArticle, suspects: Sequence[Suspect]) -> Task:
    reasons = [reason(suspect, article.text) for suspect in suspects]
    task = task_from_article(replace(article, mentions=(), relations=()))
    task["data"]["priority"] = max(suspect.score for suspect in suspects)
    task["data"]["reason"] = "\n".join(f"{place}. {one}" for place, one in enumerate(reasons, start=1))
    shown = results_from_article(article)
    _note(shown, {one.gold: (one, why) for one, why in zip(suspects, reasons, strict=True) if one.gold})
    return {
        "data": task["data"],
        "predictions": [
            {"model_version": ANNOTATED, "result": shown},
            {"model_version": SUGGESTED, "result": results_from_article(_as_said(article, suspects))},
        ],
    }


def _note(results: Sequence[Task], notes: Mapping[LabelledSpan, tuple[Suspect, str]]) -> None:
    for region in results:
        if region["type"] != "labels":
            continue
        value = region["value"]
        found = notes.get(LabelledSpan(value["labels"][0], value["start"], value["end"]))
        if found is not None:
            suspect, why = found
            region["score"] = round(suspect.gold_share, 4)
            region["meta"] = {**region.get("meta", {}), "text": [why]}


def _as_said(article: AnnotatedArticle, suspects: Sequence[Suspect]) -> AnnotatedArticle:
    """Return the article with what the model says in the place of the suspects; ids of regions stay."""
    instead = {suspect.gold: suspect.said for suspect in suspects if suspect.gold is not None}
    mentions = []
    for mention in article.mentions:
        own = LabelledSpan(mention.label, mention.start, mention.end)
        said = instead.get(own, own)
        if said == own:
            mentions.append(mention)
        elif said is not None:
            mentions.append(_mention(mention.id, said, article.text))
    taken = {mention.id for mention in article.mentions}
    missing = [suspect.said for suspect in suspects if suspect.gold is None and suspect.said is not None]
    names = (name for number in range(len(taken) + len(missing)) if (name := f"d{number}") not in taken)
    mentions += [_mention(name, said, article.text) for name, said in zip(names, missing, strict=False)]
    kept = {mention.id: mention for mention in mentions}
    relations = tuple(
        one
        for one in article.relations
        if one.source in kept
        and one.target in kept
        and kept[one.source].is_quantity
        and kept[one.target].is_quantity == (one.kind == "with")
    )
    ordered = sorted(mentions, key=lambda mention: (mention.start, mention.end))
    return replace(article, mentions=tuple(ordered), relations=relations)


def _mention(mention_id: str, said: LabelledSpan, text: str) -> GoldMention:
    return GoldMention(mention_id, said.label, said.start, said.end, text[said.start : said.end])
