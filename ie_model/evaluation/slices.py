"""Strict mention scores of parts of a corpus: where a model is better and where it is worse.

An article slice takes whole articles: agency, age of the paper, spelling. A mention slice takes mentions by
their surface, gold and predicted alike: quantities written in words, institutions that training never named.
Intervals are over articles, as everywhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import numpy as np

from ie_model.corpus.model import AnnotatedArticle
from ie_model.evaluation.facts import Facts, LabelledSpan, gold_facts, predicted_facts
from ie_model.evaluation.intervals import RESAMPLES, SEED, resample
from ie_model.evaluation.report import Score, score_of_sums
from ie_model.persian.calendar import parse_date
from ie_model.persian.folding import ZWNJ, name_key
from ie_model.schema import INSTITUTION, QUANTITY_LABELS, Extraction

LARGE_AGENCY: Final = 20
"""Articles from which on an agency is a slice of its own; the others are one together."""
NEW: Final = 2011
"""Year from which on a paper counts as new: 1390 in Iran."""

_PERSIAN_DIGIT: Final = re.compile("[۰-۹]")
_OTHER_DIGIT: Final = re.compile("[0-9٠-٩]")
_ANY_DIGIT: Final = re.compile(r"\d")
_ARABIC: Final = re.compile("[يك]")

KnownNames = Callable[[AnnotatedArticle], Collection[str]]
"""Names in the articles that trained what read this one, by :func:`ie_model.persian.folding.name_key`."""

MentionTest = Callable[[str, str], bool]
"""Whether a mention of a label and a surface is in a slice."""


def slice_scores(
    articles: Sequence[AnnotatedArticle],
    predicted: Mapping[str, Extraction],
    *,
    known_institutions: KnownNames | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> dict[str, Score]:
    """Return the strict mention score of every slice that holds a gold or predicted mention.

    Args:
        articles: Gold, each id once.
        predicted: Extractions by article id; in an article without one nothing was found.
        known_institutions: What training named, by article; None: no slice is made of it.
        resamples: Bootstrap resamples.
        seed: Seed of the resamples.
    """
    ordered = sorted(articles, key=lambda article: article.id)
    facts = [(gold_facts(article), _found(predicted.get(article.id))) for article in ordered]
    large = _large_agencies(ordered)
    rows: dict[str, dict[int, list[int]]] = {}
    for place, (article, sides) in enumerate(zip(ordered, facts, strict=True)):
        whole = _counts(article.text, sides, lambda _label, _surface: True)
        for name in _article_slices(article, large):
            rows.setdefault(name, {})[place] = whole
        known = known_institutions(article) if known_institutions else ()
        for name, test in _mention_slices(known).items():
            rows.setdefault(name, {})[place] = _counts(article.text, sides, test)
    scores = {name: _score(own, len(ordered), resamples, seed) for name, own in sorted(rows.items())}
    return {name: score for name, score in scores.items() if score.support or score.predicted}


def _found(extraction: Extraction | None) -> Facts:
    return Facts() if extraction is None else predicted_facts(extraction)


def _counts(text: str, sides: tuple[Facts, Facts], test: MentionTest) -> list[int]:
    """Return true positives, false positives, false negatives among the mentions that pass ``test``."""
    gold, found = (_passing(text, side.mentions, test) for side in sides)
    right = sum((gold & found).values())
    return [right, sum(found.values()) - right, sum(gold.values()) - right]


def _passing(text: str, mentions: Sequence[LabelledSpan], test: MentionTest) -> Counter[LabelledSpan]:
    return Counter(one for one in mentions if test(one.label, text[one.start : one.end]))


def _score(rows: Mapping[int, list[int]], articles: int, resamples: int, seed: int) -> Score:
    counts = np.zeros((articles, 3), dtype=np.int64)
    for place, row in rows.items():
        counts[place] = row
    whole = counts.sum(axis=0, dtype=np.float64)[np.newaxis]
    if len(rows) < 2:  # one article: every resample is a multiple of it
        return score_of_sums(whole)
    return score_of_sums(np.concatenate([whole, resample(counts, resamples=resamples, seed=seed)]))


def _large_agencies(articles: Sequence[AnnotatedArticle]) -> set[str]:
    counts = Counter(_agency(article) for article in articles)
    return {agency for agency, count in counts.items() if count >= LARGE_AGENCY}


def _agency(article: AnnotatedArticle) -> str:
    return str(article.meta.get("agency") or "unknown")


def _article_slices(article: AnnotatedArticle, large: Collection[str]) -> list[str]:
    agency = _agency(article)
    date = parse_date(article.meta.get("date"))
    age = "unknown" if date is None else f"{'since' if date.year >= NEW else 'before'} {NEW}"
    return [
        f"agency: {agency if agency in large else 'others'}",
        f"date: {age}",
        f"letters: {'Arabic ي ك' if _ARABIC.search(article.text) else 'Persian'}",
        f"ZWNJ: {'present' if ZWNJ in article.text else 'absent'}",
    ]


def _mention_slices(known: Collection[str]) -> dict[str, MentionTest]:
    slices: dict[str, MentionTest] = {
        "quantities: Persian digits": lambda label, surface: _is_quantity(label, surface, _PERSIAN_DIGIT),
        "quantities: other digits": lambda label, surface: _is_quantity(label, surface, _OTHER_DIGIT),
        "quantities: words only": lambda label, surface: (
            label in QUANTITY_LABELS and not _ANY_DIGIT.search(surface)
        ),
    }
    if known:
        slices["institutions: named in training"] = lambda label, surface: (
            label == INSTITUTION and name_key(surface) in known
        )
        slices["institutions: not named in training"] = lambda label, surface: (
            label == INSTITUTION and name_key(surface) not in known
        )
    return slices


def _is_quantity(label: str, surface: str, digits: re.Pattern[str]) -> bool:
    return label in QUANTITY_LABELS and digits.search(surface) is not None
