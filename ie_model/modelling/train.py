"""From a config to a model folder: tagger, linker, calibration, scores and card, in one call.

A model that holds a fold out is scored and calibrated on that fold. A model trained on everything has no
unseen article: it borrows calibration and scores from a model trained the same way with a fold held out
(``scores_from``), and its card says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ie_model.config import Config
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.statistics import corpus_statistics
from ie_model.corpus.store import fingerprint
from ie_model.errors import ModelError
from ie_model.evaluation.reliability import Confidence
from ie_model.evaluation.report import EvaluationReport
from ie_model.extras import require
from ie_model.files import write_whole
from ie_model.model_folder import (
    CARD,
    MANIFEST,
    METRICS,
    CalibrationWeights,
    Manifest,
    read_manifest,
    write_manifest,
)
from ie_model.modelling.card import CardFacts, model_card
from ie_model.modelling.checkpoint import read_training
from ie_model.modelling.data import Corpus, load_data
from ie_model.modelling.linkers import fit_linker, state_layer_of
from ie_model.modelling.plots import reliability_plot
from ie_model.modelling.predicted import (
    PREDICTED,
    Part,
    Predicted,
    make_tagger,
    parts_of,
    predict_held_out,
    predict_parts,
    read_predicted,
    require_unseen,
    shortened,
    write_predicted,
)
from ie_model.modelling.scoring import Judge, score_and_calibrate
from ie_model.schema import text_sha256
from ie_model.tagging.trainer import TrainingProgress


def train_model(
    config: Config,
    output: Path,
    *,
    corpus: Corpus | None = None,
    resume: bool = False,
    scores_from: Path | None = None,
    progress: Callable[[TrainingProgress], None] | None = None,
    stage: Callable[[str], None] | None = None,
) -> EvaluationReport | None:
    """Train tagger and linker and write a complete model folder.

    Args:
        config: The whole config.
        output: The folder to make; checkpoints lie in it while training runs.
        corpus: Articles to use in place of the config's.
        resume: Continue from the newest checkpoint in ``output``.
        scores_from: A model folder whose calibration and scores stand in where no article is held out.
        progress: Called after each logged training step.
        stage: Called with the name of each stage as it begins.

    Returns:
        The scores on the held-out articles; None where there are none.

    Raises:
        CorpusError: See :func:`load_data`.
        ModelError: ``output`` holds a finished model or cannot be made, or ``scores_from`` holds none.
        EncoderError: The encoder cannot be loaded.
        MissingExtraError: The extra ``train`` is not installed.
    """
    say = stage or (lambda _: None)
    if (output / MANIFEST).exists() and not resume:
        raise ModelError("a model lies here already", where=str(output), mend="Name another folder.")
    donor = read_manifest(scores_from) if scores_from else None
    say("read the articles")
    data = corpus or load_data(config)
    if config.linker.method == "learned":
        require("train", "sklearn")  # now, not after an hour of training
    require_unseen(config, [Part("held out", data.train, data.held_out)])
    predict = _predictor(config, data, output, scores_from, say)  # likewise
    _make_folder(output)
    say("train the tagger")
    make_tagger(config, data.train, data.held_out, output, resume=resume, progress=progress, say=say)
    manifest = manifest_of(config, output, data.train, donor)
    predicted = predict()
    say("train the linker")
    fit_linker(output, manifest, data.train, config.linker, predicted)
    scored = None
    if data.held_out:
        say("score the held-out articles")
        scored = score_and_calibrate([Judge(output, manifest, data.held_out, data.train)])
        (manifest,) = scored.manifests
        predicted = {**predicted, **predict_held_out(config, output, data.held_out)} if predicted else {}
    if predicted:
        write_predicted(output / PREDICTED, predicted)
    metrics = training_metrics(config, data, output)
    metrics |= _lent_scores(scores_from) if scored is None else scores_of(scored.report, scored.confidence)
    write_model(output, manifest, config, metrics)
    return scored.report if scored else None


def write_model(folder: Path, manifest: Manifest, config: Config, metrics: dict[str, Any]) -> None:
    """Write metrics, card and manifest beside tagger and linker: from then on the model is finished."""
    write_metrics(folder, metrics)
    write_whole(folder / CARD, model_card(CardFacts(manifest, config, metrics)))
    write_manifest(folder, manifest)  # last: a folder with a manifest is a finished model


def write_metrics(folder: Path, metrics: dict[str, Any]) -> None:
    """Write the metrics, and the plot of the confidence among them."""
    write_whole(folder / METRICS, json.dumps(metrics, ensure_ascii=False, indent=1) + "\n")
    reliability_plot(metrics["confidence"], folder)


def _make_folder(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(
            "the model folder cannot be made",
            where=str(output),
            found=error.strerror or str(error),
            mend="Name another folder by --output.",
        ) from error


def _predictor(
    config: Config, data: Corpus, output: Path, scores_from: Path | None, say: Callable[[str], None]
) -> Callable[[], Predicted]:
    """Return what gives predicted mentions to the linker: made here, or the sibling's, or none."""
    parts = 0 if config.linker.method == "rules" else config.linker.predicted_parts
    start = config.training.start
    if start and config.linker.method == "learned" and (Path(start) / PREDICTED).exists():
        return partial(read_predicted, Path(start) / PREDICTED)
    if not parts:
        return dict
    if not data.held_out and scores_from is not None and (scores_from / PREDICTED).exists():
        return partial(read_predicted, scores_from / PREDICTED)
    chosen = parts_of(data.train, data.folds, parts)  # refuses too few folds
    require_unseen(config, chosen)
    return partial(predict_parts, shortened(config), chosen, output, say)


