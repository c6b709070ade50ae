"""Which article to annotate next: active learning with what the model says of its own doubts.

An article's benefit is what annotating it is expected to mend:

- mentions: the sum over mentions found of one minus their confidence, and over near misses of how likely a
  mention begins there (:mod:`ie_model.tagging.doubts`): the expected number of wrong and missed mentions;
- links: the sum over records of one minus their confidence;
- news: :data:`OF_A_NEW_NAME` for each institution that neither the annotated corpus nor an article further up
  the queue names.

The score is the benefit over the square root of the article's words (twice as long an article takes longer
to annotate, and not all of its doubts are new), times one minus its likeness to the most alike article that
is annotated or further up: the cosine of the encoder's mean states, the mean of all taken off. Articles are
taken greedily, best first, so likeness and news count what is taken already; scores fall along the queue.

Why these parts and what the queue is worth: ``docs/annotation-loop.md``, by ``scripts/simulate_queue.py``.
In simulation the queue needs 77 to 89 % of the articles that random order needs for the same F1, and 85 to
94 % of their words. Trade-off: it asks one run of the model, no committee; what the model is sure of and
wrong about, it does not see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

OF_A_NEW_NAME: Final = 0.18
"""Mistakes that an institution costs for being new: F1 of those named in training 0.955, of others 0.779
(``ie_model/shipped/scores.json``, ``held_out_of_sibling``)."""
LENGTH_POWER: Final = 0.5
"""Power of the number of words that a benefit is divided by. Shown in the simulation: 0 takes the longest
articles, 1 the shortest."""
DIGITS: Final = 4
"""Decimal places of a priority."""


@dataclass(frozen=True)
class Candidate:
    """An article that could be annotated.

    Attributes:
        id: Its id; distinct.
        words: Its length, at least 1.
        mentions: Expected number of wrong and missed mentions.
        links: Expected number of wrong records.
        names: Keys of the institutions that the model finds in it.
        vector: Mean state of the encoder over its tokens; of one length for all.
        doubts: The mentions that the model doubts most, in words, for the reason.
    """

    id: str
    words: int
    mentions: float
    links: float = 0.0
    names: frozenset[str] = frozenset()
    vector: Floats | None = None
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """What is annotated already: names of institutions, and the vectors of the articles (rows)."""

    names: frozenset[str] = frozenset()
    vectors: Floats | None = None


@dataclass(frozen=True)
class Choice:
    """An article's place in the queue: what it is taken for.

    Attributes:
        candidate: The article.
        priority: Its score when it was taken, in [0, inf); falls along the queue.
        new_names: Its institutions that were new then, sorted.
        likeness: To what was annotated or taken then, in [0, 1].
    """

    candidate: Candidate
    priority: float
    new_names: tuple[str, ...]
    likeness: float


def order(
    candidates: Sequence[Candidate], known: Known | None = None, *, budget: int | None = None
) -> list[Choice]:
    """Return the articles to annotate, best first; the same whatever the order of ``candidates``.

    Args:
        candidates: Ids are distinct; all have a vector or none has.
        known: What is annotated already.
        budget: How many; None for all.
    """
    known = known or Known()
    pool = sorted(candidates, key=lambda one: one.id)
    vectors, others = _centred(pool, known)
    likeness = _likeness(len(pool), vectors, others)
    sure = np.array([(one.mentions + one.links) for one in pool])
    length = np.array([max(1, one.words) ** LENGTH_POWER for one in pool], dtype=np.float64)
    new = np.array([len(one.names - known.names) for one in pool], dtype=np.float64)
    holders: dict[str, list[int]] = {}
    for place, one in enumerate(pool):
        for name in one.names - known.names:
            holders.setdefault(name, []).append(place)
    left = np.ones(len(pool), dtype=np.bool_)
    chosen: list[Choice] = []
    for _ in range(len(pool) if budget is None else min(budget, len(pool))):
        scores = np.where(left, (sure + OF_A_NEW_NAME * new) / length * (1 - likeness), -1.0)
        best = int(scores.argmax())
        fresh = sorted(name for name in pool[best].names if holders.get(name))
        priority = round(float(scores[best]), DIGITS)
        chosen.append(Choice(pool[best], priority, tuple(fresh), float(likeness[best])))
        left[best] = False
        for name in fresh:
            new[holders.pop(name)] -= 1
        if vectors is not None:
            likeness = np.maximum(likeness, np.clip(vectors @ vectors[best], 0.0, 1.0))
    return chosen


def in_words(choice: Choice) -> str:
    """Return why an article stands where it stands, in one line."""
    one = choice.candidate
    parts = [f"{one.mentions:.1f} mentions in doubt in {one.words} words"]
    if one.doubts:
        parts[0] += f" ({', '.join(one.doubts)})"
    if one.links:
        parts.append(f"{one.links:.1f} records in doubt")
    if choice.new_names:
        parts.append(f"{len(choice.new_names)} new institutions")
    if one.vector is not None:
        parts.append(f"likeness to what is annotated or above {choice.likeness:.2f}")
    return "; ".join(parts)


def _centred(pool: Sequence[Candidate], known: Known) -> tuple[Floats | None, Floats | None]:
    """Return the vectors of both, the mean of all taken off, of length one; None where there are none."""
    rows = [one.vector for one in pool if one.vector is not None]
    if not rows or len(rows) < len(pool):
        return None, None
    every = np.stack(rows).astype(np.float64)
    if known.vectors is not None and len(known.vectors):
        every = np.concatenate([every, known.vectors])
    every = every - every.mean(axis=0)
    lengths = np.linalg.norm(every, axis=1, keepdims=True)
    every = np.divide(every, lengths, out=np.zeros_like(every), where=lengths > 0)
    return every[: len(pool)], every[len(pool) :]


def _likeness(count: int, vectors: Floats | None, others: Floats | None) -> Floats:
    if vectors is None or others is None or not len(others):
        return np.zeros(count)
    nearest: Floats = np.clip((vectors @ others.T).max(axis=1), 0.0, 1.0)
    return nearest
