"""Gold JSON Lines: one annotated article a line, records as lists of mention ids.

A line is ``{"id", "text", "meta"?, "mentions": [{"id", "label", "start", "end", "text", "quantity"?:
{"value": n | [low, high], "unit"}}], "records": [[mention id, ...], ...], "relations"?: [[kind, source,
target], ...]}``. Offsets are half-open code points into ``text``. A record's ids are its quantities and
its institutions. Where ``relations`` stands it is what annotators drew, and ``records`` only repeats what
follows from it; without it the relations are the fewest that draw the records. We write both, so nothing
is lost; further keys of a line are kept in ``meta``.
"""

from __future__ import annotations

from collections import Counter
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
from ie_model.corpus.json_text import parse_json, stable_json
from ie_model.corpus.model import (
    AnnotatedArticle,
    GoldMention,
    GoldRecord,
    GoldValue,
    Relation,
    RelationKind,
    group_records,
    relations_of_records,
)
from ie_model.errors import CorpusError
from ie_model.schema import json_number

_LINE_KEYS: Final = frozenset({"id", "text", "meta", "mentions", "records", "relations"})
_KINDS: Final = get_args(RelationKind)


def article_from_line(line: str, where: str) -> AnnotatedArticle:
    """Return the annotated article of one gold line; see :func:`article_from_tree`."""
    return article_from_tree(parse_json(line, where), where)


def article_from_tree(tree: Any, where: str) -> AnnotatedArticle:
    """Return the annotated article of one gold line as parsed.

    A quantity that ``records`` leaves out or names twice is noted as an error on the article
    (``article.notes``): the article holds relations, from which every quantity gets one record.

    Args:
        tree: What :func:`ie_model.corpus.json_text.parse_json` gives.
        where: File and line, for messages.

    Raises:
        CorpusError: The line breaks the format.
    """
    if not isinstance(tree, dict):
        raise CorpusError("a gold line is a JSON object", where=where, found=type(tree).__name__)
    article_id, text = text_field(tree, "id", where), text_field(tree, "text", where)
    where_article = f"{where}, article {article_id}"
    notes = NoteTaker(article_id, where)
    mentions = in_text_order(
        [_mention(item, where_article) for item in _items(tree, "mentions", dict, where_article)]
    )
    require_distinct_ids(mentions, where_article)
    return AnnotatedArticle(
        id=article_id,
        text=text,
        mentions=mentions,
        relations=_relations(tree, mentions, notes, where_article),
        meta=gather_meta(tree, _LINE_KEYS, where_article),
        source=where,
        notes=tuple(notes.notes),
    )


def line_from_article(article: AnnotatedArticle) -> str:
    """Return the gold line of ``article`` without its newline; equal articles give equal lines.

    Raises:
        CorpusError: A mention has half a range, or a value beside its range.
    """
    return stable_json(tree_from_article(article))


def tree_from_article(article: AnnotatedArticle) -> dict[str, Any]:
    """Return what :func:`line_from_article` writes, as an object; raises what it does."""
    tree: dict[str, Any] = {
        "id": article.id,
        "text": article.text,
        "mentions": [_mention_tree(mention) for mention in article.mentions],
        "records": [[*record.quantities, *record.institutions] for record in article.records],
        "relations": [[relation.kind, relation.source, relation.target] for relation in article.relations],
    }
    if article.meta:
        tree["meta"] = article.meta
    return tree


def _items(tree: Mapping[str, Any], key: str, kind: type, where: str) -> list[Any]:
    items = tree.get(key)
    items = [] if items is None else items
    if not isinstance(items, list) or not all(isinstance(item, kind) for item in items):
        raise CorpusError(f"{key!r} is a list of {kind.__name__}s", where=where, found=repr(items)[:80])
    return items


def _mention(tree: dict[str, Any], where: str) -> GoldMention:
    mention_id = text_field(tree, "id", where)
    where = f"{where}, mention {mention_id}"
    surface = tree.get("text")
    if not isinstance(surface, str):
        raise CorpusError("needs 'text', the span's own text", where=where, found=repr(surface))
    return GoldMention(
        id=mention_id,
        label=text_field(tree, "label", where),
        start=whole_number(tree.get("start"), where),
        end=whole_number(tree.get("end"), where),
        text=surface,
        value=_value(tree.get("quantity"), where),
    )


