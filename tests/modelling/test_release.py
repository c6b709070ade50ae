"""The release: parity decides, and what it is made of lies there whole or not at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ie_model.corpus.store import load_corpus
from ie_model.errors import EXIT_FAILED_CHECK, ModelError, ParityError
from ie_model.evaluation.report import EvaluationReport
from ie_model.extractor import Extractor
from ie_model.model_folder import (
    CARD,
    CONFIG,
    GOALS,
    LINKER,
    MANIFEST,
    METRICS,
    SCORES,
    file_sha256,
    read_manifest,
    verify_files,
)
from ie_model.modelling import release as room
from ie_model.modelling.data import load_data
from ie_model.modelling.plots import RELIABILITY
from ie_model.modelling.release import Parity, mention_f1, release_model
from ie_model.tagging.backends import ONNX_FILE
from tests.modelling.making import World
from tests.tagging.making import ROOT

A, B, C = ("AMOUNT", 0, 5), ("AMOUNT", 9, 12), ("TARGET", 9, 12)
RELEASED = {
    "config.json",
    "tokenizer_config.json",
    ONNX_FILE,
    GOALS,
    RELIABILITY,
    "tokenizer.json",
    LINKER,
    CONFIG,
    SCORES,
    CARD,
    MANIFEST,
}


@pytest.mark.parametrize(
    ("gold", "found", "f1"),
    [
        pytest.param([{A, B}], [{A, B}], 1.0, id="the same"),
        pytest.param([{A, B}], [{A}], 2 / 3, id="one missed"),
        pytest.param([{A}], [{A, B}], 2 / 3, id="one too many"),
        pytest.param([{B}], [{C}], 0.0, id="another label"),
        pytest.param([{A}, set()], [set(), {A}], 0.0, id="in another article"),
        pytest.param([{A}, {B}], [{A}, set()], 2 / 3, id="micro over articles"),
        pytest.param([set()], [set()], 1.0, id="nothing in either"),
        pytest.param([{A}], [set()], 0.0, id="nothing found"),
    ],
)
def test_mention_f1(gold: list[set[Any]], found: list[set[Any]], f1: float) -> None:
    assert mention_f1(gold, found) == pytest.approx(f1)
    assert mention_f1(found, gold) == pytest.approx(f1)


@pytest.mark.parametrize(
    ("checkpoint", "release", "agreement", "holds"),
    [
        pytest.param(0.83, 0.83, 1.0, True, id="equal"),
        pytest.param(0.83, 0.8255, 0.98, True, id="just within both"),
        pytest.param(0.83, 0.8245, 1.0, False, id="F1 lost"),
        pytest.param(0.83, 0.8355, 1.0, False, id="F1 gained is no agreement either"),
        pytest.param(0.83, 0.83, 0.9799, False, id="other mentions, same F1"),
        pytest.param(0.0, 0.0, 1.0, True, id="both find nothing right, alike"),
    ],
)
def test_parity_thresholds(checkpoint: float, release: float, agreement: float, holds: bool) -> None:
    assert Parity(3, checkpoint, release, agreement).holds is holds


def fake_parity(agreement: float) -> Any:
    return lambda *_: Parity(articles=1, f1_checkpoint=0.8, f1_release=0.8, span_agreement=agreement)


@pytest.fixture(scope="session")
def released(trained: tuple[Path, EvaluationReport | None]) -> Path:
    """A release of the small model; its parity is not looked at here, two layers of noise have none."""
    folder = trained[0].parent / "release"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "MIN_SPAN_AGREEMENT", 0.0)
        patch.setattr(room, "MAX_F1_LOSS", 1.0)
        release_model(trained[0], folder)
    return folder


def test_the_release_is_complete_and_checksummed(released: Path) -> None:
    assert {path.name for path in released.iterdir()} == RELEASED
    manifest = read_manifest(released)
    assert manifest.form == "release"
    assert set(manifest.files) == RELEASED - {MANIFEST}
    assert all(file_sha256(released / name) == digest for name, digest in manifest.files.items())
    verify_files(released, manifest)


def test_the_release_keeps_what_the_checkpoint_knew(
    released: Path, trained: tuple[Path, EvaluationReport | None]
) -> None:
    ours, theirs = read_manifest(released), read_manifest(trained[0])
    assert ours == theirs.model_copy(update={"form": "release", "files": ours.files})
    scores = json.loads((released / SCORES).read_text(encoding="utf-8"))
    metrics = json.loads((trained[0] / METRICS).read_text(encoding="utf-8"))
    assert {name: scores[name] for name in metrics} == metrics
    assert scores["parity"]["articles"] == 1
    assert "8 bits against full precision" in (released / CARD).read_text(encoding="utf-8")


def test_the_release_names_no_place_of_the_machine_that_made_it(released: Path) -> None:
    places = [b"site-packages", str(ROOT).encode(), str(released.parents[1]).encode()]
    # The config is the user's: what paths it names are theirs.
    files = [path for path in released.iterdir() if path.name != CONFIG]
    assert [(f.name, place) for f in files for place in places if place in f.read_bytes()] == []


def test_the_release_finds_what_was_measured(released: Path, world: World) -> None:
    (article,) = load_data(world.config()).held_out
    found = {(m.label, m.start, m.end) for m in Extractor.load(released).extract(article.text).mentions}
    gold = {(m.label, m.start, m.end) for m in article.mentions}
    scores = json.loads((released / SCORES).read_text(encoding="utf-8"))
    assert scores["parity"]["f1_release"] == pytest.approx(mention_f1([gold], [found]), abs=1e-4)


def test_a_release_that_disagrees_is_not_written(
    trained: tuple[Path, EvaluationReport | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "measure_parity", fake_parity(0.97))
    with pytest.raises(ParityError, match=r"97\.0% of the mentions alike") as caught:
        release_model(trained[0], tmp_path / "release")
    assert caught.value.exit_code == EXIT_FAILED_CHECK
    assert list(tmp_path.iterdir()) == []


def test_an_older_release_is_replaced_on_success_only(
    trained: tuple[Path, EvaluationReport | None],
    released: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    older = Path(shutil.copytree(released, tmp_path / "release"))
    (older / "mark").write_text("older")
    monkeypatch.setattr(room, "measure_parity", fake_parity(0.5))
    with pytest.raises(ParityError):
        release_model(trained[0], older)
    assert (older / "mark").is_file()
    monkeypatch.setattr(room, "measure_parity", fake_parity(1.0))
    release_model(trained[0], older)
    assert {path.name for path in older.iterdir()} == RELEASED
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


@pytest.mark.parametrize("kind", ["somebody's folder", "the checkpoint itself", "a file"])
def test_what_is_no_release_is_never_replaced(
    trained: tuple[Path, EvaluationReport | None], tmp_path: Path, kind: str
) -> None:
    if kind == "the checkpoint itself":
        target = trained[0]
    elif kind == "a file":
        target = tmp_path / "file"
        target.write_text("mine")
    else:
        target = tmp_path / "folder"
        target.mkdir()
        (target / "diary.txt").write_text("mine")
    before = sorted(path.name for path in target.iterdir()) if target.is_dir() else target.read_text()
    with pytest.raises(ModelError, match="no release and is not replaced"):
        release_model(trained[0], target)
    assert (
        sorted(path.name for path in target.iterdir()) if target.is_dir() else target.read_text()
    ) == before


def test_a_release_too_big_to_ship_is_refused(
    trained: tuple[Path, EvaluationReport | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "measure_parity", fake_parity(1.0))
    monkeypatch.setattr(room, "MAX_BYTES", 1000)
    with pytest.raises(ModelError, match="too big"):
        release_model(trained[0], tmp_path / "release")
    assert list(tmp_path.iterdir()) == []


def test_a_release_is_not_released_again(released: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="only a trained checkpoint"):
        release_model(released, tmp_path / "release")


def test_no_model_to_release(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model here"):
        release_model(tmp_path, tmp_path / "release")


def test_named_articles_decide_instead_of_the_held_out_fold(
    trained: tuple[Path, EvaluationReport | None],
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[int] = []

    def note(checkpoint: Path, folder: Path, manifest: Any, articles: Any) -> Parity:
        given.append(len(articles))
        return Parity(len(articles), 1.0, 1.0, 1.0)

    monkeypatch.setattr(room, "measure_parity", note)
    release_model(trained[0], tmp_path / "a")
    release_model(trained[0], tmp_path / "b", articles=load_corpus([world.articles]))
    assert given == [1, 5]
