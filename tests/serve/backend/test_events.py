"""Webhooks: what is kept of what Label Studio really sends, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.serve.backend.events import OF_NO_CONCERN, Event, read_event
from ie_model.serve.errors import BadShapeError, BrokenBodyError
from tests.serve.backend.making import annotated, payload

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def test_an_annotation_as_it_was_sent() -> None:
    sent = payload("annotation_created")
    event = read_event(sent)
    assert event is not None
    (one,) = event.written
    assert (one.annotation, one.task, one.project, one.is_cancelled) == (1, 1, 1, False)
    assert json.loads(one.data) == sent["task"]["data"]
    body = json.loads(one.body)
    assert body["result"] == sent["annotation"]["result"]
    assert body["updated_at"] == sent["annotation"]["updated_at"] == one.updated


def test_nothing_of_the_project_is_kept() -> None:
    sent = payload("annotation_created")
    sent["project"]["token"] = sent["project"]["task_data_password"] = "correct-horse"
    assert "correct-horse" not in repr(read_event(sent))
    assert "label_config" not in repr(read_event(sent))


def test_the_other_events_as_they_were_sent() -> None:
    updated, cancelled = (
        read_event(payload("annotation_updated")),
        read_event(payload("annotation_cancelled")),
    )
    assert updated is not None
    assert cancelled is not None
    assert [one.annotation for one in updated.written] == [2]
    assert [one.is_cancelled for one in cancelled.written] == [True]
    assert read_event(payload("annotations_deleted")) == Event("ANNOTATIONS_DELETED", deleted=(3,))
    assert read_event(payload("start_training")) == Event("START_TRAINING")
    assert read_event(payload("tasks_created")) is None


def test_many_annotations_come_with_their_tasks() -> None:
    first, second = annotated(7, data={"text": "اول"}), annotated(8, data={"text": "دوم"})
    event = read_event(
        {
            "action": "ANNOTATIONS_CREATED",
            "annotation": [first["annotation"], second["annotation"]],
            "task": [second["task"], first["task"]],
        }
    )
    assert event is not None
    assert [(one.task, json.loads(one.data)["text"]) for one in event.written] == [(7, "اول"), (8, "دوم")]


@pytest.mark.parametrize("action", sorted(OF_NO_CONCERN))
def test_what_is_of_no_concern_needs_no_shape(action: str) -> None:
    assert read_event({"action": action}) is None


def broken(**changes: Any) -> dict[str, Any]:
    event = annotated(7)
    event["annotation"] |= changes
    return event


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"action": None},
        {"action": ["ANNOTATION_CREATED"]},
        {"action": "DROP TABLE event"},
        {"action": "ANNOTATION_CREATED"},
        {"action": "ANNOTATION_CREATED", "annotation": [annotated(7)["annotation"]], "task": {}},
        {"action": "ANNOTATIONS_DELETED"},
        {"action": "ANNOTATIONS_DELETED", "annotations": [{"id": "3"}]},
        {"action": "ANNOTATIONS_DELETED", "annotations": [3]},
        broken(id=0),
        broken(id=-1),
        broken(id=True),
        broken(id=2**63),
        broken(id=1.5),
        broken(task=9),
        broken(result=None),
        broken(result={}),
        annotated(7) | {"task": {"id": 7, "project": 1, "data": "text"}},
        annotated(7) | {"task": {"id": 7, "data": {}}},
    ],
)
def test_a_broken_event_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(BadShapeError):
        read_event(value)


def test_a_number_that_json_has_not_is_refused() -> None:
    with pytest.raises(BrokenBodyError):
        read_event(broken(lead_time=float("nan")))


@given(
    st.sampled_from(["ANNOTATION_CREATED", "ANNOTATIONS_CREATED", "ANNOTATIONS_DELETED", "?"]),
    st.dictionaries(st.sampled_from(["annotation", "annotations", "task", "project"]), ANYTHING),
)
def test_any_json_is_an_event_or_refused(action: str, value: dict[str, Any]) -> None:
    try:
        event = read_event({**value, "action": action})
    except (BadShapeError, BrokenBodyError):
        return
    assert event is not None
    assert event.action == action
