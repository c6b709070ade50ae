"""What a config's data section names: the articles that train, and those held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ie_model.config import Config
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.splits import load_folds, split
from ie_model.corpus.store import load_corpus
from ie_model.persian.folding import name_key
from ie_model.schema import INSTITUTION


@dataclass(frozen=True)
class Corpus:
    """What a config's data section names: the articles that train, and those held out."""

    train: list[AnnotatedArticle]
    held_out: list[AnnotatedArticle]
    note: str = ""
    """What the card should say about where the articles come from."""
    folds: Mapping[str, int] = field(default_factory=dict)
    """Fold of each article that has one, by id."""


def load_data(config: Config) -> Corpus:
    """Read and split the articles that ``config.data`` names.

    Raises:
        CorpusError: A file is missing or broken, or the held-out fold is empty.
    """
    data = config.data
    articles, folds = load_corpus(data.articles), load_folds(data.folds)
    train, held_out = split(articles, folds, data.holdout)
    held_out = held_out or load_corpus(data.held_out)
    if data.limit is not None:
        train = train[: data.limit]
    return Corpus(train, held_out, folds=folds)


def institution_names(articles: Sequence[AnnotatedArticle]) -> frozenset[str]:
    """Return the keys of all institutions that ``articles`` name."""
    return frozenset(
        name_key(mention.text)
        for article in articles
        for mention in article.mentions
        if mention.label == INSTITUTION
    )
