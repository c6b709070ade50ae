"""The scores, defined once, as counts of each article.

- **Mention, strict**: same label, start and end. Repeated mentions count each (as multisets).
- **Mention, overlap**: same label, and the spans share at least one code point; one to one, as many pairs
  as can be (a maximum matching), so a gold mention split in two is found once, with one spurious.
- **AMOUNT or TARGET**: the same two scores of the mentions with either label, taken as one label: how well
  quantities are found, apart from what the sentence expects of them.
- **Value accuracy**: over the gold quantities that have a value and whose span, start and end, was found
  exactly (under any quantity label): the predicted value is the same, or low and high are. A predicted
  quantity without a value is wrong. Counted under the gold label.
- **with**: unordered pairs of quantities in one record, by span, as sets.
- **by**: pairs of a quantity's span and an institution's name, as sets. Names are folded for spelling by
  :func:`ie_model.persian.folding.name_key`: which mention of the name is meant makes no difference.
- **Record, exact**: same set of quantity spans and same set of institution names, folded likewise.

Link and record scores are end to end: a quantity that the tagger missed costs its pairs and its record.

Counts add up. An article is scored once; the scores of a corpus, of a slice of it, and of a thousand
bootstrap resamples are sums of these counts (:mod:`ie_model.evaluation.intervals`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from ie_model.corpus.model import AnnotatedArticle
from ie_model.errors import CorpusError
from ie_model.evaluation.facts import Facts, Span, gold_facts, predicted_facts, require_fit
from ie_model.schema import AMOUNT, QUANTITY_LABELS, TARGET, Extraction

_NOTHING: Final = Facts()
#: The labels that the sentence, not the quantity, tells apart.
EITHER: Final = (AMOUNT, TARGET)

Item = TypeVar("Item", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives, false negatives. Counts of different articles add."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def swapped(self) -> Counts:
        """The counts with gold and predicted in each other's place."""
        return Counts(self.tp, self.fn, self.fp)


@dataclass(frozen=True)
class ArticleCounts:
    """All counts of one article; mentions and values by label.

    ``values`` counts values read right as ``tp``, wrong as ``fn``; it has no ``fp``. ``either_strict`` and
    ``either_overlap`` take AMOUNT and TARGET as one label.
    """

    article: str
    strict: Mapping[str, Counts] = field(default_factory=dict)
    overlap: Mapping[str, Counts] = field(default_factory=dict)
    values: Mapping[str, Counts] = field(default_factory=dict)
    with_pairs: Counts = Counts()
    by_pairs: Counts = Counts()
    records: Counts = Counts()
    either_strict: Counts = Counts()
    either_overlap: Counts = Counts()


def score_articles(
    gold: Sequence[AnnotatedArticle], predicted: Mapping[str, Extraction]
) -> list[ArticleCounts]:
    """Return the counts of every gold article, in order.

    An article without an extraction counts as one in which nothing was found. Extractions of articles
    that are not in ``gold`` are not looked at.

    Args:
        gold: The annotated articles, each id once.
        predicted: Extractions by article id.

    Raises:
        CorpusError: An id occurs twice in ``gold``, or an extraction is of another text.
        ModelError: An extraction contradicts itself (:func:`ie_model.evaluation.facts.require_fit`).
    """
    require_distinct_ids(gold)
    counts = []
    for article in gold:
        extraction = predicted.get(article.id)
        if extraction is not None:
            require_fit(article, extraction)
        found = _NOTHING if extraction is None else predicted_facts(extraction)
        counts.append(score_facts(article.id, gold_facts(article), found))
    return counts


