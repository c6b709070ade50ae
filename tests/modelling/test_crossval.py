"""Cross-validation: every article is scored once, by a model that did not see it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from ie_model.config import Config
from ie_model.corpus.store import load_corpus
from ie_model.errors import CorpusError, ModelError
from ie_model.evaluation.report import EvaluationReport
from ie_model.extractor import Extractor
from ie_model.model_folder import CARD, METRICS, read_manifest
from ie_model.modelling import crossval
from ie_model.modelling.crossval import CrossValidation, cross_validate
from ie_model.modelling.predicted import PREDICTED, Part, read_predicted
from ie_model.modelling.train import train_model
from ie_model.schema import text_sha256
from tests.modelling.making import World

Report = Callable[[float | None], EvaluationReport]


class StopError(Exception):
    """Raised where training would begin."""


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Part]:
    """The parts that would be trained."""
    noted: list[Part] = []

    def note(config: Config, parts: Sequence[Part], *_: Any) -> None:
        assert config.training.patience == 0, "the held-out fold must not choose the step"
        noted.extend(parts)
        raise StopError

    monkeypatch.setattr(crossval, "predict_parts", note)
    return noted


@pytest.mark.parametrize("folds", [2, 3, 5], ids=["2", "3", "leave one out"])
def test_every_article_is_held_out_once(world: World, tmp_path: Path, seen: list[Part], folds: int) -> None:
    with pytest.raises(StopError):
        cross_validate(world.config("training.patience=1"), tmp_path, folds=folds)
    everything = {article.id for article in load_corpus([world.articles])}
    held_out = [article.id for part in seen for article in part.held_out]
    assert [part.name for part in seen] == [f"fold-{fold}" for fold in range(folds)]
    assert sorted(held_out) == sorted(everything)
    for part in seen:
        assert {article.id for article in part.train} == everything - {a.id for a in part.held_out}


def test_stored_folds_leave_the_others_in_training(world: World, tmp_path: Path, seen: list[Part]) -> None:
    with pytest.raises(StopError):
        cross_validate(world.config("data.limit=3"), tmp_path)
    (part,) = seen
    assert part.name == "fold-0"
    assert (len(part.train), len(part.held_out)) == (3, 1)


def test_no_stored_folds(world: World, tmp_path: Path, seen: list[Part]) -> None:
    with pytest.raises(CorpusError, match="no stored folds"):
        cross_validate(world.config("data.folds=[]"), tmp_path)
    assert seen == []


def test_more_folds_than_articles(world: World, tmp_path: Path, seen: list[Part]) -> None:
    with pytest.raises(CorpusError, match="so many folds cannot be made"):
        cross_validate(world.config(), tmp_path, folds=6)
    assert seen == []


# --- a whole run ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CrossValidation, list[str]]:
    """Folder, result and stages of a cross-validation over two folds."""
    folder, stages = tmp_path_factory.mktemp("crossval"), list[str]()
    result = cross_validate(world.config("training.epochs=3"), folder, folds=2, stage=stages.append)
    return folder, result, stages


Run = tuple[Path, CrossValidation, list[str]]


def test_all_taggers_come_before_the_first_linker(run: Run) -> None:
    assert [stage.partition(":")[0] for stage in run[2]] == [
        "train a tagger to predict fold-0",
        "train a tagger to predict fold-1",
        "train the linker of fold-0",
        "train the linker of fold-1",
        "score the held-out articles",
    ]


def test_the_report_is_over_all_articles_and_each_fold_has_its_own(run: Run, world: World) -> None:
    folder, result, _ = run
    articles = load_corpus([world.articles])
    assert result.report.mentions.strict.micro.support == sum(len(article.mentions) for article in articles)
    whole, parts = (
        result.report.mentions.strict.micro,
        [report.mentions.strict.micro for report in result.reports.values()],
    )
    for count in ("support", "predicted", "correct"):
        assert getattr(whole, count) == sum(getattr(part, count) for part in parts)
    metrics = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    assert metrics["held_out"] == json.loads(json.dumps(result.report.to_json()))
    assert set(metrics["folds"]) == {"0", "1"}
    for fold, report in result.reports.items():
        own = json.loads((folder / f"fold-{fold}" / METRICS).read_text(encoding="utf-8"))
        assert own["held_out"] == json.loads(json.dumps(report.to_json()))


def test_every_fold_is_a_model_with_the_confidences_of_all(run: Run) -> None:
    folder = run[0]
    common = read_manifest(folder)
    for fold in range(2):
        manifest = read_manifest(folder / f"fold-{fold}")
        assert manifest.mention_calibration == common.mention_calibration
        assert manifest.record_calibration == common.record_calibration
        assert Extractor.load(folder / f"fold-{fold}").extract("بانک ملی").id == "article"


def test_the_folder_itself_is_no_model(run: Run) -> None:
    with pytest.raises(ModelError, match="holds no model of its own"):
        Extractor.load(run[0])


def test_a_stopped_run_goes_on(run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ie_model.modelling.predicted.train_tagger", None)
    again = cross_validate(world.config("training.epochs=3"), run[0], folds=2)
    assert again == run[1]


def test_taggers_of_another_config_are_refused(run: Run, world: World) -> None:
    with pytest.raises(ModelError, match="another config"):
        cross_validate(world.config("training.epochs=3", "training.seed=8"), run[0], folds=2)


def test_a_model_of_every_article_borrows_from_it(run: Run, world: World, tmp_path: Path) -> None:
    folder = tmp_path / "whole"
    train_model(world.config("data.holdout=null", "training.epochs=0.1"), folder, scores_from=run[0])
    assert read_manifest(folder).mention_calibration == read_manifest(run[0]).mention_calibration
    metrics = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    assert metrics["held_out_of_sibling"] == json.loads(json.dumps(run[1].report.to_json()))
    assert "its 2 siblings" in (folder / CARD).read_text(encoding="utf-8")
    predicted = read_predicted(run[0] / PREDICTED)
    assert set(predicted) == {text_sha256(article.text) for article in load_corpus([world.articles])}


def test_linkers_learn_among_predicted_mentions_where_the_config_says_so(
    run: Run, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []

    def note(*arguments: Any) -> None:
        given.append(len(arguments[-1]))
        if len(given) == 2:
            raise StopError

    monkeypatch.setattr(crossval, "fit_linker", note)
    for parts, expected in ((0, 0), (2, 5)):
        given.clear()
        with pytest.raises(StopError):
            cross_validate(
                world.config("training.epochs=3", f"linker.predicted_parts={parts}"), run[0], folds=2
            )
        assert given == [expected] * 2


# --- the spread ----------------------------------------------------------------------------------------


def with_f1(report: EvaluationReport, f1: float | None) -> EvaluationReport:
    """``report`` with another exact record score."""
    return report.model_copy(update={"records": report.records.model_copy(update={"f1": f1})})


def test_mean_and_sample_deviation_over_the_folds(trained: tuple[Path, EvaluationReport]) -> None:
    reports = {fold: with_f1(trained[1], f1) for fold, f1 in enumerate([0.2, 0.4, None])}
    result = CrossValidation(trained[1], reports)
    mean, spread = result.spread()["records"]
    assert mean == pytest.approx(0.3)
    assert spread == pytest.approx(0.1414, abs=1e-4)
    tree = json.loads(json.dumps(result.to_json()))
    assert set(tree["folds"]) == {"0", "1", "2"}
    assert tree["spread"]["records"]["mean"] == pytest.approx(0.3)


def test_a_score_that_no_fold_defines_is_not_there(trained: tuple[Path, EvaluationReport]) -> None:
    assert "records" not in CrossValidation(trained[1], {0: with_f1(trained[1], None)}).spread()


def test_one_fold_has_no_spread(trained: tuple[Path, EvaluationReport]) -> None:
    assert CrossValidation(trained[1], {0: with_f1(trained[1], 0.5)}).spread()["records"] == (0.5, 0.0)
