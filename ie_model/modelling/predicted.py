"""Mentions of the training articles as predicted by taggers that have not seen these articles.

The linker meets a tagger's mentions, not an annotator's: some are missing, some are split or spurious. To
learn among such mentions it also trains on articles whose mentions were predicted in cross-validation: the
folds are put into parts, and a tagger trained on all other articles predicts each part.

Trade-off: a part's tagger trains for :data:`SHARE_OF_EPOCHS` of the epochs, on fewer articles, so it errs
more than the tagger that the linker will meet: strict F1 0.84 against 0.88 (``docs/experiments.md``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from ie_model.config import Config
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.splits import split
from ie_model.corpus.store import fingerprint
from ie_model.errors import ConfigError, CorpusError, ModelError
from ie_model.files import write_whole
from ie_model.linking.predicted import PredictedSpan
from ie_model.model_folder import GOALS, read_manifest
from ie_model.modelling.checkpoint import save_tagger
from ie_model.modelling.continuing import replayed
from ie_model.schema import text_sha256
from ie_model.tagging.backends import TorchBackend
from ie_model.tagging.goal_training import train_goals
from ie_model.tagging.goals import load_goals
from ie_model.tagging.tagger import Tagger
from ie_model.tagging.tokenizers import load_tokenizer
from ie_model.tagging.trainer import Progress
from ie_model.tagging.training import train_tagger

#: The file that holds predicted mentions, no text among them.
PREDICTED: Final = "predicted.json"
SHARE_OF_EPOCHS: Final = 2 / 3
_MADE_BY: Final = {"labels", "encoder", "windows", "training", "distillation", "decoding"}

#: Mentions by the SHA-256 of the text they were found in (:func:`ie_model.schema.text_sha256`).
Predicted = Mapping[str, Sequence[PredictedSpan]]


class Part(NamedTuple):
    """Articles whose mentions are predicted, and those that the tagger for it trains on."""

    name: str
    train: Sequence[AnnotatedArticle]
    held_out: Sequence[AnnotatedArticle]


def predict_parts(
    config: Config,
    parts: Sequence[Part],
    folder: Path,
    say: Callable[[str], None],
    progress: Progress | None = None,
) -> dict[str, tuple[PredictedSpan, ...]]:
    """Return mentions of the held-out articles of every part, predicted by a tagger that has not seen them.

    Finished parts in ``folder`` are taken from there, so that a stopped training goes on.

    Args:
        config: The whole config.
        parts: See :func:`parts_of`.
        folder: Each part's tagger gets a folder of the part's name within.
        say: Called with the name of each part as its training begins.
        progress: Called after each logged training step.

    Raises:
        ModelError: A finished part was made from other articles or by another config.
        ConfigError: See :func:`require_unseen`.
    """
    require_unseen(config, parts)
    found: dict[str, tuple[PredictedSpan, ...]] = {}
    for part in parts:
        own, mark = folder / part.name, _mark(config, part.train)
        if not (own / PREDICTED).exists():
            say(f"train a tagger to predict {part.name}: {len(part.held_out)} articles")
            own.mkdir(parents=True, exist_ok=True)
            make_tagger(config, part.train, [], own, resume=True, progress=progress)
            spans = predict_held_out(config, own, part.held_out)
            write_predicted(own / PREDICTED, spans, made_by=mark)
        found.update(read_predicted(own / PREDICTED, expected=mark))
    return found


def require_unseen(config: Config, parts: Sequence[Part]) -> None:
    """Let parts pass whose held-out articles the models that training builds on have not seen.

    These are the model that training goes on from, and the teachers.

    Raises:
        ConfigError: One of them has seen one.
        ModelError: One of them is no model.
    """
    start = config.training.start
    builds_on = {f"distillation.teachers: {name}": name for name in config.distillation.teachers}
    if start:
        builds_on[f"training.start={start}"] = start
    held_out = [(article.id, text_sha256(article.text)) for part in parts for article in part.held_out]
    for where, folder in builds_on.items():
        known = frozenset(read_manifest(Path(folder)).training_articles)
        seen = [name for name, mark in held_out if mark in known]
        if seen:
            raise ConfigError(
                "a model that training builds on has seen articles that are held out",
                where=where,
                found=f"{len(seen)} of them, the first is {seen[0]}",
                mend="Hold other articles out; or, if the linker's parts are meant, "
                "set linker.predicted_parts=0.",
            )


def make_tagger(
    config: Config,
    train: Sequence[AnnotatedArticle],
    held_out: Sequence[AnnotatedArticle],
    folder: Path,
    *,
    resume: bool = False,
    progress: Progress | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Train a tagger, and the reader of goals where the config asks for it, and save both in ``folder``.

    Args:
        config: The whole config.
        train: Training articles; of those that ``training.start`` has seen the tagger sees a share.
        held_out: Scored while training runs; may be empty.
        folder: An existing folder; checkpoints lie in it.
        resume: Go on from the newest checkpoint.
        progress: Called after each logged training step.
        say: Called with the name of the second stage as it begins.
    """
    tagged = replayed(config.training, train)
    tagger = train_tagger(config, tagged, held_out, folder, resume=resume, progress=progress)
    save_tagger(tagger, config, folder)
    if config.decoding.goals:
        say("train the reader of goals")
        train_goals(train).save(folder / GOALS)