def score_facts(article: str, gold: Facts, predicted: Facts) -> ArticleCounts:
    """Return the counts of one article whose two sides are ``gold`` and ``predicted``.

    Args:
        article: Its id.
        gold: What counts as right.
        predicted: What is measured.
    """
    sides = {label: (_spans(gold, label), _spans(predicted, label)) for label in _labels(gold, predicted)}
    either = [span for label in EITHER for span in _spans(gold, label)]
    either_found = [span for label in EITHER for span in _spans(predicted, label)]
    return ArticleCounts(
        article,
        strict={label: _as_multisets(*spans) for label, spans in sides.items()},
        overlap={label: _overlapping(*spans) for label, spans in sides.items()},
        values=_values(gold, predicted),
        with_pairs=_as_multisets(gold.with_pairs, predicted.with_pairs),
        by_pairs=_as_multisets(gold.by_pairs, predicted.by_pairs),
        records=_as_multisets(gold.records, predicted.records),
        either_strict=_as_multisets(either, either_found),
        either_overlap=_overlapping(either, either_found),
    )


def match_overlaps(first: Sequence[Span], second: Sequence[Span]) -> list[tuple[int, int]]:
    """Return a maximum one-to-one matching of spans that share at least one code point, as index pairs.

    The span that ends first, on either side, takes the partner that ends first among those it overlaps.
    That is a maximum: every overlapping partner reaches over the end of the first span, so whatever
    overlaps the partner taken overlaps the others too, and any matching can be exchanged into this one.

    Args:
        first: Half-open spans, in any order; they may overlap one another.
        second: Likewise.
    """
    sides = _ByEnd(first), _ByEnd(second)
    order = sorted(
        (*span[::-1], side, index) for side in (0, 1) for index, span in enumerate((first, second)[side])
    )
    pairs = []
    for end, start, side, index in order:
        if index in sides[side].taken:
            continue
        partner = sides[1 - side].take(start, end)
        sides[side].taken.add(index)
        if partner is not None:
            pairs.append((index, partner) if side == 0 else (partner, index))
    return sorted(pairs)


class _ByEnd:
    """One side's spans in order of their ends, and which of them are taken."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.taken: set[int] = set()
        self._spans = sorted((end, start, index) for index, (start, end) in enumerate(spans))
        self._ends = [end for end, _, _ in self._spans]
        self._least_start = [start for _, start, _ in self._spans]
        for place in range(len(self._spans) - 2, -1, -1):
            # The least start from here on: where it is past a span's end, no later one overlaps that span.
            self._least_start[place] = min(self._least_start[place : place + 2])

    def take(self, start: int, end: int) -> int | None:
        """Take the free span that ends first among those that overlap, or return ``None``."""
        for place in range(bisect_left(self._ends, start + 1), len(self._spans)):
            if self._least_start[place] >= end:
                return None
            _, other_start, index = self._spans[place]
            if index not in self.taken and other_start < end:
                self.taken.add(index)
                return index
        return None


def require_distinct_ids(gold: Iterable[AnnotatedArticle]) -> None:
    """Check that every article id occurs once.

    Raises:
        CorpusError: One does not.
    """
    seen: set[str] = set()
    for article in gold:
        if article.id in seen:
            raise CorpusError(
                f"the article id {article.id!r} occurs twice in the evaluation data",
                where=article.source or None,
                mend="Give each path once, and each article its own id.",
            )
        seen.add(article.id)


def _labels(gold: Facts, predicted: Facts) -> list[str]:
    return sorted({mention.label for mention in (*gold.mentions, *predicted.mentions)})


def _spans(facts: Facts, label: str) -> list[Span]:
    return [mention.span for mention in facts.mentions if mention.label == label]


def _as_multisets(gold: Collection[Item], predicted: Collection[Item]) -> Counts:
    tp = (Counter(gold) & Counter(predicted)).total()
    return Counts(tp, len(predicted) - tp, len(gold) - tp)


def _overlapping(gold: Sequence[Span], predicted: Sequence[Span]) -> Counts:
    tp = len(match_overlaps(gold, predicted))
    return Counts(tp, len(predicted) - tp, len(gold) - tp)


def _values(gold: Facts, predicted: Facts) -> dict[str, Counts]:
    expected, found = gold.values or {}, predicted.values or {}
    counts: dict[str, Counts] = {}
    for label, start, end in gold.mentions:
        span = start, end
        if label in QUANTITY_LABELS and span in expected and span in predicted.quantities:
            right = found.get(span) == expected[span]
            counts[label] = counts.get(label, Counts()) + Counts(tp=int(right), fn=int(not right))
    return counts
