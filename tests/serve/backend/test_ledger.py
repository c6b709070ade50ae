"""The ledger: what was answered is there, whatever happens next."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.errors import ConfigError, OutputError
from ie_model.serve.backend import ledger as room
from ie_model.serve.backend.events import read_event
from ie_model.serve.backend.history import FAILED, FINISHED, MAX_ATTEMPTS, QUEUED, RUNNING, History
from ie_model.serve.backend.ledger import LEDGER, Ledger
from ie_model.serve.errors import BusyError
from tests.serve.backend.making import annotated, payload


def put(ledger: Ledger, *events: dict[str, Any]) -> None:
    for value in events:
        event = read_event(value)
        assert event is not None
        ledger.put(event)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path)


def deleted(annotation: int) -> dict[str, Any]:
    return {"action": "ANNOTATIONS_DELETED", "annotations": [{"id": annotation}]}


def test_events_wait_until_they_are_sorted_also_through_a_restart(tmp_path: Path, ledger: Ledger) -> None:
    put(ledger, annotated(7), annotated(8))
    assert (ledger.waiting(), ledger.annotations(), ledger.last_event()) == (2, [], 0)
    ledger.close()
    again = Ledger(tmp_path)
    assert again.sort() == 2
    assert again.sort() == 0
    assert [(row.annotation, row.task, row.event) for row in again.annotations()] == [(7, 7, 1), (8, 8, 2)]
    assert (again.waiting(), again.last_event()) == (0, 2)


def test_a_later_update_stands_in_whatever_order_they_come(ledger: Ledger) -> None:
    newer = annotated(7, result=[], updated_at="2026-01-02T00:00:00Z")
    older = annotated(7, result=[{}], updated_at="2026-01-01T00:00:00Z")
    for events in ((older, newer), (newer, older)):
        put(ledger, *events)
        ledger.sort()
        (row,) = ledger.annotations()
        assert json.loads(row.body)["result"] == []


def test_what_is_deleted_does_not_come_back(ledger: Ledger) -> None:
    put(ledger, annotated(7), deleted(7), annotated(7, updated_at="2026-12-31T00:00:00Z"), deleted(99))
    ledger.sort()
    assert ledger.annotations() == []


def test_tasks_are_counted_once_and_cancelled_ones_not(ledger: Ledger) -> None:
    put(
        ledger,
        annotated(7, annotation=1),
        annotated(7, annotation=2),
        annotated(8, annotation=3, was_cancelled=True),
        annotated(9, annotation=4),
    )
    ledger.sort()
    assert ledger.corrected_tasks() == 2
    assert ledger.corrected_tasks(after=2) == 1


def test_a_flood_is_told_to_wait(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_WAITING", 2)
    put(ledger, annotated(7), annotated(8))
    with pytest.raises(BusyError):
        put(ledger, annotated(9))
    ledger.sort()
    put(ledger, annotated(9))


@given(st.text(), st.text())
def test_any_text_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, text: str, key: str) -> None:
    ledger = Ledger(tmp_path_factory.mktemp("ledger"))
    put(ledger, annotated(7, data={"text": text, key: "'; DROP TABLE event; --"}))
    ledger.sort()
    (row,) = ledger.annotations()
    assert json.loads(row.data) == {"text": text, key: "'; DROP TABLE event; --"}
    ledger.close()


def test_half_a_surrogate_pair_is_kept_for_the_corpus_to_refuse(ledger: Ledger) -> None:
    put(ledger, annotated(7, data={"text": "\ud800"}))
    ledger.sort()
    assert json.loads(ledger.annotations()[0].data) == {"text": "\ud800"}


def test_one_server_a_folder(tmp_path: Path, ledger: Ledger) -> None:
    with pytest.raises(ConfigError, match="another server uses this folder"):
        Ledger(tmp_path)
    ledger.close()
    Ledger(tmp_path).close()


def test_what_is_no_ledger_is_told(tmp_path: Path) -> None:
    (tmp_path / LEDGER).write_text("not SQLite at all, but long enough for a header" * 9)
    with pytest.raises(OutputError, match="the ledger cannot be used"):
        Ledger(tmp_path)
    other = sqlite3.connect(tmp_path / "other.sqlite")
    other.execute("PRAGMA user_version = 9")
    other.close()
    (tmp_path / "other.sqlite").replace(tmp_path / LEDGER)
    with pytest.raises(ConfigError, match="another format"):
        Ledger(tmp_path)


# --- runs and versions ---------------------------------------------------------------------------------


def test_one_run_is_queued_at_a_time(ledger: Ledger) -> None:
    history = History(ledger)
    first = history.queue("first")
    assert history.queue("second") == first
    begun = history.begin()
    assert begun is not None
    assert (begun.state, begun.attempts) == (RUNNING, 1)
    assert history.queue("third").number == 2  # behind the one that runs
    assert [run.state for run in history.runs()] == [QUEUED, RUNNING]


def test_a_run_has_seen_what_was_sorted_when_it_began(ledger: Ledger) -> None:
    history = History(ledger)
    put(ledger, annotated(7), annotated(8))
    ledger.sort()
    history.queue("x")
    put(ledger, annotated(9))
    ledger.sort()
    history.begin()
    put(ledger, annotated(10))
    assert history.last_event() == 3


def test_a_run_that_is_cut_off_is_tried_again_and_not_for_ever(tmp_path: Path, ledger: Ledger) -> None:
    history = History(ledger)
    history.queue("x")
    for attempt in range(1, MAX_ATTEMPTS + 1):
        run = history.begin()
        assert run is not None
        assert run.attempts == attempt
        history.recover()
    assert history.begin() is None
    (run,) = history.runs()
    assert (run.state, run.reason) == (FAILED, f"cut off {MAX_ATTEMPTS} times")


def test_versions_and_the_way_back(ledger: Ledger, tmp_path: Path) -> None:
    history = History(ledger)
    base = history.start_from("shipped 1", None)
    assert history.start_from("shipped 1", None) == base
    run = history.queue("x")
    new = history.serve("new 1", str(tmp_path), run=run)
    assert history.start_from("shipped 1", None) == new  # a restart serves what was served
    assert (new.before, history.runs()[0].version) == (base.number, new.number)
    history.go_to(base.number)
    assert history.start_from("shipped 1", None) == base
    other = history.start_from("other 1", tmp_path)  # started with another model: it is served
    assert history.serving() == other
    assert [version.name for version in history.versions()] == ["other 1", "new 1", "shipped 1"]


def test_both_or_neither(ledger: Ledger) -> None:
    history = History(ledger)
    run = history.queue("x")

    def cut_off() -> None:
        with ledger.writing():
            history.serve("new", None, run=run)
            history.end(run, FINISHED, None, {"a": 1})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        cut_off()
    assert history.versions() == []
    assert history.runs()[0].state == QUEUED


def test_the_recorded_events_can_all_be_kept(ledger: Ledger) -> None:
    for name in ("annotation_created", "annotation_updated", "annotation_cancelled", "annotations_deleted"):
        put(ledger, payload(name))
    ledger.sort()
    assert [row.annotation for row in ledger.annotations()] == [1, 2]
