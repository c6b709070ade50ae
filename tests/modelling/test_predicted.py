"""Mentions of training articles, predicted by taggers that have not seen them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import load_corpus
from ie_model.errors import ConfigError, CorpusError, ModelError
from ie_model.linking.predicted import PredictedSpan
from ie_model.modelling import predicted as room
from ie_model.modelling.data import Corpus
from ie_model.modelling.predicted import (
    PREDICTED,
    parts_of,
    predict_parts,
    read_predicted,
    shortened,
    write_predicted,
)
from ie_model.modelling.train import train_model
from ie_model.schema import text_sha256
from tests.modelling.making import World


def folds_of(articles: list[AnnotatedArticle]) -> dict[str, int]:
    return {article.id: place for place, article in enumerate(articles[1:], start=1)}


def said(messages: list[str]) -> list[str]:
    return [message for message in messages if "predict" in message]


def test_every_article_with_a_fold_is_predicted_by_others(world: World, tmp_path: Path) -> None:
    articles = load_corpus([world.articles])
    seen: list[set[str]] = []
    train = room.train_tagger

    def noting(config, chosen, held_out, folder, **options):  # type: ignore[no-untyped-def]
        seen.append({article.id for article in chosen})
        return train(config, chosen, held_out, folder, **options)

    config = world.config("training.epochs=2")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "train_tagger", noting)
        parts = parts_of(articles, folds_of(articles), 2)
        found = predict_parts(config, parts, tmp_path, print)
        assert set(found) == {text_sha256(article.text) for article in articles[1:]}
        assert all(articles[0].id in chosen for chosen in seen)
        assert [len(chosen) for chosen in seen] == [3, 3]
        assert not (seen[0] & seen[1]) - {articles[0].id}
        messages: list[str] = []
        again = predict_parts(config, parts, tmp_path, messages.append)
    assert again == found
    assert (len(seen), messages) == (2, []), "finished parts are not trained again"
    for spans in found.values():
        assert all(isinstance(span, PredictedSpan) and span.start < span.end for span in spans)


def test_a_part_of_another_corpus_is_refused(world: World, tmp_path: Path) -> None:
    articles = load_corpus([world.articles])
    write_predicted(_made(tmp_path / "part-0") / PREDICTED, {}, made_by="other")
    with pytest.raises(ModelError, match="other articles or another config"):
        predict_parts(world.config(), parts_of(articles, folds_of(articles), 2), tmp_path, print)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def test_too_few_folds_are_named(world: World) -> None:
    articles = load_corpus([world.articles])
    with pytest.raises(CorpusError, match="too few folds") as caught:
        parts_of(articles, {}, 2)
    assert "linker.predicted_parts" in str(caught.value)


def test_too_few_folds_are_named_before_any_training(world: World, tmp_path: Path) -> None:
    config = world.config("linker.predicted_parts=9", "linker.method=learned")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ie_model.modelling.predicted.train_tagger", None)
        with pytest.raises(CorpusError, match="too few folds"):
            train_model(config, tmp_path / "model")


def test_a_part_of_another_config_is_refused(world: World, tmp_path: Path) -> None:
    articles = load_corpus([world.articles])
    parts = parts_of(articles, folds_of(articles), 2)
    predict_parts(world.config("training.epochs=1"), parts, tmp_path, print)
    with pytest.raises(ModelError, match="another config"):
        predict_parts(world.config("training.epochs=1", "training.seed=8"), parts, tmp_path, print)


def test_a_part_s_tagger_trains_for_two_thirds_of_the_epochs(world: World) -> None:
    short = shortened(world.config("training.epochs=3", "training.patience=2"))
    assert short.training.epochs == pytest.approx(2)
    assert short.training.patience == 0, "there is nothing to choose the step by"


def test_one_part_is_no_part(world: World) -> None:
    with pytest.raises(ConfigError, match="one part"):
        world.config("linker.predicted_parts=1")


def test_a_file_keeps_its_spans_and_no_text(tmp_path: Path) -> None:
    spans = {"f" * 64: (PredictedSpan("AMOUNT", 3, 9), PredictedSpan("INSTITUTION", 12, 20))}
    write_predicted(tmp_path / PREDICTED, spans)
    assert read_predicted(tmp_path / PREDICTED) == spans


@pytest.mark.parametrize("content", ["{", "[]", '{"made_by": "", "mentions": {"a": [["AMOUNT", 1]]}}'])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / PREDICTED).write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match="predicted mentions cannot be read") as caught:
        read_predicted(tmp_path / PREDICTED)
    assert PREDICTED in str(caught.value)


def test_a_model_keeps_what_was_predicted_and_its_heir_learns_from_it(world: World, tmp_path: Path) -> None:
    articles = load_corpus([world.articles])
    folds = {**folds_of(articles), articles[-1].id: 0}
    learned: list[list[str]] = []

    def noting(chosen, config, states):  # type: ignore[no-untyped-def]
        learned.append([article.id for article in chosen])
        return RuleLinker()

    from ie_model.linking import RuleLinker
    from ie_model.modelling import linkers

    config = world.config("linker.predicted_parts=2", "linker.method=learned", "linker.state_layer=0")
    whole = world.config(
        "linker.predicted_parts=2", "linker.method=learned", "linker.state_layer=0", "data.holdout=null"
    )
    sibling, heir = tmp_path / "sibling", tmp_path / "heir"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linkers, "train_linker", noting)
        messages: list[str] = []
        held = Corpus(articles[:-1], articles[-1:], folds=folds)
        train_model(config, sibling, corpus=held, stage=messages.append)
        train_model(
            whole, heir, corpus=Corpus(articles, [], folds=folds), scores_from=sibling, stage=messages.append
        )
    ids = [article.id for article in articles]
    assert learned[0] == [*ids[:-1], *ids[1:-1]], "gold, then predicted; the first has no fold"
    assert learned[1] == [*ids, *ids[1:]], "the held-out article was predicted by the sibling"
    assert len(said(messages)) == 2
    tree = json.loads((sibling / PREDICTED).read_text(encoding="utf-8"))
    assert set(tree["mentions"]) == {text_sha256(article.text) for article in articles[1:]}
