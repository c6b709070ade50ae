"""Cross-validation by article: one model a fold, each scored on articles that it never saw.

First the taggers are trained; each predicts its fold, and from these predictions every linker learns what a
tagger's mentions look like (``linker.predicted_parts`` above 0). Confidences are fitted on all folds
together. A model that is then trained on every article borrows calibration, scores and predicted mentions
from the cross-validation's folder (``train --scores-from``).

Trade-off: the linker of a fold learns among mentions that were predicted by taggers which had trained on
that fold. No label of the fold reaches it, but its scores may be a shade too good.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ie_model.config import Config
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.splits import load_folds, make_folds, split
from ie_model.corpus.store import load_corpus
from ie_model.errors import CorpusError
from ie_model.evaluation.report import EvaluationReport
from ie_model.model_folder import Manifest, write_manifest
from ie_model.modelling.data import Corpus
from ie_model.modelling.linkers import fit_linker
from ie_model.modelling.predicted import PREDICTED, Part, Predicted, predict_parts, write_predicted
from ie_model.modelling.scoring import Judge, Scored, score_and_calibrate
from ie_model.modelling.train import (
    manifest_of,
    scores_of,
    training_metrics,
    write_metrics,
    write_model,
)
from ie_model.tagging.trainer import TrainingProgress


@dataclass(frozen=True)
class CrossValidation:
    """The report over all articles, each as read by the model that has not seen it, and that of each fold."""

    report: EvaluationReport
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
        """Return the report over all articles, every fold's, and their spread."""
        return {
            "held_out": self.report.to_json(),
            "folds": {str(fold): report.to_json() for fold, report in self.reports.items()},
            "spread": {name: {"mean": mean, "sd": sd} for name, (mean, sd) in self.spread().items()},
        }


def cross_validate(
    config: Config,
    output: Path,
    *,
    corpus: Corpus | None = None,
    folds: int | None = None,
    progress: Callable[[TrainingProgress], None] | None = None,
    stage: Callable[[str], None] | None = None,
) -> CrossValidation:
    """Train and score one model a fold; each lies in ``output/fold-N`` afterwards.

    Finished taggers in ``output`` are taken from there, so that a stopped run goes on.

    Args:
        config: ``data.holdout`` and ``training.patience`` are not used.
        output: Folder for the models.
        corpus: Articles, all of them to train on, and their folds, to use in place of the config's.
        folds: Make so many folds anew, near-duplicates together; as many as there are articles is
            leave-one-out. None uses the stored folds; articles in none always train.
        progress: Called after each logged training step.
        stage: Called with the name of each stage as it begins.

    Raises:
        CorpusError: No folds are stored, or more are asked for than there are articles.
        ModelError: A tagger in ``output`` is of other articles or of another config.
    """
    say = stage or (lambda _: None)
    data = corpus or Corpus(load_corpus(config.data.articles), [], folds=load_folds(config.data.folds))
    assigned = _folds(config, data, folds)
    parts = {fold: _part(config, data.train, assigned, fold) for fold in sorted(set(assigned.values()))}
    honest = config.training.model_copy(update={"patience": 0})  # it would choose the step by the fold
    config = config.model_copy(update={"training": honest})
    predicted = predict_parts(config, list(parts.values()), output, say, progress)
    judges = []
    for part in parts.values():
        say(f"train the linker of {part.name}")
        judges.append(_linked(config, part, output / part.name, predicted))
    say("score the held-out articles")
    scored = score_and_calibrate(judges)
    for judge, manifest, report in zip(judges, scored.manifests, scored.reports, strict=True):
        own = training_metrics(config, replace(data, train=list(judge.train)), judge.folder)
        write_model(judge.folder, manifest, config, own | scores_of(report, None))
    result = CrossValidation(scored.report, dict(zip(parts, scored.reports, strict=True)))
    common = manifest_of(config, judges[0].folder, data.train, scored.manifests[0])
    _write_root(output, common, scored, result)
    write_predicted(output / PREDICTED, predicted)
    return result


def _linked(config: Config, part: Part, folder: Path, predicted: Predicted) -> Judge:
    """Train the linker beside the tagger of ``part``."""
    manifest = manifest_of(config, folder, part.train)
    among = predicted if config.linker.predicted_parts else {}
    fit_linker(folder, manifest, part.train, config.linker, among)
    return Judge(folder, manifest, part.held_out, part.train)


def _part(config: Config, articles: Sequence[AnnotatedArticle], folds: Mapping[str, int], fold: int) -> Part:
    train, held_out = split(articles, folds, fold)
    return Part(f"fold-{fold}", train[: config.data.limit], held_out)


def _write_root(output: Path, manifest: Manifest, scored: Scored, result: CrossValidation) -> None:
    """Write what a model that trains on every article borrows (``train --scores-from``)."""
    write_metrics(output, result.to_json() | scores_of(scored.report, scored.confidence))
    write_manifest(output, manifest.model_copy(update={"form": "crossval", "training_articles": ()}))


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


def _folds(config: Config, data: Corpus, folds: int | None) -> dict[str, int]:
    if folds is not None:
        return make_folds(data.train, folds, config.training.seed)
    present = {article.id for article in data.train}
    stored = {name: fold for name, fold in data.folds.items() if name in present}
    if not stored:
        raise CorpusError(
            "no stored folds for these articles", mend="Name fold files in data.folds, or give --folds K."
        )
    return stored
