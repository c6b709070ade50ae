"""The commands of the annotation loop that need no server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ie_model.model_folder import MANIFEST, SHIPPED
from tests.cli.calling import CommandLine
from tests.conftest import ROOT, SEEDS
from tests.evaluation.making import BANK, EVERYTHING, JOINED, MONEY, PLANS, SHARE
from tests.labelstudio.readings import annotation, export, prediction, side, task

needs_release = pytest.mark.skipif(not (SHIPPED / MANIFEST).is_file(), reason="no release is shipped here")


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    one = side(*EVERYTHING, records=JOINED)
    other = side(BANK, PLANS, SHARE, records=((BANK, PLANS),))
    before = prediction(side(BANK, MONEY), "model 1")
    readings = [
        annotation(one, {"id": 1, "email": "ali@example.org"}, lead_time=120, prediction=before),
        annotation(other, {"id": 2, "email": "sara@example.org"}, lead_time=60),
    ]
    return export(tmp_path, task(readings), task(readings, article="b", id=8))


def test_agree_shows_agreement_acceptance_times_and_disagreements(
    ie_model: CommandLine, exported: Path
) -> None:
    outcome = ie_model("labelstudio", "agree", exported, "--url", "http://127.0.0.1:8080")
    assert outcome.status == 0
    for part in (
        "2 articles; annotations: ali@example.org 2, sara@example.org 2",
        "Agreement of annotators, 2 articles",
        "Pre-annotations of model 1: 100% kept",
        "Seconds an article",
        "projects/3/data?task=8",
        "present or not",
    ):
        assert part in outcome.out


def test_agree_as_json_says_the_same(ie_model: CommandLine, exported: Path) -> None:
    outcome = ie_model("labelstudio", "agree", exported, "--json")
    tree = json.loads(outcome.out)
    assert tree["annotators"]["mentions"]["strict"]["all labels"]["both"] == 6
    assert tree["acceptance"]["model 1"]["total"]["added"] == 10
    assert tree["times"]["all"]["median"] == 90
    assert {one["article"] for one in tree["disagreements"]} == {"a", "b"}


def test_agree_names_what_it_cannot_read_and_goes_on(ie_model: CommandLine, exported: Path) -> None:
    (exported.parent / "more").mkdir()
    (exported.parent / "more/x.json").write_text("{", encoding="utf-8")
    outcome = ie_model("labelstudio", "agree", exported, exported.parent / "more")
    assert outcome.status == 3
    assert "broken JSON" in outcome.err
    assert "Agreement of annotators" in outcome.out


@needs_release
def test_agree_compares_with_a_model_too(ie_model: CommandLine) -> None:
    outcome = ie_model("labelstudio", "agree", SEEDS, "--model", "rules", "--json")
    tree = json.loads(outcome.out)
    (model,) = tree["models"]
    assert model["name"].startswith("annotators and rules")
    assert 0 < model["mentions"]["strict"]["all labels"]["f1"] < 1
    assert tree["annotators"] is None


def test_adjudicate_writes_the_tasks(ie_model: CommandLine, exported: Path, tmp_path: Path) -> None:
    outcome = ie_model("labelstudio", "adjudicate", exported, "--output", tmp_path / "tasks.json")
    assert outcome.status == 0
    assert "2 of 2 articles to adjudicate" in outcome.out
    tasks = json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))
    assert [one["data"]["id"] for one in tasks] == ["a", "b"]


@needs_release
def test_queue_writes_its_tasks_best_first(ie_model: CommandLine, tmp_path: Path) -> None:
    outcome = ie_model("labelstudio", "queue", ROOT / "seeds", "--budget", 3, "-o", tmp_path / "queue.json")
    assert outcome.status == 0
    tasks = json.loads((tmp_path / "queue.json").read_text(encoding="utf-8"))
    priorities = [one["data"]["priority"] for one in tasks]
    assert len(tasks) == 3
    assert priorities == sorted(priorities, reverse=True)
    assert tasks[0]["data"]["id"] in outcome.out


def test_rules_have_no_doubts(ie_model: CommandLine) -> None:
    outcome = ie_model("labelstudio", "queue", ROOT / "seeds", "--model", "rules")
    assert outcome.status == 2
    assert "Name a trained model" in outcome.err


@needs_release
def test_doctor_on_written_predictions(ie_model: CommandLine, tmp_path: Path) -> None:
    assert ie_model("predict", ROOT / "seeds", "--output", tmp_path / "out").status == 0
    written = tmp_path / "out/extractions.jsonl"
    outcome = ie_model(
        "labelstudio", "doctor", SEEDS, "--predictions", written, "-o", tmp_path / "doctor.json"
    )
    assert outcome.status == 0
    assert "suspects" in outcome.out
    tasks = json.loads((tmp_path / "doctor.json").read_text(encoding="utf-8"))
    assert all(one["data"]["reason"] for one in tasks)
    machine = ie_model(
        "labelstudio",
        "doctor",
        SEEDS,
        "--predictions",
        written,
        "--limit",
        2,
        "--json",
        "-o",
        tmp_path / "d.json",
    )
    tree = json.loads(machine.out)
    assert (tree["articles"], tree["unread"]) == (5, 0)
    assert len(tree["suspects"]) <= 2


@needs_release
def test_doctor_says_what_it_did_not_look_at(ie_model: CommandLine) -> None:
    outcome = ie_model("labelstudio", "doctor", SEEDS)
    assert outcome.status == 0
    assert "5 articles not looked at" in outcome.out


def test_doctor_takes_one_source_of_opinions(ie_model: CommandLine) -> None:
    outcome = ie_model("labelstudio", "doctor", SEEDS, "--model", "m", "--predictions", "p.jsonl")
    assert outcome.status == 2
    assert "contradict each other" in outcome.err
