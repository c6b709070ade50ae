"""A second look at institutions: what the first look says of the other candidates and of the neighbours.

Whether a body is party to a quantity depends on who else could be, and on whose the quantities before and
behind are, and those linked with it: a list goes on with one bank, a speech with one ministry. The first
look's probabilities of all candidates of an article are the features here, beside the pair's own.

Only candidates are held, and of each quantity only the neighbours that are asked: a table of all quantities
by all bodies, or by one another, would take gigabytes for an article of a million characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ie_model.linking.decoding import Pair
from ie_model.linking.features import Floats, at_or
from ie_model.linking.layout import Integers, Layout

#: Quantities before and behind that are asked for the same body.
NEAR: Final = 4
#: Quantities of the same sentence that are asked, on either side.
SAME_SENTENCE: Final = 6

Bools = npt.NDArray[np.bool_]

COLUMNS: Final = (
    "first", "body", "best_other", "second_other", "other_mention", "linked", "nearest_link",
    "nearest_linked", "pooled", "previous", "next", "best_of_previous", "best_of_next", "total", "support",
    "most", "later", "earlier", "rank", "sentence", "lead", "bodies",
)  # fmt: skip


def second_rows(layout: Layout, links: Mapping[Pair, float], pairs: Sequence[Pair], first: Floats) -> Floats:
    """Return the second look's features of each (quantity, institution) pair, columns as :data:`COLUMNS`.

    Args:
        layout: The article.
        links: First probability of each candidate pair of quantities.
        pairs: Candidate (quantity, institution) pairs.
        first: First probability of each, shape (pairs,).
    """
    if not pairs:
        return np.zeros((0, len(COLUMNS)), dtype=np.float64)
    bodies = _Bodies(layout, pairs, first)
    sentence = layout.quantity_spots.sentence
    neighbours = _Partners.by_steps(len(sentence), range(-SAME_SENTENCE, SAME_SENTENCE + 1))
    same = sentence[:, np.newaxis] == at_or(sentence, neighbours.places, -1)
    best: Floats = bodies.of_quantity.max(axis=1)
    columns = [
        first,
        bodies.own,
        *bodies.others(),
        *_of_linked(bodies, links),
        bodies.best_among(_Partners.by_steps(len(sentence), [-1]), -1.0),
        bodies.best_among(_Partners.by_steps(len(sentence), [1]), -1.0),
        at_or(best, bodies.q - 1, -1.0),
        at_or(best, bodies.q + 1, -1.0),
        bodies.of_quantity.sum(axis=1)[bodies.q],
        *bodies.of_body(),
        bodies.best_among(_Partners.by_steps(len(sentence), range(1, NEAR + 1)), 0.0),
        bodies.best_among(_Partners.by_steps(len(sentence), range(-NEAR, 0)), 0.0),
        (bodies.of_quantity[bodies.q] > first[:, np.newaxis]).sum(axis=1) - (bodies.own > first),
        bodies.best_among(neighbours.where(same), -1.0),
    ]
    columns += [first - columns[2], bodies.count[bodies.q]]
    return np.stack(columns, axis=1).astype(np.float64)


class _Partners(NamedTuple):
    """Other quantities of each quantity: their places and whether they count, shape (quantities, most)."""

    places: Integers
    counts: Bools

    @classmethod
    def by_steps(cls, count: int, steps: Iterable[int]) -> _Partners:
        """Return those so many places behind (or, below 0, before) each of ``count`` quantities."""
        places = np.arange(count)[:, np.newaxis] + np.array([step for step in steps if step])
        return cls(places, (places >= 0) & (places < count))

    def where(self, counts: Bools) -> _Partners:
        """Return those that fit ``counts`` too."""
        return _Partners(self.places, self.counts & counts)


class _Bodies:
    """The first look's probabilities, by quantity and body.

    Attributes:
        q: Quantity of each pair.
        key: Body of each pair, by number.
        own: Best probability of the pair's quantity and any mention of its body.
        of_quantity: Those of each quantity's bodies, shape (quantities, most bodies of one), 0 where it has
            fewer; at least three columns.
        count: How many bodies are candidates of each quantity.
    """

    def __init__(self, layout: Layout, pairs: Sequence[Pair], first: Floats) -> None:
        names = {name: place for place, name in enumerate(layout.indices_of_key)}
        keys = np.array([names[name] for name in layout.institution_keys], dtype=np.int64)
        self.q, institution = np.array(pairs, dtype=np.int64).T
        self.key = keys[institution]
        self._names = len(names)
        self._first = first
        # Each quantity and body once, in order of both.
        self._codes, entry = np.unique(self.q * self._names + self.key, return_inverse=True)
        self._best = np.zeros(len(self._codes), dtype=np.float64)
        np.maximum.at(self._best, entry, first)
        self.own = self._best[entry]
        owner, self._body = np.divmod(self._codes, self._names)
        self.count = np.bincount(owner, minlength=len(layout.quantities))
        self.of_quantity = np.zeros((len(layout.quantities), max(3, self.count.max())), dtype=np.float64)
        self.of_quantity[owner, _ranks(owner)] = self._best

    def at(self, quantity: Integers) -> Floats:
        """The best probability of each pair's body at other quantities, 0 for no candidate.

        Args:
            quantity: Shape (pairs, others).
        """
        code = quantity * self._names + self.key[:, np.newaxis]
        place = np.minimum(np.searchsorted(self._codes, code), len(self._codes) - 1)
        found: Floats = np.where(self._codes[place] == code, self._best[place], 0.0)
        return found

    def of_body(self) -> tuple[Floats, Floats]:
        """Sum and highest of the probabilities of the pair's body at all quantities."""
        most = np.zeros(self._names, dtype=np.float64)
        np.maximum.at(most, self._body, self._best)
        return np.bincount(self._body, self._best)[self.key], most[self.key]

    def others(self) -> tuple[Floats, Floats, Floats]:
        """The best and second-best other body of each pair's quantity, and the body's best other mention."""
        one, two, three = -np.sort(-self.of_quantity, axis=1)[self.q, :3].T
        best: Floats = np.where(self.own >= one, two, one)
        second: Floats = np.where(self.own >= two, three, two)
        return best, second, self._other_mention()

    def _other_mention(self) -> Floats:
        # Pairs of one quantity and body stand together, the best last: its rival is the one before it.
        order = np.lexsort((self._first, self.key, self.q))
        alike = np.zeros(len(order), dtype=np.bool_)
        alike[1:] = (np.diff(self.q[order]) == 0) & (np.diff(self.key[order]) == 0)
        last = np.append(~alike[1:], True)
        before = np.where(alike, np.roll(self._first[order], 1), 0.0)
        found = np.empty(len(order), dtype=np.float64)
        found[order] = np.where(last, before, self.own[order])
        return found

    def best_among(self, asked: _Partners, absent: float) -> Floats:
        """The best probability of the pair's body at the partners of its quantity, ``absent`` for none."""
        found = np.where(asked.counts[self.q], self.at(asked.places[self.q]), absent)
        best: Floats = found.max(axis=1, initial=absent)
        return best


