"""Training the tagger: Hugging Face Trainer over windows, two step sizes, strict scores while it runs.

The head and the encoder have step sizes of their own: the trimmed encoder's layers need 2e-4 to 5e-4,
far above the habit for full-size BERT, and some hundreds of steps before rare labels appear.

Trade-off: ``training.patience`` picks the best step by the held-out fold, whose score is then no longer
that of unseen articles; the default keeps the last step and so leaves the fold honest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ie_model.config import Config
from ie_model.corpus.augment import augment
from ie_model.corpus.model import AnnotatedArticle
from ie_model.errors import ConfigError, IeModelError
from ie_model.extras import require
from ie_model.tagging.dataset import encode_gold
from ie_model.tagging.distilling import TaughtWindow, teach
from ie_model.tagging.encoders import (
    import_transformers,
    load_classifier,
    most_positions,
    resolve_encoder,
    special_ids,
    trained_encoder,
)
from ie_model.tagging.student import keep_layers
from ie_model.tagging.trainer import CHECKPOINTS, Progress, TrainingJob, build_trainer, use_bf16
from ie_model.tagging.windows import bio_labels

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class TrainedTagger:
    """A trained classifier with its tokenizer and the last scores on the held-out articles."""

    model: PreTrainedModel
    tokenizer: Tokenizer
    scores: dict[str, float]
    steps: int


def train_tagger(
    config: Config,
    articles: Sequence[AnnotatedArticle],
    held_out: Sequence[AnnotatedArticle],
    folder: Path,
    *,
    resume: bool = False,
    progress: Progress | None = None,
) -> TrainedTagger:
    """Train a token classifier on ``articles``, scored on ``held_out`` as it goes.

    Args:
        config: The whole config.
        articles: Training articles, at least one.
        held_out: May be empty: then nothing is scored and ``training.patience`` must be 0.
        folder: Where checkpoints go.
        resume: Continue from the newest checkpoint in ``folder`` where there is one.
        progress: Called after each logged step.

    Raises:
        IeModelError: Nothing to train on, or patience without held-out articles.
        EncoderError: The encoder cannot be loaded.
        MissingExtraError: The extra ``train`` is not installed.
    """
    if not articles:
        raise IeModelError(
            "no article to train on", mend="Look at data.articles, data.folds and data.holdout."
        )
    if config.training.patience and not held_out:
        raise IeModelError(
            "training.patience needs held-out articles", mend="Set data.holdout, or patience=0."
        )
    transformers = import_transformers()
    require("train", "accelerate", "datasets", "seqeval")
    transformers.set_seed(config.training.seed)
    tags, start = bio_labels(config.labels), config.training.start
    encoder = resolve_encoder(config.encoder) if start is None else trained_encoder(Path(start), tags)
    model = load_classifier(encoder, tags=tags, dropout=config.training.dropout)
    layers = config.encoder.layers
    if layers is not None and layers != model.config.num_hidden_layers:
        keep_layers(model, layers)
    _require_positions(model, config, encoder.tokenizer)
    copies = augment(articles, config.training.augment, config.training.seed)
    train = encode_gold([*articles, *copies], encoder.tokenizer, config.labels, config.windows)
    held = encode_gold(held_out, encoder.tokenizer, config.labels, config.windows)
    checkpoint = _newest_checkpoint(folder) if resume else None
    taught = _taught(config, encoder.tokenizer, tags)
    job = TrainingJob(config, model, encoder.tokenizer, train, held, folder, checkpoint, taught)
    trainer = build_trainer(job, progress)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    scores = _last_scores(trainer) if held else {}
    model.train(False)
    return TrainedTagger(model, encoder.tokenizer, scores, int(trainer.state.global_step))


def _taught(config: Config, tokenizer: Tokenizer, tags: list[str]) -> list[TaughtWindow]:
    if not config.distillation.teachers:
        return []
    bf16 = use_bf16(config.training.precision)
    return teach(config.distillation, config.windows, tokenizer, tags, bf16=bf16)


def _require_positions(model: PreTrainedModel, config: Config, tokenizer: Tokenizer) -> None:
    special = special_ids(tokenizer)
    needed = config.windows.tokens + len(special.before) + len(special.after)
    limit = most_positions(model, tokenizer)
    if limit and needed > limit:
        raise ConfigError(
            "a window does not fit into the encoder",
            where="windows.tokens",
            found=f"{config.windows.tokens} and {needed - config.windows.tokens} special tokens",
            expected=f"at most {limit} together",
        )


def _newest_checkpoint(folder: Path) -> Path | None:
    def step(checkpoint: Path) -> int:
        return int(checkpoint.name.rpartition("-")[2])

    # Trainer writes its state last: a checkpoint without it was cut short.
    written = [state.parent for state in (folder / CHECKPOINTS).glob("checkpoint-*/trainer_state.json")]
    return max(written, key=step) if written else None


def _last_scores(trainer: Any) -> dict[str, float]:
    scores = trainer.evaluate()
    return {
        key.removeprefix("eval_"): float(value)
        for key, value in scores.items()
        if key == "eval_f1" or key.startswith(("eval_f1_", "eval_macro"))
    }
