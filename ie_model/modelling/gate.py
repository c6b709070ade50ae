"""The gate: a new model replaces an old one only where it is not worse on articles that neither has seen.

Both models run over the same articles; the difference of their scores is resampled over articles, in pairs
(Efron and Tibshirani, An Introduction to the Bootstrap, 1993). The new one is refused when the whole 95 %
interval of a difference lies below zero.

Trade-off: on few articles the interval is wide, and a model that is a little worse passes: on 70 articles
differences under about one point of mention F1 are not told from chance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from ie_model.corpus.model import AnnotatedArticle
from ie_model.errors import CorpusError, GateError
from ie_model.evaluation.evaluate import MeasuredExtractor, predict_articles, trained_on
from ie_model.evaluation.intervals import RESAMPLES, SEED, interval, precision_recall_f1, resample
from ie_model.evaluation.scores import ArticleCounts, Counts, score_articles
from ie_model.schema import text_sha256

MENTIONS: Final = "mentions, strict"
RECORDS: Final = "records, exact"


@dataclass(frozen=True)
class Difference:
    """F1 of the new and the old model, and the interval of the difference, new minus old."""

    new: float
    old: float
    low: float
    high: float

    @property
    def is_worse(self) -> bool:
        """Whether the new model is worse beyond what chance explains."""
        return self.high < 0

    def to_json(self) -> dict[str, float]:
        """Return the figures, to four places."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def compare_models(
    new: MeasuredExtractor,
    old: MeasuredExtractor,
    articles: Sequence[AnnotatedArticle],
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> dict[str, Difference]:
    """Return how much better or worse ``new`` is than ``old``, by what is scored.

    Args:
        new: The model that would replace.
        old: The model that would be replaced.
        articles: Annotated, unseen in the training of either.
        resamples: Bootstrap resamples.
        seed: Seed of the resamples.

    Raises:
        CorpusError: There are fewer than two articles, or one of the models was trained on one of them.
    """
    if len(articles) < 2:
        raise CorpusError("too few articles to compare models on", found=str(len(articles)), expected="2")
    for name, model in {"new": new, "old": old}.items():
        _require_unseen(name, model, articles)
    counts = [score_articles(articles, predict_articles(model, articles)) for model in (new, old)]
    kinds: dict[str, Callable[[ArticleCounts], Counts]] = {
        MENTIONS: _mentions,
        RECORDS: lambda one: one.records,
    }
    differences = {}
    for kind, counted in kinds.items():
        table = np.array(
            [_row(counted(own)) + _row(counted(other)) for own, other in zip(*counts, strict=True)]
        )
        draws = np.concatenate([table.sum(axis=0)[None], resample(table, resamples=resamples, seed=seed)])
        f1 = np.nan_to_num(precision_recall_f1(draws.reshape(-1, 2, 3))[..., 2])
        low, high = interval(f1[1:, 0] - f1[1:, 1]) or (0.0, 0.0)
        differences[kind] = Difference(float(f1[0, 0]), float(f1[0, 1]), low, high)
    return differences


def require_not_worse(differences: dict[str, Difference]) -> None:
    """Let a new model pass.

    Raises:
        GateError: It is worse than the old one in one of ``differences``.
    """
    worse = {kind: one for kind, one in differences.items() if one.is_worse}
    if worse:
        found = "; ".join(
            f"{kind}: F1 {one.new:.4f} against {one.old:.4f}, difference {one.low:+.4f} to {one.high:+.4f}"
            for kind, one in worse.items()
        )
        raise GateError(
            "the new model is worse than the old one: nothing was written",
            figures={kind: one.to_json() for kind, one in differences.items()},
            found=found,
            expected="differences whose interval reaches zero",
            mend="Keep the old model, or train longer or on more articles.",
        )


def _require_unseen(name: str, model: MeasuredExtractor, articles: Iterable[AnnotatedArticle]) -> None:
    known = trained_on(model)
    seen = [article.id for article in articles if text_sha256(article.text) in known]
    if seen:
        raise CorpusError(
            f"the {name} model was trained on articles that it would be judged by",
            found=f"{len(seen)} of them, the first is {seen[0]}",
            mend="Compare models that hold the same fold out, or name other articles by --data.",
        )


def _mentions(article: ArticleCounts) -> Counts:
    return sum(article.strict.values(), Counts())


def _row(counts: Counts) -> list[int]:
    return [counts.tp, counts.fp, counts.fn]