def _ranks(owners: Integers) -> Integers:
    """Return the place of each among the equal ones; ``owners`` ascend."""
    ranks: Integers = np.arange(len(owners)) - np.searchsorted(owners, owners)
    return ranks


def _of_linked(bodies: _Bodies, links: Mapping[Pair, float]) -> list[Floats]:
    """What quantities linked with a pair's say of its body: mean, nearest link and its word, all pooled."""
    linked, weights = _linked(len(bodies.count), links)
    weight: Floats = weights.sum(axis=1)[bodies.q]
    total: Floats = (weights[bodies.q] * bodies.at(linked.places[bodies.q])).sum(axis=1)
    nearest = weights.max(axis=1, initial=0.0)
    word = bodies.best_among(linked.where(weights == nearest[:, np.newaxis]), 0.0)
    mean = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
    return [mean, nearest[bodies.q], word, (bodies.own + total) / (1.0 + weight)]


def _linked(count: int, links: Mapping[Pair, float]) -> tuple[_Partners, Floats]:
    """Return the quantities linked with each, and the probability of each link."""
    ends = np.array(list(links), dtype=np.int64).reshape(-1, 2)
    one, other = np.concatenate([ends, ends[:, ::-1]]).T
    order = np.lexsort((other, one))
    one, other = one[order], other[order]
    most = np.bincount(one, minlength=1).max()
    index = np.zeros((count, most), dtype=np.int64)
    weights, counts = np.zeros(index.shape, dtype=np.float64), np.zeros(index.shape, dtype=np.bool_)
    places = one, _ranks(one)
    index[places], counts[places] = other, True
    weights[places] = np.tile(np.fromiter(links.values(), np.float64, len(links)), 2)[order]
    return _Partners(index, counts), weights
