"""Gold links carried over to mentions as a tagger finds them, so that the linker learns among its errors.

A predicted mention stands for the gold mention of its kind, quantity or institution, with which it shares
most; each stands for at most one. What the tagger missed drops out of its record, and what it found beside
the gold belongs to none: a quantity of its own, an institution of nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from ie_model.corpus.model import (
    AnnotatedArticle,
    GoldMention,
    GoldRecord,
    relations_of_records,
)


class PredictedSpan(NamedTuple):
    """A mention as a tagger found it: half-open code points ``[start, end)``."""

    label: str
    start: int
    end: int


def carry_links(article: AnnotatedArticle, spans: Sequence[PredictedSpan]) -> AnnotatedArticle:
    """Return ``article`` with ``spans`` as its mentions, and its records among them.

    Args:
        article: With gold mentions and relations.
        spans: Of the article's text, as predicted.
    """
    found = tuple(
        GoldMention(f"m{place}", span.label, span.start, span.end, article.text[span.start : span.end])
        for place, span in enumerate(sorted(spans, key=lambda span: span[1:]), start=1)
    )
    stands_in = _partners(article.mentions, found)
    records = [
        GoldRecord(
            tuple(stands_in[name] for name in record.quantities if name in stands_in),
            tuple(stands_in[name] for name in record.institutions if name in stands_in),
        )
        for record in article.records
    ]
    relations = relations_of_records([record for record in records if record.quantities])
    return replace(article, mentions=found, relations=relations)


def _partners(gold: Sequence[GoldMention], found: Sequence[GoldMention]) -> dict[str, str]:
    """Return the id in ``found`` that stands for each in ``gold``; who shares most goes first."""
    shared = [
        (min(one.end, other.end) - max(one.start, other.start), one.id, other.id)
        for one in gold
        for other in found
        if one.is_quantity == other.is_quantity
    ]
    partners: dict[str, str] = {}
    taken: set[str] = set()
    # Stable: among equals, the earlier in the text.
    for length, one, other in sorted(shared, key=lambda row: -row[0]):
        if length > 0 and one not in partners and other not in taken:
            partners[one] = other
            taken.add(other)
    return partners
