"""Training: the loss falls, a stopped run continues to the same weights, a wrong call is refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import load_corpus
from ie_model.errors import ConfigError, IeModelError
from ie_model.tagging.dataset import encode_gold
from ie_model.tagging.encoders import load_classifier, resolve_encoder
from ie_model.tagging.trainer import TrainingJob, TrainingProgress, build_trainer
from ie_model.tagging.training import TrainedTagger, train_tagger
from ie_model.tagging.windows import bio_labels

from .making import ROOT, save_bert, save_xlm_roberta, tiny_config, unigram

SETTINGS = {"epochs": 2, "checkpoints": 3, "dropout": 0.1}


@pytest.fixture(scope="module")
def articles() -> list[AnnotatedArticle]:
    return load_corpus([ROOT / "annotations" / "seeds"])[:2]


@dataclass
class Run:
    """A run that nothing disturbed, and what it reported."""

    tagger: TrainedTagger
    reports: list[TrainingProgress]

    @property
    def losses(self) -> list[float]:
        return [report.values["loss"] for report in self.reports if "loss" in report.values]


def _run(encoder: Path, articles: list[AnnotatedArticle], folder: Path, **training: Any) -> Run:
    reports: list[TrainingProgress] = []
    config = tiny_config(encoder, **{**SETTINGS, **training})
    return Run(train_tagger(config, articles, [], folder, progress=reports.append), reports)


@pytest.fixture(scope="module")
def undisturbed(tiny_encoder: Path, articles: list[AnnotatedArticle], tmp_path_factory: Any) -> Run:
    return _run(tiny_encoder, articles, tmp_path_factory.mktemp("undisturbed"))


def assert_same_weights(first: TrainedTagger, second: TrainedTagger) -> None:
    import torch

    other = second.model.state_dict()
    different = [
        name for name, value in first.model.state_dict().items() if not torch.equal(value, other[name])
    ]
    assert different == []


def test_the_loss_falls(undisturbed: Run) -> None:
    assert undisturbed.losses[-1] < 0.7 * undisturbed.losses[0]


def test_progress_is_reported_to_the_last_step(undisturbed: Run) -> None:
    steps = [report.step for report in undisturbed.reports]
    assert steps == sorted(steps)
    assert steps[-1] == undisturbed.tagger.steps == undisturbed.reports[0].steps


def test_two_runs_are_equal(
    undisturbed: Run, tiny_encoder: Path, articles: list[AnnotatedArticle], tmp_path: Path
) -> None:
    assert_same_weights(_run(tiny_encoder, articles, tmp_path).tagger, undisturbed.tagger)


@pytest.mark.parametrize(
    "option", [{"focal": 2.0}, {"label_weights": {"TARGET": 5.0}}, {"mention_loss": 0.5}, {"average": 0.5}]
)
def test_options_of_the_loss_and_the_end_are_heard(
    undisturbed: Run, tiny_encoder: Path, articles: list[AnnotatedArticle], tmp_path: Path, option: Any
) -> None:
    changed = _run(tiny_encoder, articles, tmp_path, **option)
    assert changed.tagger.steps == undisturbed.tagger.steps
    assert changed.losses[-1] < changed.losses[0]
    with pytest.raises(AssertionError):
        assert_same_weights(changed.tagger, undisturbed.tagger)


def test_altered_copies_are_passed_over_too(
    undisturbed: Run, tiny_encoder: Path, articles: list[AnnotatedArticle], tmp_path: Path
) -> None:
    twice = _run(tiny_encoder, articles, tmp_path, augment=1)
    assert 1.5 * undisturbed.tagger.steps < twice.tagger.steps <= 2.5 * undisturbed.tagger.steps


def test_a_weighted_loss_with_weights_of_one_is_the_plain_one(
    undisturbed: Run, tiny_encoder: Path, articles: list[AnnotatedArticle], tmp_path: Path
) -> None:
    import torch

    same = _run(tiny_encoder, articles, tmp_path, label_weights={"TARGET": 1.0})
    assert same.losses == pytest.approx(undisturbed.losses, rel=1e-3)
    ours, theirs = (run.tagger.model.classifier.weight for run in (same, undisturbed))
    assert torch.allclose(ours, theirs, atol=1e-3)


def test_another_seed_is_another_model(
    undisturbed: Run, tiny_encoder: Path, articles: list[AnnotatedArticle], tmp_path: Path
) -> None:
    with pytest.raises(AssertionError):
        assert_same_weights(_run(tiny_encoder, articles, tmp_path, seed=99).tagger, undisturbed.tagger)


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_a_stopped_run_continues_to_the_same_weights(
    undisturbed: Run, tiny_encoder: Path, articles: list[AnnotatedArticle], tmp_path: Path, average: float
) -> None:
    expected = undisturbed
    if average:
        expected = _run(tiny_encoder, articles, tmp_path / "undisturbed", average=average)

    class PowerCutError(Exception):
        pass

    def cut(report: TrainingProgress) -> None:
        if report.step > report.steps // 2:
            raise PowerCutError

    config = tiny_config(tiny_encoder, **SETTINGS, average=average)
    with pytest.raises(PowerCutError):
        train_tagger(config, articles, [], tmp_path, progress=cut)
    written = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert written
    torn = tmp_path / "checkpoints" / "checkpoint-999"  # as a stop while writing leaves it
    torn.mkdir()

    reports: list[TrainingProgress] = []
    resumed = train_tagger(config, articles, [], tmp_path, resume=True, progress=reports.append)
    last_written = max(int(name.rpartition("-")[2]) for name in written)
    assert reports[0].step == last_written + 1
    assert resumed.steps == expected.tagger.steps
    assert_same_weights(resumed, expected.tagger)


def test_resume_without_a_checkpoint_begins_anew(
    undisturbed: Run, tiny_encoder: Path, articles: list[AnnotatedArticle], tmp_path: Path
) -> None:
    config = tiny_config(tiny_encoder, **{**SETTINGS, "checkpoints": 0})
    assert_same_weights(train_tagger(config, articles, [], tmp_path, resume=True), undisturbed.tagger)
    assert not (tmp_path / "checkpoints").exists() or not list((tmp_path / "checkpoints").iterdir())


def test_held_out_articles_are_scored_and_patience_stops(
    tiny_encoder: Path, articles: list[AnnotatedArticle], tmp_path: Path
) -> None:
    # With a step size of nearly 0 no evaluation is better than the first: two more, and it stops.
    config = tiny_config(
        tiny_encoder, epochs=4, evaluations=8, patience=2, learning_rate=1e-12, head_learning_rate=1e-12
    )
    reports: list[TrainingProgress] = []
    tagger = train_tagger(config, articles, articles[:1], tmp_path, progress=reports.append)
    assert tagger.steps < reports[0].steps
    assert {"f1", "macro_f1"} <= set(tagger.scores)
    assert any("eval_f1" in report.values for report in reports)


def test_the_trainer_scores_windows_in_their_own_order(tiny_encoder: Path, tmp_path: Path) -> None:
    articles = load_corpus([ROOT / "annotations" / "seeds"])[:3]
    config = tiny_config(tiny_encoder)
    encoder = resolve_encoder(config.encoder)
    model = load_classifier(encoder, tags=bio_labels(config.labels), dropout=0.0)
    encoded = encode_gold(articles, encoder.tokenizer, config.labels, config.windows)
    trainer = build_trainer(TrainingJob(config, model, encoder.tokenizer, encoded, encoded, tmp_path), None)
    expected = [row["input_ids"] for row in trainer.eval_dataset]
    lengths = [len(ids) for ids in expected]
    assert lengths != sorted(lengths, reverse=True), (
        "an order that grouping by length would leave proves nothing"
    )
    seen: list[list[int]] = []
    for batch in trainer.get_eval_dataloader():
        for ids, mask in zip(batch["input_ids"].tolist(), batch["attention_mask"].tolist(), strict=True):
            seen.append(ids[: sum(mask)])
    assert seen == expected


def test_biases_and_norms_do_not_decay_and_the_head_has_its_own_step_size(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    articles = load_corpus([ROOT / "annotations" / "seeds"])[:1]
    config = tiny_config(tiny_encoder, weight_decay=0.5, warmup=0.0)
    encoder = resolve_encoder(config.encoder)
    model = load_classifier(encoder, tags=bio_labels(config.labels), dropout=0.0)
    encoded = encode_gold(articles, encoder.tokenizer, config.labels, config.windows)
    trainer = build_trainer(TrainingJob(config, model, encoder.tokenizer, encoded, [], tmp_path), None)
    group_of = {id(p): group for group in trainer.optimizer.param_groups for p in group["params"]}
    for name, parameter in model.named_parameters():
        group = group_of[id(parameter)]
        assert group["initial_lr"] == (1e-2 if name.startswith("classifier") else 3e-3), name
        assert group["weight_decay"] == (0.0 if name.endswith("bias") or "LayerNorm" in name else 0.5), name


def test_nothing_to_train_on_is_refused(tiny_encoder: Path, tmp_path: Path) -> None:
    with pytest.raises(IeModelError, match=r"no article to train on.*data\.holdout"):
        train_tagger(tiny_config(tiny_encoder), [], [], tmp_path)


def test_patience_without_held_out_articles_is_refused(
    tiny_encoder: Path, articles: list[AnnotatedArticle], tmp_path: Path
) -> None:
    with pytest.raises(IeModelError, match=r"training\.patience.*data\.holdout"):
        train_tagger(tiny_config(tiny_encoder, patience=1), articles, [], tmp_path)


@pytest.mark.parametrize("kind", ["bert", "xlm-roberta"])
def test_a_window_that_does_not_fit_into_the_encoder_is_refused(
    kind: str, articles: list[AnnotatedArticle], tmp_path: Path
) -> None:
    # 126 tokens of a window and two special ones; XLM-R counts positions from 2.
    needed = 128 if kind == "bert" else 130
    save = save_bert if kind == "bert" else save_xlm_roberta
    (tmp_path / "short").mkdir()
    save(tmp_path / "short", unigram(), positions=needed - 1)
    with pytest.raises(ConfigError, match=r"windows\.tokens.*found 126 and 2.*at most 127"):
        train_tagger(tiny_config(tmp_path / "short"), articles, [], tmp_path)
    (tmp_path / "enough").mkdir()
    save(tmp_path / "enough", unigram(), positions=needed)
    config = tiny_config(tmp_path / "enough", epochs=0.1)
    assert train_tagger(config, articles[:1], [], tmp_path).steps >= 1


def test_a_missing_package_names_the_extra(
    tiny_encoder: Path, articles: list[AnnotatedArticle], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib import util

    found = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name: None if name == "seqeval" else found(name))
    with pytest.raises(IeModelError, match=r"'seqeval'.*ie-model\[train\]"):
        train_tagger(tiny_config(tiny_encoder), articles, [], tmp_path)