def package_version() -> str:
    """Return the installed package's version."""
    try:
        return version("ie-model")
    except PackageNotFoundError:
        from ie_model import __version__

        return __version__


def manifest_of(
    config: Config, folder: Path, train: Sequence[AnnotatedArticle], donor: Manifest | None = None
) -> Manifest:
    """Return the manifest of the tagger saved in ``folder``.

    Args:
        config: The whole config.
        folder: Where the tagger lies.
        train: What it was trained on.
        donor: Whose calibration stands in for one of its own.
    """
    mark = fingerprint(train)
    return Manifest(
        form="checkpoint",
        name=config.name,
        version=f"{package_version()}+{mark[:8]}",
        labels=config.labels,
        windows=config.windows,
        decoding=config.decoding,
        state_layer=state_layer_of(folder, config.linker),
        corpus_fingerprint=mark,
        training_articles=tuple(sorted({text_sha256(article.text) for article in train})),
        mention_calibration=donor.mention_calibration if donor else {},
        record_calibration=donor.record_calibration if donor else CalibrationWeights(),
    )


def training_metrics(config: Config, data: Corpus, folder: Path) -> dict[str, Any]:
    """Return what the card says of the training of the tagger saved in ``folder``."""
    training = read_training(folder)
    return {
        "training": {
            "articles": len(data.train),
            "note": data.note,
            "steps": training["steps"],
            "seed": config.training.seed,
            "corpus_fingerprint": fingerprint(data.train),
            "corpus": corpus_statistics(data.train).total.to_json(),
        },
        "seqeval": training["seqeval"],
    }


def scores_of(report: EvaluationReport, confidence: Confidence | None) -> dict[str, Any]:
    """Return the part of the metrics that holds what was measured on unseen articles."""
    return {
        "held_out": report.to_json(),
        "confidence": confidence.model_dump(mode="json") if confidence else None,
    }


def _lent_scores(scores_from: Path | None) -> dict[str, Any]:
    nothing = {"held_out": None, "confidence": None}
    if scores_from is None:
        return nothing
    donor = json.loads((scores_from / METRICS).read_text(encoding="utf-8"))
    lent = {"held_out_of_sibling": donor["held_out"], "confidence": donor.get("confidence")}
    return nothing | lent | {"siblings": len(donor.get("folds", ())) or 1}
