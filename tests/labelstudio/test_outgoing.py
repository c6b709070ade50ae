"""What is pushed: articles of every form, and annotations with all that is known of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ie_model.corpus.convert import export_corpus
from ie_model.corpus.labelstudio_json import article_from_task
from ie_model.corpus.store import Reject, load_corpus
from ie_model.errors import ArticleError
from ie_model.labelstudio.outgoing import META_KEY, STARTED_FROM, Outgoing, read_outgoing
from tests.conftest import ROOT, SEEDS
from tests.labelstudio.making import region

TEXT = "بانک ملی ۵۰ میلیارد تومان داد."


def save(folder: Path, tree: object, name: str = "a.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")
    return path


def task(*annotations: dict, **data: object) -> dict:
    return {"data": {"id": "a", "text": TEXT, **data}, "annotations": list(annotations)}


def only(path: Path) -> Outgoing | Reject:
    (item,) = read_outgoing([path])
    return item


def test_articles_go_out_with_id_text_and_meta(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text(json.dumps({"id": "n1", "text": TEXT, "date": "1402-11-20"}) + "\n", encoding="utf-8")
    item = only(path)
    assert isinstance(item, Outgoing)
    assert item.task({"result": []}) == {
        "data": {"id": "n1", "text": TEXT, "meta": {"date": "1402-11-20"}},
        "annotations": [],
        "predictions": [{"result": []}],
    }


def test_a_folder_of_articles_and_one_of_tasks_are_told_apart() -> None:
    for folder, annotated in ((ROOT / "seeds", 0), (SEEDS, 1)):
        items = list(read_outgoing([folder]))
        assert [len(item.annotations) for item in items if isinstance(item, Outgoing)] == [annotated] * 5


def test_gold_lines_are_annotations_too(tmp_path: Path) -> None:
    export_corpus([SEEDS], tmp_path / "gold.jsonl", form="jsonl")
    items = [item for item in read_outgoing([tmp_path / "gold.jsonl"]) if isinstance(item, Outgoing)]
    found = [
        article_from_task({"data": item.data, "annotations": list(item.annotations)}, "x") for item in items
    ]
    assert found == load_corpus([SEEDS])


def test_every_annotation_goes_out_as_it_is_and_ground_truth_is_not_invented(tmp_path: Path) -> None:
    results = [region(TEXT, "بانک ملی", "INSTITUTION", extra={"kept": 1.5})]
    one = {
        "result": results,
        "lead_time": 3.25,
        "completed_by": {"email": "a@b"},
        "id": 77,
        "created_at": "x",
    }
    two = {"result": [], "was_cancelled": True, "ground_truth": True}
    item = only(save(tmp_path, task(one, two)))
    assert isinstance(item, Outgoing)
    assert item.annotations == (
        {
            "was_cancelled": False,
            "ground_truth": False,
            "result": results,
            "lead_time": 3.25,
            "completed_by": {"email": "a@b"},
            "id": 0,
        },
        {"was_cancelled": True, "ground_truth": True, "result": [], "id": 1},
    )
    assert item.annotators == {"a@b"}


def test_what_an_annotation_started_from_travels_in_the_meta(tmp_path: Path) -> None:
    started = {"model_version": "m", "result": []}
    item = only(save(tmp_path, task({"result": []}, {"result": [], "prediction": started})))
    assert isinstance(item, Outgoing)
    assert item.task()["meta"] == {META_KEY: {STARTED_FROM: {"1": started}}}


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ([1], "not a Label Studio task"),
        ({"data": {"text": TEXT}}, "data.id"),
        ({"data": {"id": "a", "text": 5}}, "data.text"),
        ({"data": {"id": "a", "text": "  "}}, "nothing|empty|text"),
        ({"data": {"id": "a", "text": TEXT}, "annotations": {}}, "is a list"),
        (task({"result": "x"}), "'result'"),
        (task({"result": [{"type": "labels", "value": {}}]}), "exactly one label"),
        (task({"result": [], "completed_by": 7}), "by e-mail address"),
    ],
)
def test_what_cannot_be_pushed_is_named(tmp_path: Path, tree: object, words: str) -> None:
    item = only(save(tmp_path, tree))
    assert isinstance(item, Reject)
    assert re.search(words, str(item.error)), item.error


def test_a_bad_article_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\xfa")
    (tmp_path / "good.txt").write_text(TEXT, encoding="utf-8")
    kinds = [type(item).__name__ for item in read_outgoing([tmp_path])]
    assert sorted(kinds) == ["Outgoing", "Reject"]


def test_a_path_that_is_not_there_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="no such file"):
        list(read_outgoing([tmp_path / "none"]))


def test_long_articles_are_rejected_whatever_their_form(tmp_path: Path) -> None:
    (found,) = read_outgoing([save(tmp_path, task())], max_chars=5)
    assert isinstance(found, Reject)
    assert "too long" in str(found.error)
