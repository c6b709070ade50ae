"""Which words are got wrong again and again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ie_model.evaluation.mistakes import Mistake
from ie_model.persian.folding import name_key
from ie_model.report.scores.browser import KINDS

MOST: Final = 12
"""Words that are shown."""
AGAIN: Final = 2
"""Mistakes from which on words are shown: once is chance."""


@dataclass(frozen=True, slots=True)
class Surface:
    """Words as first written, and how often each kind of mistake is made with them."""

    text: str
    kinds: Mapping[str, int]


def frequent_surfaces(mistakes: Iterable[Mistake]) -> list[Surface]:
    """Return the words with most mistakes of mentions, spellings folded together, the most first."""
    texts: dict[str, str] = {}
    counts: dict[str, Counter[str]] = {}
    for mistake in mistakes:
        side = mistake.gold or mistake.predicted or {}
        if "text" not in side:
            continue  # a record
        key = name_key(side["text"])
        texts.setdefault(key, side["text"])
        counts.setdefault(key, Counter())[KINDS[mistake.kind]] += 1
    again = [key for key in counts if counts[key].total() >= AGAIN]
    most = sorted(again, key=lambda key: (-counts[key].total(), texts[key]))[:MOST]
    return [Surface(texts[key], dict(counts[key].most_common())) for key in most]
