"""From annotations to a corpus that training reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ie_model.corpus.store import load_corpus
from ie_model.schema import LABELS
from ie_model.serve.backend.corrections import CORRECTIONS, REJECTS, sort_out, write_corrections
from ie_model.serve.backend.ledger import Row
from tests.serve.backend.making import TEXT, payload

BANK = {
    "id": "b",
    "type": "labels",
    "from_name": "label",
    "to_name": "text",
    "value": {"start": 0, "end": 8, "text": "بانک ملی", "labels": ["INSTITUTION"]},
}


def row(task: int, *, annotation: int = 0, data: Any = None, event: int | None = None, **body: Any) -> Row:
    shown = {"id": annotation or task, "result": [BANK], "lead_time": 12.5, **body}
    data = {"id": f"a{task}", "text": TEXT + " " * task} if data is None else data
    return Row(
        annotation or task, task, json.dumps(data), json.dumps(shown), task if event is None else event
    )


def reasons(*rows: Row) -> list[str]:
    return [reject.reason for reject in sort_out(rows, LABELS)[1]]


def test_a_real_correction_is_read_back_whole(tmp_path: Path) -> None:
    sent = payload("annotation_created")
    one = Row(1, 1, json.dumps(sent["task"]["data"]), json.dumps(sent["annotation"]), 1)
    assert write_corrections([one], tmp_path, LABELS) == (1, 0)
    (article,) = load_corpus([tmp_path / CORRECTIONS])
    assert (article.id, article.text) == (sent["task"]["data"]["id"], sent["task"]["data"]["text"])
    regions = [item for item in sent["annotation"]["result"] if item["type"] == "labels"]
    assert [mention.id for mention in article.mentions] == [item["id"] for item in regions]
    assert len(article.relations) == len(sent["annotation"]["result"]) - len(regions)
    assert article.meta == sent["task"]["data"]["meta"]
    assert (tmp_path / REJECTS).read_text() == ""


def test_all_annotators_of_a_task_stay_in_its_file(tmp_path: Path) -> None:
    rows = [row(7, annotation=1, completed_by=1), row(7, annotation=2, completed_by=2, result=[])]
    write_corrections(rows, tmp_path, LABELS)
    task = json.loads((tmp_path / CORRECTIONS / "a7.json").read_text(encoding="utf-8"))
    assert [one["completed_by"] for one in task["annotations"]] == [1, 2]
    assert task["annotations"][0]["lead_time"] == 12.5


def test_nothing_here_is_an_annotation(tmp_path: Path) -> None:
    write_corrections([row(7, result=[])], tmp_path, LABELS)
    (article,) = load_corpus([tmp_path / CORRECTIONS])
    assert article.mentions == ()


def test_a_task_without_our_id_gets_one(tmp_path: Path) -> None:
    write_corrections([row(7, data={"text": TEXT})], tmp_path, LABELS)
    assert [article.id for article in load_corpus([tmp_path / CORRECTIONS])] == ["task-7"]


def test_of_the_same_article_the_newest_stands() -> None:
    same_id = row(8, data={"id": "a7", "text": TEXT + "!"}, event=9)
    same_text = row(9, data={"id": "other", "text": TEXT + "!"}, event=10)
    corrected, rejects = sort_out([row(7), same_id, same_text], LABELS)
    assert [one.article.id for one in corrected] == ["other", "a7"]
    assert [(one.task, one.reason) for one in rejects] == [
        (8, "task 9, annotated later, is the same article")
    ]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(7, was_cancelled=True), "has no annotation that was submitted"),
        (row(7, data={"id": "a7"}), "text"),
        (row(7, data={"id": "a7", "text": "\ud800"}), "half a surrogate pair"),
        (row(7, result=[{**BANK, "value": {**BANK["value"], "labels": ["COLOUR"]}}]), "label"),
        (row(7, result=[{**BANK, "value": {**BANK["value"], "start": 3, "end": 900}}]), "offsets"),
        (row(7, result=["x"]), "a list of objects"),
        (
            row(7, result=[BANK, {"type": "relation", "from_id": "b", "to_id": "gone", "labels": ["with"]}]),
            "relation",
        ),
    ],
)
def test_what_training_could_not_use_is_told_and_stops_nothing(tmp_path: Path, bad: Row, reason: str) -> None:
    assert any(reason in one for one in reasons(row(6), bad)), reasons(bad)
    assert write_corrections([row(6), bad], tmp_path, LABELS) == (1, 1)
    (line,) = (tmp_path / REJECTS).read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["task"] == 7
    assert [article.id for article in load_corpus([tmp_path / CORRECTIONS])] == ["a6"]
