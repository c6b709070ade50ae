"""Unannotated news: read, what shares text with annotated articles left out, the densest kept.

An article that shares a third of its word 5-grams with an annotated one is left out, so that scores on
annotated articles are of text that no training has read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ie_model.articles import Reject, read_articles
from ie_model.corpus.similarity import shingles
from ie_model.corpus.store import load_corpus
from ie_model.quantities.finding.find import find_spans

SHARED: Final = 1 / 3
"""Share of an article's word 5-grams that stand in annotated articles, from which on it is left out."""


@dataclass(frozen=True)
class News:
    """Texts that were chosen, what was refused, and how many were left out for sharing text."""

    texts: list[str]
    rejects: list[Reject]
    excluded: int

    def told(self) -> str:
        """Return what was left out and refused, for a message."""
        if not self.rejects:
            return f"{self.excluded} excluded"
        first = self.rejects[0]
        place = first.file if first.line is None else f"{first.file}:{first.line}"
        return f"{self.excluded} excluded, {len(self.rejects)} rejected (the first, {place}: {first.reason})"


def read_news(articles: Sequence[str], *, exclude: Sequence[str] = (), densest: float = 1.0) -> News:
    """Read and choose articles.

    Args:
        articles: Files and folders, of every kind that ``predict`` reads.
        exclude: Annotated articles (folders or gold JSON Lines).
        densest: Share that is kept: those with the most quantities for their length, in their order.

    Raises:
        ArticleError: A path does not exist.
        CorpusError: An annotated article of ``exclude`` cannot be read.
    """
    texts: list[str] = []
    rejects: list[Reject] = []
    for found in read_articles(articles):
        if isinstance(found, Reject):
            rejects.append(found)
        else:
            texts.append(found.text)
    annotated = {shingle for article in load_corpus(exclude) for shingle in shingles(article.text)}
    fresh = [text for text in texts if not _shares_text(text, annotated)]
    return News(_densest(fresh, densest), rejects, len(texts) - len(fresh))


def evenly(count: int, wanted: int) -> list[int]:
    """Return ``wanted`` places out of ``count``, spread evenly; all of them where there are no more."""
    return [place * count // wanted for place in range(wanted)] if wanted < count else list(range(count))


def _shares_text(text: str, annotated: set[int]) -> bool:
    if not annotated:
        return False
    own = shingles(text)
    return len(own & annotated) >= SHARED * max(len(own), 1)


def _densest(texts: Sequence[str], share: float) -> list[str]:
    if share == 1:
        return list(texts)
    density = [-len(find_spans(text)) / max(len(text), 1) for text in texts]
    places = np.argsort(density, kind="stable")[: round(len(texts) * share)]
    return [texts[place] for place in sorted(places.tolist())]
