"""A server with a token: nothing without it but health, everything with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.batch.fakes import FakeExtractor
from tests.serve.making import Running, article, parts_of, running

TOKEN = "correct-horse"


@pytest.fixture(scope="module")
def guarded() -> Iterator[Running]:
    with running(FakeExtractor(), token=TOKEN) as found:
        yield found


def get(server: Running, path: str, authorization: str | bytes | None) -> httpx.Response:
    headers: Any = {} if authorization is None else {"Authorization": authorization}
    return server.client.get(path, headers=headers)


@pytest.mark.parametrize(
    "shown",
    [
        *(None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x"),
        *(f"Bearer {TOKEN[:-1]}", b"Bearer \xff\xfe"),
    ],
)
def test_without_the_token_there_is_nothing_but_health(guarded: Running, shown: str | bytes | None) -> None:
    for path in ("/schema", "/metrics", "/version", "/openapi.json", "/nothing"):
        response = get(guarded, path, shown)
        assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
        assert parts_of(response)["what"] == "no valid token"
        assert TOKEN not in response.text
    assert get(guarded, "/health", shown).status_code == get(guarded, "/ready", shown).status_code == 200
    assert guarded.extract(article("a")).status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_with_the_token_there_is_all(guarded: Running, scheme: str) -> None:
    for path in ("/schema", "/metrics", "/version", "/openapi.json"):
        assert get(guarded, path, f"{scheme} {TOKEN}").status_code == 200


def test_the_description_says_where_the_token_is_asked_for(guarded: Running) -> None:
    described = get(guarded, "/openapi.json", f"Bearer {TOKEN}").json()
    assert described["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}
    assert described["paths"]["/health"]["get"]["security"] == []
    assert described["paths"]["/extract"]["post"]["security"] == [{"token": []}]


def test_a_server_without_a_token_describes_none() -> None:
    with running(FakeExtractor()) as server:
        described = server.client.get("/openapi.json").json()
        assert "securitySchemes" not in described["components"]
        assert "401" not in str(described["paths"])
