"""The rule baseline: what grammar alone extracts, without any model.

Quantities are found by :func:`ie_model.quantities.find_quantities` and joined by
:class:`ie_model.linking.RuleLinker`. AMOUNT stands for TARGET too, and institutions are not found. It is what
a trained model is measured against (``ie-model evaluate rules``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ie_model.extractor import finish_extraction
from ie_model.linking import RuleLinker
from ie_model.quantities import find_quantities
from ie_model.schema import Article, Extraction, Mention, ModelInfo

#: What names the baseline where a model is asked for.
RULES: Final = "rules"


class RuleExtractor:
    """An extractor without a model; a drop-in for :class:`ie_model.extractor.Extractor`."""

    info: Final = ModelInfo(name=RULES, version="1")

    def __init__(self) -> None:
        self._linker = RuleLinker()

    def extract_many(self, articles: Iterable[Article]) -> list[Extraction]:
        """Return one extraction an article, in order."""
        return [self.finish(article, find_mentions(article.text)) for article in articles]

    def finish(self, article: Article, mentions: Sequence[Mention]) -> Extraction:
        """Read the values of given mentions, link them and build the records."""
        return finish_extraction(article, mentions, self._linker, self.info)


def find_mentions(text: str) -> tuple[Mention, ...]:
    """Return the quantities of ``text`` as mentions, ids ``m1`` on in text order, without confidence."""
    return tuple(
        Mention(
            id=f"m{place}",
            label=found.label,
            start=found.start,
            end=found.end,
            text=text[found.start : found.end],
        )
        for place, found in enumerate(find_quantities(text), start=1)
    )
