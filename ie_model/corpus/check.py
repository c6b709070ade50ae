"""The check of an annotated corpus: a report, apart from what is made of it.

:func:`check_corpus` looks and reports; :meth:`CheckReport.fails` applies a policy. Errors break the
annotation guide or mislead a measurement; warnings are doubtful or thin data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from ie_model.corpus.article_checks import check_article, mention_finding
from ie_model.corpus.findings import Finding
from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.corpus.similarity import NearDuplicates, near_duplicates
from ie_model.corpus.store import Reject
from ie_model.errors import CorpusError
from ie_model.schema import LABELS

MIN_MENTIONS: Final = 50
"""Mentions of a label below which a tagger cannot be expected to learn it, nor its score to be trusted."""
MIN_ARTICLES: Final = 100
"""Articles below which a score's interval over articles is too wide to compare models."""

Policy = Literal["off", "warn", "error"]
"""What warnings do: ``off`` are not shown, ``warn`` are shown, ``error`` fail the check as errors do."""

Unrepresentable = Callable[[AnnotatedArticle], list[GoldMention]]
"""Which mentions of an article a tokenizer cannot give back exactly."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found, in the order of the corpus, errors and warnings mixed."""

    articles: int
    mentions: int
    findings: tuple[Finding, ...]

    def of(self, severity: Literal["warning", "error"]) -> tuple[Finding, ...]:
        """The findings of one severity."""
        return tuple(finding for finding in self.findings if finding.severity == severity)

    def shown(self, policy: Policy = "warn") -> tuple[Finding, ...]:
        """What ``policy`` lets a reader see, errors first."""
        warnings = () if policy == "off" else self.of("warning")
        return self.of("error") + warnings

    def fails(self, policy: Policy = "warn") -> bool:
        """Whether the corpus fails: on errors always, on warnings under the policy ``error``."""
        return bool(self.of("error")) or (policy == "error" and bool(self.findings))

    def to_json(self, policy: Policy = "warn") -> dict[str, Any]:
        """The report as one JSON object."""
        return {
            "articles": self.articles,
            "mentions": self.mentions,
            "errors": len(self.of("error")),
            "warnings": len(self.of("warning")),
            "failed": self.fails(policy),
            "findings": [asdict(finding) for finding in self.shown(policy)],
        }


def check_corpus(
    articles: Sequence[AnnotatedArticle],
    *,
    labels: Collection[str] = LABELS,
    folds: Mapping[str, int] | None = None,
    against: Sequence[AnnotatedArticle] = (),
    rejects: Sequence[Reject] = (),
    unrepresentable: Unrepresentable | None = None,
) -> CheckReport:
    """Check ``articles`` each by itself, among themselves, and against others.

    Args:
        articles: As read by :func:`ie_model.corpus.store.read_corpus`, errors and all.
        labels: The labels that are known.
        folds: Article id to fold; articles in none always train.
        against: Articles on the other side of train and test: none of ``articles`` may be among them.
        rejects: What could not be read; each is an error of the report.
        unrepresentable: The tokenizer's own check.
    """
    findings = [_unread(reject) for reject in rejects]
    for article in articles:
        findings += check_article(article, labels)
        if unrepresentable is not None:
            findings += _check_tokenizer(article, unrepresentable)
    findings += _check_ids(articles, against)
    findings += _check_duplicates(articles, folds, against)
    findings += _check_counts(articles, labels)
    if folds is not None:
        findings += _check_fold_ids(articles, folds)
    return CheckReport(len(articles), sum(len(article.mentions) for article in articles), tuple(findings))


def require_sound(report: CheckReport, *, policy: Policy = "warn") -> None:
    """React to a report in a program, as the command does with its exit status.

    Raises:
        CorpusError: The corpus fails under ``policy``; names the first finding and their number.
    """
    if report.fails(policy):
        shown = report.shown(policy)
        raise CorpusError(
            f"the corpus check failed with {len(shown)} findings, first {shown[0].code}: {shown[0].message}",
            where=f"{shown[0].where} (article {shown[0].article_id})",
            mend="See all of them with: ie-model data check",
        )


