"""The evaluation report: every score with its support and interval, as one JSON object.

Scores are fractions in [0, 1], or null where there is neither gold nor prediction to score. Intervals are
95 % bootstrap intervals over articles, null for fewer than two articles.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final, Literal

import numpy as np
from pydantic import Field

from ie_model.errors import CorpusError
from ie_model.evaluation.intervals import (
    LEVEL,
    RESAMPLES,
    SEED,
    Floats,
    interval,
    mean_of_defined,
    precision_recall_f1,
    resample,
)
from ie_model.evaluation.reliability import Confidence, ReportPart
from ie_model.evaluation.scores import ArticleCounts, Counts
from ie_model.schema import LABELS, QUANTITY_LABELS, ModelInfo

Interval = tuple[float, float]

_MIN_ARTICLES: Final = 2
"""Fewer articles give the same resample every time, and an interval of no width would look like certainty."""


class Score(ReportPart):
    """Precision, recall and F1 of one kind of thing.

    ``low`` and ``high`` are the ends of F1's interval. ``support`` is the number in gold, ``predicted`` the
    number predicted, ``correct`` the number in both.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    low: float | None = None
    high: float | None = None
    precision_interval: Interval | None = None
    recall_interval: Interval | None = None
    support: int
    predicted: int
    correct: int


class Accuracy(ReportPart):
    """Share of values read right; ``support`` is the number of values looked at."""

    accuracy: float | None
    low: float | None = None
    high: float | None = None
    support: int
    correct: int


class MentionScores(ReportPart):
    """By label; ``micro`` over all mentions; ``macro`` the mean of the labels that have a score."""

    labels: dict[str, Score]
    micro: Score
    macro: Score


class Either(ReportPart):
    """Mentions labelled AMOUNT or TARGET, taken as one label, under both definitions of a match."""

    strict: Score
    overlap: Score


class Mentions(ReportPart):
    """Mention scores under both definitions of a match; older reports lack ``amount_or_target``."""

    strict: MentionScores
    overlap: MentionScores
    amount_or_target: Either | None = None


class Values(ReportPart):
    """Value accuracy by gold label, and over all quantities."""

    labels: dict[str, Accuracy]
    all: Accuracy


