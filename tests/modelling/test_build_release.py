"""``scripts/build_release.py`` from articles to a release, in the small world."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ie_model.config import load_config
from ie_model.corpus.splits import save_folds
from ie_model.corpus.store import load_corpus, save_corpus
from ie_model.extractor import Extractor
from ie_model.model_folder import CARD, CONFIG, read_manifest
from ie_model.modelling import release
from ie_model.schema import text_sha256
from tests.modelling.making import World
from tests.modelling.test_release import fake_parity
from tests.tagging.making import ROOT


@pytest.fixture
def script(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The script, with three of the seeds for the repository's articles and the other two for real ones."""
    path = ROOT / "scripts/build_release.py"
    spec = importlib.util.spec_from_file_location("build_release", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    articles = load_corpus([world.articles])
    save_corpus(articles[:3], tmp_path / "annotations")
    save_folds({articles[0].id: 0, articles[1].id: 1}, tmp_path / "annotations/folds.json")
    save_corpus(articles[3:], tmp_path / "real")
    save_folds({article.id: place for place, article in enumerate(articles[3:])}, tmp_path / "folds.json")
    monkeypatch.setattr(module, "ANNOTATIONS", tmp_path / "annotations")
    monkeypatch.setattr(module, "CONFIG", ROOT / "configs/tiny.yaml")
    monkeypatch.setattr(release, "measure_parity", fake_parity(1.0))  # so small a model agrees with nothing
    return module


def texts(world: World, *places: int) -> set[str]:
    articles = load_corpus([world.articles])
    return {text_sha256(articles[place].text) for place in places}


def test_real_articles_come_after_the_repository_s(script: Any, world: World, tmp_path: Path) -> None:
    overrides = world.overrides("training.epochs=2")
    work, output = tmp_path / "work", tmp_path / "out"
    script.build(overrides, ([tmp_path / "real"], tmp_path / "folds.json"), work, output)
    seen = {
        name: set(read_manifest(work / name).training_articles)
        for name in ("repository", "folds/fold-0", "folds/fold-1", "whole")
    }
    assert seen == {
        "repository": texts(world, 0, 1, 2),
        "folds/fold-0": texts(world, 0, 1, 2, 4),
        "folds/fold-1": texts(world, 0, 1, 2, 3),
        "whole": texts(world, 0, 1, 2, 3, 4),
    }
    for name in ("folds/fold-0", "whole"):
        training = load_config(work / name / CONFIG).training
        assert training.start == str(work / "repository")
        assert (training.epochs, training.replay) == (1.0, 0.25)
    card = (output / CARD).read_text(encoding="utf-8")
    assert "its 2 siblings" in card
    assert "2 real news articles" in card
    assert Extractor.load(output).info.version == read_manifest(work / "whole").version


def test_real_articles_in_no_fold_are_learned_before_the_folds(
    script: Any, world: World, tmp_path: Path
) -> None:
    articles = load_corpus([world.articles])
    (tmp_path / "annotations" / f"{articles[2].id}.json").rename(tmp_path / "real" / f"{articles[2].id}.json")
    work, real = tmp_path / "work", ([tmp_path / "real"], tmp_path / "folds.json")
    overrides = world.overrides("training.epochs=2", "linker.predicted_parts=0")
    script.build(overrides, real, work, tmp_path / "out")
    seen = {
        name: set(read_manifest(work / name).training_articles)
        for name in ("repository", "further", "folds/fold-0", "folds/fold-1", "whole")
    }
    assert seen == {
        "repository": texts(world, 0, 1),
        "further": texts(world, 0, 1, 2),
        "folds/fold-0": texts(world, 0, 1, 2, 4),
        "folds/fold-1": texts(world, 0, 1, 2, 3),
        "whole": texts(world, 0, 1, 2, 3, 4),
    }
    further, fold = (load_config(work / name / CONFIG).training for name in ("further", "folds/fold-0"))
    assert further.start == str(work / "repository")
    assert fold.start == str(work / "further")
    assert (further.replay, fold.replay) == (0.25, script.FOLD_REPLAY)


def test_finished_stages_are_passed_over(
    script: Any, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, output = tmp_path / "work", tmp_path / "out"
    script.build(world.overrides(), None, work, output)
    assert set(read_manifest(work / "whole").training_articles) == texts(world, 0, 1, 2)
    before = json.loads((output / "scores.json").read_text(encoding="utf-8"))["training"]
    monkeypatch.setattr("ie_model.modelling.predicted.train_tagger", None)
    script.build(world.overrides(), None, work, output)
    assert json.loads((output / "scores.json").read_text(encoding="utf-8"))["training"] == before
