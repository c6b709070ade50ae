"""What a client gets: extractions, rejects, errors of one shape, figures; over a real connection."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Iterator

import httpx
import pytest
from fastapi import APIRouter
from starlette.responses import Response

from ie_model import __version__
from ie_model.schema import Article, Extraction, extraction_schema
from ie_model.serve import Limits
from tests.batch.fakes import INFO, FakeExtractor
from tests.serve.making import LOOPBACK, Running, article, parts_of, running

LIMITS = Limits(max_chars=100, max_articles=4, max_body=5000, max_bodies=12_000, queue_chars=250, timeout=2)
JSON = {"Content-Type": "application/json"}
SECRET = "جمله‌ای که در هیچ گزارشی نباید باشد"


def break_on_marked(one: Article) -> None:
    if "!" in one.text:
        raise ValueError(f"cannot read {one.text}")


more = APIRouter()


@more.get("/broken")
async def broken() -> Response:
    raise ZeroDivisionError(SECRET)


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(FakeExtractor(break_on_marked), LIMITS, more=lambda _: {"routers": [more]}) as found:
        yield found


# --- extractions and rejects ---------------------------------------------------------------------------


def test_one_article_gives_its_extraction(server: Running) -> None:
    response = server.extract({**article("a"), "meta": {"source": "x"}})
    assert response.status_code == 200
    expected = FakeExtractor().extract(Article(**article("a"), meta={"source": "x"}))
    assert Extraction.model_validate_json(response.content) == expected


def test_many_give_one_result_each_in_order(server: Running) -> None:
    response = server.extract({"articles": [article("a"), article("b", " "), 3, article("a"), article("c")]})
    assert response.status_code == 422  # more than this server's four
    response = server.extract({"articles": [article("a"), article("b", " "), article("a"), article("c")]})
    assert response.status_code == 200
    results = response.json()["results"]
    assert [list(result) for result in results] == [["extraction"], ["reject"], ["reject"], ["extraction"]]
    assert [result["extraction"]["id"] for result in (results[0], results[3])] == ["a", "c"]
    codes = [(result["reject"]["code"], result["reject"]["line"]) for result in results[1:3]]
    assert codes == [("empty", 2), ("duplicate_id", 3)]


def test_no_articles_give_no_results(server: Running) -> None:
    assert server.extract({"articles": []}).json() == {"results": []}


def test_one_bad_article_alone_is_status_422_with_its_reject(server: Running) -> None:
    response = server.extract({"id": "7", "text": "م" * 101})
    assert response.status_code == 422
    assert parts_of(response)["what"] == "the article is too long"
    reject = response.json()["reject"]
    assert (reject["id"], reject["code"], reject["found"]) == ("7", "too_long", "101 characters")


def test_a_bug_costs_its_article_alone_and_says_nothing_of_the_inside(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        results = server.extract(
            {"articles": [article("a"), article("b", SECRET + "!"), article("c")]}
        ).json()
        alone = server.extract(article("b", SECRET + "!"))
    first, second, third = results["results"]
    assert (first["extraction"]["id"], third["extraction"]["id"]) == ("a", "c")
    assert (second["reject"]["code"], second["reject"]["found"]) == ("internal", None)
    assert (alone.status_code, alone.json()["reject"]["code"]) == (422, "internal")
    assert "the extractor failed on an article: ValueError" in caplog.text
    assert SECRET not in caplog.text
    assert ".py" not in alone.text


# --- errors --------------------------------------------------------------------------------------------


def test_errors_have_one_shape_wherever_they_come_from(server: Running) -> None:
    found = {
        "no path": server.client.get("/nothing"),
        "no method": server.client.get("/extract"),
        "broken": server.client.post("/extract", content=b"{", headers=JSON),
        "shape": server.client.post("/extract", json=[]),
        "media": server.client.post("/extract", content=b"{}", headers={"Content-Type": "text/plain"}),
        "none": server.client.post("/extract", content=b"{}"),
        "zipped": server.client.post("/extract", content=b"{}", headers={**JSON, "Content-Encoding": "gzip"}),
        "query": server.client.post("/extract?min_confidence=1", json=article("a")),
        "bug": server.client.get("/broken"),
    }
    assert {name: response.status_code for name, response in found.items()} == {
        **{"no path": 404, "no method": 405, "broken": 400, "shape": 422, "media": 415, "none": 415},
        **{"zipped": 415, "query": 422, "bug": 500},
    }
    for response in found.values():
        assert parts_of(response)["what"]
        assert response.headers["content-type"] == "application/json"
    assert found["no method"].headers["allow"] == "POST"


def test_an_unforeseen_exception_shows_neither_its_text_nor_its_trace(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    response = server.client.get("/broken")
    assert (response.status_code, parts_of(response)["what"]) == (500, "the server failed")
    assert "Traceback" not in response.text
    assert "unforeseen: ZeroDivisionError at" in caplog.text
    assert SECRET not in caplog.text + response.text


def test_articles_too_long_together_are_refused_for_good(server: Running) -> None:
    response = server.extract({"articles": [article(name, "م" * 90) for name in "abc"]})
    assert response.status_code == 413
    assert parts_of(response)["found"] == "270 characters"


# --- bodies --------------------------------------------------------------------------------------------


def test_a_body_that_says_it_is_too_large_is_refused(server: Running) -> None:
    response = server.client.post("/extract", content=b"x" * 5001, headers=JSON)
    assert (response.status_code, response.headers["connection"]) == (413, "close")
    assert parts_of(response)["expected"] == "at most 5000"


def test_a_body_that_does_not_say_its_size_is_refused_as_soon_as_it_is_too_large(server: Running) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 100_000_000:
            sent += 1000
            yield b"x" * 1000

    started = time.monotonic()
    try:
        response = server.client.post("/extract", content=endless(), headers=JSON)
        assert response.status_code == 413
    except httpx.WriteError:
        pass  # the connection broke while the client was still sending
    assert time.monotonic() - started < 10
    assert server.client.get("/health").status_code == 200


def test_a_body_within_the_limit_may_come_in_pieces(server: Running) -> None:
    body = json.dumps(article("a")).encode()
    pieces = (body[place : place + 7] for place in range(0, len(body), 7))
    response = server.client.post("/extract", content=pieces, headers=JSON)
    assert response.json()["id"] == "a"


def raw_request(server: Running, sent: bytes) -> bytes:
    host, port = server.client.base_url.host, server.client.base_url.port
    assert port
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.sendall(sent)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    return answer


HEAD = b"POST /extract HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def test_a_body_that_does_not_come_is_not_waited_for(server: Running) -> None:
    answer = raw_request(server, HEAD + b"Content-Length: 100\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"the body did not arrive in time"' in answer


def test_a_client_that_asks_first_is_told_before_it_sends(server: Running) -> None:
    answer = raw_request(server, HEAD + b"Content-Length: 6000\r\nExpect: 100-continue\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("host", [b"[", b"a:b:c", b"", b"x" * 300])
@pytest.mark.parametrize("path", [b"/extract?x", b"/extract", b"/nothing", b"/health"])
def test_a_host_header_may_hold_anything(server: Running, host: bytes, path: bytes) -> None:
    request = b"POST %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    assert raw_request(server, request % (path, host)).startswith(b"HTTP/1.1 4")


def test_bodies_share_a_room(server: Running) -> None:
    def open_half() -> socket.socket:
        connection = socket.create_connection((LOOPBACK, server.client.base_url.port or 0), timeout=10)
        connection.sendall(HEAD + b"Content-Length: 4999\r\n\r\n" + b"x" * 4500)
        return connection

    halves = [open_half() for _ in range(3)]
    try:
        starts = [half.recv(12) for half in halves]
    finally:
        for half in halves:
            half.close()
    assert starts.count(b"HTTP/1.1 429") == 1  # 13 500 of 12 000 bytes
    assert starts.count(b"HTTP/1.1 408") == 2
    assert server.extract(article("a")).status_code == 200  # and the room is free again


# --- the rest ------------------------------------------------------------------------------------------


def test_alive_ready_versions_and_schema(server: Running) -> None:
    assert server.client.get("/health").json() == {"status": "alive"}
    assert server.client.get("/ready").json() == {"status": "ready"}
    versions = {"ie_model": __version__, "model": {"name": INFO.name, "version": INFO.version}}
    assert server.client.get("/version").json() == versions
    assert server.client.get("/schema").json() == extraction_schema()


def test_answers_are_neither_kept_nor_run(server: Running) -> None:
    for response in (server.extract(article("a")), server.client.get("/nothing")):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in response.headers
        assert "server" not in response.headers


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect"])
def test_pages_that_load_scripts_from_elsewhere_are_off(server: Running, path: str) -> None:
    assert server.client.get(path).status_code == 404


def test_figures_count_requests_articles_rejects_and_batches() -> None:
    with running(FakeExtractor(), LIMITS) as server:
        server.extract({"articles": [article("a"), article("b"), article("c", "")]})
        server.extract(article("d"))
        server.client.get("/nothing/with/a/name")
        response = server.client.get("/metrics")
        assert response.headers["content-type"].startswith("text/plain; version=")
        figures = {
            'ie_model_requests_total{route="/extract",status="200"}': 2,
            'ie_model_requests_total{route="none",status="404"}': 1,
            "ie_model_articles_total": 3,
            'ie_model_rejects_total{code="empty"}': 1,
            "ie_model_batch_articles_sum": 3,
            "ie_model_batch_articles_count": 2,
            'ie_model_request_seconds_count{route="/extract"}': 2,
            "ie_model_queue_articles": 0,
            "ie_model_queue_characters": 0,
            "ie_model_ready": 1,
            "ie_model_characters_total": sum(len(article(name)["text"]) for name in "abd"),
        }
        assert {name: server.metric(name) for name in figures} == figures
        assert "/nothing" not in response.text
