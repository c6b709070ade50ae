"""Likely label errors: gold spans that a model doubts, and spans that it insists on.

Confident learning (Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in dataset
labels", JAIR 70, 2021) carried over to spans: a model that has not trained on the article contradicts its
annotation only where it is at least as sure of what it says as it is on average of gold mentions of that
label (the paper's threshold of a class), and contradictions are ranked by the margin between what it says
and what is annotated (its normalised margin). A gold span where the model finds nothing is contradicted by
"nothing there", which needs no threshold.

A margin alone puts the model's habits first: it misses one institution in ten outright, and is then as sure
as ever. So the margin is weighed by how unusual the contradiction is: ``SLIPS / (SLIPS + rate)``, the rate
being how often the model contradicts this corpus in this way: such contradictions over all mentions that it
reads with the label, or over all that are annotated with it where it reads none. With 38 errors planted
among the 1 430 mentions of 80 articles, 24 of the first 80 suspects are planted ones, by the margin alone 7;
on 80 other articles, looked at afterwards, 24 again, and 11 of the first 20.

Probabilities must come from articles that the model has not seen: a model agrees with what it learned by
heart, errors and all.

Trade-off: the model's habitual mistakes rank among the annotators' slips. The list is for eyes; nothing
here changes an annotation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Final, Literal

from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.errors import CorpusError
from ie_model.evaluation.facts import LabelledSpan, Span
from ie_model.evaluation.pairing import pair_mentions
from ie_model.evaluation.scores import require_distinct_ids

Kind = Literal["label", "borders", "label and borders", "nothing there", "missing"]
SLIPS: Final = 0.01
"""Share of the mentions that are taken to be annotated wrongly: two people annotating apart agree on 0.994
(README.md), and one alone is a little worse. It only balances rare and habitual contradictions."""
_KINDS: Final[Mapping[str, Kind]] = {
    "wrong_label": "label",
    "wrong_span": "borders",
    "wrong_label_and_span": "label and borders",
}


@dataclass(frozen=True, slots=True)
class Believed:
    """A mention that a model found: half-open code points, and the probability that it is exactly right."""

    id: str
    label: str
    start: int
    end: int
    text: str
    confidence: float


@dataclass(frozen=True)
class Opinion:
    """What a model that has not seen an article says of it.

    Attributes:
        mentions: That it found.
        shares: For gold spans, the probability of each label with exactly these borders. A span that is not
            there has the confidence of the mention found on it, under its label, and else 0.
        touched: For gold spans, the probability that some mention is there, whatever its label and borders;
            0 for a span that is not there.
    """

    mentions: tuple[Believed, ...]
    shares: Mapping[Span, Mapping[str, float]] = field(default_factory=dict)
    touched: Mapping[Span, float] = field(default_factory=dict)

    def of(self, gold: GoldMention) -> float:
        """Return the probability of exactly ``gold``."""
        return self.label_share(gold, gold.label)

    def label_share(self, gold: GoldMention, label: str) -> float:
        """Return the probability of ``label`` on the span of ``gold``."""
        span = gold.start, gold.end
        found = next((one for one in self.mentions if (one.start, one.end) == span), None)
        if found is not None and found.label == label:
            return found.confidence
        return min(self.shares.get(span, {}).get(label, 0.0), 1 - found.confidence if found else 1.0)


@dataclass(frozen=True, slots=True)
class Suspect:
    """A place where annotation and model contradict each other.

    Attributes:
        article: Its id.
        kind: What differs; ``nothing there``: only annotated; ``missing``: only found.
        score: How far the model's belief is ahead, weighed, in (0, 1]; the likeliest errors have most.
        start: First code point of both sides' spans.
        end: One past their last.
        text: The article's ``[start, end)``.
        gold: What is annotated; None if nothing.
        said: What the model says; None if nothing.
        gold_share: Probability that the model gives to what is annotated.
        said_share: And to what it says.
    """

    article: str
    kind: Kind
    score: float
    start: int
    end: int
    text: str
    gold: LabelledSpan | None
    said: LabelledSpan | None
    gold_share: float
    said_share: float


def find_label_errors(articles: Sequence[AnnotatedArticle], opinions: Mapping[str, Opinion]) -> list[Suspect]:
    """Return the places to look at, likeliest error first.

    Args:
        articles: Annotated; those without an opinion are passed over.
        opinions: By article id.

    Raises:
        CorpusError: An article id occurs twice, or an opinion does not fit its article's text.
    """
    require_distinct_ids(articles)
    read = [(article, opinions[article.id]) for article in articles if article.id in opinions]
    for article, opinion in read:
        _require_fit(article, opinion)
    usual = thresholds(read)
    found = [suspect for article, opinion in read for suspect in _suspects(article, opinion, usual)]
    return sorted(
        _weighed(found, read), key=lambda one: (-one.score, one.article, one.start, one.end, one.kind)
    )


def _weighed(
    suspects: Sequence[Suspect], read: Sequence[tuple[AnnotatedArticle, Opinion]]
) -> Iterator[Suspect]:
    """Yield the suspects with their scores weighed by how unusual they are."""
    said = Counter(one.label for _, opinion in read for one in opinion.mentions)
    annotated = Counter(mention.label for article, _ in read for mention in article.mentions)
    ways = Counter(map(_way, suspects))
    for suspect in suspects:
        way = _way(suspect)
        _, gold, found = way
        chances = annotated[gold or ""] if found is None else said[found]
        yield replace(suspect, score=round(suspect.score * SLIPS / (SLIPS + ways[way] / chances), 4))


def _way(suspect: Suspect) -> tuple[str, str | None, str | None]:
    gold, said = suspect.gold, suspect.said
    return suspect.kind, None if gold is None else gold.label, None if said is None else said.label


def thresholds(read: Iterable[tuple[AnnotatedArticle, Opinion]]) -> dict[str, float]:
    """Return the mean probability that gold mentions of each label get."""
    shares: dict[str, list[float]] = {}
    for article, opinion in read:
        for mention in article.mentions:
            shares.setdefault(mention.label, []).append(opinion.of(mention))
    return {label: fmean(own) for label, own in shares.items()}


def _suspects(article: AnnotatedArticle, opinion: Opinion, usual: Mapping[str, float]) -> Iterator[Suspect]:
    pairs, unfound, extra = pair_mentions(article.mentions, opinion.mentions)
    for difference, gold, said in pairs:
        if difference is None:
            continue
        share = min(opinion.of(gold), 1 - said.confidence)
        if said.confidence >= usual.get(said.label, 1.0) and said.confidence > share:
            yield _suspect(article, _KINDS[difference], (gold, said), (share, said.confidence))
    for gold in unfound:
        share = opinion.of(gold)
        nothing = 1 - max(share, opinion.touched.get((gold.start, gold.end), 0.0))
        if nothing > share:
            yield _suspect(article, "nothing there", (gold, None), (share, nothing))
    for said in extra:
        if said.confidence >= usual.get(said.label, 1.0) and said.confidence > 0:
            yield _suspect(article, "missing", (None, said), (0.0, said.confidence))


def _suspect(
    article: AnnotatedArticle,
    kind: Kind,
    pair: tuple[GoldMention | None, Believed | None],
    shares: tuple[float, float],
) -> Suspect:
    """Return a suspect; ``pair`` and ``shares`` have what is annotated first, then what the model says."""
    (gold, said), (gold_share, said_share) = pair, shares
    sides: list[GoldMention | Believed] = [one for one in (gold, said) if one is not None]
    start, end = min(one.start for one in sides), max(one.end for one in sides)
    return Suspect(
        article=article.id,
        kind=kind,
        score=said_share - gold_share,
        start=start,
        end=end,
        text=article.text[start:end],
        gold=None if gold is None else LabelledSpan(gold.label, gold.start, gold.end),
        said=None if said is None else LabelledSpan(said.label, said.start, said.end),
        gold_share=gold_share,
        said_share=said_share,
    )


def _require_fit(article: AnnotatedArticle, opinion: Opinion) -> None:
    for one in opinion.mentions:
        if article.text[one.start : one.end] != one.text:
            raise CorpusError(
                "the prediction was made from another text than the annotation has",
                where=f"article {article.id}",
                found=f"{one.text!r} at [{one.start}, {one.end})",
                expected=repr(article.text[one.start : one.end]),
            )
