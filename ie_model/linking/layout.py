"""An article as the linker sees it: words, sentences and mentions, counted once.

Pair features ask the same few questions thousands of times (how many verbs between these two mentions?
which word stands before this one?), so an article is read once and the answers come from prefix sums and
bisection, for all pairs at once: arrays in, arrays out.

Tokens are maximal runs of letters and digits, or one sign each. ZWNJ separates, so «می‌شود» and «می شود»
are the same two words; each word is folded on its own, which keeps offsets into the article untouched.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from ie_model.linking import words
from ie_model.persian.folding import fold, name_key
from ie_model.persian.sentences import split_sentences
from ie_model.schema import AMOUNT, PERCENTAGE, QUANTITY_LABELS, TARGET, Mention, Quantity

_TOKEN = re.compile(r"\w+|[^\w\s\u200c]")

#: Token classes that are counted between mentions, by name.
CLASSES: dict[str, Callable[[str], bool]] = {
    "word": lambda token: token[0].isalnum(),
    "comma": words.COMMAS.__contains__,
    "stop": words.STOPS.__contains__,
    "bracket": words.BRACKETS.__contains__,
    "and": "و".__eq__,
    "verb": words.VERBS.__contains__,
    "participle": words.PARTICIPLES.__contains__,
    "speech": words.SPEECH.__contains__,
    "subordinate": words.SUBORDINATORS.__contains__,
    "deictic": words.DEICTICS.__contains__,
    "colon": ":".__eq__,
    "agent": words.BY_AGENT.__contains__,
    "we": words.WE.__contains__,
}
_CLASS_PLACES: Final = {name: place for place, name in enumerate(CLASSES)}

Integers = npt.NDArray[np.int64]

ValueKey = tuple[bool, float]
LABEL_CODES: Final = {AMOUNT: 0, TARGET: 1, PERCENTAGE: 2}
KIND_CODES: Final = {"money": 0, "count": 1, "measure": 2, "percent": 3}


@dataclass(frozen=True, slots=True)
class Place:
    """Where one mention stands, and what its quantity is at a glance.

    ``first`` and ``stop`` are the half-open range of its tokens; ``sentence`` and ``line`` count from 0.
    ``kind`` is a code of :data:`KIND_CODES` (a quantity that cannot be read is a percentage by its
    label, else a count), ``value`` the value, the middle of a range or NaN, ``unit`` and ``item`` empty
    when unknown.
    """

    mention: Mention
    first: int
    stop: int
    sentence: int
    line: int
    kind: int
    value: float
    unit: str
    item: str


class Spots(NamedTuple):
    """Places of mentions as arrays of one length; ``start`` and ``end`` are code points."""

    first: Integers
    stop: Integers
    sentence: Integers
    line: Integers
    start: Integers
    end: Integers

    def at(self, indices: Integers) -> Spots:
        """Return the places at ``indices``, in their order."""
        return Spots(*(values[indices] for values in self))


def _spots(places: Sequence[Place]) -> Spots:
    rows = [(p.first, p.stop, p.sentence, p.line, p.mention.start, p.mention.end) for p in places]
    return Spots(*np.array(rows, dtype=np.int64).reshape(len(rows), len(Spots._fields)).T)


@dataclass(frozen=True)
class Layout:
    """Tokens, sentences and mentions of one article, all in text order.

    Attributes:
        text: The article as given.
        tokens: Folded tokens.
        sentences: Half-open code points of each sentence.
        quantities: Mentions of quantities.
        institutions: Mentions of institutions.
        sentence_tokens: Half-open tokens of each sentence, shape (sentences, 2).
        sums: How many tokens of each of :data:`CLASSES` stand before a token, shape (classes, tokens + 2).
        quantity_spots: Places of the quantities.
        institution_spots: Places of the institutions.
        labels: Label of each quantity, codes of :data:`LABEL_CODES`.
        kinds: Kind of each quantity, codes of :data:`KIND_CODES`.
        institution_keys: Folded name of each institution.
        indices_of_key: Institutions of each name.
        indices_of_value: Quantities of each value.
    """

    text: str
    tokens: list[str]
    sentences: list[tuple[int, int]]
    quantities: list[Place]
    institutions: list[Place]
    sentence_tokens: Integers
    sums: Integers
    quantity_spots: Spots
    institution_spots: Spots
    labels: Integers
    kinds: Integers
    institution_keys: list[str]
    indices_of_key: dict[str, list[int]]
    indices_of_value: dict[ValueKey, list[int]]

    def counts(self, name: str, first: Integers, stop: Integers) -> Integers:
        """Tokens of class ``name`` among each of the token ranges ``[first, stop)``; 0 where one is empty."""
        before = self.sums[_CLASS_PLACES[name]]
        return np.where(stop > first, before[stop] - before[first], 0)

    def count(self, name: str, first: int, stop: int) -> int:
        """:meth:`counts` of one range."""
        before = self.sums[_CLASS_PLACES[name]]
        return int(before[stop] - before[first]) if stop > first else 0

    def token(self, index: int) -> str:
        """The folded token at ``index``, or an empty string outside the article."""
        return self.tokens[index] if 0 <= index < len(self.tokens) else ""


def begin_among(spots: Spots, first: Integers, stop: Integers) -> Integers:
    """Return how many of ``spots`` begin among each of the token ranges ``[first, stop)``."""
    begun = np.searchsorted(spots.first, stop) - np.searchsorted(spots.first, first)
    return np.asarray(np.maximum(begun, 0), dtype=np.int64)


@lru_cache(maxsize=65536)
def _fold_token(token: str) -> str:
    return fold(token) or token


@lru_cache(maxsize=65536)
def _classes_of(token: str) -> tuple[bool, ...]:
    return tuple(test(token) for test in CLASSES.values())


def _sums(tokens: Sequence[str]) -> Integers:
    # A mention without a token, at the very end, stands on one of no class behind the last.
    rows = [*map(_classes_of, tokens), (False,) * len(CLASSES)]
    return sums_of(np.array(rows).T)


def sums_of(marks: npt.NDArray[np.bool_]) -> Integers:
    """Return how many ``marks`` stand before each place of the last axis, and behind all of them."""
    sums = np.zeros((*marks.shape[:-1], marks.shape[-1] + 1), dtype=np.int64)
    np.cumsum(marks, axis=-1, out=sums[..., 1:])
    return sums


def _place(mention: Mention, first: int, stop: int, sentence: int, line: int) -> Place:
    quantity = mention.quantity
    if quantity is None:
        kind = KIND_CODES["percent" if mention.label == PERCENTAGE else "count"]
        return Place(mention, first, stop, sentence, line, kind, math.nan, "", "")
    unit = quantity.currency or quantity.unit or ""
    kind = KIND_CODES[quantity.kind]
    return Place(mention, first, stop, sentence, line, kind, _middle(quantity), unit, quantity.item or unit)


def _middle(quantity: Quantity) -> float:
    if quantity.value is not None:
        return float(quantity.value)
    if quantity.low is not None and quantity.high is not None:
        return float(quantity.low + quantity.high) / 2
    return math.nan


def value_key(place: Place) -> ValueKey | None:
    """Return what two mentions of one value share, percentages apart; None when the value is not known."""
    return None if math.isnan(place.value) else (place.mention.label == PERCENTAGE, place.value)


Key = TypeVar("Key", bound=Hashable)


def _indices(keys: Sequence[Key | None]) -> dict[Key, list[int]]:
    found: dict[Key, list[int]] = {}
    for index, key in enumerate(keys):
        if key is not None:
            found.setdefault(key, []).append(index)
    return found


def lay_out(text: str, mentions: Sequence[Mention]) -> Layout:
    """Read an article once.

    Args:
        text: The article as given.
        mentions: Its mentions, in any order; labels other than the four known ones are passed over.
    """
    matches = list(_TOKEN.finditer(text))
    starts = [match.start() for match in matches]
    tokens = [_fold_token(match.group()) for match in matches]
    # An article of spaces has no sentence; whatever stands in it stands in one.
    sentences = split_sentences(text) or [(0, len(text))]
    sentence_starts = [start for start, _ in sentences]
    breaks = [match.start() for match in re.finditer("\n", text)]
    places: dict[bool, list[Place]] = {True: [], False: []}
    for mention in sorted(mentions, key=lambda m: (m.start, m.end, m.id)):
        first = bisect_left(starts, mention.start)
        place = _place(
            mention,
            first,
            max(bisect_left(starts, mention.end), first + 1),
            max(bisect_left(sentence_starts, mention.start + 1) - 1, 0),
            bisect_left(breaks, mention.start),
        )
        places[mention.label in QUANTITY_LABELS].append(place)
    ends = [*sentence_starts[1:], len(text) + 1]
    keys = [name_key(place.mention.text) for place in places[False]]
    return Layout(
        text=text,
        tokens=tokens,
        sentences=sentences,
        quantities=places[True],
        institutions=places[False],
        sentence_tokens=np.searchsorted(starts, np.array([sentence_starts, ends]).T),
        sums=_sums(tokens),
        quantity_spots=_spots(places[True]),
        institution_spots=_spots(places[False]),
        labels=np.array([LABEL_CODES[place.mention.label] for place in places[True]], dtype=np.int64),
        kinds=np.array([place.kind for place in places[True]], dtype=np.int64),
        institution_keys=keys,
        indices_of_key=_indices(keys),
        indices_of_value=_indices([value_key(place) for place in places[True]]),
    )
