"""The corpus table: how much there is of what, in each source and in all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.schema import LABELS

_PLACE_IN_FILE: Final = re.compile(r"(?::\d+|\[\d+\])$")


@dataclass(slots=True)
class Statistics:
    """Counts over some articles.

    ``words`` are runs between white space, ``characters`` code points. ``values`` counts quantities by
    the kind of their gold value: ``whole``, ``fraction``, ``range`` or ``none``. ``joined`` counts the
    records of more than one quantity, ``attributed`` those with an institution.
    """

    articles: int = 0
    words: int = 0
    characters: int = 0
    mentions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LABELS, 0))
    records: int = 0
    joined: int = 0
    attributed: int = 0
    relations: dict[str, int] = field(default_factory=lambda: {"with": 0, "by": 0})
    values: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("whole", "fraction", "range", "none"), 0)
    )

    def add(self, article: AnnotatedArticle) -> None:
        """Count ``article`` in."""
        self.articles += 1
        self.words += len(article.text.split())
        self.characters += len(article.text)
        self.records += len(article.records)
        self.joined += sum(len(record.quantities) > 1 for record in article.records)
        self.attributed += sum(bool(record.institutions) for record in article.records)
        _count(self.mentions, (mention.label for mention in article.mentions))
        _count(self.relations, (relation.kind for relation in article.relations))
        _count(self.values, (_value_kind(mention) for mention in article.mentions if mention.is_quantity))

    def to_json(self) -> dict[str, Any]:
        """The counts as one JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CorpusStatistics:
    """Counts by source (folder of tasks, or file of many articles), and of all."""

    sources: dict[str, Statistics]
    total: Statistics

    def to_json(self) -> dict[str, Any]:
        """The table as one JSON object."""
        return {
            "sources": {source: counts.to_json() for source, counts in self.sources.items()},
            "total": self.total.to_json(),
        }


def corpus_statistics(articles: Iterable[AnnotatedArticle]) -> CorpusStatistics:
    """Count ``articles`` by source and in all."""
    sources: dict[str, Statistics] = {}
    total = Statistics()
    for article in articles:
        sources.setdefault(source_of(article), Statistics()).add(article)
        total.add(article)
    return CorpusStatistics(dict(sorted(sources.items())), total)


def source_of(article: AnnotatedArticle) -> str:
    """Return the folder that ``article``'s task lies in, or the file that holds it among others."""
    file = _PLACE_IN_FILE.sub("", article.source)
    return file if file != article.source else str(Path(file).parent)


def _count(table: dict[str, int], keys: Iterable[str]) -> None:
    for key, count in Counter(keys).items():
        table[key] = table.get(key, 0) + count


def _value_kind(mention: GoldMention) -> str:
    value = mention.value
    if value is None or (value.value is None and value.low is None):
        return "none"
    if value.value is None:
        return "range"
    return "whole" if value.value == value.value.to_integral_value() else "fraction"
