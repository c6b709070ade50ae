"""Score models on articles that they have not seen, and fit their confidences on the same.

One model with a held-out fold, or the models of a cross-validation, each with its own fold: their answers
are fitted and scored together, every article once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ie_model.corpus.model import AnnotatedArticle
from ie_model.evaluation.evaluate import predict_articles, report_on, trained_on
from ie_model.evaluation.reliability import Confidence
from ie_model.evaluation.report import EvaluationReport
from ie_model.extractor import Extractor
from ie_model.model_folder import CalibrationWeights, Manifest
from ie_model.modelling.calibrate import Unseen, calibrate
from ie_model.modelling.data import institution_names
from ie_model.schema import Extraction
from ie_model.tagging.backends import TorchBackend


@dataclass(frozen=True)
class Judge:
    """A model in a folder, the articles that judge it, and those that it was trained on."""

    folder: Path
    manifest: Manifest
    held_out: Sequence[AnnotatedArticle]
    train: Sequence[AnnotatedArticle]

    def open(self) -> Extractor:
        """Load the model; confidences are by the manifest's weights."""
        backend = TorchBackend(self.folder, state_layer=self.manifest.state_layer)
        return Extractor.assemble(self.folder, self.manifest, backend)

    def with_weights(self, mentions: dict[str, tuple[float, ...]], records: CalibrationWeights) -> Judge:
        """Return the same with other weights in the manifest."""
        weights = {"mention_calibration": mentions, "record_calibration": records}
        return replace(self, manifest=self.manifest.model_copy(update=weights))


@dataclass(frozen=True)
class Scored:
    """What came out.

    Attributes:
        report: Over the held-out articles of all models.
        reports: Of each model, in order.
        manifests: Of each model, with the fitted weights, the same for all.
        confidence: How far confidences can be trusted, by cross-fitting; the reports' own reliability is
            over the articles of the fit.
    """

    report: EvaluationReport
    reports: list[EvaluationReport]
    manifests: list[Manifest]
    confidence: Confidence


def score_and_calibrate(judges: Sequence[Judge]) -> Scored:
    """Fit the confidences of all models together, then score them.

    Args:
        judges: At least one, with distinct articles; the weights of their manifests are not looked at.
    """
    raw = [one.with_weights({}, CalibrationWeights()) for one in judges]
    fitted = calibrate([Unseen(one.open, one.held_out) for one in raw])
    models = [one.with_weights(fitted.mentions, fitted.records) for one in judges]
    predicted: dict[str, Extraction] = {}
    known: dict[str, frozenset[str]] = {}
    reports: list[EvaluationReport] = []
    for model in models:
        extractor = model.open()
        found, names = predict_articles(extractor, model.held_out), institution_names(model.train)
        predicted.update(found)
        known.update(dict.fromkeys(found, names))
        reports.append(
            report_on(
                model.held_out,
                found,
                model=extractor.info,
                trained_on=trained_on(extractor),
                labels=model.manifest.labels,
                known_institutions=lambda article: known[article.id],
            )
        )
    return Scored(
        reports[0] if len(reports) == 1 else _report_on_all(models, predicted, known),
        reports,
        [model.manifest for model in models],
        fitted.confidence,
    )


def _report_on_all(
    models: Sequence[Judge], predicted: Mapping[str, Extraction], known: Mapping[str, frozenset[str]]
) -> EvaluationReport:
    return report_on(
        [article for model in models for article in model.held_out],
        predicted,
        labels=models[0].manifest.labels,
        known_institutions=lambda article: known[article.id],
    )
