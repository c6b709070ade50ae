"""Label Studio task JSON: the form the annotated corpus is kept in.

Writing is minimal and stable: the article under ``data``, one annotation with one region a mention and
one relation a line, and a quantity's value in its region's ``meta`` as strings of decimal digits (Label
Studio's page reads JSON numbers as 64-bit floats and would round long ones).

Reading takes real exports: other keys are ignored, ``predictions`` too, offsets may be ``12.0``, and of
several annotations one is taken (ground truth first, then the newest; cancelled ones never). What is
passed over is noted on the article. Keys of ``data`` beside ``id``, ``text`` and ``meta`` are kept in
the article's ``meta``. Offsets are half-open code points on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from ie_model.corpus.fields import (
    exact_number,
    gather_meta,
    in_text_order,
    require_distinct_ids,
    require_one_value,
    text_field,
    whole_number,
)
from ie_model.corpus.findings import NoteTaker
from ie_model.corpus.json_text import digits_of
from ie_model.corpus.model import AnnotatedArticle, GoldMention, GoldValue, Relation, RelationKind
from ie_model.errors import CorpusError
from ie_model.schema import QUANTITY_LABELS

FROM_NAME: Final = "label"
"""Name of the ``Labels`` tag in the labelling interface."""
TO_NAME: Final = "text"
"""Name of the ``Text`` tag, and the key of ``data`` it shows."""
READ_FROM: Final = "read_from"
"""Key of ``meta`` beside a value that a model read: the text that it read. The value holds for that alone."""

_DATA_KEYS: Final = frozenset({"id", "text", "meta"})
_VALUE_KEYS: Final = ("value", "low", "high")
_KINDS: Final = get_args(RelationKind)


def task_from_article(article: AnnotatedArticle) -> dict[str, Any]:
    """Return ``article`` as a Label Studio task with one annotation.

    Raises:
        CorpusError: A mention has half a range, or a value beside its range.
    """
    data: dict[str, Any] = {"id": article.id, "text": article.text}
    if article.meta:
        data["meta"] = article.meta
    return {"data": data, "annotations": [{"result": results_from_article(article)}]}


def results_from_article(article: AnnotatedArticle) -> list[dict[str, Any]]:
    """Return the regions and relations of ``article`` as the ``result`` of an annotation or a prediction.

    Raises:
        CorpusError: A mention has half a range, or a value beside its range.
    """
    relations = [
        {
            "type": "relation",
            "from_id": relation.source,
            "to_id": relation.target,
            "direction": "right",
            "labels": [relation.kind],
        }
        for relation in article.relations
    ]
    return [*map(_region, article.mentions), *relations]


def article_from_task(task: Any, where: str, *, annotator: int | str | None = None) -> AnnotatedArticle:
    """Return the annotated article of one task.

    Args:
        task: The task as parsed by :func:`ie_model.corpus.json_text.parse_json`.
        where: File (and place in it), for messages.
        annotator: Take only annotations completed by this user (id or e-mail address).

    Raises:
        CorpusError: The task has no article or no annotation to take, or a region breaks the format.
    """
    if not isinstance(task, Mapping) or not isinstance(task.get("data"), Mapping):
        raise CorpusError(
            "not a Label Studio task: needs an object 'data'",
            where=where,
            mend='A task is {"data": {"id": ..., "text": ...}, "annotations": [...]}; export as JSON.',
        )
    data = task["data"]
    if data.get("id") is None and task.get("id") is not None:
        data = {**data, "id": f"task-{task['id']}"}
    article_id, text = text_field(data, "id", where), text_field(data, "text", where)
    where_article = f"{where}, article {article_id}"
    notes = NoteTaker(article_id, where)
    results = _results(_choose_annotation(task, notes, where_article, annotator), where_article)
    mentions = in_text_order(
        [
            _mention(item, text, place, notes, where_article)
            for place, item in enumerate(results)
            if item.get("type") == "labels"
        ]
    )
    require_distinct_ids(mentions, where_article)
    _note_other_types(results, notes)
    labels = {mention.id: mention for mention in mentions}
    drawn = [_relation(item, labels, notes) for item in results if item.get("type") == "relation"]
    return AnnotatedArticle(
        id=article_id,
        text=text,
        mentions=mentions,
        relations=tuple(relation for relation in drawn if relation is not None),
        meta=gather_meta(data, _DATA_KEYS, where_article),
        source=where,
        notes=tuple(notes.notes),
    )


def _region(mention: GoldMention) -> dict[str, Any]:
    region: dict[str, Any] = {
        "id": mention.id,
        "type": "labels",
        "from_name": FROM_NAME,
        "to_name": TO_NAME,
        "value": {
            "start": mention.start,
            "end": mention.end,
            "text": mention.text,
            "labels": [mention.label],
        },
    }
    if mention.value is not None:
        require_one_value(mention.value, f"mention {mention.id}")
        numbers = {key: getattr(mention.value, key) for key in _VALUE_KEYS}
        meta = {key: digits_of(number) for key, number in numbers.items() if number is not None}
        if mention.value.unit is not None:
            meta["unit"] = mention.value.unit
        region["meta"] = meta
    return region


def _choose_annotation(
    task: Mapping[str, Any], notes: NoteTaker, where: str, annotator: int | str | None
) -> Mapping[str, Any]:
    given = task.get("annotations")
    if not isinstance(given, list) or not all(isinstance(item, Mapping) for item in given):
        raise CorpusError(
            "needs 'annotations', a list of objects",
            where=where,
            found="nothing" if given is None else repr(given)[:80],
            mend="Export from Label Studio as JSON (not JSON-MIN, CSV or CONLL, which lose relations).",
        )
    usable = [item for item in given if not item.get("was_cancelled")]
    if len(usable) < len(given):
        notes.warn("cancelled-annotation", f"passed over {len(given) - len(usable)} cancelled annotations")
    if annotator is not None:
        usable = [item for item in usable if annotator in _completed_by(item)]
    if not usable:
        who = "" if annotator is None else f" by {annotator}"
        raise CorpusError(
            f"has no annotation{who} that was submitted", where=where, found=f"{len(given)} in all"
        )
    if len(usable) > 1:
        notes.warn("several-annotations", f"took the best of {len(usable)}: ground truth first, then newest")
    # Files that name no times list annotations oldest first.
    return max(reversed(usable), key=_preference)


def _preference(annotation: Mapping[str, Any]) -> tuple[bool, str, int]:
    # ISO 8601 times of one server sort as text.
    time = annotation.get("updated_at") or annotation.get("created_at")
    number = annotation.get("id")
    return (
        bool(annotation.get("ground_truth")),
        time if isinstance(time, str) else "",
        number if isinstance(number, int) else -1,
    )


def _completed_by(annotation: Mapping[str, Any]) -> tuple[Any, ...]:
    who = annotation.get("completed_by")
    names = (who.get("id"), who.get("email")) if isinstance(who, Mapping) else (who,)
    return (*names, *(str(name) for name in names if isinstance(name, int)))


def _results(annotation: Mapping[str, Any], where: str) -> list[Mapping[str, Any]]:
    results = annotation.get("result")
    if not isinstance(results, list) or not all(isinstance(item, Mapping) for item in results):
        raise CorpusError("an annotation needs 'result', a list of objects", where=where)
    return results


def _note_other_types(results: Sequence[Mapping[str, Any]], notes: NoteTaker) -> None:
    for kind in sorted({str(item.get("type")) for item in results} - {"labels", "relation"}):
        message = f"passed over results of type {kind!r}"
        if kind.endswith("labels"):
            notes.error("other-regions", message, "Annotate with a Labels tag over a Text tag.")
        else:
            notes.warn("other-results", message)


def _mention(item: Mapping[str, Any], text: str, place: int, notes: NoteTaker, where: str) -> GoldMention:
    mention_id = text_field(item, "id", where) if item.get("id") is not None else f"region-{place}"
    where = f"{where}, region {mention_id}"
    value = item.get("value")
    if not isinstance(value, Mapping):
        raise CorpusError("needs 'value', an object", where=where)
    labels = value.get("labels")
    if not isinstance(labels, list) or len(labels) != 1 or not isinstance(labels[0], str):
        raise CorpusError("a region has exactly one label", where=where, found=repr(labels))
    start, end = whole_number(value.get("start"), where), whole_number(value.get("end"), where)
    meta = item.get("meta")
    if isinstance(meta, Mapping) and _is_stale(meta, labels[0], text[start:end]):
        message = f"passed over a value that was read from {meta[READ_FROM]!r} before the region was changed"
        notes.warn("stale-value", message, place=f"mention {mention_id}")
        meta = {"text": meta.get("text")}
    return GoldMention(
        id=mention_id,
        label=labels[0],
        start=start,
        end=end,
        text=_surface(value.get("text"), text[start:end]),
        value=_value(meta, notes, mention_id, where),
    )


def _is_stale(meta: Mapping[str, Any], label: str, slice_text: str) -> bool:
    # Nobody can edit a value in Label Studio: whoever moves or relabels a region leaves the old one behind.
    moved = _surface(meta.get(READ_FROM), slice_text) != slice_text
    return READ_FROM in meta and (moved or label not in QUANTITY_LABELS)


def _surface(stored: Any, slice_text: str) -> str:
    # Model-made regions may come without their text; Label Studio writes a line break in it as \n.
    if not isinstance(stored, str) or stored.replace("\\n", "\n") == slice_text:
        return slice_text
    return stored


def _value(meta: Any, notes: NoteTaker, mention_id: str, where: str) -> GoldValue | None:
    if not isinstance(meta, Mapping):
        return None
    if meta.get("text"):
        notes.warn("region-note", "passed over a note on a region", place=f"mention {mention_id}")
    unit = meta.get("unit")
    if unit is not None and not isinstance(unit, str):
        raise CorpusError("'meta.unit' is a string", where=where, found=repr(unit))
    numbers = {
        key: exact_number(meta[key], f"{where}, meta.{key}")
        for key in _VALUE_KEYS
        if meta.get(key) is not None
    }
    if not numbers and unit is None:
        return None
    value = GoldValue(numbers.get("value"), numbers.get("low"), numbers.get("high"), unit)
    require_one_value(value, where)
    return value


def _relation(
    item: Mapping[str, Any], mentions: Mapping[str, GoldMention], notes: NoteTaker
) -> Relation | None:
    source, target = str(item.get("from_id")), str(item.get("to_id"))
    place = f"relation {source} -> {target}"
    if item.get("direction") == "left":
        source, target = target, source
    labels = item.get("labels") or []
    if not labels:
        return _unlabelled(source, target, mentions, notes, place)
    if labels[0] not in _KINDS or len(labels) > 1:
        notes.error(
            "unknown-relation",
            f"passed over a relation labelled {labels}",
            f"Label it with one of: {', '.join(_KINDS)}.",
            place=place,
        )
        return None
    return Relation(labels[0], source, target)


def _unlabelled(
    source: str, target: str, mentions: Mapping[str, GoldMention], notes: NoteTaker, place: str
) -> Relation:
    """What a relation without a label means follows from its ends."""
    source_is_quantity, target_is_quantity = (
        end in mentions and mentions[end].is_quantity for end in (source, target)
    )
    kind: RelationKind = "with" if source_is_quantity == target_is_quantity else "by"
    if kind == "by" and target_is_quantity:
        source, target = target, source
    notes.warn("unlabelled-relation", f"took a relation without a label as {kind!r}", place=place)
    return Relation(kind, source, target)