class EvaluationReport(ReportPart):
    """How good a model is on some annotated articles; definitions in :mod:`ie_model.evaluation.scores`.

    ``missing`` are articles without an extraction (everything in them counts as missed), ``unscored`` ids of
    extractions without a gold article, ``seen_in_training`` articles whose very text the model was trained
    on: scores over these say little about others.
    """

    model: ModelInfo | None = None
    articles: int = Field(ge=1)
    corpus_fingerprint: str | None = None
    given_mentions: bool = False
    missing: tuple[str, ...] = ()
    unscored: tuple[str, ...] = ()
    seen_in_training: tuple[str, ...] = ()
    interval_level: float = LEVEL
    resamples: int
    seed: int
    mentions: Mentions
    values: Values
    links: dict[Literal["with", "by"], Score]
    records: Score
    confidence: Confidence | None = None
    """Of mentions and records; older reports lack it, and so do those of given mentions."""
    slices: dict[str, Score] = Field(default_factory=dict)
    """Strict mention scores of parts (:mod:`ie_model.evaluation.slices`); older reports lack them."""

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON object; :meth:`model_validate` reads it back to an equal report."""
        return self.model_dump(mode="json")


def build_report(
    counts: Sequence[ArticleCounts],
    *,
    labels: Sequence[str] = LABELS,
    model: ModelInfo | None = None,
    corpus_fingerprint: str | None = None,
    given_mentions: bool = False,
    missing: Collection[str] = (),
    unscored: Collection[str] = (),
    seen_in_training: Collection[str] = (),
    confidence: Confidence | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> EvaluationReport:
    """Return the report of articles already scored; it does not depend on their order.

    Args:
        counts: One for each article, of one corpus or of several folds together.
        labels: Labels that get a row even where they do not occur; others follow where they do.
        model: Which release was measured.
        corpus_fingerprint: Of the gold articles.
        given_mentions: Whether the model was given the gold mentions.
        missing: See :class:`EvaluationReport`, as for the two below.
        unscored: Likewise.
        seen_in_training: Likewise.
        confidence: Reliability of the confidences over the same articles.
        resamples: Bootstrap resamples.
        seed: Seed of the resamples.

    Raises:
        CorpusError: There is no article.
    """
    if not counts:
        raise CorpusError(
            "there is no article to evaluate on", mend="Name a corpus, or a fold, that has some."
        )
    rows = _Rows(sorted(counts, key=lambda article: article.article), labels, resamples, seed)
    quantity_labels = [label for label in rows.labels if label in QUANTITY_LABELS]
    return EvaluationReport(
        model=model,
        articles=len(counts),
        corpus_fingerprint=corpus_fingerprint,
        given_mentions=given_mentions,
        missing=tuple(missing),
        unscored=tuple(unscored),
        seen_in_training=tuple(seen_in_training),
        resamples=resamples,
        seed=seed,
        mentions=Mentions(
            strict=_mention_scores(rows, "strict"),
            overlap=_mention_scores(rows, "overlap"),
            amount_or_target=Either(
                strict=score_of_sums(rows.of("either strict", [""])),
                overlap=score_of_sums(rows.of("either overlap", [""])),
            ),
        ),
        values=Values(
            labels={label: _accuracy(rows.of("values", [label])) for label in quantity_labels},
            all=_accuracy(rows.of("values", quantity_labels)),
        ),
        links={"with": score_of_sums(rows.of("with", [""])), "by": score_of_sums(rows.of("by", [""]))},
        records=score_of_sums(rows.of("records", [""])),
        confidence=confidence,
    )


class _Rows:
    """Counts of the whole and of every resample, by what is counted and label."""

    def __init__(
        self, counts: Sequence[ArticleCounts], labels: Sequence[str], resamples: int, seed: int
    ) -> None:
        tables = [_columns(article) for article in counts]
        found = {label for table in tables for _, label in table if label}
        self.labels = [*dict.fromkeys(labels), *sorted(found.difference(labels))]
        kinds = ("strict", "overlap", "values")
        keys = [(kind, label) for kind in kinds for label in self.labels]
        keys += [(kind, "") for kind in ("with", "by", "records", "either strict", "either overlap")]
        self._place = {key: place for place, key in enumerate(keys)}
        matrix = np.zeros((len(tables), len(keys), 3), dtype=np.int64)
        for row, table in enumerate(tables):
            for key, count in table.items():
                matrix[row, self._place[key]] = count.tp, count.fp, count.fn
        # The whole is the first row, the resamples follow: one formula serves both.
        sums = matrix.sum(axis=0, dtype=np.float64)[np.newaxis]
        if len(tables) >= _MIN_ARTICLES:
            draws = resample(matrix.reshape(len(tables), -1), resamples=resamples, seed=seed)
            sums = np.concatenate([sums, draws.reshape(-1, len(keys), 3)])
        self._sums = sums

    def of(self, kind: str, labels: Sequence[str]) -> Floats:
        """Return tp, fp, fn summed over ``labels``: 1 + resamples rows of three."""
        places = [self._place[kind, label] for label in labels]
        summed: Floats = self._sums[:, places].sum(axis=1)
        return summed


def _columns(article: ArticleCounts) -> dict[tuple[str, str], Counts]:
    columns = {
        (kind, label): count
        for kind, by_label in (
            ("strict", article.strict),
            ("overlap", article.overlap),
            ("values", article.values),
        )
        for label, count in by_label.items()
    }
    columns["with", ""] = article.with_pairs
    columns["by", ""] = article.by_pairs
    columns["records", ""] = article.records
    columns["either strict", ""] = article.either_strict
    columns["either overlap", ""] = article.either_overlap
    return columns


def _mention_scores(rows: _Rows, kind: str) -> MentionScores:
    by_label = {label: rows.of(kind, [label]) for label in rows.labels}
    everything = rows.of(kind, rows.labels)
    mean = mean_of_defined(np.stack([precision_recall_f1(counts) for counts in by_label.values()]))
    return MentionScores(
        labels={label: score_of_sums(counts) for label, counts in by_label.items()},
        micro=score_of_sums(everything),
        macro=score_of_sums(everything, mean),
    )


def score_of_sums(counts: Floats, scores: Floats | None = None) -> Score:
    """Return the score of summed counts, or ``scores`` made otherwise but over the same counts.

    Args:
        counts: tp, fp, fn: of the whole in the first row, of each resample in the others.
        scores: Precision, recall and F1 in the same rows.
    """
    scores = precision_recall_f1(counts) if scores is None else scores
    tp, fp, fn = (int(number) for number in counts[0])
    precision, recall, f1 = (_number(score) for score in scores[0])
    low, high = interval(scores[1:, 2]) or (None, None)
    return Score(
        precision=precision,
        recall=recall,
        f1=f1,
        low=low,
        high=high,
        precision_interval=interval(scores[1:, 0]),
        recall_interval=interval(scores[1:, 1]),
        support=tp + fn,
        predicted=tp + fp,
        correct=tp,
    )


def _accuracy(counts: Floats) -> Accuracy:
    # Values have no false positives: recall is the share that was read right.
    recall = precision_recall_f1(counts)[:, 1]
    low, high = interval(recall[1:]) or (None, None)
    tp, _, fn = (int(number) for number in counts[0])
    return Accuracy(accuracy=_number(recall[0]), low=low, high=high, support=tp + fn, correct=tp)


def _number(score: float) -> float | None:
    return None if np.isnan(score) else float(score)
