"""A second look at institutions: what the first look says of the other candidates and of the neighbours.

Whether a body is party to a quantity depends on who else could be, and on whose the quantities before and
behind are, and those linked with it: a list goes on with one bank, a speech with one ministry. The first
look's probabilities of all candidates of an article are the features here, beside the pair's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from ie_model.linking.decoding import Pair
from ie_model.linking.features import Floats
from ie_model.linking.layout import Layout

#: Quantities before and behind that are asked for the same body.
NEAR: Final = 4
#: Quantities of the same sentence that are asked, on either side.
SAME_SENTENCE: Final = 6

COLUMNS: Final = (
    "first", "body", "best_other", "second_other", "other_mention", "linked", "nearest_link",
    "nearest_linked", "pooled", "previous", "next", "best_of_previous", "best_of_next", "total", "support",
    "most", "later", "earlier", "rank", "sentence", "lead", "bodies",
)  # fmt: skip


def second_rows(
    layout: Layout, links: Mapping[Pair, float], pairs: Sequence[Pair], first: Sequence[float]
) -> Floats:
    """Return the second look's features of each (quantity, institution) pair, columns as :data:`COLUMNS`.

    Args:
        layout: The article.
        links: First probability of each candidate pair of quantities.
        pairs: Candidate (quantity, institution) pairs.
        first: First probability of each.
    """
    look = _Look(layout, links, pairs, first)
    rows = [look.row(q, k, p) for (q, k), p in zip(pairs, first, strict=True)]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(COLUMNS))


class _Look:
    """The first look's probabilities, by quantity and body."""

    def __init__(
        self, layout: Layout, links: Mapping[Pair, float], pairs: Sequence[Pair], first: Sequence[float]
    ) -> None:
        count = len(layout.quantities)
        self._layout = layout
        self._bodies: list[dict[str, float]] = [{} for _ in range(count)]
        self._mentions: dict[Pair, float] = {}
        for (q, k), p in zip(pairs, first, strict=True):
            key = layout.institution_keys[k]
            self._bodies[q][key] = max(self._bodies[q].get(key, 0.0), p)
            self._mentions[q, k] = p
        self._linked: list[list[tuple[float, int]]] = [[] for _ in range(count)]
        for (i, j), p in links.items():
            self._linked[i].append((p, j))
            self._linked[j].append((p, i))
        self._support: dict[str, float] = {}
        self._most: dict[str, float] = {}
        for own in self._bodies:
            for key, p in own.items():
                self._support[key] = self._support.get(key, 0.0) + p
                self._most[key] = max(self._most.get(key, 0.0), p)

    def row(self, q: int, k: int, first: float) -> list[float]:
        layout, bodies = self._layout, self._bodies
        key = layout.institution_keys[k]
        own = bodies[q][key]
        others = [*sorted((p for name, p in bodies[q].items() if name != key), reverse=True), 0.0, 0.0]
        elsewhere = [self._mentions.get((q, m), 0.0) for m in layout.indices_of_key[key] if m != k]
        return [
            first,
            own,
            others[0],
            others[1],
            max(elsewhere, default=0.0),
            *self._of_linked(q, key, own),
            self._of(q - 1, key),
            self._of(q + 1, key),
            self._best(q - 1),
            self._best(q + 1),
            sum(bodies[q].values()),
            self._support[key],
            self._most[key],
            max((own.get(key, 0.0) for own in bodies[q + 1 : q + 1 + NEAR]), default=0.0),
            max((own.get(key, 0.0) for own in bodies[max(0, q - NEAR) : q]), default=0.0),
            float(sum(p > first for name, p in bodies[q].items() if name != key)),
            self._in_sentence(q, key),
            first - others[0],
            float(len(bodies[q])),
        ]

    def _of_linked(self, q: int, key: str, own: float) -> tuple[float, float, float, float]:
        """What quantities linked with ``q`` say: mean, nearest link and its body, pooled with ``q``'s own."""
        linked = self._linked[q]
        weight = sum(p for p, _ in linked)
        total = sum(p * self._bodies[j].get(key, 0.0) for p, j in linked)
        nearest = max(((p, self._bodies[j].get(key, 0.0)) for p, j in linked), default=(0.0, 0.0))
        return total / weight if weight else 0.0, *nearest, (own + total) / (1.0 + weight)

    def _of(self, q: int, key: str) -> float:
        return self._bodies[q].get(key, 0.0) if 0 <= q < len(self._bodies) else -1.0

    def _best(self, q: int) -> float:
        return max(self._bodies[q].values(), default=0.0) if 0 <= q < len(self._bodies) else -1.0

    def _in_sentence(self, q: int, key: str) -> float:
        places = self._layout.quantities
        near = range(max(0, q - SAME_SENTENCE), min(len(places), q + SAME_SENTENCE + 1))
        same = [self._of(j, key) for j in near if j != q and places[j].sentence == places[q].sentence]
        return max(same, default=-1.0)
