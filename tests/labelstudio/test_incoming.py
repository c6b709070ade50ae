"""What pull keeps of an exported task, and when a file may be replaced."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.corpus.json_text import stable_json
from ie_model.errors import CorpusError
from ie_model.labelstudio.incoming import incoming
from ie_model.labelstudio.index import INDEX, Index, read_index, write_index
from ie_model.labelstudio.outgoing import outgoing_from_task
from ie_model.labelstudio.pull import _lost
from ie_model.schema import LABELS
from tests.labelstudio.making import region

TEXT = "بانک ملی ۵۰ میلیارد تومان داد."
USERS = {1: "one@example.org", 2: "two@example.org"}


def exported(*annotations: dict[str, Any], number: int = 7, **more: Any) -> dict[str, Any]:
    """A task as Label Studio exports it, shortened."""
    full = [
        {
            "id": 100 + place,
            "completed_by": 1,
            "result": [],
            "was_cancelled": False,
            "ground_truth": False,
            "updated_at": f"2026-01-01T00:00:0{place}Z",
            "lead_time": None,
            "prediction": {},
            "import_id": None,
            "unique_id": f"u{place}",
            **annotation,
        }
        for place, annotation in enumerate(annotations)
    ]
    return {"id": number, "data": {"id": "a", "text": TEXT}, "annotations": full, "meta": {}, **more}


def test_numbers_and_times_of_the_server_are_left_out() -> None:
    results = [region(TEXT, "بانک ملی", "INSTITUTION")]
    kept = incoming([exported({"result": results, "lead_time": 2.5})], USERS, LABELS)
    assert kept.file == {
        "data": {"id": "a", "text": TEXT},
        "annotations": [{"result": results, "lead_time": 2.5, "completed_by": {"email": "one@example.org"}}],
    }
    assert (kept.article_id, kept.tasks, kept.reason) == ("a", (7,), None)


def test_annotations_are_listed_oldest_first_and_the_newest_trains() -> None:
    old = {"result": [region(TEXT, "بانک ملی", "INSTITUTION")], "updated_at": "2026-01-01", "completed_by": 2}
    new = {"result": [], "updated_at": "2026-01-02"}
    kept = incoming([exported(new, old)], USERS, LABELS)
    emails = [one["completed_by"]["email"] for one in kept.file["annotations"]]
    assert emails == ["two@example.org", "one@example.org"]
    assert kept.article is not None
    assert kept.article.mentions == ()


def test_a_user_who_is_gone_keeps_a_name() -> None:
    kept = incoming([exported({"completed_by": 9})], USERS, LABELS)
    assert kept.file["annotations"][0]["completed_by"] == {"email": "user-9"}


def test_what_push_left_in_the_meta_comes_back_once() -> None:
    started = {"model_version": "m", "result": [], "score": 0.5}
    meta = {"ie_model": {"started_from": {"0": started}}}
    kept = incoming([exported({"import_id": 0}, {"import_id": None}, meta=meta)], USERS, LABELS)
    assert [one.get("prediction") for one in kept.file["annotations"]] == [started, None]


@pytest.mark.parametrize("meta", [None, [], {"ie_model": 1}, {"ie_model": {"started_from": []}}])
def test_a_meta_that_is_not_ours_is_passed_over(meta: Any) -> None:
    if not isinstance(meta, list):
        assert incoming([exported({"import_id": 0}, meta=meta)], USERS, LABELS).reason is None


RESULTS = st.lists(
    st.builds(
        lambda words, label, number: region(TEXT, words, label, f"r{number}"),
        st.sampled_from(["بانک ملی", "۵۰ میلیارد تومان", "داد"]),
        st.sampled_from([*LABELS, "THING"]),
        st.integers(0, 9),
    ),
    max_size=3,
)
ANNOTATIONS = st.lists(
    st.fixed_dictionaries(
        {
            "result": RESULTS,
            "completed_by": st.sampled_from([1, 2]),
            "was_cancelled": st.booleans(),
            "ground_truth": st.booleans(),
            "lead_time": st.one_of(st.none(), st.floats(0, 1e4)),
            "prediction": st.sampled_from([{}, {"model_version": "m", "result": [], "score": 0.5}]),
        }
    ),
    min_size=1,
    max_size=4,
)


@given(ANNOTATIONS)
def test_pull_push_pull_gives_the_same_bytes(annotations: list[dict[str, Any]]) -> None:
    first = incoming([exported(*annotations)], USERS, LABELS)
    try:
        sent = outgoing_from_task(json.loads(stable_json(first.file)), "x").task()
    except CorpusError:
        return  # a region id twice: the file stays where it is, and push says why
    numbers = {email: number for number, email in USERS.items()}
    imported = [
        {
            **annotation,
            "id": 500 + place,
            "import_id": annotation["id"],
            "completed_by": numbers[annotation["completed_by"]["email"]],
            "updated_at": "2027-01-01",
        }
        for place, annotation in enumerate(sent["annotations"])
    ]
    second = incoming([exported(*imported, number=9, meta=sent.get("meta", {}))], USERS, LABELS)
    assert stable_json(second.file) == stable_json(first.file)


# --- what a file may be replaced by --------------------------------------------------------------------


def kept(*emails: str | None, text: str = TEXT) -> dict[str, Any]:
    annotations = [{"result": [], **({"completed_by": {"email": who}} if who else {})} for who in emails]
    return {"data": {"id": "a", "text": text}, "annotations": annotations}


@pytest.mark.parametrize(
    ("here", "there", "words"),
    [
        (kept("a"), kept("a"), None),
        (kept("a"), kept("a", "b"), None),
        (kept(None), kept("a"), None),
        (kept(None, "a"), kept("a", "b"), None),
        (kept("a", "b"), kept("b"), "fewer annotations of a"),
        (kept("a", "a"), kept("a"), "fewer annotations of a"),
        (kept("a"), kept("b"), "fewer annotations of a"),
        (kept(None, None), kept("a"), "holds 2 annotations, the server 1"),
        (kept(None, "a"), kept("a"), "holds 2 annotations, the server 1"),
        (kept("a"), kept("a", text="other"), "another text"),
        ({"data": 1}, kept("a"), "no task"),
        ([], kept("a"), "no task"),
    ],
)
def test_a_file_is_lost_only_for_more(tmp_path: Path, here: Any, there: Any, words: str | None) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(here), encoding="utf-8")
    found = _lost(path, there)
    assert (found is None) if words is None else (words in str(found))


# --- the index -----------------------------------------------------------------------------------------


def test_the_index_links_articles_to_their_tasks(tmp_path: Path) -> None:
    write_index(Index("http://here", 3, {"a": 7}), tmp_path)
    found = read_index(tmp_path)
    assert found is not None
    assert (found.link("a"), found.link("b")) == ("http://here/projects/3/data?task=7", None)


def test_a_folder_that_was_not_pulled_has_none_and_a_broken_one_is_told(tmp_path: Path) -> None:
    assert read_index(tmp_path) is None
    (tmp_path / INDEX).write_text("[]", encoding="utf-8")
    with pytest.raises(CorpusError, match="not the index"):
        read_index(tmp_path)
