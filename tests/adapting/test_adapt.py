"""Adapting: perplexity falls, a stopped run continues to the same weights, a longer one goes on."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from ie_model.adapting.adapt import BLOCKS, CONFIG, REJECTS, REPORT, Adaptation, adapt_encoder
from ie_model.adapting.config import AdaptConfig
from ie_model.config import EncoderConfig, load_section
from ie_model.errors import ConfigError, EncoderError, IeModelError
from ie_model.tagging.encoders import load_classifier, resolve_encoder
from ie_model.tagging.trainer import TrainingProgress
from tests.adapting.making import make_encoder, news, tiny_config, write_news
from tests.tagging.making import save_bert, save_xlm_roberta, unigram, words_of

TEXTS = news(48)


class PowerCutError(Exception):
    """Stands for whatever ends a run."""


@dataclass
class World:
    """An encoder, articles, and the run over them that nothing disturbed."""

    encoder: Path
    articles: Path
    folder: Path
    report: Adaptation
    progress: list[TrainingProgress]

    def config(self, **changes: Any) -> AdaptConfig:
        return tiny_config(self.encoder, self.articles, **changes)

    def stop(self, folder: Path, *, after: int, **changes: Any) -> None:
        """Begin a run and stop it after the step ``after``."""

        def cut(report: TrainingProgress) -> None:
            if report.step > after:
                raise PowerCutError

        with pytest.raises(PowerCutError):
            adapt_encoder(self.config(**changes), folder, progress=cut)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    root = tmp_path_factory.mktemp("adapt")
    encoder = make_encoder(root / "encoder", TEXTS)
    articles = write_news(root / "news.jsonl", TEXTS)
    progress: list[TrainingProgress] = []
    report = adapt_encoder(tiny_config(encoder, articles), root / "undisturbed", progress=progress.append)
    return World(encoder, articles, root / "undisturbed", report, progress)


def assert_same_weights(first: Path, second: Path) -> None:
    one, other = (load_file(folder / "model.safetensors") for folder in (first, second))
    assert one.keys() == other.keys()
    assert [name for name in one if not np.array_equal(one[name], other[name])] == []


def checkpoints(folder: Path) -> list[int]:
    return sorted(int(path.name.rpartition("-")[2]) for path in (folder / "checkpoints").iterdir())


# --- a run ---------------------------------------------------------------------------------------------


def test_perplexity_falls_most_on_what_is_read_again_and_again(world: World, tmp_path: Path) -> None:
    assert world.report.perplexity < 0.4 * world.report.perplexity_before
    repeated = write_news(tmp_path / "news.jsonl", TEXTS[:2] * 30)
    report = adapt_encoder(tiny_config(world.encoder, repeated), tmp_path / "out")
    assert report.perplexity < 0.25 * report.perplexity_before


def test_the_loss_falls_and_perplexity_is_told_on_the_way(world: World) -> None:
    losses = [report.values["loss"] for report in world.progress if "loss" in report.values]
    assert losses[-1] < losses[0]
    assert any("eval_loss" in report.values for report in world.progress)


def test_progress_is_reported_from_before_the_first_step_to_the_last(world: World) -> None:
    steps = [report.step for report in world.progress]
    assert (steps[0], steps[-1]) == (0, 60)
    assert steps == sorted(steps)
    assert {report.steps for report in world.progress} == {60}


def test_the_report_says_what_was_done(world: World) -> None:
    with np.load(world.folder / BLOCKS) as arrays:
        tokens = arrays["train_ids"].size
    assert asdict(world.report) == {
        **{
            "articles": 40,
            "excluded": 0,
            "rejected": 0,
            "steps": 60,
            "tokens": tokens,
            "trained": 60 * 8 * 32,
        },
        "perplexity_before": world.report.perplexity_before,
        "perplexity": world.report.perplexity,
    }
    assert json.loads((world.folder / REPORT).read_text(encoding="utf-8")) == asdict(world.report)
    assert load_section(AdaptConfig, world.folder / CONFIG) == world.config()
    assert (world.folder / REJECTS).read_text(encoding="utf-8") == ""


def test_the_folder_opens_with_transformers(world: World) -> None:
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    model, told = AutoModelForMaskedLM.from_pretrained(world.folder, output_loading_info=True)
    assert not told["missing_keys"]
    tokenizer = AutoTokenizer.from_pretrained(world.folder)
    ids = tokenizer("بانك سپه").input_ids
    assert ids == resolve_encoder(world.config().encoder).tokenizer.encode("بانک سپه").ids
    assert model.config.vocab_size == len(tokenizer)


def test_training_starts_from_it_without_folding_twice(world: World) -> None:
    found = resolve_encoder(EncoderConfig(source="local", name=str(world.folder)))
    before = resolve_encoder(world.config().encoder).tokenizer
    assert found.tokenizer.to_str() == before.to_str()
    weights = load_classifier(found, tags=["O", "B-AMOUNT"], dropout=0.1).state_dict()
    name = "bert.embeddings.word_embeddings.weight"
    assert np.array_equal(weights[name].numpy(), load_file(world.folder / "model.safetensors")[name])


def test_a_student_of_fewer_layers_is_adapted_as_one(world: World, tmp_path: Path) -> None:
    config = world.config(tokens=1)
    config = config.model_copy(update={"encoder": config.encoder.model_copy(update={"layers": 1})})
    adapt_encoder(config, tmp_path)
    assert json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))["num_hidden_layers"] == 1
    assert not [name for name in load_file(tmp_path / "model.safetensors") if ".layer.1." in name]


def test_articles_that_cannot_be_read_are_written_with_their_reasons(world: World, tmp_path: Path) -> None:
    articles = tmp_path / "news.jsonl"
    articles.write_text(world.articles.read_text(encoding="utf-8") + '{"text": 5}\n', encoding="utf-8")
    report = adapt_encoder(tiny_config(world.encoder, articles, tokens=1), tmp_path / "out")
    assert report.rejected == 1
    (line,) = (tmp_path / "out" / REJECTS).read_text(encoding="utf-8").splitlines()
    told = json.loads(line)
    assert (told["code"], told["file"], told["line"]) == ("text_not_string", str(articles), 49)


# --- stopped and taken up ------------------------------------------------------------------------------


def test_a_stopped_run_continues_to_the_same_weights(world: World, tmp_path: Path) -> None:
    world.stop(tmp_path, after=33)
    assert checkpoints(tmp_path) == [12, 18, 24, 30]
    (tmp_path / "checkpoints" / "checkpoint-999").mkdir()  # as a stop while writing leaves it
    progress: list[TrainingProgress] = []
    report = adapt_encoder(world.config(), tmp_path, resume=True, progress=progress.append)
    assert 30 < progress[0].step <= 36
    assert report == world.report
    assert_same_weights(tmp_path, world.folder)


def test_a_run_stopped_before_its_first_checkpoint_begins_anew(world: World, tmp_path: Path) -> None:
    world.stop(tmp_path, after=0, checkpoints=1)
    assert adapt_encoder(world.config(), tmp_path, resume=True) == world.report
    assert_same_weights(tmp_path, world.folder)


def test_a_finished_run_taken_up_is_the_same(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.folder, tmp_path / "copy")
    assert adapt_encoder(world.config(), tmp_path / "copy", resume=True) == world.report
    assert_same_weights(tmp_path / "copy", world.folder)


def test_raised_tokens_go_on_from_before_the_step_size_fell(world: World, tmp_path: Path) -> None:
    """Without a warm-up the longer run is, to the bit, the one that was asked for the more tokens at once."""
    shorter, longer = {"warmup": 0.0}, {"warmup": 0.0, "tokens": 100 * 8 * 32}
    adapt_encoder(world.config(**shorter), tmp_path / "raised")
    assert checkpoints(tmp_path / "raised")[-3:] == [48, 54, 60]  # it fell from step 48 on
    progress: list[TrainingProgress] = []
    raised = adapt_encoder(world.config(**longer), tmp_path / "raised", resume=True, progress=progress.append)
    assert 48 < progress[0].step <= 60
    assert checkpoints(tmp_path / "raised") == [70, 80, 90, 100]  # as often as the longer run says
    assert raised == adapt_encoder(world.config(**longer), tmp_path / "at once")
    assert_same_weights(tmp_path / "raised", tmp_path / "at once")


def test_a_run_that_cannot_go_on_from_any_checkpoint_is_refused(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.folder, tmp_path / "copy")
    for step in checkpoints(world.folder)[:-1]:
        shutil.rmtree(tmp_path / "copy/checkpoints" / f"checkpoint-{step}")
    with pytest.raises(EncoderError, match=r"cannot go on.*found step 60 of 60; expected .*same 61 steps"):
        adapt_encoder(world.config(tokens=60 * 8 * 32 + 1), tmp_path / "copy", resume=True)
    assert_same_weights(tmp_path / "copy", world.folder)


# --- wrong calls ---------------------------------------------------------------------------------------


def test_a_finished_encoder_is_not_overwritten(world: World) -> None:
    with pytest.raises(EncoderError, match="an encoder lies here already"):
        adapt_encoder(world.config(), world.folder)


def test_a_stopped_run_is_not_mixed_with_another(world: World, tmp_path: Path) -> None:
    world.stop(tmp_path, after=20)
    with pytest.raises(EncoderError, match=r"a stopped run lies here already.*--resume"):
        adapt_encoder(world.config(learning_rate=1e-3), tmp_path)


def test_another_block_length_cannot_take_up_a_run(world: World, tmp_path: Path) -> None:
    world.stop(tmp_path, after=20)
    with pytest.raises(ConfigError, match=r"block: .*other blocks; found 16; expected 32"):
        adapt_encoder(world.config(block=16, batch_size=16), tmp_path, resume=True)


def test_the_text_of_a_stopped_run_may_be_damaged(world: World, tmp_path: Path) -> None:
    world.stop(tmp_path, after=20)
    (tmp_path / BLOCKS).write_bytes((tmp_path / BLOCKS).read_bytes()[:-100])
    with pytest.raises(EncoderError, match="the text of the stopped run cannot be read"):
        adapt_encoder(world.config(), tmp_path, resume=True)


@pytest.mark.parametrize("kind", ["bert", "xlm-roberta"])
def test_a_block_that_does_not_fit_into_the_encoder_is_refused(
    kind: str, world: World, tmp_path: Path
) -> None:
    # XLM-R counts positions from 2.
    needed = 32 if kind == "bert" else 34
    save = save_bert if kind == "bert" else save_xlm_roberta
    for name, positions in {"short": needed - 1, "enough": needed}.items():
        (tmp_path / name).mkdir()
        save(tmp_path / name, unigram(words_of(TEXTS)), positions=positions)
    with pytest.raises(ConfigError, match=r"block: .*found 32; expected at most 31"):
        adapt_encoder(tiny_config(tmp_path / "short", world.articles), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    report = adapt_encoder(tiny_config(tmp_path / "enough", world.articles, tokens=1), tmp_path / "out")
    assert report.steps == 1


def test_too_little_text_leaves_no_folder(world: World, tmp_path: Path) -> None:
    config = world.config(text={"held_out": 48})
    with pytest.raises(IeModelError, match="too few articles to adapt on; found 48, 0 excluded"):
        adapt_encoder(config, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_tokenizer_without_a_mask_is_refused(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "maskless"
    shutil.copytree(world.encoder, folder)
    tokenizer = (folder / "tokenizer.json").read_text(encoding="utf-8").replace('"<mask>"', '"<hidden>"')
    (folder / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
    with pytest.raises(EncoderError, match="no mask token"):
        adapt_encoder(tiny_config(folder, world.articles), tmp_path / "out")


def test_a_missing_package_names_the_extra(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib import util

    found = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name: None if name == "accelerate" else found(name))
    with pytest.raises(IeModelError, match=r"'accelerate'.*ie-model\[train\]"):
        adapt_encoder(world.config(), tmp_path / "out")
