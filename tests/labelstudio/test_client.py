"""What our client makes of a server that fails: tried again, told at once, or left to the caller to look."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from ie_model.errors import LabelStudioError, MissingExtraError
from ie_model.labelstudio.answers import RefusedError, UncertainError
from ie_model.labelstudio.client import LabelStudio
from ie_model.labelstudio.connection import Connection, read_connection
from tests.labelstudio.making import Answer, Stub, page_of, stub
from tests.labelstudio.server import free_port

KEY = "a" * 40
OK: Answer = (200, "{}")


def jwt() -> str:
    """Something of the form of a personal access token."""
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({}, {}, {})
    ]
    return ".".join(parts)


class Waits:
    """Stands in for sleeping; counts."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


def client_of(served: Stub, waits: Waits, key: str = KEY) -> LabelStudio:
    return LabelStudio(Connection(served.url, key), sleep=waits, timeout=5, patience=30)


# --- what is tried again -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_reading_is_tried_again_while_the_server_is_away(waits: Waits, status: int) -> None:
    with stub((status, "later"), (status, "later"), OK) as served, client_of(served, waits) as client:
        assert client.get("/api/x") == {}
    assert (len(served.asked), waits.pauses) == (3, [0.5, 1.0])


def test_reading_is_tried_again_when_the_connection_is_cut(waits: Waits) -> None:
    with stub(lambda: None, OK) as served, client_of(served, waits) as client:
        assert client.get("/api/x") == {}
    assert len(served.asked) == 2


@pytest.mark.parametrize("failure", [lambda: None, (500, "database is locked"), (502, ""), (504, "")])
def test_a_post_that_may_have_arrived_is_not_sent_again(waits: Waits, failure: Answer) -> None:
    with stub(failure, OK) as served, client_of(served, waits) as client, pytest.raises(UncertainError):
        client.post("/api/x", {})
    assert len(served.asked) == 1


def test_a_post_that_was_too_many_is_sent_again(waits: Waits) -> None:
    with stub((429, "slowly"), OK) as served, client_of(served, waits) as client:
        assert client.post("/api/x", {"a": 1}) == {}
    assert [asked.body for asked in served.asked] == [b'{"a": 1}'] * 2


def test_a_server_that_was_never_there_is_told_soon() -> None:
    with LabelStudio(Connection(f"http://127.0.0.1:{free_port()}", KEY), patience=60) as client:
        client._sleep = lambda seconds: None
        with pytest.raises(LabelStudioError, match=r"does not answer.*labelstudio\.sh start"):
            client.get("/api/x")


# --- what is told --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((401, '{"detail": "Invalid token."}'), "LABEL_STUDIO_API_KEY.*does not know this token"),
        ((401, '{"detail": "legacy token authentication has been disabled"}'), "personal access token"),
        ((403, '{"detail": "no"}'), "may not do that"),
        ((404, '{"detail": "No Project matches"}'), "no such thing.*labelstudio init"),
        ((301, ""), "elsewhere.*LABEL_STUDIO_URL"),
        ((200, "<html>"), "no JSON.*LABEL_STUDIO_URL"),
        ((404, "<!doctype html>"), "a page, not JSON"),
        ((418, "[1, 2]"), "answers 418"),
    ],
)
def test_what_went_wrong_and_how_to_mend_it(waits: Waits, answer: Answer, words: str) -> None:
    with (
        stub(answer) as served,
        client_of(served, waits) as client,
        pytest.raises(LabelStudioError, match=words),
    ):
        client.get("/api/x")
    assert waits.pauses == []


def test_what_the_server_refuses_is_quoted_with_its_fields_but_not_whole_articles(waits: Waits) -> None:
    tree = {"validation_errors": {"title": ["too short"], "non_field_errors": ["x" * 9000]}}
    caught = pytest.raises(RefusedError, match="title: too short; xxx")
    with stub((400, json.dumps(tree))) as served, client_of(served, waits) as client, caught as refused:
        client.post("/api/x", {})
    assert len(str(refused.value)) < 600


