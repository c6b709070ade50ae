"""Hugging Face's Trainer as the tagger uses it: two step sizes, ordered scoring, own progress."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ie_model.config import Config, TrainingConfig
from ie_model.tagging.averaging import averaging_callback
from ie_model.tagging.dataset import Collator, EncodedGold, build_dataset
from ie_model.tagging.distilling import TaughtWindow
from ie_model.tagging.encoders import special_ids
from ie_model.tagging.losses import batch_loss, class_weights
from ie_model.tagging.scoring import strict_scorer
from ie_model.tagging.windows import bio_labels

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

CHECKPOINTS: Final = "checkpoints"
NO_DECAY: Final = ("bias", "LayerNorm.weight", "layer_norm.weight")
"""Ends of the names of parameters without weight decay."""


@dataclass(frozen=True)
class TrainingProgress:
    """Where training stands: ``step`` of ``steps``, and what was logged (loss, eval_f1, ...)."""

    step: int
    steps: int
    epoch: float
    values: dict[str, float]


Progress = Callable[[TrainingProgress], None]


@dataclass(frozen=True)
class TrainingJob:
    """What is to be trained on what.

    Attributes:
        config: The whole config.
        model: With a head over the config's labels.
        tokenizer: With our folding.
        train: Encoded training articles.
        held_out: Encoded articles that are scored; may be empty.
        taught: Windows of unannotated articles with what teachers think of them.
        folder: Checkpoints go into a folder within.
        resumed_from: The checkpoint that training goes on from, if any.
    """

    config: Config
    model: PreTrainedModel
    tokenizer: Tokenizer
    train: Sequence[EncodedGold]
    held_out: Sequence[EncodedGold]
    folder: Path
    resumed_from: Path | None = None
    taught: Sequence[TaughtWindow] = ()


def build_trainer(job: TrainingJob, progress: Progress | None) -> Any:
    """Return a ``transformers.Trainer`` ready to train ``job``."""
    import transformers

    training, special = job.config.training, special_ids(job.tokenizer)
    windows = sum(len(item.windows) for item in job.train) + len(job.taught)
    steps = max(1, math.ceil(math.ceil(windows / training.batch_size) * training.epochs))
    callbacks: list[Any] = [progress_callback(progress)] if progress else []
    if training.average:
        callbacks.append(averaging_callback(training.average, steps, job.resumed_from))
    if training.patience:
        callbacks.append(transformers.EarlyStoppingCallback(training.patience))
    scorer = strict_scorer(job.held_out, job.config, len(special.before)) if job.held_out else None
    trainer = _ordered_trainer(job.config, special.pad)(
        model=job.model,
        args=_arguments(training, steps, job.folder, scored=bool(job.held_out)),
        train_dataset=_train_set(job),
        eval_dataset=build_dataset(job.held_out, job.tokenizer) if job.held_out else None,
        data_collator=Collator(special.pad, len(bio_labels(job.config.labels)) if job.taught else 0),
        compute_metrics=scorer,
        optimizers=_optimiser(job.model, training, steps),
        callbacks=callbacks,
    )
    trainer.remove_callback(transformers.PrinterCallback)  # the library does not print
    return trainer


def _train_set(job: TrainingJob) -> Any:
    gold = build_dataset(job.train, job.tokenizer)
    if not job.taught:
        return gold
    return [*gold, *({"input_ids": one.ids, "probabilities": one.probabilities} for one in job.taught)]


def _ordered_trainer(config: Config, pad: int) -> Any:
    import torch
    import transformers

    training = config.training
    weights = torch.tensor(class_weights(bio_labels(config.labels), training.label_weights))
    is_plain = not (training.focal or training.label_weights or training.mention_loss)

    class OrderedTrainer(transformers.Trainer):  # type: ignore[misc, unused-ignore]
        """Scores held-out windows in their own order: grouping by length would shuffle them too."""

        def compute_loss(
            self,
            model: Any,
            inputs: dict[str, Any],
            return_outputs: bool = False,
            num_items_in_batch: Any = None,
        ) -> Any:
            if is_plain and "labels" in inputs:
                return super().compute_loss(
                    model, inputs, return_outputs=return_outputs, num_items_in_batch=num_items_in_batch
                )
            # Without labels, so that the model does not compute its own loss too.
            outputs = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"])
            loss = batch_loss(
                outputs.logits, inputs, weights, focal=training.focal, mentions=training.mention_loss
            )
            return (loss, outputs) if return_outputs else loss

        def get_eval_dataloader(self, eval_dataset: Any = None) -> Any:
            dataset: Any = eval_dataset if eval_dataset is not None else self.eval_dataset
            loader: Any = torch.utils.data.DataLoader(
                dataset,
                batch_size=self.args.eval_batch_size,
                collate_fn=Collator(pad),
                shuffle=False,
            )
            return self.accelerator.prepare(loader)

    return OrderedTrainer


def _arguments(training: TrainingConfig, steps: int, folder: Path, *, scored: bool) -> Any:
    import torch
    import transformers

    between_scores = max(1, math.ceil(steps / training.evaluations))
    between_saves = max(1, math.ceil(steps / training.checkpoints)) if training.checkpoints else steps
    best = bool(training.patience)
    return transformers.TrainingArguments(
        output_dir=str(folder / CHECKPOINTS),
        max_steps=steps,
        per_device_train_batch_size=training.batch_size,
        per_device_eval_batch_size=16,
        max_grad_norm=training.max_grad_norm,
        seed=training.seed,
        bf16=use_bf16(training.precision),
        use_cpu=not torch.cuda.is_available(),
        train_sampling_strategy="group_by_length",
        eval_strategy="steps" if scored else "no",
        eval_steps=between_scores,
        save_strategy="steps" if training.checkpoints or best else "no",
        save_steps=between_scores if best else between_saves,
        save_total_limit=2,
        load_best_model_at_end=best,
        metric_for_best_model="f1" if best else None,
        greater_is_better=True if best else None,
        logging_steps=max(1, min(20, steps // 10)),
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
    )


def use_bf16(precision: str) -> bool:
    """Whether ``precision`` (``auto``, ``bf16`` or ``fp32``) means bf16 on this machine."""
    import torch

    if precision != "auto":
        return precision == "bf16"
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    # Emulated bf16 is slower than fp32: only where the processor computes in it.
    return bool(getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)())


def _optimiser(model: PreTrainedModel, training: TrainingConfig, steps: int) -> tuple[Any, Any]:
    import torch
    import transformers

    groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        head = not name.startswith(f"{model.base_model_prefix}.")
        decayed = not name.endswith(NO_DECAY)
        groups.setdefault((head, decayed), []).append(parameter)
    optimiser = torch.optim.AdamW(
        [
            {
                "params": parameters,
                "lr": training.head_learning_rate if head else training.learning_rate,
                "weight_decay": training.weight_decay if decayed else 0.0,
            }
            for (head, decayed), parameters in groups.items()
        ],
        fused=True,
    )
    name = "constant_with_warmup" if training.schedule == "constant" else training.schedule
    schedule = transformers.get_scheduler(
        name, optimiser, num_warmup_steps=int(steps * training.warmup), num_training_steps=steps
    )
    return optimiser, schedule


def progress_callback(progress: Progress) -> Any:
    """Return a Trainer callback that hands everything logged to ``progress``."""
    import transformers

    class Reporter(transformers.TrainerCallback):  # type: ignore[misc, unused-ignore]
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            values = {
                key: float(value) for key, value in (logs or {}).items() if isinstance(value, int | float)
            }
            progress(TrainingProgress(state.global_step, state.max_steps, state.epoch or 0.0, values))

    return Reporter()
