"""What confidences are worth: of the answers at a confidence of 0.9, are nine in ten right?

A mention is right when label, start and end are those of a gold mention, a record when its quantity spans and
institution names are those of a gold record: the definitions of :mod:`ie_model.evaluation.scores`.

The expected calibration error is the mean distance of confidence and share of right answers over bins of
equal width, weighted by their answers (Naeini, Cooper and Hauskrecht, "Obtaining well calibrated
probabilities using Bayesian binning", 2015). It is above 0 even for perfect confidences: with n answers in a
bin the share of right ones strays by about 0.4 / sqrt(n).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from ie_model.corpus.model import AnnotatedArticle
from ie_model.evaluation.facts import gold_facts, predicted_facts, record_key
from ie_model.schema import Extraction

#: Bins of equal width over [0, 1].
BINS: Final = 10
#: Least confidences whose worth is shown.
CUTS: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
#: Precisions for which the least confidence is looked for.
WANTED: Final = (0.9, 0.95, 0.99)


class Outcome(NamedTuple):
    """One answer: how sure the model was of it, in [0, 1], and whether it is exactly right."""

    confidence: float
    right: bool


class ReportPart(BaseModel):
    """Base of what an evaluation report is made of: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Bin(ReportPart):
    """Answers with a confidence in ``[low, high)``, the last bin's ``high`` included.

    ``confidence`` is their mean confidence, ``right`` the share that is right.
    """

    low: float
    high: float
    answers: int
    confidence: float
    right: float


class Cut(ReportPart):
    """What is left of the answers when those less sure than ``confidence`` are left out.

    ``right`` is the share of what is left that is right, ``left`` the share of all answers that is left,
    ``recalled`` the share of all right answers.
    """

    confidence: float
    right: float
    left: float
    recalled: float


class Reliability(ReportPart):
    """Confidence against truth; ``bins`` holds those with an answer, ``error`` is the calibration error.

    ``cuts`` says what each confidence of ``CUTS`` buys; ``wanted`` gives for each precision of ``WANTED``, as
    text, the least confidence that reaches it, if any does.
    """

    answers: int
    error: float
    bins: tuple[Bin, ...]
    cuts: tuple[Cut, ...] = ()
    wanted: dict[str, Cut | None] = Field(default_factory=dict)


def reliability(outcomes: Sequence[Outcome]) -> Reliability | None:
    """Return how far confidences can be trusted; None without an answer."""
    if not outcomes:
        return None
    groups: list[list[Outcome]] = [[] for _ in range(BINS)]
    for outcome in outcomes:
        groups[min(int(outcome.confidence * BINS), BINS - 1)].append(outcome)
    bins = tuple(_bin(place, group) for place, group in enumerate(groups) if group)
    error = sum(abs(one.confidence - one.right) * one.answers for one in bins) / len(outcomes)
    sorted_down = sorted(outcomes, key=lambda outcome: -outcome.confidence)
    return Reliability(
        answers=len(outcomes),
        error=error,
        bins=bins,
        cuts=tuple(cut for least in CUTS if (cut := _cut(outcomes, least)) is not None),
        wanted={f"{share:.0%}": _least_for(sorted_down, share) for share in WANTED},
    )


def _cut(outcomes: Sequence[Outcome], least: float) -> Cut | None:
    kept = [outcome for outcome in outcomes if outcome.confidence >= least]
    if not kept:
        return None
    right = sum(outcome.right for outcome in kept)
    return Cut(
        confidence=least,
        right=right / len(kept),
        left=len(kept) / len(outcomes),
        recalled=right / max(1, sum(outcome.right for outcome in outcomes)),
    )


def _least_for(sorted_down: Sequence[Outcome], share: float) -> Cut | None:
    """Return the cut that leaves most answers with at least ``share`` of them right.

    Args:
        sorted_down: The surest first.
        share: Of right answers.
    """
    best = right = 0
    for place, outcome in enumerate(sorted_down, start=1):
        right += outcome.right
        last_of_its_confidence = (
            place == len(sorted_down) or sorted_down[place].confidence < outcome.confidence
        )
        if last_of_its_confidence and right >= share * place:
            best = place
    return _cut(sorted_down, sorted_down[best - 1].confidence) if best else None


def _bin(place: int, group: Sequence[Outcome]) -> Bin:
    return Bin(
        low=place / BINS,
        high=(place + 1) / BINS,
        answers=len(group),
        confidence=sum(outcome.confidence for outcome in group) / len(group),
        right=sum(outcome.right for outcome in group) / len(group),
    )


def mention_outcomes(gold: AnnotatedArticle, found: Extraction) -> list[Outcome]:
    """Return confidence and truth of every predicted mention that has a confidence."""
    expected = set(gold_facts(gold).mentions)
    spans = predicted_facts(found).mentions
    return [
        Outcome(mention.confidence, span in expected)
        for mention, span in zip(found.mentions, spans, strict=True)
        if mention.confidence is not None
    ]


def record_outcomes(gold: AnnotatedArticle, found: Extraction) -> list[Outcome]:
    """Return confidence and truth of every predicted record that has a confidence."""
    expected = set(gold_facts(gold).records)
    by_id = {mention.id: mention for mention in found.mentions}
    return [
        Outcome(record.confidence, record_key(record, by_id) in expected)
        for record in found.records
        if record.confidence is not None
    ]


class Confidence(ReportPart):
    """Reliability of what an extractor says of mentions and of records; None where it says nothing."""

    mentions: Reliability | None
    records: Reliability | None


def confidence_of(articles: Iterable[AnnotatedArticle], predicted: Mapping[str, Extraction]) -> Confidence:
    """Return the reliability of all predicted mentions and records of ``articles``.

    Args:
        articles: Gold.
        predicted: Extractions by article id; articles without one are passed over.
    """
    both = [(article, predicted[article.id]) for article in articles if article.id in predicted]
    return Confidence(
        mentions=reliability([one for pair in both for one in mention_outcomes(*pair)]),
        records=reliability([one for pair in both for one in record_outcomes(*pair)]),
    )
