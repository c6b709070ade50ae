"""A second look at institutions: what the first look says of the other candidates and of the neighbours.

Whether a body is party to a quantity depends on who else could be, and on whose the quantities before and
behind are, and those linked with it: a list goes on with one bank, a speech with one ministry. The first
look's probabilities of all candidates of an article are the features here, beside the pair's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ie_model.linking.decoding import Pair
from ie_model.linking.features import Floats, at_or
from ie_model.linking.layout import Layout

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
    places, sentence = np.arange(len(layout.quantities)), layout.quantity_spots.sentence
    apart, same = places - places[:, np.newaxis], sentence == sentence[:, np.newaxis]
    best: Floats = bodies.table.max(axis=1)
    columns = [
        first,
        bodies.own,
        *bodies.others(),
        *_of_linked(bodies, links),
        bodies.best_among(apart == -1, -1.0),
        bodies.best_among(apart == 1, -1.0),
        at_or(best, bodies.q - 1, -1.0),
        at_or(best, bodies.q + 1, -1.0),
        bodies.table.sum(axis=1)[bodies.q],
        bodies.table.sum(axis=0)[bodies.key],
        bodies.table.max(axis=0)[bodies.key],
        bodies.best_among((apart > 0) & (apart <= NEAR), 0.0),
        bodies.best_among((apart < 0) & (apart >= -NEAR), 0.0),
        (bodies.table[bodies.q] > first[:, np.newaxis]).sum(axis=1) - (bodies.own > first),
        bodies.best_among((apart != 0) & (abs(apart) <= SAME_SENTENCE) & same, -1.0),
    ]
    columns += [first - columns[2], bodies.present.sum(axis=1)[bodies.q]]
    return np.stack(columns, axis=1).astype(np.float64)


class _Bodies:
    """The first look's probabilities, by quantity and body.

    Attributes:
        q: Quantity of each pair.
        key: Body of each pair, a column of ``table``.
        table: Best probability of any mention of a body, shape (quantities, bodies); 0 for no candidate.
        present: Whether the body is a candidate of the quantity.
        own: ``table`` at each pair.
    """

    def __init__(self, layout: Layout, pairs: Sequence[Pair], first: Floats) -> None:
        names = {name: place for place, name in enumerate(layout.indices_of_key)}
        keys = np.array([names[name] for name in layout.institution_keys], dtype=np.int64)
        self.q, institution = np.array(pairs, dtype=np.int64).T
        self.key = keys[institution]
        self.table = np.zeros((len(layout.quantities), len(names)), dtype=np.float64)
        np.maximum.at(self.table, (self.q, self.key), first)
        self.present = np.zeros(self.table.shape, dtype=np.bool_)
        self.present[self.q, self.key] = True
        self.own = self.table[self.q, self.key]
        self._first = first
        self._everywhere = self.table.T[self.key]  # the pair's body at every quantity

    def others(self) -> tuple[Floats, Floats, Floats]:
        """The best and second-best other body of each pair's quantity, and the body's best other mention."""
        padded = np.pad(self.table, ((0, 0), (0, 2)))
        one, two, three = -np.sort(-padded, axis=1)[self.q, :3].T
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

    def best_among(self, chosen: Bools, absent: float) -> Floats:
        """The best probability of the pair's body for some quantities, ``absent`` for no quantity.

        Args:
            chosen: Which quantities are asked for each quantity, shape (quantities, quantities).
            absent: For a quantity of which none is asked.
        """
        best: Floats = np.where(chosen[self.q], self._everywhere, absent).max(axis=1)
        return best


def _of_linked(bodies: _Bodies, links: Mapping[Pair, float]) -> list[Floats]:
    """What quantities linked with a pair's say of its body: mean, nearest link and its word, all pooled."""
    count = len(bodies.table)
    link = np.full((count, count), -1.0)
    for (i, j), probability in links.items():
        link[i, j] = link[j, i] = probability
    linked = link >= 0
    weights = np.where(linked, link, 0.0)
    weight: Floats = weights.sum(axis=1)[bodies.q]
    total: Floats = (weights @ bodies.table)[bodies.q, bodies.key]
    nearest = weights.max(axis=1)
    who = linked & (link == nearest[:, np.newaxis])
    word = bodies.best_among(who, 0.0)
    mean = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
    return [mean, nearest[bodies.q], word, (bodies.own + total) / (1.0 + weight)]
