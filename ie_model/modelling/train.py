"""From a config to a model folder: tagger, linker, calibration, scores and card, in one call.

A model that holds a fold out is scored and calibrated on that fold. A model trained on everything has no
unseen article: it borrows calibration and scores from a model trained the same way with a fold held out
(``scores_from``), and its card says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from ie_model.config import Config, LinkerConfig
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.statistics import corpus_statistics
from ie_model.corpus.store import fingerprint
from ie_model.errors import ModelError
from ie_model.evaluation.evaluate import evaluate
from ie_model.evaluation.reliability import Confidence
from ie_model.evaluation.report import EvaluationReport
from ie_model.extractor import Extractor, assemble_tagger
from ie_model.extras import require
from ie_model.files import write_whole
from ie_model.linking import Linker, RuleLinker
from ie_model.linking.predicted import carry_links
from ie_model.linking.training import train_linker
from ie_model.model_folder import (
    CARD,
    GOALS,
    LINKER,
    MANIFEST,
    METRICS,
    CalibrationWeights,
    Manifest,
    read_manifest,
    write_manifest,
)
from ie_model.modelling.calibrate import calibrate
from ie_model.modelling.card import CardFacts, model_card
from ie_model.modelling.checkpoint import save_tagger
from ie_model.modelling.data import Corpus, institution_names, load_data
from ie_model.modelling.plots import reliability_plot
from ie_model.modelling.predicted import (
    PREDICTED,
    Predicted,
    parts_of,
    predict_held_out,
    predict_parts,
    read_predicted,
    write_predicted,
)
from ie_model.schema import text_sha256
from ie_model.tagging.backends import TorchBackend
from ie_model.tagging.goal_training import train_goals
from ie_model.tagging.trainer import TrainingProgress
from ie_model.tagging.training import TrainedTagger, train_tagger
from ie_model.token_states import TokenStates


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
    predict = _predictor(config, data, output, scores_from, say)  # likewise
    _make_folder(output)
    say("train the tagger")
    tagger = train_tagger(config, data.train, data.held_out, output, resume=resume, progress=progress)
    save_tagger(tagger, config, output)
    if config.decoding.goals:
        say("train the reader of goals")
        train_goals(data.train).save(output / GOALS)
    manifest = _manifest(config, data.train, donor, state_layer_of(tagger, config.linker))
    predicted = predict()
    say("train the linker")
    states = article_states(output, manifest, data.train)
    make_linker(data.train, config.linker, states, predicted).save(output / LINKER)
    report = confidence = None
    if data.held_out:
        say("score the held-out articles")
        report, manifest, confidence = score_and_calibrate(
            output, manifest, data.held_out, known_institutions=institution_names(data.train)
        )
        predicted = {**predicted, **predict_held_out(config, output, data.held_out)} if predicted else {}
    metrics = _metrics(config, data, tagger, report, scores_from)
    metrics["confidence"] = confidence.model_dump(mode="json") if confidence else metrics.get("confidence")
    if predicted:
        write_predicted(output / PREDICTED, predicted)
    write_whole(output / METRICS, json.dumps(metrics, ensure_ascii=False, indent=1) + "\n")
    reliability_plot(metrics["confidence"], output)
    write_whole(output / CARD, model_card(CardFacts(manifest, config, metrics)))
    write_manifest(output, manifest)  # last: a folder with a manifest is a finished model
    return report


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


def state_layer_of(tagger: TrainedTagger, config: LinkerConfig) -> int | None:
    """Return the encoder layer whose states the linker will see; None for none."""
    if config.method == "rules" or not config.state_layer:
        return None
    return min(config.state_layer, int(tagger.model.config.num_hidden_layers))


def article_states(
    folder: Path, manifest: Manifest, articles: Sequence[AnnotatedArticle]
) -> list[TokenStates] | None:
    """Return the states that the tagger saved in ``folder`` gives of each article; None without a layer."""
    if manifest.state_layer is None:
        return None
    tagger = assemble_tagger(folder, manifest, TorchBackend(folder, state_layer=manifest.state_layer))
    found = [tagger.states([article.text])[0] for article in articles]
    width = next((states.values.shape[1] for states in found if states is not None), 0)
    # An article of white space has no token.
    none = TokenStates(np.zeros((0, 2), dtype=np.int64), np.zeros((0, width), dtype=np.float32))
    return [none if states is None else states for states in found]


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
    parts_of(data.train, data.folds, parts)  # refuses too few folds
    return partial(predict_parts, config, data.train, data.folds, output, say)


def make_linker(
    articles: Sequence[AnnotatedArticle],
    config: LinkerConfig,
    states: Sequence[TokenStates] | None = None,
    predicted: Predicted | None = None,
) -> Linker:
    """Return the linker that ``config.method`` names, trained on ``articles`` where it learns.

    Args:
        articles: With gold mentions and records.
        config: Method and seed.
        states: The encoder's states of each article.
        predicted: Mentions of some of them as a tagger finds them: learned from beside the gold.

    Raises:
        CorpusError: The articles hold too few links to learn from.
    """
    if config.method == "rules":
        return RuleLinker()
    known = predicted or {}
    marks = [text_sha256(article.text) for article in articles]
    again = [place for place, mark in enumerate(marks) if mark in known]
    among = [carry_links(articles[place], known[marks[place]]) for place in again]
    both = [*states, *(states[place] for place in again)] if states is not None else None
    return train_linker([*articles, *among], config, both)


def score_and_calibrate(
    folder: Path,
    manifest: Manifest,
    held_out: Sequence[AnnotatedArticle],
    *,
    known_institutions: Collection[str] = (),
) -> tuple[EvaluationReport, Manifest, Confidence]:
    """Score the model in ``folder`` on unseen articles, and fit its confidences on the same.

    Args:
        folder: What the tagger and linker were saved in.
        manifest: Of the model, its confidences not yet fitted.
        held_out: The unseen articles.
        known_institutions: Names in the training articles (:func:`ie_model.persian.folding.name_key`).

    Returns:
        The scores, the manifest with the fitted weights, and how far confidences can be trusted by
        cross-fitting; the report's own reliability is over the articles of the fit.
    """
    raw = manifest.model_copy(update={"mention_calibration": {}, "record_calibration": CalibrationWeights()})
    backend = TorchBackend(folder, state_layer=raw.state_layer)
    extractor = Extractor.assemble(folder, raw, backend)
    fitted = calibrate(extractor, held_out)
    calibrated = manifest.model_copy(
        update={"mention_calibration": fitted.mentions, "record_calibration": fitted.records}
    )
    report = evaluate(
        Extractor.assemble(folder, calibrated, backend),
        held_out,
        labels=manifest.labels,
        known_institutions=known_institutions,
    )
    return report, calibrated, fitted.confidence


def package_version() -> str:
    """Return the installed package's version."""
    try:
        return version("ie-model")
    except PackageNotFoundError:
        from ie_model import __version__

        return __version__


