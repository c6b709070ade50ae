"""The page on the backend: its calls are sent to one, its tables hold what one answers."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

from ie_model.serve.backend.described import TrainStatus
from ie_model.serve.backend.doors import PASSWORD, PATHS, SECRET_HEADER, USER, WEBHOOK
from ie_model.serve.backend.predicting import SECONDS
from tests.serve.backend.making import serving

PAGE = (Path(__file__).parents[3] / "docs/annotation-backend.md").read_text(encoding="utf-8")
CALLS = [shlex.split(line) for line in PAGE.splitlines() if line.startswith("curl ")]
STATES = {"idle", "queued", "running", "finished", "refused", "failed"}


def test_the_calls_of_the_page_are_understood(tmp_path: Path) -> None:
    with serving(tmp_path) as backend:
        statuses = {}
        for _, url, *rest in CALLS:
            path = url.removeprefix("http://127.0.0.1:8765")
            answer = backend.post(path, json.loads(rest[3])) if rest else backend.client.get(path)
            statuses[path] = answer.status_code
    # Nothing to train on, and nothing to go back to.
    assert statuses == {"/train/status": 200, "/train": 409, "/train/rollback": 409}


def test_the_page_names_every_path_state_and_variable() -> None:
    rows = re.findall(r"^\| `(?:GET|POST) (/[\w/]+)` \|", PAGE, re.MULTILINE)
    assert {*rows} == {*PATHS, "/health"}
    assert {*re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)} >= STATES
    for name in (USER, PASSWORD, WEBHOOK, SECRET_HEADER):
        assert f"`{name}`" in PAGE
    assert f"not done in {SECONDS:g} s" in PAGE


def test_the_status_of_the_page_has_the_keys_of_a_status() -> None:
    (shown,) = re.findall(r"^\{\"state\".*$", PAGE, re.MULTILINE)
    assert set(json.loads(shown)) == set(TrainStatus.model_fields)
