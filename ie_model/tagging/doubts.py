"""What a tagger says of spans that it did not choose: how likely given ones are, and what it nearly found.

Probabilities are the decoder's own, words taken as independent, and not calibrated: calibration knows
only spans that were chosen.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ie_model.tagging.decoding import Floats, WordScores, boundary_share, score_words
from ie_model.tagging.encoding import EncodedArticle
from ie_model.tagging.tagger import Look

LEAST: Final = 0.05
"""A word that begins a mention with less probability is no near miss: nine in ten words are at 0.001."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A span that was not found, in code points; its likeliest label, and how likely one begins there."""

    label: str
    start: int
    end: int
    probability: float


def span_shares(
    look: Look, labels: Sequence[str], spans: Sequence[tuple[int, int]]
) -> list[dict[str, float]]:
    """Return for each span the probability of every label with exactly these borders.

    A span that is not made of whole words has 0 for all: the tagger can never find it.

    Args:
        look: Of the article.
        labels: The tagger's, in order.
        spans: Half-open code points.
    """
    nothing = dict.fromkeys(labels, 0.0)
    if not len(look.article):
        return [nothing for _ in spans]
    scores = score_words(look.log_probs, look.article)
    starts, ends = _word_borders(scores, look.article)
    shares = []
    for start, end in spans:
        first, last = bisect_left(starts, start), bisect_left(ends, end)
        if first >= len(starts) or last >= len(ends) or starts[first] != start or ends[last] != end:
            shares.append(nothing)
            continue
        by_label = scores.begin[first] + scores.inside[first + 1 : last + 1].sum(axis=0)
        own = np.exp(by_label - np.logaddexp.reduce(by_label))
        whole = boundary_share(scores, first, last + 1)
        shares.append({label: float(share) * whole for label, share in zip(labels, own, strict=True)})
    return shares


def touched(look: Look, spans: Sequence[tuple[int, int]]) -> list[float]:
    """Return for each span how likely some mention, of any label and borders, has its likeliest word.

    Args:
        look: Of the article.
        spans: Half-open code points.
    """
    if not len(look.article):
        return [0.0 for _ in spans]
    scores = score_words(look.log_probs, look.article)
    begin, inside = _pooled(scores)
    starts, ends = _word_borders(scores, look.article)
    likely = np.minimum(begin + inside, 1.0)
    words = [slice(bisect_left(ends, start + 1), bisect_left(starts, end)) for start, end in spans]
    return [float(likely[own].max(initial=0.0)) for own in words]


def near_misses(look: Look, labels: Sequence[str], *, least: float = LEAST) -> list[NearMiss]:
    """Return what the tagger nearly found outside its mentions, in text order.

    Args:
        look: Of the article.
        labels: The tagger's, in order.
        least: Probability that a mention begins at the word.
    """
    if not len(look.article):
        return []
    scores = score_words(look.log_probs, look.article)
    begin, inside = _pooled(scores)
    starts, ends = _word_borders(scores, look.article)
    taken = np.zeros(len(starts), dtype=np.bool_)
    for mention in look.mentions:
        taken[bisect_left(ends, mention.start + 1) : bisect_left(starts, mention.end)] = True
    found = []
    for word in np.flatnonzero(~taken & (begin >= least)):
        after = int(word) + 1
        while (
            after < len(starts)
            and not taken[after]
            and not scores.breaks[after]
            and inside[after] > begin[after]
            and inside[after] >= least
        ):
            after += 1
        label = labels[int(scores.begin[word].argmax())]
        found.append(NearMiss(label, starts[word], ends[after - 1], float(begin[word])))
    return found


def _pooled(scores: WordScores) -> tuple[Floats, Floats]:
    """Return for each word how likely it begins a mention, and continues one, of any label."""
    begin = np.logaddexp.reduce(scores.begin, axis=1)
    inside = np.logaddexp.reduce(scores.inside, axis=1)
    total = np.logaddexp(np.logaddexp(begin, inside), scores.outside)
    return np.exp(begin - total), np.exp(inside - total)


def _word_borders(scores: WordScores, article: EncodedArticle) -> tuple[list[int], list[int]]:
    """Return where each word starts, and where it ends (half-open), as the decoder gives them."""
    after = [*scores.starts[1:].tolist(), len(article)]
    starts = [article.spans[token][0] for token in scores.starts]
    return starts, [article.spans[token - 1][1] for token in after]
