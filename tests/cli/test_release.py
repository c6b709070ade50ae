"""``ie-model release``: a release when both models agree, else status 1 and nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ie_model.model_folder import MANIFEST, read_manifest
from ie_model.modelling import release as releasing
from ie_model.modelling.release import Parity
from tests.cli.calling import CommandLine
from tests.tagging.making import ROOT

SEEDS = ROOT / "annotations/seeds"


@pytest.fixture
def agreement(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Two models that agree, whatever the tiny one does."""
    monkeypatch.setattr(
        releasing, "measure_parity", lambda *arguments: Parity(len(arguments[3]), 0.8312, 0.8301, 0.9912)
    )
    return monkeypatch


@pytest.mark.usefixtures("agreement")
def test_release_then_predict(ie_model: CommandLine, tiny_checkpoint: Path) -> None:
    outcome = ie_model("release", tiny_checkpoint, "--output", "release", "--data", SEEDS)
    assert outcome.status == 0, outcome.err
    assert "strict F1 0.8301 (checkpoint 0.8312), 99.12% of the mentions alike, on 5 articles" in outcome.out
    assert "release: release" in outcome.out
    assert "export and quantise" in outcome.err
    assert read_manifest(Path("release")).form == "release"

    outcome = ie_model("predict", ROOT / "seeds", "--model", "release", "--output", "out")
    assert outcome.status == 0, outcome.err
    assert len(Path("out/extractions.jsonl").read_text(encoding="utf-8").splitlines()) == 5


@pytest.mark.usefixtures("agreement")
def test_the_default_folder_stands_beside_the_model(
    ie_model: CommandLine, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    model.symlink_to(tiny_checkpoint, target_is_directory=True)
    outcome = ie_model("release", model, "--data", SEEDS, "--json", "--quiet")
    assert (outcome.status, outcome.err) == (0, "")
    assert json.loads(outcome.out)["parity"]["f1_release"] == 0.8301
    assert (tmp_path / "model-release" / MANIFEST).is_file()


def test_models_that_disagree_make_no_release(
    ie_model: CommandLine, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releasing, "measure_parity", lambda *_: Parity(5, 0.83, 0.66, 0.7))
    outcome = ie_model("release", tiny_checkpoint, "--output", "release", "--data", SEEDS)
    assert outcome.status == 1
    assert "does not agree with the checkpoint, nothing was written" in outcome.err
    assert "strict F1 0.6600 against 0.8300, 70.0% of the mentions alike on 5 articles" in outcome.err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(("nowhere",), "no model here", id="no model"),
        pytest.param(("CHECKPOINT", "--data", "nowhere"), "nowhere", id="no articles"),
        pytest.param(("CHECKPOINT", "--output", "mine"), "is not replaced", id="somebody's folder"),
    ],
)
def test_a_wrong_call(
    ie_model: CommandLine, tiny_checkpoint: Path, arguments: tuple[str, ...], told: str
) -> None:
    Path("mine").mkdir()
    Path("mine/diary.txt").write_text("kept")
    outcome = ie_model("release", *(str(tiny_checkpoint) if a == "CHECKPOINT" else a for a in arguments))
    assert outcome.status == 2
    assert told in outcome.err
    assert Path("mine/diary.txt").read_text() == "kept"
