"""Tasks into a project: over a real connection to a small server, and to a real Label Studio."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ie_model.errors import CorpusError
from ie_model.labelstudio.client import LabelStudio
from ie_model.labelstudio.connection import Connection
from ie_model.labelstudio.sending import send_tasks

pytest.importorskip("httpx")


class Tasks(ThreadingHTTPServer):
    """The three calls that sending makes, over a list of tasks; ``lose`` answers to imports are lost."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tasks: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.lose = 0


class _Handler(BaseHTTPRequestHandler):
    server: Tasks

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._answer({"tasks": self.server.tasks, "total": len(self.server.tasks)})

    def do_POST(self) -> None:
        for task in self._body():
            self.server.tasks.append({**task, "id": len(self.server.tasks) + 1})
        self.server.calls.append("import")
        if self.server.lose:
            self.server.lose -= 1
            self.close_connection = True  # done, but nobody hears of it
            return
        self._answer({"task_ids": []})

    def do_PATCH(self) -> None:
        number = int(self.path.strip("/").rpartition("/")[2])
        self.server.calls.append(f"patch {number}")
        self.server.tasks[number - 1] |= self._body()
        self._answer({})

    def _body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, tree: Any) -> None:
        content = json.dumps(tree).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def there() -> Iterator[Tasks]:
    server = Tasks()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def opened(there: Tasks) -> Iterator[LabelStudio]:
    with LabelStudio(Connection(f"http://127.0.0.1:{there.server_port}", "0" * 40), patience=1) as client:
        yield client


def made(*names: str, priority: float = 0.5) -> list[dict[str, Any]]:
    return [
        {
            "data": {"id": name, "text": f"text of {name}", "priority": priority, "reason": "why"},
            "predictions": [],
        }
        for name in names
    ]


def test_new_tasks_are_imported_in_chunks_and_a_second_time_nothing_happens(
    there: Tasks, opened: LabelStudio
) -> None:
    sent = send_tasks(opened, 1, made("a", "b", "c"), chunk=2)
    assert (sent.imported, sent.updated, sent.unchanged) == (3, 0, 0)
    assert there.calls == ["import", "import"]
    again = send_tasks(opened, 1, made("a", "b", "c"))
    assert (again.imported, again.updated, again.unchanged) == (0, 0, 3)


def test_articles_that_are_there_get_priority_and_reason_and_keep_all_else(
    there: Tasks, opened: LabelStudio
) -> None:
    there.tasks.append({"id": 1, "data": {"id": "a", "text": "text of a", "meta": {"date": "1402"}}})
    sent = send_tasks(opened, 1, made("a", "b", priority=0.9))
    assert (sent.imported, sent.updated) == (1, 1)
    assert there.tasks[0]["data"] == {
        "id": "a",
        "text": "text of a",
        "meta": {"date": "1402"},
        "priority": 0.9,
        "reason": "why",
    }


def test_an_import_whose_answer_was_lost_is_not_made_twice(there: Tasks, opened: LabelStudio) -> None:
    there.lose = 1
    assert send_tasks(opened, 1, made("a", "b")).imported == 2
    assert [task["data"]["id"] for task in there.tasks] == ["a", "b"]


def test_another_text_under_the_same_id_is_refused_before_anything_is_sent(
    there: Tasks, opened: LabelStudio
) -> None:
    there.tasks.append({"id": 1, "data": {"id": "b", "text": "another"}})
    with pytest.raises(CorpusError, match="another text"):
        send_tasks(opened, 1, made("a", "b"))
    assert there.calls == []


@pytest.mark.labelstudio
def test_a_real_server_takes_a_queue_and_its_new_priorities(
    client: LabelStudio, new_project: Callable[[], Any]
) -> None:
    project = new_project().id
    assert send_tasks(client, project, made("a", "b")).imported == 2
    again = send_tasks(client, project, made("a", "b", "c", priority=0.7))
    assert (again.imported, again.updated) == (1, 2)
    assert {task["data"]["priority"] for task in client.tasks(project)} == {0.7}
