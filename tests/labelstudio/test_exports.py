"""Every annotator's reading is kept apart; skipped ones say nothing; what cannot be read is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from ie_model.errors import CorpusError
from ie_model.labelstudio.exports import UNKNOWN, read_exports
from tests.evaluation.making import BANK, MONEY, PLANS
from tests.labelstudio.readings import annotation, export, prediction, read, side, task


def test_annotators_are_kept_apart_by_e_mail_or_number(tmp_path: Path) -> None:
    (found,) = read(
        tmp_path,
        task(
            [
                annotation(side(BANK), {"id": 4, "email": "sara@example.org"}, lead_time=61.5),
                annotation(side(MONEY), 2),
                {"result": []},
            ]
        ),
    )
    assert [reading.annotator for reading in found.readings] == ["2", "sara@example.org", UNKNOWN]
    assert [reading.seconds for reading in found.readings] == [None, 61.5, None]
    assert found.link("http://127.0.0.1:8080/") == "http://127.0.0.1:8080/projects/3/data?task=7"
    assert found.link(None) is None


def test_an_empty_annotation_says_that_nothing_is_there_and_a_cancelled_one_says_nothing(
    tmp_path: Path,
) -> None:
    (found,) = read(tmp_path, task([annotation(side(), 1), annotation(side(BANK), 2, was_cancelled=True)]))
    assert [(reading.annotator, reading.article.mentions) for reading in found.readings] == [("1", ())]
    assert found.cancelled == 1


def test_of_two_annotations_by_one_annotator_the_newest_counts_and_ground_truth_before_it(
    tmp_path: Path,
) -> None:
    old = annotation(side(BANK), 1, updated_at="2026-01-01T00:00:00Z", id=1)
    new = annotation(side(MONEY), 1, updated_at="2026-02-01T00:00:00Z", id=2)
    (found,) = read(tmp_path, task([new, old]))
    assert [mention.label for mention in found.readings[0].article.mentions] == ["AMOUNT"]
    (found,) = read(tmp_path, task([new, {**old, "ground_truth": True}]))
    assert [mention.label for mention in found.readings[0].article.mentions] == ["INSTITUTION"]


def test_the_prediction_an_annotation_started_from_is_found_inside_or_by_its_number(tmp_path: Path) -> None:
    inside = annotation(side(BANK), 1, prediction=prediction(side(MONEY), "model 2"))
    by_number = annotation(side(BANK), 2, parent_prediction=50)
    empty = annotation(side(BANK), 3, prediction={})
    (found,) = read(
        tmp_path, task([inside, by_number, empty], predictions=[prediction(side(PLANS), "model 1", id=50)])
    )
    started = {
        one.annotator: (one.start_version, one.start.mentions[0].text if one.start else None)
        for one in found.readings
    }
    assert started == {"1": ("model 2", "۵۰ میلیارد تومان"), "2": ("model 1", "۲۰ طرح"), "3": ("", None)}


def test_tasks_of_one_article_are_one_article(tmp_path: Path) -> None:
    (found,) = read(tmp_path, task([annotation(side(BANK), 1)]), task([annotation(side(MONEY), 2)], id=8))
    assert [reading.annotator for reading in found.readings] == ["1", "2"]


def test_what_cannot_be_read_is_rejected_with_its_place_and_the_rest_stays(tmp_path: Path) -> None:
    broken = annotation(side(BANK), 1, id=31)
    broken["result"][0]["value"]["end"] += 1
    unknown = annotation(side(BANK), 2, id=32)
    unknown["result"].append({"type": "relation", "from_id": "g0", "to_id": "g0", "labels": ["of"]})
    path = export(
        tmp_path,
        task([broken, unknown, annotation(side(MONEY), 3)]),
        task([], text="another text"),
        {**task([], article="b"), "annotations": None},
        {"no": "task"},
    )
    articles, rejects = read_exports([path])
    assert [[reading.annotator for reading in article.readings] for article in articles] == [["3"]]
    reasons = [(reject.source.rpartition("json")[2], str(reject.error)) for reject in rejects]
    assert [place for place, _ in reasons] == [
        "[0], annotation 31",
        "[0], annotation 32",
        "[1]",
        "[2]",
        "[3]",
    ]
    for reason, part in zip(
        [text for _, text in reasons],
        ["do not give its text", "labelled ['of']", "two texts", "needs 'annotations'", "not a Label Studio"],
        strict=True,
    ):
        assert part in reason


def test_a_folder_without_tasks_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="holds no task"):
        read_exports([tmp_path])


def test_a_broken_file_is_rejected_and_its_neighbours_are_read(tmp_path: Path) -> None:
    export(tmp_path, task([annotation(side(BANK))]))
    (tmp_path / "a.json").write_text("{", encoding="utf-8")
    articles, rejects = read_exports([tmp_path])
    assert len(articles) == len(rejects) == 1
