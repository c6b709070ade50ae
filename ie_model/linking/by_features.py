"""Features of a quantity and an institution: does the text make the institution a party to the quantity?"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise

from ie_model.linking import words
from ie_model.linking.features import GAP_NAMES, Group, Slot, gap_features, gap_of, slots_of
from ie_model.linking.layout import Layout, Place
from ie_model.linking.with_features import LABEL_CODES

#: An institution stands at most so many sentences before a quantity of its record (97 % in our corpus) ...
MAX_SENTENCES_BEFORE = 4
#: ... or so many after it (99.6 %).
MAX_SENTENCES_AFTER = 1
#: Among institutions before a quantity only so many of the nearest are candidates.
MAX_BEFORE = 8


def candidate_pairs(layout: Layout) -> Iterator[tuple[int, int]]:
    """Yield (quantity index, institution index) pairs that may share a record."""
    firsts = layout.institution_firsts
    for q, quantity in enumerate(layout.quantities):
        middle = bisect_left(firsts, quantity.first)
        for k in range(max(0, middle - MAX_BEFORE), len(firsts)):
            distance = quantity.sentence - layout.institutions[k].sentence
            if -distance > MAX_SENTENCES_AFTER:
                break
            if distance <= MAX_SENTENCES_BEFORE:
                yield q, k


def ordered(layout: Layout, q: int, k: int) -> tuple[Place, Place]:
    """Return the quantity and the institution in text order."""
    quantity, institution = layout.quantities[q], layout.institutions[k]
    if quantity.first <= institution.first:
        return quantity, institution
    return institution, quantity


def slots(layout: Layout, q: int, k: int) -> frozenset[Slot]:
    """Return the words around and between, each slot marked with which of the two comes first."""
    left, right = ordered(layout, q, k)
    side = "q" if left is layout.quantities[q] else "i"
    return frozenset((f"{side}_{slot}", word) for slot, word in slots_of(layout, left, right))


def _gap(layout: Layout, q: int, k: int) -> list[float]:
    quantity, institution = layout.quantities[q], layout.institutions[k]
    after = float(institution.first > quantity.first)
    return [*gap_features(layout, *ordered(layout, q, k)), after, quantity.sentence - institution.sentence]


def _rank(layout: Layout, q: int, k: int) -> list[float]:
    quantity, institution = layout.quantities[q], layout.institutions[k]
    firsts = layout.institution_firsts
    place = bisect_left(firsts, quantity.first)
    start, stop = layout.sentence_tokens[quantity.sentence]
    own_start, own_stop = layout.sentence_tokens[institution.sentence]
    low, high = bisect_left(firsts, start), bisect_left(firsts, stop)
    return [
        float(k - place + 1 if k >= place else place - k),
        float(k == place - 1),
        float(k == place),
        high - low,
        k - bisect_left(firsts, own_start),
        float(institution.first == own_start),
        institution.first - own_start,
        own_stop - institution.stop,
        layout.quantities_between(start, stop),
        layout.quantities_between(start, quantity.first),
        quantity.first - start,
        stop - quantity.stop,
        float(place - 1 >= low),
        float(high > place),
        float(institution.sentence),
    ]


RANK = words.as_tuple(
    "rank nearest_before nearest_after in_sentence order opens words_before words_after quantities"
    " quantities_before quantity_words_before quantity_words_after other_before other_after sentence"
)


def _body(layout: Layout, q: int, k: int) -> list[float]:
    del q
    institution = layout.institutions[k]
    name = layout.tokens[institution.first : institution.stop]
    before = layout.token(institution.first - 1)
    same_name = layout.indices_of_key[layout.institution_keys[k]]
    return [
        *(float(name[:1] == [word]) for word in words.BODIES),
        *(float(word == before) for word in words.AGENTS),
        *(float(layout.token(institution.stop) == word) for word in words.AGENTS),
        len(name),
        len(same_name),
        float(same_name[0] == k),
        len(layout.indices_of_key),
    ]


BODY = (
    *(f"is_{n}" for n in range(len(words.BODIES))),
    *(f"before_{n}" for n in range(len(words.AGENTS))),
    *(f"after_{n}" for n in range(len(words.AGENTS))),
    *words.as_tuple("words mentions first_mention names"),
)


def _clause(layout: Layout, q: int, k: int) -> list[float]:
    quantity, institution = layout.quantities[q], layout.institutions[k]
    start, stop = layout.sentence_tokens[quantity.sentence]
    first, end, _ = gap_of(*ordered(layout, q, k))
    inner = layout.tokens[first:end]
    tail = layout.tokens[quantity.stop : min(stop, quantity.stop + 12)]
    same = quantity.sentence == institution.sentence
    own_stop = layout.sentence_tokens[institution.sentence][1]
    return [
        float(
            any(
                word in ("کردیم", "داریم", "کنیم", "دهیم", "دادیم", "ما")
                for word in layout.tokens[start:stop]
            )
        ),
        next((n for n, word in enumerate(tail) if word in words.VERBS), 12),
        float(same and layout.count("speech", institution.stop, quantity.first) > 0),
        float(layout.count("speech", institution.stop, own_stop) > 0),
        layout.count("deictic", start, quantity.first),
        float(_points_back(inner)),
        float(":" in inner),
        float("سوی" in inner or "توسط" in inner),
        LABEL_CODES[quantity.mention.label],
        quantity.kind,
    ]


CLAUSE = words.as_tuple("we words_to_verb speaks_before speaks deictics points_back colon agent label kind")


def _points_back(inner: list[str]) -> bool:
    # «این شرکت», «این بانک»: the nearest earlier name is meant.
    return any(word == "این" and follow in words.BODIES for word, follow in pairwise(inner))


BY_GROUPS = (
    Group("gap", (*GAP_NAMES, "after", "sentences_signed"), _gap),
    Group("rank", tuple(RANK), _rank),
    Group("body", BODY, _body),
    Group("clause", tuple(CLAUSE), _clause),
)
