"""Annotated articles in memory: gold mentions, their relations, and the records these form.

Offsets are half-open ``[start, end)`` code points into ``text``. A record is never stored: it is the
group that ``with`` relations connect, and the institutions that any of its quantities has a ``by``
relation to (annotation guide, section 4). So what annotators draw is the only source of truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from ie_model.corpus.findings import Finding
from ie_model.schema import QUANTITY_LABELS

RelationKind = Literal["with", "by"]


@dataclass(frozen=True, slots=True)
class GoldValue:
    """The value an annotator gave: ``value``, or ``low`` and ``high`` of a range; scale applied."""

    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class GoldMention:
    """An annotated span; ``value`` only for quantities."""

    id: str
    label: str
    start: int
    end: int
    text: str
    value: GoldValue | None = None

    @property
    def is_quantity(self) -> bool:
        """Whether the label is one of AMOUNT, TARGET, PERCENTAGE."""
        return self.label in QUANTITY_LABELS


@dataclass(frozen=True, slots=True)
class Relation:
    """``with`` joins two quantities of one record; ``by`` goes from a quantity to an institution."""

    kind: RelationKind
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class GoldRecord:
    """One fact: mention ids in text order."""

    quantities: tuple[str, ...]
    institutions: tuple[str, ...]


@dataclass(frozen=True)
class AnnotatedArticle:
    """An article with its gold mentions (in text order) and relations.

    ``source`` is the file (and line or place) it was read from, ``notes`` what the reader saw there
    that the article cannot hold (``ie-model data check`` reports them). Neither is part of the
    article: two articles are equal without them.
    """

    id: str
    text: str
    mentions: tuple[GoldMention, ...] = ()
    relations: tuple[Relation, ...] = ()
    meta: dict[str, Any] = field(default_factory=dict)
    source: str = field(default="", compare=False)
    notes: tuple[Finding, ...] = field(default=(), compare=False)

    @cached_property
    def mention_by_id(self) -> dict[str, GoldMention]:
        """Mentions by their id."""
        return {mention.id: mention for mention in self.mentions}

    @cached_property
    def records(self) -> tuple[GoldRecord, ...]:
        """The records in order of their first quantity; every quantity is in exactly one."""
        return group_records(
            [mention.id for mention in self.mentions if mention.is_quantity],
            [mention.id for mention in self.mentions if not mention.is_quantity],
            self.relations,
        )


def group_records(
    quantity_ids: Sequence[str], institution_ids: Sequence[str], relations: Iterable[Relation]
) -> tuple[GoldRecord, ...]:
    """Group quantities by ``with`` (transitively) and attach institutions by ``by``.

    Relations between ids that are not given, or of the wrong kind, are passed over here: the corpus
    check reports them (``ie-model data check``).

    Args:
        quantity_ids: In text order.
        institution_ids: In text order.
        relations: Any order, either direction for ``with``.
    """
    root = {quantity_id: quantity_id for quantity_id in quantity_ids}

    def find(quantity_id: str) -> str:
        while root[quantity_id] != quantity_id:
            root[quantity_id] = root[root[quantity_id]]
            quantity_id = root[quantity_id]
        return quantity_id

    order = {quantity_id: place for place, quantity_id in enumerate(quantity_ids)}
    known_institutions = set(institution_ids)
    owners: list[tuple[str, str]] = []
    for relation in relations:
        if relation.kind == "with" and relation.source in root and relation.target in root:
            first, second = sorted((find(relation.source), find(relation.target)), key=order.__getitem__)
            root[second] = first
        elif relation.kind == "by" and relation.source in root and relation.target in known_institutions:
            owners.append((relation.source, relation.target))
    members: dict[str, list[str]] = {}
    for quantity_id in quantity_ids:
        members.setdefault(find(quantity_id), []).append(quantity_id)
    institutions: dict[str, set[str]] = {head: set() for head in members}
    for quantity_id, institution_id in owners:
        institutions[find(quantity_id)].add(institution_id)
    return tuple(
        GoldRecord(tuple(ids), tuple(i for i in institution_ids if i in institutions[head]))
        for head, ids in members.items()
    )


def relations_of_records(records: Iterable[GoldRecord]) -> tuple[Relation, ...]:
    """The fewest relations that draw ``records``: a ``with`` chain, and ``by`` from its first quantity."""
    relations: list[Relation] = []
    for record in records:
        chain = zip(record.quantities, record.quantities[1:], strict=False)
        relations += [Relation("with", first, second) for first, second in chain]
        relations += [Relation("by", record.quantities[0], name) for name in record.institutions]
    return tuple(relations)
