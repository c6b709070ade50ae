"""Articles as candidates of the queue: what the model doubts in them, whom they name, what they are like."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ie_model.corpus.model import AnnotatedArticle
from ie_model.extractor import Extractor
from ie_model.labelstudio.queueing import Candidate, Floats, Known
from ie_model.persian.folding import name_key
from ie_model.schema import INSTITUTION, Article, Extraction
from ie_model.tagging.doubts import near_misses
from ie_model.tagging.tagger import Look

SHOWN: Final = 3
"""Doubted mentions that a reason names."""
AT_ONCE: Final = 16
"""Articles given to the tagger together: their windows keep all cores busy."""


def candidates(extractor: Extractor, articles: Sequence[Article]) -> list[tuple[Candidate, Extraction]]:
    """Return each article as a candidate, with a vector where the model gives states, and its extraction."""
    found = []
    for first in range(0, len(articles), AT_ONCE):
        batch = articles[first : first + AT_ONCE]
        for article, look in zip(batch, extractor.tagger.look([one.text for one in batch]), strict=True):
            extraction = extractor.finish(article, look.mentions, look.states)
            links = sum(1 - one.confidence for one in extraction.records if one.confidence is not None)
            one = candidate_of(
                article.id, look, extractor.tagger.labels, links=links, vector=mean_state(look)
            )
            found.append((one, extraction))
    return found


def candidate_of(
    article_id: str, look: Look, labels: Sequence[str], *, links: float = 0.0, vector: Any = None
) -> Candidate:
    """Return the candidate that a look at an article makes.

    Args:
        article_id: Its id.
        look: What the tagger says of it.
        labels: The tagger's, in order.
        links: Expected number of wrong records.
        vector: What the article is like; None for nothing.
    """
    text = look.article.text
    doubts = [(1 - (one.confidence or 0.0), one.label, one.text) for one in look.mentions]
    near = [(one.probability, one.label, text[one.start : one.end]) for one in near_misses(look, labels)]
    # Most doubted first: a mention by how likely it is wrong, a near miss by how likely it is one.
    shown = sorted([*doubts, *near], key=lambda row: (-row[0], row[1:]))[:SHOWN]
    return Candidate(
        id=article_id,
        words=max(1, len(text.split())),
        mentions=sum(row[0] for row in (*doubts, *near)),
        links=links,
        names=frozenset(name_keys((one.label, one.text) for one in look.mentions)),
        vector=None if vector is None else np.asarray(vector, dtype=np.float64),
        doubts=tuple(f"{label} «{words}» {doubt:.2f}" for doubt, label, words in shown),
    )


def known_of(extractor: Extractor, articles: Sequence[AnnotatedArticle]) -> Known:
    """Return what the annotated articles know: names as annotated, mean states as the model sees them."""
    names = name_keys((one.label, one.text) for article in articles for one in article.mentions)
    rows = []
    for first in range(0, len(articles), AT_ONCE):
        looks = extractor.tagger.look([one.text for one in articles[first : first + AT_ONCE]])
        rows += [row for row in map(mean_state, looks) if row is not None]
    return Known(frozenset(names), np.stack(rows) if rows else None)


def mean_state(look: Look) -> Floats | None:
    """Return the mean of the encoder's states over the tokens; None where the model gives none."""
    if look.states is None or not len(look.states.values):
        return None
    mean: npt.NDArray[np.float64] = look.states.values.mean(axis=0, dtype=np.float64)
    return mean


def name_keys(mentions: Iterable[tuple[str, str]]) -> list[str]:
    """Return the keys of the institutions among mentions given as label and text."""
    return [key for label, text in mentions if label == INSTITUTION and (key := name_key(text))]