# --- tokens --------------------------------------------------------------------------------------------


def test_a_legacy_token_is_sent_as_it_is(waits: Waits) -> None:
    with stub(OK) as served, client_of(served, waits) as client:
        client.get("/api/x")
    assert served.asked[0].headers["Authorization"] == f"Token {KEY}"


def test_a_personal_token_buys_access_and_buys_again_when_it_has_run_out(waits: Waits) -> None:
    answers = (200, '{"access": "one"}'), (401, "{}"), (200, '{"access": "two"}'), OK
    with stub(*answers) as served, client_of(served, waits, jwt()) as client:
        assert client.get("/api/x") == {}
    assert [asked.path for asked in served.asked] == ["/api/token/refresh/", "/api/x"] * 2
    assert served.asked[3].headers["Authorization"] == "Bearer two"


def test_a_token_is_in_no_error_and_no_repr(waits: Waits) -> None:
    with stub((401, "{}")) as served, client_of(served, waits) as client:
        with pytest.raises(LabelStudioError) as caught:
            client.get("/api/x")
        assert KEY not in f"{caught.value} {client.connection!r} {caught.value.__dict__}"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "LABEL_STUDIO_API_KEY.*user/account"),
        ({"LABEL_STUDIO_API_KEY": "a b"}, "no spaces"),
        ({"LABEL_STUDIO_API_KEY": KEY, "LABEL_STUDIO_URL": "example.org"}, "not the address"),
        ({"LABEL_STUDIO_API_KEY": KEY, "LABEL_STUDIO_URL": "ftp://example.org"}, "not the address"),
    ],
)
def test_what_is_wrong_with_the_environment(environment: dict[str, str], words: str) -> None:
    with pytest.raises(LabelStudioError, match=words):
        read_connection(None, environment)


def test_the_address_is_the_option_s_then_the_environment_s_then_the_script_s() -> None:
    environment = {"LABEL_STUDIO_API_KEY": f" {KEY}\n", "LABEL_STUDIO_URL": "https://there.example/ls/"}
    assert read_connection(None, environment) == Connection("https://there.example/ls", KEY)
    assert read_connection("http://here", environment).url == "http://here"
    assert read_connection(None, {"LABEL_STUDIO_API_KEY": KEY}).url == "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:1", True),
        ("http://localhost", True),
        ("http://[::1]:1", True),
        ("http://a.b", False),
    ],
)
def test_no_proxy_leads_to_this_machine(url: str, loopback: bool) -> None:
    assert Connection(url, KEY).is_loopback is loopback


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ie_model.extras._is_there", lambda package: package != "httpx")
    with pytest.raises(MissingExtraError, match=r"ie-model\[annotate\]"):
        LabelStudio(Connection("http://127.0.0.1", KEY))


# --- listings ------------------------------------------------------------------------------------------


def test_tasks_are_read_page_by_page(waits: Waits) -> None:
    pages: Iterator[str] = iter([page_of({"id": 1}, {"id": 2}), page_of({"id": 3})])
    both = [
        (200, page.replace('"total": 2', '"total": 3').replace('"total": 1', '"total": 3')) for page in pages
    ]
    with stub(*both) as served, client_of(served, waits) as client:
        assert [task["id"] for task in client.tasks(7)] == [1, 2, 3]
    assert ["page=1" in served.asked[0].path, "page=2" in served.asked[1].path] == [True, True]


def test_a_title_is_matched_exactly(waits: Waits) -> None:
    found = {
        "results": [{"id": 9, "title": "news"}, {"id": 2, "title": "news"}, {"id": 1, "title": "news 2"}]
    }
    with stub((200, json.dumps(found))) as served, client_of(served, waits) as client:
        assert [project["id"] for project in client.projects("news")] == [2, 9]
