"""The page on serving: its calls are sent to a server, its tables hold what the server describes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from ie_model.rules import RuleExtractor
from ie_model.serve import Limits
from tests.serve.making import Running, running

PAGE = (Path(__file__).parents[2] / "docs/serving.md").read_text(encoding="utf-8")
CALLS = [shlex.split(line) for line in PAGE.splitlines() if line.startswith("curl ")]
LIMITS = Limits()
TOKEN = "correct-horse"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(RuleExtractor(), token=TOKEN) as found:
        found.client.headers["Authorization"] = f"Bearer {TOKEN}"
        yield found


def test_the_calls_of_the_page_are_answered(server: Running) -> None:
    assert len(CALLS) == 2
    for _, url, option, header, data, body in CALLS:
        assert (option, data) == ("-H", "--data")
        name, _, value = header.partition(": ")
        path = url.removeprefix("http://127.0.0.1:8765")
        answer = server.client.post(path, content=body.encode(), headers={name: value})
        assert answer.status_code == 200
    kinds = [next(iter(result)) for result in answer.json()["results"]]
    assert kinds == ["extraction", "reject"]


def test_the_page_names_every_path_and_who_may_ask(server: Running) -> None:
    rows = dict(re.findall(r"^\| `\w+ (/[\w.]+)` \|.*\| (asked for|open) \|$", PAGE, re.MULTILINE))
    described = server.client.get("/openapi.json").json()["paths"]
    assert set(rows) == {*described, "/openapi.json"}
    del server.client.headers["Authorization"]
    for path, token in rows.items():
        answer = server.client.request("POST" if path == "/extract" else "GET", path)
        assert (answer.status_code == 401) == (token == "asked for"), path
    server.client.headers["Authorization"] = f"Bearer {TOKEN}"


def test_the_page_names_every_status_that_is_described(server: Running) -> None:
    rows = re.findall(r"^\| ([\d, ]+) \|", PAGE, re.MULTILINE)
    named = {status for row in rows for status in row.split(", ")}
    described = server.client.get("/openapi.json").json()["paths"]
    statuses = {
        status
        for operations in described.values()
        for operation in operations.values()
        for status in operation["responses"]
    }
    assert named - {"404", "405"} == statuses - {"200"}


def test_the_figures_of_the_page_are_the_defaults() -> None:
    for figure in (
        f"up to {LIMITS.batch_articles} articles or {LIMITS.batch_chars // 1000} 000 characters",
        f"{LIMITS.linger * 1000:g} ms for more",
        f"(`--max-chars`, {LIMITS.max_chars // 1000} 000)",
        f"under way ({LIMITS.max_bodies // 1_000_000} MB)",
        f"at most {LIMITS.max_body}",
    ):
        assert figure in " ".join(PAGE.split())
    assert LIMITS.queue_chars / 20_000 == 25
    assert LIMITS.timeout == 30
