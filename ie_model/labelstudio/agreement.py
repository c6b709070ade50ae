"""How far annotators agree with one another and with models, and what became of pre-annotations.

Agreement is F1 of one side against the other by the definitions of :mod:`ie_model.evaluation.scores`: F1 is
the same whichever side is called gold, and unlike kappa it needs no count of the spans that nobody marked,
which is not defined for spans (Hripcsak and Rothschild, "Agreement, the F-measure, and reliability in
information retrieval", JAMIA 12(3), 2005). Records are built from relations by the corpus's own code.
Intervals are bootstrap intervals over articles.

Side figure: Cohen's kappa over tokens, ``(p_o - p_e) / (1 - p_e)`` with ``p_o`` the share of tokens that both
give the same label (or none), ``p_e`` the sum over labels of the product of both sides' shares (Cohen, "A
coefficient of agreement for nominal scales", 1960). It does not see where one span ends and the next begins.

Trade-off: with several annotators all pairs are pooled, so one who annotated much weighs much; every pair's
own figures stand beside it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Final

import numpy as np

from ie_model.batch import ArticleExtractor
from ie_model.corpus.model import AnnotatedArticle
from ie_model.evaluation.facts import gold_facts
from ie_model.evaluation.intervals import interval, precision_recall_f1, resample
from ie_model.evaluation.scores import ArticleCounts, Counts, score_facts
from ie_model.labelstudio.acceptance import Acceptance, acceptance
from ie_model.labelstudio.exports import ReadArticle
from ie_model.labelstudio.predictions import article_from_extraction, model_version
from ie_model.labelstudio.timing import Timing, timing
from ie_model.schema import Article

OUTSIDE: Final = "O"
STRICT, OVERLAP, MICRO = "strict", "overlap", "all labels"
EITHER: Final = "AMOUNT or TARGET"

_TOKEN: Final = re.compile(r"\w+|[^\w\s]")
_MIN_ARTICLES: Final = 2  # fewer give every resample alike, and no interval

Sides = tuple[AnnotatedArticle, AnnotatedArticle]


@dataclass(frozen=True, slots=True)
class Figure:
    """Agreement on one kind of thing.

    ``both`` have it, ``first`` only the first side, ``second`` only the second. ``f1`` is None where neither
    side has any; ``low`` and ``high`` are the ends of its interval.
    """

    f1: float | None
    low: float | None
    high: float | None
    both: int
    first: int
    second: int


@dataclass(frozen=True)
class Agreement:
    """Two sides, or all pairs of sides, over the articles that both read.

    Attributes:
        name: Whom it compares.
        articles: Distinct articles.
        pairs: Pairs of readings; more than articles where three or more read one article.
        mentions: By ``strict`` or ``overlap``, then by label, ``MICRO`` and ``EITHER``.
        links: ``with``, ``by`` and ``records`` (exact).
        kappa: Over tokens; None where it is not defined.
        tokens: That kappa is over.
    """

    name: str
    articles: int
    pairs: int
    mentions: Mapping[str, Mapping[str, Figure]]
    links: Mapping[str, Figure]
    kappa: float | None
    tokens: int


@dataclass(frozen=True)
class AgreementReport:
    """Everything that an export tells about the work of annotating.

    Attributes:
        articles: Articles read.
        readings: Submitted annotations by annotator.
        cancelled: Skipped annotations; they count as nothing.
        annotators: All pairs of annotators pooled; None if no article has two.
        pairs: Each pair by name.
        models: Annotators against each model version, the annotator first.
        acceptance: What became of pre-annotations, by model version.
        times: By annotator, and of all under ``all``.
    """

    articles: int
    readings: Mapping[str, int]
    cancelled: int
    annotators: Agreement | None
    pairs: Sequence[Agreement] = ()
    models: Sequence[Agreement] = ()
    acceptance: Mapping[str, Acceptance] = field(default_factory=dict)
    times: Mapping[str, Timing] = field(default_factory=dict)


def agreement_report(articles: Sequence[ReadArticle]) -> AgreementReport:
    """Measure agreement, acceptance and time over exported articles."""
    pairs: dict[str, list[Sides]] = {}
    models: dict[str, list[Sides]] = {}
    for article in articles:
        for one, other in combinations(article.readings, 2):
            name = f"{one.annotator} and {other.annotator}"
            pairs.setdefault(name, []).append((one.article, other.article))
        for version, said in article.said_by_models.items():
            models.setdefault(version, []).extend((one.article, said) for one in article.readings)
    pooled = [sides for found in pairs.values() for sides in found]
    readings = [reading for article in articles for reading in article.readings]
    return AgreementReport(
        articles=len(articles),
        readings=dict(sorted(Counter(reading.annotator for reading in readings).items())),
        cancelled=sum(article.cancelled for article in articles),
        annotators=compare("annotators", pooled) if pooled else None,
        pairs=[compare(name, pairs[name]) for name in sorted(pairs)],
        models=[compare(f"annotators and {name}", models[name]) for name in sorted(models) if models[name]],
        acceptance=acceptance(readings),
        times=timing(readings),
    )


def with_model(articles: Sequence[ReadArticle], extractor: ArticleExtractor) -> list[ReadArticle]:
    """Return the articles with what ``extractor`` says of each among their predictions."""
    given = [Article(id=article.id, text=article.text) for article in articles]
    return [
        replace(
            article,
            predictions={
                **(article.predictions or {}),
                model_version(found.model): article_from_extraction(found, article.text),
            },
        )
        for article, found in zip(articles, extractor.extract_many(given), strict=True)
    ]


def compare(name: str, sides: Sequence[Sides]) -> Agreement:
    """Return the agreement of both sides over all pairs of readings.

    Args:
        name: Whom it compares.
        sides: Two readings of one article each; at least one pair.
    """
    by_article: dict[str, dict[str, Counts]] = {}
    for one, other in sides:
        counts = score_facts(one.id, gold_facts(one), gold_facts(other))
        table = by_article.setdefault(one.id, {})
        for key, count in _kinds(counts).items():
            table[key] = table.get(key, Counts()) + count
    figures = _figures(list(by_article.values()))
    strict, overlap = (
        {key.removeprefix(f"{way} "): one for key, one in figures.items() if key.startswith(f"{way} ")}
        for way in (STRICT, OVERLAP)
    )
    kappa, tokens = token_kappa(sides)
    links = {key: figures[key] for key in ("with", "by", "records")}
    return Agreement(
        name, len(by_article), len(sides), {STRICT: strict, OVERLAP: overlap}, links, kappa, tokens
    )


def token_kappa(sides: Iterable[Sides]) -> tuple[float | None, int]:
    """Return Cohen's kappa over the tokens of all pairs, and how many they are.

    A token is a run of letters and digits or one other visible sign; its label is that of the mention its
    first code point lies in. None where there is no token, or all have one label on both sides.
    """
    joint: Counter[tuple[str, str]] = Counter()
    for one, other in sides:
        starts = [match.start() for match in _TOKEN.finditer(one.text)]
        joint.update(zip(_labels(one, starts), _labels(other, starts), strict=True))
    total = joint.total()
    if not total:
        return None, 0
    agreed = sum(count for (mine, theirs), count in joint.items() if mine == theirs) / total
    first: Counter[str] = Counter()
    second: Counter[str] = Counter()
    for (mine, theirs), count in joint.items():
        first[mine] += count
        second[theirs] += count
    chance = sum(first[label] * second[label] for label in first) / total**2
    return (None if chance == 1 else (agreed - chance) / (1 - chance)), total


def _labels(article: AnnotatedArticle, starts: Sequence[int]) -> list[str]:
    labels = [OUTSIDE] * len(starts)
    for mention in article.mentions:
        low, high = np.searchsorted(starts, [mention.start, mention.end])
        labels[low:high] = [mention.label] * int(high - low)
    return labels


def _kinds(counts: ArticleCounts) -> dict[str, Counts]:
    kinds: dict[str, Counts] = {}
    for way, by_label, either in (
        (STRICT, counts.strict, counts.either_strict),
        (OVERLAP, counts.overlap, counts.either_overlap),
    ):
        kinds |= {f"{way} {label}": by_label[label] for label in sorted(by_label)}
        kinds[f"{way} {MICRO}"] = sum(by_label.values(), Counts())
        kinds[f"{way} {EITHER}"] = either
    return {**kinds, "with": counts.with_pairs, "by": counts.by_pairs, "records": counts.records}


def _figures(tables: Sequence[Mapping[str, Counts]]) -> dict[str, Figure]:
    keys = sorted({key for table in tables for key in table})
    rows = [[table.get(key, Counts()) for key in keys] for table in tables]
    counts = np.array([[[one.tp, one.fp, one.fn] for one in row] for row in rows], dtype=np.int64)
    scores = precision_recall_f1(counts.sum(axis=0))[:, 2]
    drawn = None
    if len(tables) >= _MIN_ARTICLES:
        sums = resample(counts.reshape(len(tables), -1)).reshape(-1, len(keys), 3)
        drawn = precision_recall_f1(sums)[:, :, 2]
    figures = {}
    for place, key in enumerate(keys):
        ends = interval(drawn[:, place]) if drawn is not None else None
        tp, fp, fn = (int(count) for count in counts[:, place].sum(axis=0))
        f1 = None if np.isnan(scores[place]) else float(scores[place])
        low, high = ends if ends is not None and f1 is not None else (None, None)
        figures[key] = Figure(f1, low, high, tp, fn, fp)
    return figures
