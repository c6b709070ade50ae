"""Distillation: what teachers think of unannotated articles, and a student that learns it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer

from ie_model.config import DistillationConfig, WindowConfig
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import load_corpus
from ie_model.errors import ConfigError, EncoderError, IeModelError
from ie_model.tagging.backends import TorchBackend
from ie_model.tagging.distilling import TaughtWindow, teach
from ie_model.tagging.tokenizers import TOKENIZER_FILE, load_tokenizer
from ie_model.tagging.training import TrainedTagger, train_tagger
from ie_model.tagging.windows import bio_labels

from .making import ROOT, tiny_config

WINDOWS = WindowConfig(tokens=126, overlap=16)
TAGS = bio_labels(tiny_config(Path()).labels)


@pytest.fixture(scope="module")
def articles() -> list[AnnotatedArticle]:
    return load_corpus([ROOT / "annotations" / "seeds"])


@pytest.fixture(scope="module")
def news(articles: list[AnnotatedArticle], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The texts of the last three seeds, without their annotation."""
    path = tmp_path_factory.mktemp("news") / "news.jsonl"
    rows = [json.dumps({"id": a.id, "text": a.text}, ensure_ascii=False) for a in articles[2:]]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def saved(tagger: TrainedTagger, folder: Path) -> Path:
    tagger.model.save_pretrained(folder)
    (folder / TOKENIZER_FILE).write_text(tagger.tokenizer.to_str(), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def teachers(
    tiny_encoder: Path, articles: list[AnnotatedArticle], tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    """Two taggers of other seeds."""
    folders = [tmp_path_factory.mktemp(f"teacher-{seed}") for seed in (1, 2)]
    return [
        saved(train_tagger(tiny_config(tiny_encoder, seed=seed, epochs=8), articles, [], folder), folder)
        for seed, folder in enumerate(folders, start=1)
    ]


@pytest.fixture(scope="module")
def tokenizer(teachers: list[Path]) -> Tokenizer:
    return load_tokenizer(teachers[0])


def taught(teachers: list[Path], tokenizer: Tokenizer, news: Path, **changes: Any) -> list[TaughtWindow]:
    config = DistillationConfig.model_validate(
        {"teachers": list(map(str, teachers)), "articles": [str(news)], "densest": 1.0, **changes}
    )
    return teach(config, WINDOWS, tokenizer, TAGS, bf16=False)


def test_the_mean_of_the_teachers_is_taught(teachers: list[Path], tokenizer: Tokenizer, news: Path) -> None:
    both = taught(teachers, tokenizer, news)
    alone = [taught([teacher], tokenizer, news) for teacher in teachers]
    assert len(both) == len(alone[0]) > 3
    for mean, first, second in zip(both, *alone, strict=True):
        assert mean.ids == first.ids == second.ids
        assert mean.probabilities.shape == (len(mean.ids), len(TAGS))
        expected = (first.probabilities.astype(float) + second.probabilities) / 2
        np.testing.assert_allclose(mean.probabilities, expected, atol=2e-3)
        np.testing.assert_allclose(mean.probabilities[1:-1].sum(-1), 1, atol=5e-3)
        assert not mean.probabilities[[0, -1]].any(), "special tokens do not count"


def test_windows_read_together_are_read_as_alone(
    teachers: list[Path], tokenizer: Tokenizer, news: Path
) -> None:
    backend = TorchBackend(teachers[0])
    for window in taught(teachers[:1], tokenizer, news):
        logits = backend.run([window.ids])[0].logits
        alone = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
        np.testing.assert_allclose(window.probabilities[1:-1], alone[1:-1], atol=2e-3)


def test_a_student_comes_near_its_teacher(
    teachers: list[Path], tiny_encoder: Path, articles: list[AnnotatedArticle], news: Path, tmp_path: Path
) -> None:
    plain = tiny_config(tiny_encoder, epochs=8)
    distilled = plain.model_copy(
        update={
            "distillation": DistillationConfig(
                teachers=(str(teachers[0]),), articles=(str(news),), densest=1.0
            )
        }
    )
    windows = taught(teachers[:1], load_tokenizer(teachers[0]), news)
    distance = {}
    for name, config in (("plain", plain), ("distilled", distilled)):
        folder = saved(train_tagger(config, articles[:1], articles[1:2], tmp_path / name), tmp_path / name)
        backend, total = TorchBackend(folder), 0.0
        for window in windows:
            logits = backend.run([window.ids])[0].logits.astype(float)
            log_probabilities = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
            total -= float((window.probabilities * log_probabilities).sum())
        distance[name] = total / sum(len(window.ids) - 2 for window in windows)
    assert distance["distilled"] < 0.7 * distance["plain"], distance


def test_so_many_articles_are_taken_evenly_and_annotated_ones_left_out(
    teachers: list[Path], tokenizer: Tokenizer, news: Path
) -> None:
    everything = taught(teachers[:1], tokenizer, news)
    some = taught(teachers[:1], tokenizer, news, limit=1)
    assert 0 < len(some) < len(everything)
    assert some[0].ids == everything[0].ids
    with pytest.raises(IeModelError, match=r"no article to be taught on.*3 excluded"):
        taught(teachers[:1], tokenizer, news, exclude=[str(ROOT / "annotations/seeds")])


def test_a_teacher_of_other_tokens_is_refused(teachers: list[Path], news: Path, tokenizer: Tokenizer) -> None:
    other = Tokenizer.from_str(tokenizer.to_str())
    other.add_tokens(["گندم‌زار"])
    with pytest.raises(EncoderError, match="tokenises otherwise"):
        taught(teachers[:1], other, news)


def test_a_teacher_of_other_labels_is_refused(teachers: list[Path], news: Path, tokenizer: Tokenizer) -> None:
    config = DistillationConfig(teachers=(str(teachers[0]),), articles=(str(news),))
    with pytest.raises(EncoderError, match="trained on other labels"):
        teach(config, WINDOWS, tokenizer, bio_labels(["PER"]), bf16=False)


def test_what_is_no_teacher_is_named(tmp_path: Path, news: Path, tokenizer: Tokenizer) -> None:
    with pytest.raises(EncoderError, match="no trained tagger"):
        taught([tmp_path], tokenizer, news)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"distillation": {"teachers": ["a"]}}, "go together"),
        ({"distillation": {"articles": ["a"]}}, "go together"),
        (
            {"distillation": {"teachers": ["a"], "articles": ["b"]}, "training": {"focal": 2}},
            "training.focal and training.mention_loss are for gold labels",
        ),
    ],
)
def test_settings_that_do_not_go_together(settings: dict[str, Any], reason: str) -> None:
    from ie_model.config import parse_config

    with pytest.raises(ConfigError, match=reason):
        parse_config(settings)
