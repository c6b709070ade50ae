"""Articles of the tests, written with their mentions: «هدف [1T ۱۸ هزار نفر] بود» is a target of record 1."""

from __future__ import annotations

import re
from typing import NamedTuple

from ie_model.persian.sentences import split_sentences
from ie_model.quantities import read_quantity
from ie_model.schema import Mention

LABELS = {"A": "AMOUNT", "T": "TARGET", "P": "PERCENTAGE", "I": "INSTITUTION"}
_MARK = re.compile(r"\[(\d+)([ATPI]) ([^\]]+)\]")


class Marked(NamedTuple):
    """The text without its marks, each record's quantities by its number, and its institutions' names."""

    text: str
    records: dict[str, list[Mention]]
    names: dict[str, frozenset[str]]
    sentences: list[tuple[int, int]]


def read_marked(marked: str) -> Marked:
    """Read an article with marks; values come from the quantity reader."""
    text, spans, last = "", [], 0
    for mark in _MARK.finditer(marked):
        text += marked[last : mark.start()]
        spans.append((mark.group(1), LABELS[mark.group(2)], len(text), len(text) + len(mark.group(3))))
        text += mark.group(3)
        last = mark.end()
    text += marked[last:]
    records: dict[str, list[Mention]] = {}
    names: dict[str, frozenset[str]] = {}
    for number, (record, label, start, end) in enumerate(spans):
        surface = text[start:end]
        if label == "INSTITUTION":
            names[record] = names.get(record, frozenset()) | {surface}
            continue
        quantity = read_quantity(text, start, end, label=label).quantity
        mention = Mention(id=f"m{number}", label=label, start=start, end=end, text=surface, quantity=quantity)
        records.setdefault(record, []).append(mention)
    return Marked(text, records, names, split_sentences(text))