def _value(tree: Any, where: str) -> GoldValue | None:
    if tree is None:
        return None
    if not isinstance(tree, dict):
        raise CorpusError("'quantity' is an object", where=where, found=repr(tree)[:80])
    value, unit = tree.get("value"), tree.get("unit")
    if unit is not None and not isinstance(unit, str):
        raise CorpusError("'unit' is a string", where=where, found=repr(unit))
    if isinstance(value, list):
        if len(value) != 2:
            raise CorpusError("a range is [low, high]", where=where, found=f"{len(value)} numbers")
        low, high = (exact_number(end, where) for end in value)
        return GoldValue(low=low, high=high, unit=unit)
    if value is not None:
        return GoldValue(value=exact_number(value, where), unit=unit)
    return GoldValue(unit=unit) if unit is not None else None


def _mention_tree(mention: GoldMention) -> dict[str, Any]:
    tree: dict[str, Any] = {
        "id": mention.id,
        "label": mention.label,
        "start": mention.start,
        "end": mention.end,
        "text": mention.text,
    }
    if mention.value is not None:
        require_one_value(mention.value, f"mention {mention.id}")
        tree["quantity"] = _quantity_tree(mention.value)
    return tree


def _quantity_tree(value: GoldValue) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    if value.value is not None:
        tree["value"] = json_number(value.value)
    if value.low is not None and value.high is not None:
        tree["value"] = [json_number(value.low), json_number(value.high)]
    if value.unit is not None:
        tree["unit"] = value.unit
    return tree


def _relations(
    tree: Mapping[str, Any], mentions: Sequence[GoldMention], notes: NoteTaker, where: str
) -> tuple[Relation, ...]:
    listed = _items(tree, "records", list, where)
    if not all(isinstance(mention_id, str) for ids in listed for mention_id in ids):
        raise CorpusError("a record is a list of mention ids", where=where)
    records = _records(listed, mentions)
    if "records" in tree:
        _note_records(listed, mentions, notes)
    elif "relations" not in tree:
        notes.warn("no-records", "neither records nor relations: every quantity stands alone")
    if "relations" not in tree:
        return relations_of_records(record for record in records if record.quantities)
    relations = tuple(_relation(item, where) for item in _items(tree, "relations", list, where))
    drawn = group_records(
        [mention.id for mention in mentions if mention.is_quantity],
        [mention.id for mention in mentions if not mention.is_quantity],
        relations,
    )
    if "records" in tree and _as_sets(drawn) != _as_sets(records):
        notes.error("records-disagree", "'records' is not what 'relations' draws", "Take one of them out.")
    return relations


def _relation(item: list[Any], where: str) -> Relation:
    if len(item) != 3 or not all(isinstance(part, str) for part in item) or item[0] not in _KINDS:
        raise CorpusError(
            "cannot read a relation", where=where, found=repr(item)[:80], expected='["with"|"by", id, id]'
        )
    return Relation(item[0], item[1], item[2])


def _records(listed: Sequence[Sequence[str]], mentions: Sequence[GoldMention]) -> list[GoldRecord]:
    """The listed records, mentions in text order, records in order of their first quantity."""
    order = {mention.id: place for place, mention in enumerate(mentions)}
    records = []
    for ids in listed:
        members = [mention for mention in mentions if mention.id in set(ids)]
        records.append(
            GoldRecord(
                tuple(mention.id for mention in members if mention.is_quantity),
                tuple(mention.id for mention in members if not mention.is_quantity),
            )
        )
    return sorted(records, key=lambda record: order[record.quantities[0]] if record.quantities else -1)


def _note_records(listed: Sequence[Sequence[str]], mentions: Sequence[GoldMention], notes: NoteTaker) -> None:
    known = {mention.id: mention for mention in mentions}
    counts = Counter(mention_id for ids in listed for mention_id in ids)
    mend = "Name every quantity in exactly one record."
    for mention in mentions:
        if mention.is_quantity and counts[mention.id] != 1:
            code = "quantity-in-no-record" if not counts[mention.id] else "quantity-in-two-records"
            found = f"the quantity stands in {counts[mention.id]} records"
            notes.error(code, found, mend, place=f"mention {mention.id} [{mention.start}, {mention.end})")
    for place, ids in enumerate(listed, start=1):
        unknown = [mention_id for mention_id in dict.fromkeys(ids) if mention_id not in known]
        if unknown:
            notes.error(
                "dangling-record", f"names mentions that are not there: {unknown}", place=f"record {place}"
            )
        elif not any(known[mention_id].is_quantity for mention_id in ids):
            notes.error("record-without-quantity", "has no quantity", mend, place=f"record {place}")


def _as_sets(records: Sequence[GoldRecord]) -> set[tuple[frozenset[str], frozenset[str]]]:
    return {(frozenset(record.quantities), frozenset(record.institutions)) for record in records}
