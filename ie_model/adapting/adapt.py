"""From a config and news articles to an adapted encoder: a folder that every Hugging Face tool opens."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np

from ie_model.adapting.config import AdaptConfig
from ie_model.adapting.masking import WordMasker
from ie_model.adapting.text import Blocks, cut_blocks, read_texts
from ie_model.adapting.trainer import AdaptationJob, build_trainer, decay_steps, steps_of
from ie_model.config import dump_config
from ie_model.errors import ConfigError, EncoderError
from ie_model.extras import require
from ie_model.files import write_whole
from ie_model.tagging.encoders import (
    Encoder,
    import_transformers,
    load_masked_model,
    most_positions,
    resolve_encoder,
)
from ie_model.tagging.packed_encoder import ADAPTATION_CONFIG, ADAPTATION_REPORT
from ie_model.tagging.student import keep_layers
from ie_model.tagging.tokenizers import save_tokenizer
from ie_model.tagging.trainer import CHECKPOINTS, Progress

REPORT: Final = ADAPTATION_REPORT
CONFIG: Final = ADAPTATION_CONFIG
BLOCKS: Final = "blocks.npz"
REJECTS: Final = "rejects.jsonl"
"""Articles that could not be read, each with its reason, as ``predict`` writes them."""
_MASKS: Final = ("<mask>", "[MASK]")


@dataclass(frozen=True)
class Adaptation:
    """What came of it.

    Attributes:
        articles: Articles read for training.
        excluded: Articles left out because they share text with annotated ones.
        rejected: Articles that could not be read.
        tokens: Tokens in the blocks, before repeats.
        trained: Tokens trained on, repeats counted.
        steps: Optimiser steps.
        perplexity_before: Of masked words in held-out articles, the head untrained where it was missing.
        perplexity: The same afterwards.
    """

    articles: int
    excluded: int
    rejected: int
    tokens: int
    trained: int
    steps: int
    perplexity_before: float
    perplexity: float


def adapt_encoder(
    config: AdaptConfig,
    output: Path,
    *,
    resume: bool = False,
    progress: Progress | None = None,
    stage: Callable[[str], None] | None = None,
) -> Adaptation:
    """Adapt the encoder that ``config`` names to its articles and write it into ``output``.

    Args:
        config: The whole config.
        output: The folder to make; checkpoints and the cut text lie in it.
        resume: Continue from the newest checkpoint, where there is one; with more ``tokens`` than before,
            from the newest that was written before the step size fell.
        progress: Called after each logged step.
        stage: Called with the name of each stage as it begins.

    Raises:
        EncoderError: The encoder cannot be loaded, ``output`` holds an adapted one or a stopped run already,
            or a run of which no checkpoint can be gone on from.
        ConfigError: A block does not fit into the encoder.
        IeModelError: There is too little text.
        MissingExtraError: The extra ``train`` is not installed.
    """
    say = stage or (lambda _: None)
    if not resume:
        _require_room(output)
    transformers = import_transformers()
    require("train", "accelerate")
    transformers.set_seed(config.seed)
    encoder = resolve_encoder(config.encoder)
    model = load_masked_model(encoder, dropout=config.dropout)
    if config.encoder.layers is not None:
        keep_layers(model, config.encoder.layers)
    _require_positions(model, encoder, config)
    checkpoint = _checkpoint(output, config) if resume else None
    blocks, counts = _blocks(config, encoder, output, resume=resume, say=say)
    masker = WordMasker(config.masked, _mask_of(encoder), len(encoder.tokenizer.get_vocab()))
    trainer = build_trainer(AdaptationJob(config, model, *blocks, masker, output), progress)
    before = counts.pop("perplexity_before", None)
    if before is None:
        say("measure perplexity")
        before = _perplexity(trainer)
        _remember(output, {**counts, "perplexity_before": before})
    say("adapt the encoder")
    transformers.set_seed(config.seed)  # the same masks whether or not perplexity was measured before
    _train(trainer, checkpoint, config)
    report = Adaptation(
        **{key: int(value) for key, value in counts.items()},
        tokens=int(blocks[0].ids.size),
        trained=steps_of(config) * config.batch_size * config.block,
        steps=steps_of(config),
        perplexity_before=before,
        perplexity=_perplexity(trainer),
    )
    _save(model, encoder, config, output, report)
    return report


def _train(trainer: Any, checkpoint: Path | None, config: AdaptConfig) -> None:
    if checkpoint is not None and checkpoint.name.endswith(f"-{steps_of(config)}"):
        from safetensors.torch import load_model

        load_model(trainer.model, checkpoint / "model.safetensors")  # Trainer would take one step more
    else:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)


def _require_room(output: Path) -> None:
    if (output / REPORT).exists():
        raise EncoderError("an encoder lies here already", where=str(output), mend="Name another folder.")
    # A new run's checkpoints among those of another could not be told apart later.
    if any((output / CHECKPOINTS).glob("checkpoint-*")):
        raise EncoderError(
            "a stopped run lies here already",
            where=str(output),
            mend="Go on with it by --resume, or name another folder.",
        )


def _require_positions(model: Any, encoder: Encoder, config: AdaptConfig) -> None:
    limit = most_positions(model, encoder.tokenizer)
    if limit and config.block > limit:
        raise ConfigError(
            "a block does not fit into the encoder",
            where="block",
            found=str(config.block),
            expected=f"at most {limit}",
        )


def _blocks(
    config: AdaptConfig, encoder: Encoder, output: Path, *, resume: bool, say: Callable[[str], None]
) -> tuple[tuple[Blocks, Blocks], dict[str, float]]:
    """Return the blocks, cut anew or as an earlier run left them, and what was counted on the way."""
    counted = output / f"{BLOCKS}.json"
    if resume and counted.exists():
        return _kept_blocks(output / BLOCKS, config), json.loads(counted.read_text(encoding="utf-8"))
    say("read the articles")
    news = read_texts(config.text)
    say("cut them into blocks")
    train = cut_blocks(news.train, encoder.tokenizer, config.block)
    held = cut_blocks(news.held_out, encoder.tokenizer, config.block)
    write_whole(output / REJECTS, "".join(f"{reject.model_dump_json()}\n" for reject in news.rejects))
    counted.unlink(missing_ok=True)
    with (output / BLOCKS).open("wb") as stream:
        np.savez(
            stream,
            train_ids=train.ids,
            train_words=train.words,
            held_ids=held.ids,
            held_words=held.words,
        )
    counts = {"articles": len(news.train), "excluded": news.excluded, "rejected": len(news.rejects)}
    _remember(output, counts)  # last: it says that the blocks are whole
    return (train, held), dict(counts)


def _kept_blocks(path: Path, config: AdaptConfig) -> tuple[Blocks, Blocks]:
    try:
        with np.load(path) as arrays:
            train, held = (
                Blocks(arrays[f"{part}_ids"], arrays[f"{part}_words"]) for part in ("train", "held")
            )
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise EncoderError(
            "the text of the stopped run cannot be read",
            where=str(path),
            found=str(error),
            mend="Begin anew in another folder.",
        ) from error
    if train.ids.shape[1] != config.block:
        raise ConfigError(
            "the stopped run has other blocks",
            where="block",
            found=str(config.block),
            expected=f"{train.ids.shape[1]}, as in {path}",
        )
    return train, held


def _remember(output: Path, counts: dict[str, Any]) -> None:
    write_whole(output / f"{BLOCKS}.json", json.dumps(counts) + "\n")


def _checkpoint(output: Path, config: AdaptConfig) -> Path | None:
    """Return the newest whole checkpoint that the run of ``config`` can go on from; None without any."""
    steps = steps_of(config)
    usable: dict[int, Path] = {}
    told: list[str] = []
    # Trainer writes its state last: a checkpoint without it was cut short.
    for state in sorted((output / CHECKPOINTS).glob("checkpoint-*/trainer_state.json")):
        found = json.loads(state.read_text(encoding="utf-8"))
        step, planned = int(found["global_step"]), int(found["max_steps"])
        told.append(f"step {step} of {planned}")
        decayed = step > planned - decay_steps(planned, config)
        if step <= steps and (planned == steps or not decayed):
            usable[step] = state.parent
    if told and not usable:
        raise EncoderError(
            "this run cannot go on from any checkpoint",
            where=str(output / CHECKPOINTS),
            found=", ".join(told),
            expected=f"one of the same {steps} steps, or from before the step size fell",
            mend="Begin anew in another folder.",
        )
    return usable[max(usable)] if usable else None


def _perplexity(trainer: Any) -> float:
    return math.exp(float(trainer.evaluate()["eval_loss"]))


def _mask_of(encoder: Encoder) -> int:
    found = next((i for name in _MASKS if (i := encoder.tokenizer.token_to_id(name)) is not None), None)
    if found is None:
        raise EncoderError("the tokenizer has no mask token", expected=" or ".join(_MASKS))
    return found


def _save(model: Any, encoder: Encoder, config: AdaptConfig, output: Path, report: Adaptation) -> None:
    model.save_pretrained(output, safe_serialization=True)
    save_tokenizer(encoder.tokenizer, output, max_length=int(model.config.max_position_embeddings))
    write_whole(output / CONFIG, dump_config(config))
    write_whole(output / REPORT, json.dumps(asdict(report), indent=1) + "\n")  # last: it says "finished"
