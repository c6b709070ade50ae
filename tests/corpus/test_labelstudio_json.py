"""Label Studio exports as they really come: several annotations, floats for offsets, notes, predictions."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from ie_model.corpus.json_text import parse_json
from ie_model.corpus.labelstudio_json import article_from_task, task_from_article
from ie_model.corpus.model import Relation
from ie_model.errors import CorpusError

from .making import TEXT, bank_article


def task(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(task_from_article(bank_article())), **changes}


def results(tree: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tree["annotations"][0]["result"]
    return found


def codes(tree: dict[str, Any]) -> list[str]:
    return [note.code for note in article_from_task(tree, "x").notes]


def test_an_export_with_everything_a_server_adds_reads_the_same() -> None:
    tree = task(
        id=7, predictions=[{"result": [{"type": "labels"}]}], drafts=[], total_annotations=1, inner_id=3
    )
    tree["annotations"][0].update(
        id=9, completed_by=1, lead_time=12.5, was_cancelled=False, ground_truth=False
    )
    for item in results(tree):
        item["origin"] = "manual"
        if item["type"] == "labels":
            item["value"] = {**item["value"], "start": float(item["value"]["start"])}
    article = article_from_task(_as_read(tree), "x")
    assert article == bank_article()
    assert not article.notes


def _as_read(tree: dict[str, Any]) -> Any:
    return parse_json(json.dumps(tree), "x")


def annotation(mention_id: str, **keys: Any) -> dict[str, Any]:
    region = {"id": mention_id, "type": "labels", "value": {"start": 0, "end": 8, "labels": ["INSTITUTION"]}}
    return {"result": [region], **keys}


@pytest.mark.parametrize(
    ("annotations", "taken", "noted"),
    [
        ([annotation("old", updated_at="2026-01-01"), annotation("new", updated_at="2026-02-01")],
         "new", ["several-annotations"]),
        ([annotation("truth", updated_at="2026-01-01", ground_truth=True),
          annotation("new", updated_at="2026-02-01")],
         "truth", ["several-annotations"]),
        ([annotation("kept", updated_at="2026-01-01"),
          annotation("skipped", updated_at="2026-02-01", was_cancelled=True)],
         "kept", ["cancelled-annotation"]),
        ([annotation("first", id=1), annotation("second", id=2)], "second", ["several-annotations"]),
        ([annotation("only", created_at="2026-01-01")], "only", []),
    ],
    ids=["newest", "ground truth first", "cancelled never", "by number without times", "one"],
)  # fmt: skip
def test_one_annotation_is_taken(annotations: list[dict[str, Any]], taken: str, noted: list[str]) -> None:
    tree = task(annotations=annotations)
    assert [mention.id for mention in article_from_task(tree, "x").mentions] == [taken]
    assert codes(tree) == noted


@pytest.mark.parametrize("annotator", [5, "5", "s@example.org"])
def test_one_annotators_work_can_be_asked_for(annotator: int | str) -> None:
    tree = task(
        annotations=[
            annotation("other", completed_by=4, ground_truth=True),
            annotation("wanted", completed_by={"id": 5, "email": "s@example.org"}),
        ]
    )
    assert article_from_task(tree, "x", annotator=annotator).mentions[0].id == "wanted"
    with pytest.raises(CorpusError, match="no annotation by 6"):
        article_from_task(tree, "x", annotator=6)


def test_an_empty_annotation_means_nothing_is_there() -> None:
    article = article_from_task(task(annotations=[{"result": []}]), "x")
    assert article.mentions == ()
    assert not article.notes


@pytest.mark.parametrize(
    ("ends", "direction", "labels", "relation", "noted"),
    [
        (("q1", "q3"), "right", ["with"], Relation("with", "q1", "q3"), []),
        (("i1", "q1"), "left", ["by"], Relation("by", "q1", "i1"), []),
        (("i1", "q1"), "right", ["by"], Relation("by", "i1", "q1"), []),
        (("q1", "q3"), "right", [], Relation("with", "q1", "q3"), ["unlabelled-relation"]),
        (("i1", "q1"), "right", None, Relation("by", "q1", "i1"), ["unlabelled-relation"]),
        (("q1", "gone"), "right", ["with"], Relation("with", "q1", "gone"), []),
    ],
    ids=[
        "as drawn",
        "drawn leftwards",
        "the wrong way round is kept for the check",
        "quantities without label",
        "institution without label",
        "a deleted region is kept for the check",
    ],
)
def test_relations(
    ends: tuple[str, str], direction: str, labels: list[str] | None, relation: Relation, noted: list[str]
) -> None:
    tree = task()
    drawn = {"type": "relation", "from_id": ends[0], "to_id": ends[1], "direction": direction}
    results(tree)[-2:] = [drawn if labels is None else {**drawn, "labels": labels}]
    assert article_from_task(tree, "x").relations == (relation,)
    assert codes(tree) == noted


@pytest.mark.parametrize("labels", [["owns"], ["with", "by"]])
def test_a_relation_of_another_kind_is_an_error(labels: list[str]) -> None:
    tree = task()
    results(tree)[-1]["labels"] = labels
    (note,) = article_from_task(tree, "x").notes
    assert (note.code, note.severity) == ("unknown-relation", "error")


@pytest.mark.parametrize(
    ("kind", "code", "severity"),
    [("textarea", "other-results", "warning"), ("hypertextlabels", "other-regions", "error")],
)
def test_other_results_are_passed_over_but_noted(kind: str, code: str, severity: str) -> None:
    tree = task()
    results(tree).append({"id": "n", "type": kind, "value": {"text": ["?"]}})
    (note,) = article_from_task(tree, "x").notes
    assert (note.code, note.severity) == (code, severity)


def test_a_note_on_a_region_is_noted() -> None:
    tree = task()
    results(tree)[1]["meta"]["text"] = ["آیا پرداخت شده؟"]
    assert codes(tree) == ["region-note"]


def test_a_span_text_with_an_escaped_line_break_is_the_span() -> None:
    tree = task()
    end = TEXT.index("این") + 3
    results(tree)[0]["value"] = {
        "start": 0,
        "end": end,
        "text": TEXT[:end].replace("\n", "\\n"),
        "labels": ["X"],
    }
    assert article_from_task(tree, "x").mentions[0].text == TEXT[:end]


def test_without_our_own_id_the_task_number_names_the_article() -> None:
    assert article_from_task(task(id=12, data={"text": TEXT}), "x").id == "task-12"


def region(**changes: Any) -> dict[str, Any]:
    tree = task()
    value = {"start": 0, "end": 8, "text": "بانک سپه", "labels": ["INSTITUTION"]}
    tree["annotations"] = [{"result": [{"id": "i1", "type": "labels", "value": {**value, **changes}}]}]
    return tree


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ([], "not a Label Studio task"),
        ({"id": 1, "text": TEXT, "label": []}, "not a Label Studio task"),
        (task(data={"text": TEXT}), "needs 'id'"),
        (task(data={"id": "a"}), "needs 'text'"),
        ({"data": {"id": "a", "text": TEXT}}, "needs 'annotations'.*not JSON-MIN"),
        (task(annotations=[]), "no annotation that was submitted"),
        (task(annotations=[annotation("i", was_cancelled=True)]), "no annotation that was submitted"),
        (task(annotations=[{}]), "needs 'result'"),
        (region(labels=[]), "exactly one label"),
        (region(labels=["AMOUNT", "TARGET"]), "exactly one label"),
        (region(start="/text()[1]"), "an offset is a whole number"),
        (region(end=None), "an offset is a whole number"),
    ],
)
def test_a_task_that_cannot_be_read_is_refused(tree: Any, message: str) -> None:
    with pytest.raises(CorpusError, match=message) as caught:
        article_from_task(tree, "export.json[3]")
    assert caught.value.where is not None
    assert caught.value.where.startswith("export.json[3]")


def test_damaged_values_are_refused() -> None:
    tree = task()
    results(tree)[1]["meta"] = {"value": "پنجاه"}
    with pytest.raises(CorpusError, match="a value is a number"):
        article_from_task(tree, "x")
    results(tree)[1]["meta"] = {"low": 5}
    with pytest.raises(CorpusError, match="the low and the high end"):
        article_from_task(tree, "x")


@pytest.mark.parametrize(
    ("label", "read_from", "kept"),
    [("AMOUNT", "۵ تن", True), ("AMOUNT", "۵ تن گندم", False), ("INSTITUTION", "۵ تن", False)],
    ids=["as it was read", "moved since", "relabelled since"],
)
def test_a_value_that_a_model_read_holds_for_the_text_it_read(label: str, read_from: str, kept: bool) -> None:
    value = {"start": 0, "end": 4, "text": "۵ تن", "labels": [label]}
    region = {"id": "r", "type": "labels", "value": value, "meta": {"value": "5", "read_from": read_from}}
    article = article_from_task(
        {"data": {"id": "a", "text": "۵ تن گندم"}, "annotations": [{"result": [region]}]}, "x"
    )
    assert (article.mentions[0].value is not None) is kept
    assert [note.code for note in article.notes] == ([] if kept else ["stale-value"])


def test_of_annotations_that_say_no_time_the_last_is_taken() -> None:
    region = {"id": "r", "type": "labels", "value": {"start": 0, "end": 1, "labels": ["AMOUNT"]}}
    task = {"data": {"id": "a", "text": "5"}, "annotations": [{"result": []}, {"result": [region]}]}
    assert len(article_from_task(task, "x").mentions) == 1
