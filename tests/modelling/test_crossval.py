"""Cross-validation: every article is scored once, by a model that did not see it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ie_model.config import Config
from ie_model.corpus.store import load_corpus
from ie_model.errors import CorpusError
from ie_model.evaluation.report import EvaluationReport
from ie_model.modelling import crossval
from ie_model.modelling.crossval import CrossValidation, cross_validate
from ie_model.modelling.data import Corpus
from tests.modelling.making import World

Seen = list[tuple[Path, Corpus]]
Report = Callable[[float | None], EvaluationReport]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Training replaced by a note of what it was given."""
    calls: Seen = []

    def note(config: Config, output: Path, *, corpus: Corpus, stage: Any = None) -> None:
        calls.append((output, corpus))

    monkeypatch.setattr(crossval, "train_model", note)
    return calls


@pytest.mark.parametrize("folds", [2, 3, 5], ids=["2", "3", "leave one out"])
def test_every_article_is_held_out_once(world: World, tmp_path: Path, seen: Seen, folds: int) -> None:
    cross_validate(world.config(), tmp_path, folds=folds)
    everything = {article.id for article in load_corpus([world.articles])}
    held_out = [article.id for _, corpus in seen for article in corpus.held_out]
    assert len(seen) == folds
    assert sorted(held_out) == sorted(everything)
    for output, corpus in seen:
        train = {article.id for article in corpus.train}
        assert train == everything - {article.id for article in corpus.held_out}
        assert output.parent == tmp_path
    assert [output.name for output, _ in seen] == [f"fold-{fold}" for fold in range(folds)]


def test_stored_folds_leave_the_others_in_training(world: World, tmp_path: Path, seen: Seen) -> None:
    stages: list[str] = []
    cross_validate(world.config("data.limit=3"), tmp_path, stage=stages.append)
    ((output, corpus),) = seen
    assert stages == ["fold 0"]
    assert output.name == "fold-0"
    assert len(corpus.held_out) == 1
    assert len(corpus.train) == 3


def test_no_stored_folds(world: World, tmp_path: Path, seen: Seen) -> None:
    with pytest.raises(CorpusError, match="no stored folds"):
        cross_validate(world.config("data.folds=[]"), tmp_path)
    assert seen == []


def test_more_folds_than_articles(world: World, tmp_path: Path, seen: Seen) -> None:
    with pytest.raises(CorpusError, match="so many folds cannot be made"):
        cross_validate(world.config(), tmp_path, folds=6)
    assert seen == []


def with_f1(report: EvaluationReport, f1: float | None) -> EvaluationReport:
    """``report`` with another exact record score."""
    return report.model_copy(update={"records": report.records.model_copy(update={"f1": f1})})


def test_mean_and_sample_deviation_over_the_folds(trained: tuple[Path, EvaluationReport]) -> None:
    reports = {fold: with_f1(trained[1], f1) for fold, f1 in enumerate([0.2, 0.4, None])}
    result = CrossValidation(reports)
    mean, spread = result.spread()["records"]
    assert mean == pytest.approx(0.3)
    assert spread == pytest.approx(0.1414, abs=1e-4)
    tree = json.loads(json.dumps(result.to_json()))
    assert set(tree["folds"]) == {"0", "1", "2"}
    assert tree["spread"]["records"]["mean"] == pytest.approx(0.3)


def test_a_score_that_no_fold_defines_is_not_there(trained: tuple[Path, EvaluationReport]) -> None:
    assert "records" not in CrossValidation({0: with_f1(trained[1], None)}).spread()


def test_one_fold_has_no_spread(trained: tuple[Path, EvaluationReport]) -> None:
    assert CrossValidation({0: with_f1(trained[1], 0.5)}).spread()["records"] == (0.5, 0.0)