def _unread(reject: Reject) -> Finding:
    error = reject.error
    message = error.what if error.found is None else f"{error.what}; found {error.found}"
    where = error.where or reject.source
    return Finding("error", "unreadable", reject.article_id or "", where, message, error.mend or "")


def _check_tokenizer(article: AnnotatedArticle, unrepresentable: Unrepresentable) -> Iterator[Finding]:
    for mention in unrepresentable(article):
        message = f"the tokenizer cannot give back {mention.text!r} exactly: a token crosses the span's edge"
        mend = "Move the span to the word's edge, or expect it to be missed."
        yield mention_finding(article, mention, "tokenizer", message, mend, error=False)


def _check_ids(
    articles: Sequence[AnnotatedArticle], against: Sequence[AnnotatedArticle]
) -> Iterator[Finding]:
    first: dict[str, AnnotatedArticle] = {}
    for article in articles:
        if article.id in first:
            message = f"the id occurs twice: in {first[article.id].source} too"
            mend = "Give each article its own id, each path once."
            yield Finding("error", "duplicate-id", article.id, article.source, message, mend)
        first.setdefault(article.id, article)
    for article in against:
        if article.id in first:
            message = f"an article of this id is on the other side too: {first[article.id].source}"
            yield Finding("error", "leak", article.id, article.source, message, "Take it out on one side.")


def _check_duplicates(
    articles: Sequence[AnnotatedArticle],
    folds: Mapping[str, int] | None,
    against: Sequence[AnnotatedArticle],
) -> Iterator[Finding]:
    everything = [*articles, *against]
    for pair in near_duplicates(everything):
        first, second = everything[pair.first], everything[pair.second]
        if pair.second < len(articles):
            yield from _check_pair(first, second, pair, folds)
        elif pair.first < len(articles) and first.id != second.id:
            message = f"is nearly {second.id} on the other side ({pair.similarity:.0%}): {second.source}"
            yield Finding("error", "leak", first.id, first.source, message, "Take it out on one side.")


def _check_pair(
    first: AnnotatedArticle, second: AnnotatedArticle, pair: NearDuplicates, folds: Mapping[str, int] | None
) -> Iterator[Finding]:
    likeness = f"{pair.similarity:.0%} of their word sequences are the same"
    if first.text == second.text:
        message, mend = f"has the text of {first.id}, {first.source}", "Keep one of them."
        yield Finding("error", "duplicate-text", second.id, second.source, message, mend)
    elif folds is None:
        message, mend = f"is nearly {first.id}: {likeness}", "Give them one fold (data check --folds)."
        yield Finding("warning", "near-duplicate", second.id, second.source, message, mend)
    if folds is not None and folds.get(first.id) != folds.get(second.id):
        sides = f"{_side(first, folds)} and {_side(second, folds)}"
        message, mend = f"and {first.id} are in {sides}: {likeness}", "Near-duplicates share a fold."
        yield Finding("error", "leak", second.id, second.source, message, mend)


def _side(article: AnnotatedArticle, folds: Mapping[str, int]) -> str:
    return f"fold {folds[article.id]}" if article.id in folds else "no fold (always trains)"


def _check_counts(articles: Sequence[AnnotatedArticle], labels: Collection[str]) -> Iterator[Finding]:
    if len(articles) < MIN_ARTICLES:
        message = f"{len(articles)} articles are few: scores over under {MIN_ARTICLES} have wide intervals"
        yield Finding("warning", "few-articles", "", "corpus", message, "Annotate more.")
    counts = Counter(mention.label for article in articles for mention in article.mentions)
    for label in labels:
        if counts[label] < MIN_MENTIONS:
            message = (
                f"{counts[label]} mentions of {label} are few: under {MIN_MENTIONS} it is hardly learned"
            )
            yield Finding("warning", "few-mentions", "", "corpus", message, "Annotate more.")


def _check_fold_ids(articles: Sequence[AnnotatedArticle], folds: Mapping[str, int]) -> Iterator[Finding]:
    absent = sorted(folds.keys() - {article.id for article in articles})
    if absent:
        shown = ", ".join(absent[:5]) + (", ..." if len(absent) > 5 else "")
        message = f"{len(absent)} ids with a fold are not in the corpus: {shown}"
        yield Finding(
            "warning", "fold-ids", "", "folds", message, "Give their articles too, or mend the ids."
        )
