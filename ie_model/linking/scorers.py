"""How likely two mentions belong together: trees over features, a net over encoder states, a second look.

Features are computed once for all candidate pairs of an article (:class:`PairTable`). Trees and net answer
apart, and the mean of their log odds counts; institutions are then looked at once more, with the first
answers around them (:mod:`~ie_model.linking.second_look`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ie_model.errors import ModelError
from ie_model.linking import by_features, second_look, with_features
from ie_model.linking.decoding import Pair
from ie_model.linking.features import Floats, Group, matrix, names_of
from ie_model.linking.layout import Integers, Layout
from ie_model.linking.nets import PairNet, mix
from ie_model.linking.slots import Sides, Slot, is_slot, slot_matrix, slot_words
from ie_model.linking.span_states import PairStates, SpanStates
from ie_model.linking.trees import Trees


@dataclass(frozen=True)
class PairTable:
    """Candidate pairs of one kind in one article, with their features."""

    layout: Layout
    pairs: list[Pair]
    rows: Floats
    sides: Sides

    def slot_words(self) -> list[frozenset[Slot]]:
        """Return the slot words of each pair."""
        return slot_words(self.layout, self.sides)

    def with_slots(self, chosen: Sequence[Slot]) -> Floats:
        """Return the features, and behind them 1 or 0 for each chosen slot word."""
        return np.hstack([self.rows, slot_matrix(self.layout, self.sides, chosen)]) if chosen else self.rows


def with_table(layout: Layout) -> PairTable:
    """Return the candidate pairs of quantities, earlier first."""
    pairs = list(with_features.candidate_pairs(layout))
    i, j = _indices(pairs)
    rows = matrix(with_features.WITH_GROUPS, layout, i, j)
    spots = layout.quantity_spots
    return PairTable(layout, pairs, rows, Sides(spots.at(i), spots.at(j), np.full(len(pairs), "")))


def by_table(layout: Layout) -> PairTable:
    """Return the candidate pairs of a quantity and an institution, by their indices.

    Their slots are marked with which of the two comes first.
    """
    pairs = list(by_features.candidate_pairs(layout))
    q, k = _indices(pairs)
    rows = matrix(by_features.BY_GROUPS, layout, q, k)
    quantity, institution = by_features.spots_of(layout, q, k)
    marks = np.where(quantity.first <= institution.first, "q_", "i_")
    return PairTable(layout, pairs, rows, Sides(*by_features.ordered(layout, q, k), marks))


def _indices(pairs: Sequence[Pair]) -> tuple[Integers, Integers]:
    left, right = np.array(pairs, dtype=np.int64).reshape(len(pairs), 2).T
    return left, right


@dataclass(frozen=True)
class PairModel:
    """Trees over named features: columns are the group features ``names``, then the words ``slots``."""

    names: tuple[str, ...]
    slots: tuple[Slot, ...]
    trees: Trees

    def to_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` reads."""
        return {"names": self.names, "slots": self.slots, "trees": self.trees.to_json()}

    @classmethod
    def from_json(cls, tree: Any, expected: Sequence[str], *, where: str) -> PairModel:
        """Read a pair model over the features named ``expected``.

        Raises:
            ModelError: It is damaged, or was trained on other features than this version computes.
        """
        try:
            names = tuple(str(name) for name in tree["names"])
            slots = tuple((str(slot), str(word)) for slot, word in tree["slots"])
            unknown = [slot for slot, _ in slots if not is_slot(slot)]
            if unknown:
                raise ValueError(f"no slots: {unknown}")
            trees = Trees.from_json(tree["trees"], where=where)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError("the pair model cannot be read", where=where, found=repr(error)) from error
        if names != tuple(expected) or trees.features != len(names) + len(slots):
            raise ModelError(
                "the linker was trained on other features than this version computes",
                where=where,
                found=f"{len(names)} features and {len(slots)} slot words for {trees.features} columns",
                expected=f"the {len(expected)} features of this version",
                mend="Train the linker again.",
            )
        return cls(names, slots, trees)


#: Columns of the second look: the pair's own features, then what the first look says around it.
SECOND_NAMES: Final = (
    *names_of(by_features.BY_GROUPS),
    *(f"second.{name}" for name in second_look.COLUMNS),
)


@dataclass(frozen=True)
class PairScorer:
    """Trees over readable features and, where there are encoder states, a net: their log odds' mean."""

    trees: PairModel
    net: PairNet | None

    def probability(self, table: PairTable, states: PairStates | None) -> Floats:
        """Return the probability of every pair of ``table``, whose states are ``states``."""
        counted = self.trees.trees.probability(table.with_slots(self.trees.slots))
        if self.net is None or states is None:
            return counted
        return mix(counted, self.net.probability(table.rows, states))

    def to_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` reads."""
        return {"trees": self.trees.to_json(), "net": self.net.to_json() if self.net else None}

    @classmethod
    def from_json(cls, tree: Any, groups: Sequence[Group], *, where: str) -> PairScorer:
        """Read a scorer.

        Raises:
            ModelError: It is damaged, or was trained on other features than this version computes.
        """
        names = names_of(groups)
        trees = PairModel.from_json(tree["trees"], names, where=where)
        net = tree["net"]
        return cls(trees, PairNet.from_json(net, features=len(names), where=where) if net else None)


@dataclass(frozen=True)
class FirstLook:
    """First probabilities of an article's candidate pairs."""

    layout: Layout
    pairs: PairTable
    links: Floats
    institutions: PairTable
    by: Floats

    def second_rows(self) -> Floats:
        """Return the features of the second look, columns :data:`SECOND_NAMES`."""
        links = dict(zip(self.pairs.pairs, self.links.tolist(), strict=True))
        around = second_look.second_rows(self.layout, links, self.institutions.pairs, self.by)
        return np.hstack([self.institutions.rows, around])

    def again(self, model: PairModel) -> Floats:
        """Return the second probabilities of the institutions' pairs."""
        return model.trees.probability(self.second_rows())


def first_look(
    layout: Layout,
    pairs: PairTable,
    institutions: PairTable,
    scorers: tuple[PairScorer, PairScorer],
    spans: SpanStates | None,
) -> FirstLook:
    """Return the first probabilities of an article's pairs: ``with`` scorer first, then ``by``."""
    with_scorer, by_scorer = scorers
    return FirstLook(
        layout,
        pairs,
        with_scorer.probability(pairs, spans.of_quantities(pairs.pairs) if spans else None),
        institutions,
        by_scorer.probability(institutions, spans.of_institutions(institutions.pairs) if spans else None),
    )