def _manifest(
    config: Config, train: Sequence[AnnotatedArticle], donor: Manifest | None, state_layer: int | None
) -> Manifest:
    mark = fingerprint(train)
    return Manifest(
        form="checkpoint",
        name=config.name,
        version=f"{package_version()}+{mark[:8]}",
        labels=config.labels,
        windows=config.windows,
        decoding=config.decoding,
        state_layer=state_layer,
        corpus_fingerprint=mark,
        training_articles=tuple(sorted({text_sha256(article.text) for article in train})),
        mention_calibration=donor.mention_calibration if donor else {},
        record_calibration=donor.record_calibration if donor else CalibrationWeights(),
    )


def _metrics(
    config: Config,
    data: Corpus,
    tagger: TrainedTagger,
    report: EvaluationReport | None,
    scores_from: Path | None,
) -> dict[str, Any]:
    metrics: dict[str, Any] = {
        "training": {
            "articles": len(data.train),
            "note": data.note,
            "steps": tagger.steps,
            "seed": config.training.seed,
            "corpus_fingerprint": fingerprint(data.train),
            "corpus": corpus_statistics(data.train).total.to_json(),
        },
        "seqeval": tagger.scores,
        "held_out": report.to_json() if report is not None else None,
    }
    if report is None and scores_from is not None:
        donor = json.loads((scores_from / METRICS).read_text(encoding="utf-8"))
        metrics["held_out_of_sibling"] = donor["held_out"]
        metrics["confidence"] = donor.get("confidence")
    return metrics
