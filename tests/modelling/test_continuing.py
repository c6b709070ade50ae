"""Going on from a trained model: its weights, its old articles, and the new ones."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.corpus.store import load_corpus, save_corpus
from ie_model.errors import ConfigError, EncoderError, ModelError
from ie_model.evaluation.report import EvaluationReport
from ie_model.model_folder import MANIFEST, read_manifest
from ie_model.modelling.continuing import continue_from, replayed
from ie_model.modelling.predicted import (
    PREDICTED,
    parts_of,
    predict_parts,
    require_unseen,
    write_predicted,
)
from ie_model.modelling.train import train_model
from ie_model.schema import INSTITUTION, text_sha256
from tests.modelling.making import HELD_OUT, World

Trained = tuple[Path, EvaluationReport | None]
NEW = AnnotatedArticle("new", "بانک ملی آمد.", (GoldMention("m1", INSTITUTION, 0, 8, "بانک ملی"),))


@pytest.fixture
def additions(tmp_path: Path) -> Path:
    save_corpus([NEW], tmp_path / "additions")
    return tmp_path / "additions"


def test_the_old_articles_are_replayed_and_the_new_ones_join(trained: Trained, additions: Path) -> None:
    config, corpus = continue_from(trained[0], [additions])
    assert [article.id for article in corpus.held_out] == [HELD_OUT]
    assert len(corpus.train) == 5
    assert corpus.train[-1] == NEW
    assert (config.training.start, config.linker.predicted_parts) == (str(trained[0]), 0)
    assert (config.training.epochs, config.training.replay) == (1.5, 0.25)


@pytest.mark.parametrize("held_out", [True, False])
def test_a_corrected_article_takes_the_place_of_the_old_one(
    trained: Trained, world: World, tmp_path: Path, held_out: bool
) -> None:
    old = {article.id: article for article in load_corpus([world.articles])}
    chosen = HELD_OUT if held_out else min(old.keys() - {HELD_OUT})
    corrected = AnnotatedArticle(chosen, old[chosen].text, old[chosen].mentions[:3])
    save_corpus([corrected], tmp_path / "corrected")
    _, corpus = continue_from(trained[0], [tmp_path / "corrected"])
    assert (len(corpus.train), len(corpus.held_out)) == (4, 1)
    found = {article.id: article for article in [*corpus.train, *corpus.held_out]}
    assert found[chosen] == corrected
    assert (chosen in {article.id for article in corpus.held_out}) == held_out


def test_training_starts_from_the_model_s_own_weights(
    trained: Trained, additions: Path, tmp_path: Path
) -> None:
    from safetensors.numpy import load_file

    tiny_step = ["training.learning_rate=1e-9", "training.head_learning_rate=1e-9", "training.epochs=0.2"]
    config, corpus = continue_from(trained[0], [additions], tiny_step)
    train_model(config, tmp_path / "next", corpus=corpus)
    old, new = (load_file(folder / "model.safetensors") for folder in (trained[0], tmp_path / "next"))
    assert old.keys() == new.keys()
    assert all(abs(old[name] - new[name]).max() < 1e-6 for name in old)
    fingerprints = read_manifest(tmp_path / "next").training_articles
    assert text_sha256(NEW.text) in fingerprints
    assert len(fingerprints) == 5
    assert (tmp_path / "next/tokenizer.json").read_text() == (trained[0] / "tokenizer.json").read_text()


def test_mentions_that_were_predicted_unseen_are_used_again(
    trained: Trained, additions: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    shutil.copytree(trained[0], model)
    write_predicted(model / PREDICTED, {})
    config, corpus = continue_from(model, [additions], ["training.epochs=0.2", "linker.method=learned"])
    train_model(config, tmp_path / "next", corpus=corpus)
    assert (tmp_path / "next" / MANIFEST).is_file()


def test_overrides_hold_over_the_defaults(trained: Trained, additions: Path) -> None:
    config, _ = continue_from(trained[0], [additions], ["training.epochs=5", "name=other"])
    assert (config.training.epochs, config.name) == (5, "other")


def test_another_set_of_labels_is_refused(trained: Trained, additions: Path, tmp_path: Path) -> None:
    config, corpus = continue_from(trained[0], [additions], ["labels=[INSTITUTION, AMOUNT]"])
    with pytest.raises(EncoderError, match="other labels"):
        train_model(config, tmp_path / "next", corpus=corpus)


def test_what_has_no_full_precision_weights_cannot_be_trained_further(
    trained: Trained, additions: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    shutil.copytree(trained[0], model)
    manifest = json.loads((model / MANIFEST).read_text(encoding="utf-8"))
    (model / MANIFEST).write_text(json.dumps({**manifest, "form": "release"}), encoding="utf-8")
    with pytest.raises(ModelError, match="only a trained checkpoint can be trained further"):
        continue_from(model, [additions])
    with pytest.raises(ModelError, match="no model here"):
        continue_from(tmp_path, [additions])


def test_parts_cannot_be_predicted_by_what_has_seen_them(
    trained: Trained, world: World, tmp_path: Path
) -> None:
    articles = load_corpus([world.articles])
    unseen = parts_of(articles, {HELD_OUT: 0}, 1)
    seen = parts_of(articles, {articles[0].id: 0, HELD_OUT: 1}, 2)
    config = world.config(f"training.start={trained[0]}")
    require_unseen(world.config(), seen)
    require_unseen(config, unseen)
    with pytest.raises(ConfigError, match="has seen articles that are held out") as caught:
        require_unseen(config, seen)
    assert articles[0].id in str(caught.value)
    with pytest.raises(ConfigError, match="has seen articles"):
        predict_parts(config, seen, tmp_path, print)


def test_a_share_of_the_old_articles_is_replayed_and_all_new_ones(trained: Trained, world: World) -> None:
    articles = [*load_corpus([world.articles]), NEW]
    old = {article.id for article in articles} - {HELD_OUT, NEW.id}
    for share, expected in ((1.0, 4), (0.5, 2), (0.0, 0)):
        training = world.config(f"training.start={trained[0]}", f"training.replay={share}").training
        chosen = replayed(training, articles)
        assert chosen == replayed(training, articles)
        assert [article.id for article in chosen if article.id not in old] == [HELD_OUT, NEW.id]
        assert len(chosen) == 2 + expected


def test_without_a_start_every_article_trains(world: World) -> None:
    articles = load_corpus([world.articles])
    assert replayed(world.config("training.replay=0").training, articles) == articles
