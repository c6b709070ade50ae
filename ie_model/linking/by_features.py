"""Features of a quantity and an institution: does the text make the institution a party to the quantity?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ie_model.linking import words
from ie_model.linking.features import GAP_NAMES, Columns, Floats, Group, gap_features, gap_of
from ie_model.linking.layout import Integers, Layout, Place, Spots, begin_among, sums_of

#: An institution stands at most so many sentences before a quantity of its record (97 % in our corpus) ...
MAX_SENTENCES_BEFORE = 4
#: ... or so many after it (99.6 %).
MAX_SENTENCES_AFTER = 1
#: Among institutions before a quantity only so many of the nearest are candidates.
MAX_BEFORE = 8
#: ... and of those behind it. No prose comes near; it bounds the pairs of a text that has no sentences.
MAX_BEHIND = 64
#: A verb farther behind a quantity is as far as this, in tokens.
TAIL = 12


def candidate_pairs(layout: Layout) -> Iterator[tuple[int, int]]:
    """Yield (quantity index, institution index) pairs that may share a record."""
    middles = np.searchsorted(layout.institution_spots.first, layout.quantity_spots.first).tolist()
    for q, quantity in enumerate(layout.quantities):
        stop = min(len(layout.institutions), middles[q] + MAX_BEHIND)
        for k in range(max(0, middles[q] - MAX_BEFORE), stop):
            distance = quantity.sentence - layout.institutions[k].sentence
            if -distance > MAX_SENTENCES_AFTER:
                break
            if distance <= MAX_SENTENCES_BEFORE:
                yield q, k


def spots_of(layout: Layout, q: Integers, k: Integers) -> tuple[Spots, Spots]:
    """Return the places of the quantity and of the institution of each pair."""
    return layout.quantity_spots.at(q), layout.institution_spots.at(k)


def ordered(layout: Layout, q: Integers, k: Integers) -> tuple[Spots, Spots]:
    """Return the places of both mentions of each pair in text order."""
    quantity, institution = spots_of(layout, q, k)
    earlier = quantity.first <= institution.first
    left = Spots(*(np.where(earlier, *both) for both in zip(quantity, institution, strict=True)))
    right = Spots(*(np.where(earlier, *both) for both in zip(institution, quantity, strict=True)))
    return left, right


def _gap(layout: Layout, q: Integers, k: Integers) -> Columns:
    quantity, institution = spots_of(layout, q, k)
    return [
        *gap_features(layout, *ordered(layout, q, k)),
        institution.first > quantity.first,
        quantity.sentence - institution.sentence,
    ]


def _rank(layout: Layout, q: Integers, k: Integers) -> Columns:
    quantity, institution = spots_of(layout, q, k)
    firsts = layout.institution_spots.first
    place = np.searchsorted(firsts, quantity.first)
    start, stop = layout.sentence_tokens[quantity.sentence].T
    own_start, own_stop = layout.sentence_tokens[institution.sentence].T
    low, high = np.searchsorted(firsts, start), np.searchsorted(firsts, stop)
    return [
        np.where(k >= place, k - place + 1, place - k),
        k == place - 1,
        k == place,
        high - low,
        k - np.searchsorted(firsts, own_start),
        institution.first == own_start,
        institution.first - own_start,
        own_stop - institution.stop,
        begin_among(layout.quantity_spots, start, stop),
        begin_among(layout.quantity_spots, start, quantity.first),
        quantity.first - start,
        stop - quantity.stop,
        place - 1 >= low,
        high > place,
        institution.sentence,
    ]


RANK = words.as_tuple(
    "rank nearest_before nearest_after in_sentence order opens words_before words_after quantities"
    " quantities_before quantity_words_before quantity_words_after other_before other_after sentence"
)


def _body(layout: Layout, q: Integers, k: Integers) -> Columns:
    del q  # of the institution alone: a row for each, then taken by the pairs
    rows = [_body_row(layout, place, index) for index, place in enumerate(layout.institutions)]
    table: Floats = np.array(rows, dtype=np.float64).reshape(len(rows), len(BODY))
    return list(table[k].T)


def _body_row(layout: Layout, institution: Place, index: int) -> list[float]:
    name = layout.tokens[institution.first : institution.stop]
    same_name = layout.indices_of_key[layout.institution_keys[index]]
    return [
        *_one_of(name[0] if name else "", words.BODIES),
        *_one_of(layout.token(institution.first - 1), words.AGENTS),
        *_one_of(layout.token(institution.stop), words.AGENTS),
        len(name),
        len(same_name),
        float(same_name[0] == index),
        len(layout.indices_of_key),
    ]


def _one_of(word: str, known: tuple[str, ...]) -> list[float]:
    return [float(word == other) for other in known]


BODY = (
    *(f"is_{n}" for n in range(len(words.BODIES))),
    *(f"before_{n}" for n in range(len(words.AGENTS))),
    *(f"after_{n}" for n in range(len(words.AGENTS))),
    *words.as_tuple("words mentions first_mention names"),
)


def _clause(layout: Layout, q: Integers, k: Integers) -> Columns:
    quantity, institution = spots_of(layout, q, k)
    start, stop = layout.sentence_tokens[quantity.sentence].T
    own_stop = layout.sentence_tokens[institution.sentence][:, 1]
    first, end = gap_of(quantity, institution)
    same = quantity.sentence == institution.sentence
    back = _points_back(layout)
    return [
        layout.counts("we", start, stop) > 0,
        _words_to_verb(layout, quantity.stop, stop),
        same & (layout.counts("speech", institution.stop, quantity.first) > 0),
        layout.counts("speech", institution.stop, own_stop) > 0,
        layout.counts("deictic", start, quantity.first),
        (end > first) & (back[np.maximum(end - 1, 0)] > back[first]),
        layout.counts("colon", first, end) > 0,
        layout.counts("agent", first, end) > 0,
        layout.labels[q],
        layout.kinds[q],
    ]


CLAUSE = words.as_tuple("we words_to_verb speaks_before speaks deictics points_back colon agent label kind")


def _words_to_verb(layout: Layout, first: Integers, stop: Integers) -> Integers:
    """Tokens from ``first`` to the next verb before ``stop``, :data:`TAIL` where it is not near."""
    verbs = np.array([n for n, token in enumerate(layout.tokens) if token in words.VERBS], dtype=np.int64)
    following = np.append(verbs, len(layout.tokens) + TAIL)[np.searchsorted(verbs, first)]
    near = (following < stop) & (following - first < TAIL)
    return np.where(near, following - first, TAIL)


def _points_back(layout: Layout) -> Integers:
    """How often «این شرکت», «این بانک» begins before a token: then the nearest earlier name is meant."""
    marks = [word == "این" and layout.token(n + 1) in words.BODIES for n, word in enumerate(layout.tokens)]
    return sums_of(np.array([*marks, False]))


BY_GROUPS = (
    Group("gap", (*GAP_NAMES, "after", "sentences_signed"), _gap),
    Group("rank", tuple(RANK), _rank),
    Group("body", BODY, _body),
    Group("clause", tuple(CLAUSE), _clause),
)