def shortened(config: Config) -> Config:
    """Return ``config`` with the epochs that a part's tagger trains for."""
    epochs = config.training.epochs * SHARE_OF_EPOCHS
    training = config.training.model_copy(update={"epochs": epochs, "patience": 0})
    return config.model_copy(update={"training": training})


def _mark(config: Config, train: Sequence[AnnotatedArticle]) -> str:
    """Return what tells one tagger from another: its articles, and what of the config made it."""
    made_by = config.model_dump_json(include=_MADE_BY)
    return text_sha256(fingerprint(train) + made_by)


def parts_of(articles: Sequence[AnnotatedArticle], folds: Mapping[str, int], parts: int) -> list[Part]:
    """Return the folds put into ``parts`` parts, neighbouring folds together.

    Args:
        articles: Training articles. Those without a fold train every tagger and are not predicted.
        folds: Fold by article id.
        parts: How many.

    Raises:
        CorpusError: The articles are in fewer folds than ``parts``.
    """
    present = sorted({folds[article.id] for article in articles if article.id in folds})
    if len(present) < parts:
        raise CorpusError(
            "the training articles are in too few folds to be predicted in parts",
            found=f"{len(present)} folds",
            expected=f"at least linker.predicted_parts={parts}",
            mend="Name fold files in data.folds, or set linker.predicted_parts=0.",
        )
    part_of = {fold: place * parts // len(present) for place, fold in enumerate(present)}
    grouped = {article.id: part_of[folds[article.id]] for article in articles if article.id in folds}
    return [Part(f"part-{part}", *split(articles, grouped, part)) for part in range(parts)]


def predict_held_out(
    config: Config, folder: Path, articles: Sequence[AnnotatedArticle]
) -> dict[str, tuple[PredictedSpan, ...]]:
    """Return the mentions that the tagger saved in ``folder`` finds in articles it has not seen."""
    tagger = Tagger(
        TorchBackend(folder),
        load_tokenizer(folder),
        config.labels,
        windows=config.windows,
        decoding=config.decoding,
        goals=load_goals(folder / GOALS),
    )
    return {
        text_sha256(article.text): tuple(
            PredictedSpan(one.span.label, one.span.start, one.span.end)
            for one in tagger.spans([article.text])[0]
        )
        for article in articles
    }


def write_predicted(path: Path, predicted: Predicted, *, made_by: str = "") -> None:
    """Write predicted mentions: label, start and end by the SHA-256 of the text.

    Args:
        path: The file; :func:`read_predicted` reads it.
        predicted: What to write.
        made_by: Mark of the tagger.
    """
    tree = {"made_by": made_by, "mentions": dict(predicted)}
    write_whole(path, json.dumps(tree, ensure_ascii=False) + "\n")


def read_predicted(path: Path, *, expected: str | None = None) -> dict[str, tuple[PredictedSpan, ...]]:
    """Read what :func:`write_predicted` wrote.

    Args:
        path: The file.
        expected: Mark of the tagger that should have made it; None for any.

    Raises:
        ModelError: The file is damaged, or of another tagger.
    """
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        made_by = tree["made_by"]
        predicted = {
            text: tuple(PredictedSpan(str(label), int(start), int(end)) for label, start, end in rows)
            for text, rows in tree["mentions"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError("predicted mentions cannot be read", where=str(path), found=repr(error)) from error
    if expected is not None and made_by != expected:
        raise ModelError(
            "the predicted mentions are of a tagger of other articles or another config",
            where=str(path),
            mend="Remove that folder, and its tagger is trained again.",
        )
    return predicted
