"""Mentions and links to records: roles, span, confidence, and what the other modules of the room say of them.

Institutions are brought together before (:mod:`~ie_model.records.institutions`); checks and repeats look at
all records at once, period and place at each record's sentences.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from math import prod
from operator import itemgetter
from typing import NamedTuple

from ie_model.linking.base import LinkedRecord
from ie_model.persian.sentences import split_sentences
from ie_model.records.checks import check_records
from ie_model.records.clauses import Pieces, Span, sentence_at
from ie_model.records.institutions import institutions_of
from ie_model.records.periods import Periods
from ie_model.records.places import Places
from ie_model.records.repeats import find_repeats
from ie_model.schema import AMOUNT, INSTITUTION, PERCENTAGE, TARGET, Institution, Mention, Record


class Built(NamedTuple):
    """What the links of one article make: its bodies and its records."""

    institutions: tuple[Institution, ...]
    records: tuple[Record, ...]


class _Members(NamedTuple):
    link: LinkedRecord
    quantities: list[Mention]
    institutions: list[Mention]

    def ids(self, label: str) -> tuple[str, ...]:
        return tuple(mention.id for mention in self.quantities if mention.label == label)


def build_records(
    text: str,
    mentions: Sequence[Mention],
    links: Sequence[LinkedRecord],
    sentences: Sequence[Span] | None = None,
    *,
    reference: date | None = None,
) -> Built:
    """Give linked records their roles, span, confidence, period, place, checks and repeats.

    A record's span is the hull of the sentences of its quantities, and of its institutions in those
    sentences; an institution named farther away does not stretch it. Its confidence is that of its links
    times those of all its mentions, as if their errors were independent; null when a mention has none.

    Args:
        text: The article as given.
        mentions: Its mentions; ids are distinct.
        links: What a linker made of the same mentions.
        sentences: Half-open code point spans of the sentences, split here when not given.
        reference: The article's date, that relative periods count from.

    Returns:
        Institutions ``i1``, ... in order of first mention; records ``r1``, ... by their first quantity.

    Raises:
        KeyError: A link names a mention that is not given.
    """
    spans = list(split_sentences(text) if sentences is None else sentences)
    named = sorted((m for m in mentions if m.label == INSTITUTION), key=lambda mention: mention.start)
    bodies = institutions_of(named, text=text)
    key_of = {mention: body.id for body in bodies for mention in body.mentions}
    members = _members(mentions, links)
    keys = [dict.fromkeys(key_of[mention.id] for mention in one.institutions) for one in members]
    groups = [one.quantities for one in members]
    checks = check_records(text, groups, spans)
    repeats = find_repeats(text, groups, [frozenset(own) for own in keys], spans)
    pieces = Pieces(text, spans)
    periods, places = Periods(text, reference, pieces), Places(text, pieces)
    records = []
    for number, one in enumerate(members):
        start, end = record_span(one.quantities, one.institutions, spans)
        anchors = [(mention.start, mention.end) for mention in one.quantities]
        earlier = repeats[number]
        records.append(
            Record(
                id=f"r{number + 1}",
                start=start,
                end=end,
                amounts=one.ids(AMOUNT),
                targets=one.ids(TARGET),
                percentages=one.ids(PERCENTAGE),
                institutions=tuple(mention.id for mention in one.institutions),
                institution_keys=tuple(keys[number]),
                confidence=record_confidence(one.link, [*one.quantities, *one.institutions]),
                period=periods.of(start, end, anchors),
                place=places.of(start, end, anchors),
                repeats=None if earlier is None else f"r{earlier + 1}",
                checks=checks[number],
            )
        )
    return Built(bodies, tuple(records))


def _members(mentions: Sequence[Mention], links: Sequence[LinkedRecord]) -> list[_Members]:
    """Return the mentions of every link in text order; links in order of their first quantity."""
    by_id = {mention.id: mention for mention in mentions}

    def ordered(names: Sequence[str]) -> list[Mention]:
        return sorted((by_id[name] for name in names), key=lambda mention: mention.start)

    found = [_Members(link, ordered(link.quantities), ordered(link.institutions)) for link in links]
    return sorted(found, key=lambda one: one.quantities[0].start)


def record_confidence(link: LinkedRecord, mentions: Sequence[Mention]) -> float | None:
    """Return link confidence times the confidences of ``mentions``; None when one of them has none."""
    known = [mention.confidence for mention in mentions if mention.confidence is not None]
    if len(known) < len(mentions):
        return None
    return float(link.confidence * prod(known))


def record_span(
    quantities: Sequence[Mention], institutions: Sequence[Mention], sentences: Sequence[Span]
) -> Span:
    """Return the half-open hull of the sentences of ``quantities`` and of ``institutions`` in these.

    A mention that crosses sentence ends, or stands in none, still lies within the hull.
    """
    start = min(mention.start for mention in quantities)
    end = max(mention.end for mention in quantities)
    first = sentence_at(sentences, start)
    last = bisect_left(sentences, end, key=itemgetter(0)) - 1
    if first >= 0 and sentences[first][1] > start:
        start = sentences[first][0]
    if last >= 0:
        end = max(end, sentences[last][1])
    near = [mention for mention in institutions if mention.start < end and mention.end > start]
    return min([start, *(mention.start for mention in near)]), max([end, *(mention.end for mention in near)])
