"""Which label is taken for which: gold labels against predicted ones, over mentions paired by overlap.

The pairs are those of the list of mistakes (:mod:`ie_model.evaluation.mistakes`), so a mention found with
another span still counts under the label it was given: the matrix is about labels, the scores about spans.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ie_model.corpus.model import AnnotatedArticle
from ie_model.evaluation.pairing import pair_mentions
from ie_model.schema import LABELS, Extraction

NONE: Final = "none"
"""Row of what was made up, column of what was missed."""


@dataclass(frozen=True)
class Confusion:
    """Counts of pairs; a row is a gold label, a column a predicted one, the last of each :data:`NONE`."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    """As many rows and columns as ``labels``, and one more."""

    @property
    def heads(self) -> tuple[str, ...]:
        """The names of rows and columns."""
        return (*self.labels, NONE)


def confusion_of(
    articles: Sequence[AnnotatedArticle],
    predicted: Mapping[str, Extraction],
    *,
    labels: Sequence[str] = LABELS,
) -> Confusion:
    """Return the confusion matrix over ``articles``.

    Args:
        articles: Gold, each id once.
        predicted: Extractions by article id; in an article without one everything is missed.
        labels: Labels that get a row even where they do not occur; others follow where they do.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for article in articles:
        found = predicted.get(article.id)
        pairs, missed, spurious = pair_mentions(article.mentions, found.mentions if found else ())
        counts.update((gold.label, other.label) for _, gold, other in pairs)
        counts.update((mention.label, NONE) for mention in missed)
        counts.update((NONE, mention.label) for mention in spurious)
    others = {label for pair in counts for label in pair} - {NONE, *labels}
    rows = (*dict.fromkeys(labels), *sorted(others))
    heads = (*rows, NONE)
    return Confusion(rows, tuple(tuple(counts[gold, found] for found in heads) for gold in heads))
