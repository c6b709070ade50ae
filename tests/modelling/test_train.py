"""Training into a model folder: what lies there, in which order, and what opens it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ie_model.config import LinkerConfig, load_config
from ie_model.corpus.store import fingerprint, load_corpus
from ie_model.errors import CorpusError, IeModelError, ModelError
from ie_model.evaluation.report import EvaluationReport
from ie_model.extractor import Extractor
from ie_model.linking import PairLinker, RuleLinker, load_linker
from ie_model.model_folder import CARD, CONFIG, GOALS, LINKER, MANIFEST, METRICS, read_manifest
from ie_model.modelling import train as room
from ie_model.modelling.data import Corpus, load_data
from ie_model.modelling.linkers import make_linker
from ie_model.modelling.train import train_model
from ie_model.schema import text_sha256
from ie_model.tagging.goals import load_goals
from ie_model.tagging.tokenizers import load_tokenizer
from tests.modelling.making import HELD_OUT, World

Trained = tuple[Path, EvaluationReport | None]
FA = "بانک ملی ۵۰ میلیارد تومان به ۱۲ طرح پرداخت کرد؛ یعنی ۳۰ درصد."


def test_the_folder_is_complete(trained: Trained) -> None:
    names = {path.name for path in trained[0].iterdir()}
    assert {"model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json"} <= names
    assert {MANIFEST, CONFIG, LINKER, METRICS, CARD} <= names
    assert not [name for name in names if name.startswith(".") or name.endswith(".part")]


def test_the_resolved_config_is_kept_whole(trained: Trained, world: World) -> None:
    assert load_config(trained[0] / CONFIG) == world.config("training.epochs=3")


def test_the_manifest_names_the_corpus_and_its_articles(trained: Trained, world: World) -> None:
    manifest = read_manifest(trained[0])
    train = [article for article in load_corpus([world.articles]) if article.id != HELD_OUT]
    assert manifest.form == "checkpoint"
    assert manifest.name == "tiny"
    assert manifest.corpus_fingerprint == fingerprint(train)
    assert manifest.version.endswith(f"+{fingerprint(train)[:8]}")
    assert set(manifest.training_articles) == {text_sha256(article.text) for article in train}
    assert manifest.windows == world.config().windows


def test_metrics_hold_steps_corpus_and_the_held_out_report(trained: Trained) -> None:
    folder, report = trained
    assert report is not None
    metrics = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    assert metrics["held_out"] == json.loads(json.dumps(report.to_json()))
    assert metrics["training"]["articles"] == 4
    assert metrics["training"]["steps"] > 0
    assert metrics["training"]["corpus_fingerprint"] == read_manifest(folder).corpus_fingerprint
    assert 0 <= metrics["seqeval"]["f1"] <= 1
    assert "held_out_of_sibling" not in metrics


def test_the_card_tells_the_same_figures(trained: Trained) -> None:
    folder, report = trained
    assert report is not None
    card = (folder / CARD).read_text(encoding="utf-8")
    assert read_manifest(folder).version in card
    assert f"| {report.mentions.strict.micro.support} |" in card


def test_hugging_face_opens_it_with_the_same_ids(trained: Trained) -> None:
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    model = AutoModelForTokenClassification.from_pretrained(trained[0])
    theirs = AutoTokenizer.from_pretrained(trained[0])
    ours = load_tokenizer(trained[0]).encode(FA)
    found = theirs(FA, return_offsets_mapping=True)
    assert found["input_ids"] == ours.ids
    assert [tuple(span) for span in found["offset_mapping"]] == ours.offsets
    assert theirs.pad_token == "<pad>"
    assert theirs.mask_token == "<mask>"
    assert model.config.id2label[0] == "O"
    assert set(model.config.label2id) == {"O"} | {
        f"{mark}-{label}" for mark in "BI" for label in read_manifest(trained[0]).labels
    }


def test_the_extractor_opens_it(trained: Trained) -> None:
    extractor = Extractor.load(trained[0])
    found = extractor.extract(FA)
    assert found.model.version == read_manifest(trained[0]).version
    assert len(extractor.training_fingerprints) == 4


def test_the_same_config_gives_the_same_weights(trained: Trained, world: World, tmp_path: Path) -> None:
    train_model(world.config("training.epochs=3"), tmp_path / "again")
    for name in ("model.safetensors", LINKER, METRICS, MANIFEST, CARD):
        assert (tmp_path / "again" / name).read_bytes() == (trained[0] / name).read_bytes(), name


def test_stages_are_told_in_order(world: World, tmp_path: Path) -> None:
    stages: list[str] = []
    steps: list[tuple[int, int]] = []
    train_model(
        world.config("training.epochs=1"),
        tmp_path / "model",
        progress=lambda progress: steps.append((progress.step, progress.steps)),
        stage=stages.append,
    )
    assert stages == [
        "read the articles",
        "train the tagger",
        "train the reader of goals",
        "train the linker",
        "score the held-out articles",
    ]
    assert steps
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]


def test_all_articles_train_and_scores_come_from_a_sibling(
    trained: Trained, world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "whole"
    config = world.config("data.holdout=null", "training.epochs=0.1")
    assert train_model(config, folder, scores_from=trained[0]) is None
    manifest, sibling = read_manifest(folder), read_manifest(trained[0])
    assert manifest.mention_calibration == sibling.mention_calibration
    assert manifest.record_calibration == sibling.record_calibration
    assert len(manifest.training_articles) == 5
    metrics = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    assert metrics["held_out"] is None
    assert metrics["held_out_of_sibling"] == json.loads((trained[0] / METRICS).read_text("utf-8"))["held_out"]
    assert "with one fold held out" in (folder / CARD).read_text(encoding="utf-8")


def test_a_finished_model_is_not_overwritten(trained: Trained, world: World) -> None:
    before = (trained[0] / "model.safetensors").stat().st_mtime_ns
    with pytest.raises(ModelError, match="a model lies here already"):
        train_model(world.config(), trained[0])
    assert (trained[0] / "model.safetensors").stat().st_mtime_ns == before


def test_a_run_that_stops_while_scoring_leaves_no_model(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(room, "score_and_calibrate", stop)
        with pytest.raises(KeyboardInterrupt):
            train_model(world.config(), tmp_path / "model")
    assert not (tmp_path / "model" / MANIFEST).exists()
    assert train_model(world.config(), tmp_path / "model", resume=True) is not None
    assert read_manifest(tmp_path / "model").form == "checkpoint"


def test_a_file_in_the_way_is_told(world: World, tmp_path: Path) -> None:
    (tmp_path / "model").write_text("mine")
    with pytest.raises(ModelError, match="cannot be made"):
        train_model(world.config(), tmp_path / "model")
    assert (tmp_path / "model").read_text() == "mine"


def test_a_sibling_that_is_none_is_found_before_training(world: World, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model here"):
        train_model(world.config(), tmp_path / "model", scores_from=tmp_path / "nothing")
    assert not (tmp_path / "model").exists()


def test_no_article_to_train_on(world: World, tmp_path: Path) -> None:
    with pytest.raises(IeModelError, match="no article to train on"):
        train_model(world.config(), tmp_path / "model", corpus=Corpus([], []))


def test_without_the_reader_of_goals_there_is_no_file_of_it(world: World, tmp_path: Path) -> None:
    train_model(world.config("training.epochs=0.1", "decoding.goals=false"), tmp_path / "model")
    assert not (tmp_path / "model" / GOALS).exists()
    train_model(world.config("training.epochs=0.1"), tmp_path / "other")
    assert load_goals(tmp_path / "other" / GOALS).weights


# --- data and linker -----------------------------------------------------------------------------------


def test_the_fold_is_held_out_and_the_limit_cuts_training_only(world: World) -> None:
    data = load_data(world.config("data.limit=2"))
    assert [article.id for article in data.held_out] == [HELD_OUT]
    assert len(data.train) == 2


def test_nothing_is_held_out_with_null(world: World) -> None:
    data = load_data(world.config("data.holdout=null"))
    assert (len(data.train), data.held_out) == (5, [])


def test_other_files_are_held_out_in_place_of_a_fold(world: World, tmp_path: Path) -> None:
    own = tmp_path / "test.bio"
    own.write_text("بانک B-INSTITUTION\nملی I-INSTITUTION\n\nهمه O\n", encoding="utf-8")
    data = load_data(world.config("data.holdout=null", f"data.held_out=[{own}]"))
    assert [article.id for article in data.held_out] == ["test-00001", "test-00002"]
    assert len(data.train) == 5


def test_an_empty_fold_is_an_error(world: World) -> None:
    with pytest.raises(CorpusError, match="no article is in fold 7"):
        load_data(world.config("data.holdout=7"))


@pytest.mark.parametrize(("method", "kind"), [("rules", RuleLinker), ("learned", PairLinker)])
def test_the_linker_is_of_the_config_s_method(world: World, tmp_path: Path, method: str, kind: type) -> None:
    articles = load_data(world.config("data.holdout=null")).train
    make_linker(articles, LinkerConfig.model_validate({"method": method})).save(tmp_path / LINKER)
    assert isinstance(load_linker(tmp_path / LINKER), kind)


def test_one_article_is_too_few_for_a_learned_linker(world: World) -> None:
    with pytest.raises(CorpusError, match="a linker cannot be trained"):
        make_linker(load_data(world.config()).train[:1], LinkerConfig())


def test_the_model_folder_may_be_moved(trained: Trained, tmp_path: Path) -> None:
    moved = Path(
        shutil.copytree(trained[0], tmp_path / "elsewhere", ignore=shutil.ignore_patterns("checkpoints"))
    )
    assert Extractor.load(moved).extract(FA) == Extractor.load(trained[0]).extract(FA)
