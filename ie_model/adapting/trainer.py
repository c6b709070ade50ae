"""Hugging Face's Trainer as adaptation uses it: a loss over masked tokens only, and a decay at the end.

The step size rises, stays, and falls only at the end (warm-up, stable, decay: Hu et al., "MiniCPM", 2024),
so a run can be taken up from before its decay and go on for longer with nothing lost.

Scores of the whole vocabulary are computed for masked tokens alone: with a fifth of the tokens masked
that saves a sixth of the time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ie_model.adapting.config import AdaptConfig
from ie_model.adapting.masking import WordMasker
from ie_model.adapting.text import Blocks
from ie_model.errors import EncoderError
from ie_model.tagging.trainer import CHECKPOINTS, NO_DECAY, Progress, progress_callback, use_bf16
from ie_model.tagging.windows import IGNORED_LABEL

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

_LEAST_KEPT: Final = 4
"""Checkpoints that stay; more where that is not enough to reach back before the decay."""
_HEADS: Final = ("cls", "lm_head")


def steps_of(config: AdaptConfig) -> int:
    """Return the number of optimiser steps that ``config.tokens`` are."""
    return max(1, math.ceil(config.tokens / (config.block * config.batch_size)))


def decay_steps(steps: int, config: AdaptConfig) -> int:
    """Return over how many of ``steps``, at the end, the step size falls."""
    return max(1, round(steps * config.decay))


@dataclass(frozen=True)
class AdaptationJob:
    """What is to be adapted to what.

    Attributes:
        config: The whole config.
        model: With a masked language modelling head.
        train: Blocks to train on.
        held_out: Blocks on which perplexity is measured.
        masker: Draws masks anew at every step; those of held-out blocks are drawn once.
        folder: Checkpoints go into a folder within.
    """

    config: AdaptConfig
    model: PreTrainedModel
    train: Blocks
    held_out: Blocks
    masker: WordMasker
    folder: Path


def build_trainer(job: AdaptationJob, progress: Progress | None) -> Any:
    """Return a ``transformers.Trainer`` ready to do ``job``; ``progress`` is called after logged steps."""
    import torch
    import transformers

    config, model, masker, train, held_out = job.config, job.model, job.masker, job.train, job.held_out
    steps = steps_of(config)
    torch.manual_seed(config.seed)
    ids, targets = masker(torch.from_numpy(held_out.ids), torch.from_numpy(held_out.words))
    trainer = _masked_trainer(_head_of(model), masker)(
        model=model,
        args=_arguments(config, steps, job.folder),
        train_dataset=[
            {"ids": row, "words": words} for row, words in zip(train.ids, train.words, strict=True)
        ],
        eval_dataset=[{"ids": row, "targets": goal} for row, goal in zip(ids, targets, strict=True)],
        data_collator=_collate,
        optimizers=_optimiser(config, model, steps),
        callbacks=[_intervals_callback(), *([progress_callback(progress)] if progress else [])],
    )
    trainer.remove_callback(transformers.PrinterCallback)  # the library does not print
    trainer.state.max_steps = steps  # what is logged before training begins tells it too
    return trainer


def _intervals_callback() -> Any:
    import transformers

    class Intervals(transformers.TrainerCallback):  # type: ignore[misc, unused-ignore]
        """Saves and evaluates as this run says: a checkpoint brings the intervals of the run before."""

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            state.compute_steps(args, state.max_steps)

    return Intervals()


def _collate(rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    import torch

    return {key: torch.stack([torch.as_tensor(row[key]) for row in rows]) for key in rows[0]}


def _head_of(model: PreTrainedModel) -> Callable[[torch.Tensor], torch.Tensor]:
    for name in _HEADS:
        head = getattr(model, name, None)
        if head is not None:
            return head  # type: ignore[no-any-return]
    raise EncoderError(
        "this architecture's masked language modelling head is not known",
        found=type(model).__name__,
        expected=f"a model with {' or '.join(_HEADS)}",
    )


def _masked_trainer(head: Callable[[torch.Tensor], torch.Tensor], masker: WordMasker) -> Any:
    import torch
    import transformers

    class MaskedTrainer(transformers.Trainer):  # type: ignore[misc, unused-ignore]
        """Runs the head on masked tokens only."""

        def compute_loss(
            self,
            model: Any,
            inputs: dict[str, Any],
            return_outputs: bool = False,
            num_items_in_batch: Any = None,
        ) -> Any:
            del num_items_in_batch  # the mean over this batch's masked tokens is the loss
            ids, targets = inputs["ids"], inputs.get("targets")
            # Batches are made ahead of their step: masks drawn there would differ after a resume.
            if targets is None:
                ids, targets = masker(ids, inputs["words"])
            asked = targets != IGNORED_LABEL
            with self.accelerator.autocast():
                states = model.base_model(input_ids=ids).last_hidden_state
                scores = head(states[asked])
            total = torch.nn.functional.cross_entropy(scores.float(), targets[asked], reduction="sum")
            loss = total / asked.sum().clamp(min=1)  # by chance a small batch has no masked word
            return (loss, {}) if return_outputs else loss

    return MaskedTrainer


def _arguments(config: AdaptConfig, steps: int, folder: Path) -> Any:
    import torch
    import transformers

    save = max(1, math.ceil(steps / config.checkpoints))
    late = math.ceil(steps / save) - (steps - decay_steps(steps, config)) // save  # written in the decay
    return transformers.TrainingArguments(
        output_dir=str(folder / CHECKPOINTS),
        max_steps=steps,
        per_device_train_batch_size=config.batch_size,
        per_device_eval_batch_size=16,
        max_grad_norm=1.0,
        seed=config.seed,
        bf16=use_bf16(config.precision),
        use_cpu=not torch.cuda.is_available(),
        label_names=["targets"],
        prediction_loss_only=True,
        eval_strategy="steps",
        eval_steps=max(1, math.ceil(steps / config.evaluations)),
        save_strategy="steps",
        save_steps=save,
        save_total_limit=max(_LEAST_KEPT, late + 1),  # a longer run goes on from before the decay
        logging_steps=max(1, min(50, steps // 10)),
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
    )


def _optimiser(config: AdaptConfig, model: PreTrainedModel, steps: int) -> tuple[Any, Any]:
    import torch
    import transformers

    groups: dict[bool, list[torch.nn.Parameter]] = {True: [], False: []}
    for name, parameter in model.named_parameters():
        groups[not name.endswith(NO_DECAY)].append(parameter)
    optimiser = torch.optim.AdamW(
        [
            {"params": parameters, "weight_decay": config.weight_decay if decayed else 0.0}
            for decayed, parameters in groups.items()
        ],
        lr=config.learning_rate,
        betas=(0.9, 0.98),
        fused=True,
    )
    schedule = transformers.get_scheduler(
        "warmup_stable_decay",
        optimiser,
        num_warmup_steps=int(steps * config.warmup),
        num_training_steps=steps,
        scheduler_specific_kwargs={"num_decay_steps": decay_steps(steps, config), "decay_type": "linear"},
    )
    return optimiser, schedule
