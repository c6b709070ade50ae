"""The trainer: the loss of the full head at masked tokens, a step size that falls only at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from ie_model.adapting.masking import WordMasker
from ie_model.adapting.text import cut_blocks
from ie_model.adapting.trainer import AdaptationJob, build_trainer, decay_steps, steps_of
from ie_model.errors import EncoderError
from ie_model.tagging.encoders import load_masked_model, resolve_encoder
from ie_model.tagging.windows import IGNORED_LABEL
from tests.adapting.making import news, tiny_config
from tests.tagging.making import save_bert, save_xlm_roberta, unigram, wordpiece, words_of

TEXTS = news(24)
MASK = 4


def build(encoder_folder: Path, output: Path, **changes: Any) -> Any:
    config = tiny_config(encoder_folder, Path("unread.jsonl"), **changes)
    encoder = resolve_encoder(config.encoder)
    torch.manual_seed(5)  # the head is drawn
    model = load_masked_model(encoder, dropout=config.dropout)
    train, held = (cut_blocks(part, encoder.tokenizer, config.block) for part in (TEXTS[:16], TEXTS[16:]))
    masker = WordMasker(config.masked, MASK, len(encoder.tokenizer.get_vocab()))
    return build_trainer(AdaptationJob(config, model, train, held, masker, output), None)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_bert(tmp_path_factory.mktemp("encoder"), unigram(words_of(TEXTS)))


@pytest.mark.parametrize("kind", ["bert, unigram", "bert, wordpiece", "xlm-roberta"])
def test_the_loss_is_that_of_the_full_head_at_masked_tokens(kind: str, tmp_path: Path) -> None:
    if kind == "xlm-roberta":
        folder = save_xlm_roberta(tmp_path, unigram(words_of(TEXTS)))
    else:
        folder = save_bert(tmp_path, wordpiece() if "wordpiece" in kind else unigram(words_of(TEXTS)))
    trainer = build(folder, tmp_path / "run")
    batch = next(iter(trainer.get_train_dataloader()))
    model = trainer.model.train(False)
    masker = WordMasker(0.2, MASK, model.config.vocab_size)
    torch.manual_seed(11)
    masked, targets = masker(batch["ids"], batch["words"])
    assert 0 < (targets != IGNORED_LABEL).sum() < targets.numel()

    torch.manual_seed(11)
    loss = trainer.compute_loss(model, batch)
    loss.backward()
    gradients = {
        name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None
    }
    model.zero_grad()
    logits = model(input_ids=masked).logits
    expected = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
    expected.backward()

    torch.testing.assert_close(loss, expected)
    assert gradients.keys() == {name for name, weight in model.named_parameters() if weight.grad is not None}
    for name, weight in model.named_parameters():
        if name in gradients:
            torch.testing.assert_close(gradients[name], weight.grad, atol=1e-6, rtol=1e-4)


def test_a_batch_without_a_masked_word_teaches_nothing(encoder: Path, tmp_path: Path) -> None:
    trainer = build(encoder, tmp_path, masked=1e-9)
    loss = trainer.compute_loss(trainer.model, next(iter(trainer.get_train_dataloader())))
    loss.backward()
    assert loss.item() == 0
    assert all(weight.grad is None or not weight.grad.any() for weight in trainer.model.parameters())


def test_the_step_size_rises_stays_and_falls_to_nothing(encoder: Path, tmp_path: Path) -> None:
    trainer = build(encoder, tmp_path, tokens=100 * 8 * 32, warmup=0.1, decay=0.3, learning_rate=0.5)
    sizes = []
    for _ in range(100):
        sizes.append(trainer.optimizer.param_groups[0]["lr"])
        trainer.optimizer.step()
        trainer.lr_scheduler.step()
    sizes.append(trainer.optimizer.param_groups[0]["lr"])
    assert sizes[:11] == pytest.approx([0.05 * step for step in range(11)])
    assert set(sizes[10:71]) == {0.5}
    assert sizes[70:] == pytest.approx([0.5 * (30 - step) / 30 for step in range(31)])


@pytest.mark.parametrize(
    ("tokens", "steps"), [(1, 1), (8 * 32, 1), (8 * 32 + 1, 2), (1_000_000, 3907)], ids=str
)
def test_tokens_are_rounded_up_to_whole_steps(tokens: int, steps: int) -> None:
    assert steps_of(tiny_config(Path("unread"), Path("unread"), tokens=tokens)) == steps


@pytest.mark.parametrize("steps", [7, 3418])
@pytest.mark.parametrize("checkpoints", [3, 10, 40])
@pytest.mark.parametrize("decay", [0.05, 0.6])
def test_of_the_checkpoints_that_stay_one_is_from_before_the_decay(
    encoder: Path, tmp_path: Path, steps: int, checkpoints: int, decay: float
) -> None:
    changes = {"tokens": steps * 8 * 32, "checkpoints": checkpoints, "decay": decay}
    config = tiny_config(encoder, Path("unread"), **changes)
    arguments = build(encoder, tmp_path, **changes).args
    written = [step for step in range(1, steps + 1) if step % arguments.save_steps == 0 or step == steps]
    assert len(written) <= checkpoints
    kept = written[-arguments.save_total_limit :]
    undecayed = [step for step in written if step <= steps - decay_steps(steps, config)]
    assert undecayed[-1:] == [step for step in kept if step in undecayed][-1:]


def test_biases_and_norms_do_not_decay(encoder: Path, tmp_path: Path) -> None:
    trainer = build(encoder, tmp_path, weight_decay=0.5)
    group_of = {id(p): group for group in trainer.optimizer.param_groups for p in group["params"]}
    for name, parameter in trainer.model.named_parameters():
        spared = name.endswith("bias") or "LayerNorm" in name
        assert group_of[id(parameter)]["weight_decay"] == (0.0 if spared else 0.5), name


def test_perplexity_is_measured_on_the_same_masks_every_time(encoder: Path, tmp_path: Path) -> None:
    trainer = build(encoder, tmp_path)
    first = trainer.evaluate()["eval_loss"]
    torch.manual_seed(99)
    assert trainer.evaluate()["eval_loss"] == first
    assert build(encoder, tmp_path).evaluate()["eval_loss"] == first


def test_training_blocks_get_other_masks_each_time(encoder: Path, tmp_path: Path) -> None:
    trainer = build(encoder, tmp_path)
    batch = next(iter(trainer.get_train_dataloader()))
    model = trainer.model.train(False)
    losses = {trainer.compute_loss(model, batch).item() for _ in range(3)}
    assert len(losses) == 3


def test_a_head_that_is_not_known_is_refused(encoder: Path, tmp_path: Path) -> None:
    from transformers import BertModel

    config = tiny_config(encoder, Path("unread"))
    blocks = cut_blocks(TEXTS, resolve_encoder(config.encoder).tokenizer, config.block)
    job = AdaptationJob(
        config, BertModel.from_pretrained(encoder), blocks, blocks, WordMasker(0.2, 4, 9), tmp_path
    )
    with pytest.raises(EncoderError, match=r"head is not known; found BertModel; expected .*lm_head"):
        build_trainer(job, None)
