"""Which mention of one side answers to which of the other: for lists of mistakes and of corrections.

Pairs are taken in this order, one to one: the same label and span (``None``: nothing differs), the same span
(``wrong_label``), the same label on overlapping spans (``wrong_span``), overlapping spans
(``wrong_label_and_span``). What is left has no partner.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeVar

from ie_model.evaluation.facts import MentionLike
from ie_model.evaluation.scores import match_overlaps

Difference = Literal["wrong_label", "wrong_span", "wrong_label_and_span"]

First = TypeVar("First", bound=MentionLike)
Second = TypeVar("Second", bound=MentionLike)

_STEPS: tuple[tuple[Difference | None, bool, bool], ...] = (
    (None, True, True),
    ("wrong_label", False, True),
    ("wrong_span", True, False),
    ("wrong_label_and_span", False, False),
)


def pair_mentions(
    first: Sequence[First], second: Sequence[Second]
) -> tuple[list[tuple[Difference | None, First, Second]], list[First], list[Second]]:
    """Return the pairs with what differs in each, and what is left on either side.

    Args:
        first: Mentions of one article; gold, or what a correction started from.
        second: Mentions of the same article by another.
    """
    left, right = list(first), list(second)
    pairs: list[tuple[Difference | None, First, Second]] = []
    for kind, same_label, same_span in _STEPS:
        matched = _match(left, right, same_label=same_label, same_span=same_span)
        pairs += [(kind, left[i], right[j]) for i, j in matched]
        taken_left, taken_right = {i for i, _ in matched}, {j for _, j in matched}
        left = [mention for i, mention in enumerate(left) if i not in taken_left]
        right = [mention for j, mention in enumerate(right) if j not in taken_right]
    return pairs, left, right


def _match(
    first: Sequence[MentionLike], second: Sequence[MentionLike], *, same_label: bool, same_span: bool
) -> list[tuple[int, int]]:
    """Return index pairs, one to one, within groups of what has to be the same."""

    def groups(mentions: Sequence[MentionLike]) -> dict[Any, list[int]]:
        table: dict[Any, list[int]] = {}
        for index, mention in enumerate(mentions):
            span = (mention.start, mention.end) if same_span else None
            table.setdefault((mention.label if same_label else None, span), []).append(index)
        return table

    others = groups(second)
    pairs = []
    for key, indices in groups(first).items():
        partners = others.get(key, [])
        matched = match_overlaps(
            [(first[i].start, first[i].end) for i in indices],
            [(second[j].start, second[j].end) for j in partners],
        )
        pairs += [(indices[i], partners[j]) for i, j in matched]
    return pairs
