"""``ie-model train``, ``evaluate`` and ``crossval`` over a small world, and the calls they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ie_model.model_folder import CARD, MANIFEST, METRICS
from ie_model.modelling import train as training
from tests.cli.calling import CommandLine
from tests.modelling.making import World
from tests.tagging.making import ROOT

TINY = ROOT / "configs/tiny.yaml"


def test_train_then_evaluate(ie_model: CommandLine, small_world: World) -> None:
    overrides = small_world.overrides("linker.method=learned")
    outcome = ie_model("train", TINY, *overrides, "--output", "model")
    assert outcome.status == 0, outcome.err
    assert "model: model" in outcome.out
    assert "INSTITUTION" in outcome.out
    assert "train the tagger" in outcome.err
    assert {MANIFEST, METRICS, CARD} <= {path.name for path in Path("model").iterdir()}

    outcome = ie_model(
        *("evaluate", "model", small_world.articles, "--json"),
        *("--folds", small_world.folds, "--fold", 0, "--errors", "mistakes.jsonl"),
    )
    assert outcome.status == 0, outcome.err
    report = json.loads(outcome.out)
    trained = json.loads(Path("model", METRICS).read_text(encoding="utf-8"))["held_out"]
    # Only training knows which institutions it named.
    trained["slices"] = {
        name: score for name, score in trained["slices"].items() if not name.startswith("institutions")
    }
    assert report == trained
    assert Path("mistakes.jsonl").is_file()

    outcome = ie_model("evaluate", "model", small_world.articles)
    assert outcome.status == 0
    assert "the model was trained on 4 of these 5 articles" in " ".join(outcome.err.split())


def test_the_model_s_name_is_the_default_folder(
    ie_model: CommandLine, small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[Path] = []
    monkeypatch.setattr(training, "train_model", lambda config, output, **_: folders.append(output))
    assert ie_model("train", TINY, *small_world.overrides("name=trial")).status == 0
    assert folders == [Path("models/trial")]


def test_training_goes_on_from_a_model_with_new_articles(
    ie_model: CommandLine, small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ie_model("train", TINY, *small_world.overrides(), "--output", "model").status == 0
    new = next(iter(small_world.articles.glob("*.json")))
    call = ("train", new, "training.epochs=1", "--from", "model", "--output", "next")
    outcome = ie_model(*call, "--json", "--quiet")
    assert outcome.status == 0, outcome.err
    assert json.loads(outcome.out)["model"] == "next"
    assert " s  " not in outcome.err  # no line of progress
    folders: list[Path] = []
    monkeypatch.setattr(training, "train_model", lambda config, output, **_: folders.append(output))
    assert ie_model("train", new, "--from", "model").status == 0
    assert folders == [Path("models/model-continued")]


def test_a_finished_model_is_refused_and_resumed_on_request(
    ie_model: CommandLine, small_world: World
) -> None:
    call = ("train", TINY, *small_world.overrides(), "--output", "model")
    assert ie_model(*call).status == 0
    again = ie_model(*call)
    assert again.status == 2
    assert "a model lies here already" in again.err
    weights = Path("model/model.safetensors").read_bytes()
    resumed = ie_model(*call, "--resume")
    assert resumed.status == 0, resumed.err
    assert Path("model/model.safetensors").read_bytes() == weights  # its last checkpoint was the end


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(("missing.yaml",), "no such config file", id="no config"),
        pytest.param((TINY, "training.epoch=3"), "Did you mean 'training.epochs'?", id="unknown key"),
        pytest.param((TINY, "training.epochs=0"), "training.epochs", id="out of range"),
        pytest.param((TINY, "training.epochs"), "an override is key=value", id="no value"),
        pytest.param((TINY, "encoder.source=hub"), "encoder.source=hub needs encoder.name", id="conflict"),
        pytest.param((TINY, "data.articles=[nowhere]"), "nowhere", id="no articles"),
        pytest.param((TINY, "--scores-from", "nowhere"), "no model here", id="no sibling"),
    ],
)
def test_a_wrong_config_is_one_clear_line(
    ie_model: CommandLine, arguments: tuple[object, ...], told: str
) -> None:
    outcome = ie_model("train", *arguments, "--output", "model")
    assert outcome.status == 2
    assert told in outcome.err
    assert "Traceback" not in outcome.err
    assert not Path("model").exists()


def test_an_encoder_that_is_not_there(ie_model: CommandLine, small_world: World) -> None:
    outcome = ie_model("train", TINY, *small_world.overrides("encoder.name=nowhere"), "--output", "model")
    assert outcome.status == 2
    assert "no encoder folder" in outcome.err
    assert not Path("model", MANIFEST).exists()


def test_crossval_over_two_folds(ie_model: CommandLine, small_world: World) -> None:
    overrides = small_world.overrides()
    outcome = ie_model("crossval", TINY, *overrides, "--folds", 2, "--output", "models", "--json")
    assert outcome.status == 0, outcome.err
    result = json.loads(outcome.out)
    assert set(result["folds"]) == {"0", "1"}
    assert sum(report["articles"] for report in result["folds"].values()) == 5
    strict = [report["mentions"]["strict"]["micro"]["f1"] for report in result["folds"].values()]
    assert result["spread"]["mentions strict, micro"]["mean"] == pytest.approx(sum(strict) / 2)
    assert {path.name for path in Path("models").iterdir() if path.is_dir()} == {"fold-0", "fold-1"}
    assert result["held_out"]["articles"] == 5


def test_crossval_with_too_many_folds(ie_model: CommandLine, small_world: World) -> None:
    outcome = ie_model("crossval", TINY, *small_world.overrides(), "--folds", 9)
    assert outcome.status == 2
    assert "so many folds cannot be made" in outcome.err
