"""Cross-validation by article: one model a fold, each scored on articles that it never saw."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ie_model.config import Config
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.splits import load_folds, make_folds, split
from ie_model.corpus.store import load_corpus
from ie_model.errors import CorpusError
from ie_model.evaluation.report import EvaluationReport
from ie_model.modelling.data import Corpus
from ie_model.modelling.train import train_model


@dataclass(frozen=True)
class CrossValidation:
    """Reports of all folds."""

    reports: dict[int, EvaluationReport]

    def spread(self) -> dict[str, tuple[float, float]]:
        """Return mean and sample standard deviation over the folds of every headline score."""
        rows = [_headline(report) for report in self.reports.values()]
        scores = {
            name: [row[name] for row in rows if name in row]
            for name in dict.fromkeys(n for row in rows for n in row)
        }
        return {
            name: (statistics.fmean(found), statistics.stdev(found) if len(found) > 1 else 0.0)
            for name, found in scores.items()
        }

    def to_json(self) -> dict[str, Any]:
        """Return the spread and every fold's report."""
        return {
            "folds": {str(fold): report.to_json() for fold, report in self.reports.items()},
            "spread": {name: {"mean": mean, "sd": sd} for name, (mean, sd) in self.spread().items()},
        }


def cross_validate(
    config: Config,
    output: Path,
    *,
    folds: int | None = None,
    stage: Callable[[str], None] | None = None,
) -> CrossValidation:
    """Train and score one model a fold; each lies in ``output/fold-N`` afterwards.

    Args:
        config: ``data.holdout`` is not used.
        output: Folder for the models.
        folds: Make so many folds anew, near-duplicates together; as many as there are articles is
            leave-one-out. None uses the stored folds of ``data.folds``; articles in none always train.
        stage: Called with the name of each stage as it begins.

    Raises:
        CorpusError: No folds are stored, or more are asked for than there are articles.
    """
    say = stage or (lambda _: None)
    articles = load_corpus(config.data.articles)
    assigned = _folds(config, articles, folds)
    reports: dict[int, EvaluationReport] = {}
    for fold in sorted(set(assigned.values())):
        say(f"fold {fold}")
        train, held_out = split(articles, assigned, fold)
        if config.data.limit is not None:
            train = train[: config.data.limit]
        report = train_model(
            config, output / f"fold-{fold}", corpus=Corpus(train, held_out, folds=assigned), stage=stage
        )
        if report is not None:
            reports[fold] = report
    return CrossValidation(reports)


def _headline(report: EvaluationReport) -> dict[str, float]:
    """The scores that a table of folds shows; one that is undefined in a fold (no support) is left out."""
    strict = report.mentions.strict
    scores: dict[str, float | None] = {
        **{f"mentions strict, {label}": score.f1 for label, score in strict.labels.items()},
        "mentions strict, micro": strict.micro.f1,
        "mentions overlap, micro": report.mentions.overlap.micro.f1,
        "value accuracy": report.values.all.accuracy,
        **{str(name): score.f1 for name, score in report.links.items()},
        "records": report.records.f1,
    }
    return {name: score for name, score in scores.items() if score is not None}


def _folds(config: Config, articles: list[AnnotatedArticle], folds: int | None) -> dict[str, int]:
    if folds is not None:
        return make_folds(articles, folds, config.training.seed)
    present = {article.id for article in articles}
    stored = {name: fold for name, fold in load_folds(config.data.folds).items() if name in present}
    if not stored:
        raise CorpusError(
            "no stored folds for these articles", mend="Name fold files in data.folds, or give --folds K."
        )
    return stored
