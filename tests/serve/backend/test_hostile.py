"""Whoever may ask, and what a broken or hostile body does: 4xx, and no harm."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ie_model.errors import ConfigError
from ie_model.labelstudio.project import SECRET_HEADER
from ie_model.serve import Limits
from ie_model.serve.backend.doors import PASSWORD, PATHS, USER, WEBHOOK, read_doors
from tests.serve.backend.making import NAMES, TEXT, Backend, annotated, payload, serving
from tests.serve.making import parts_of

TOKEN = "correct-horse"
SECRETS = {USER: "ls", PASSWORD: "pass:word", WEBHOOK: "hook-secret"}
POSTED = [path for path in PATHS if path not in {"/versions", "/train/status"}]
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    with serving(tmp_path_factory.mktemp("backend"), limits=Limits(max_body=200_000)) as found:
        yield found


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    doors = read_doors(token=True, environment=SECRETS)
    with serving(tmp_path_factory.mktemp("guarded"), token=TOKEN, doors=doors) as found:
        yield found


def ask(server: Backend, path: str, headers: dict[str, str]) -> int:
    if path in POSTED:
        return server.client.post(
            path, json={"action": "TASKS_CREATED", "tasks": []}, headers=headers
        ).status_code
    return server.client.get(path, headers=headers).status_code


def basic(user: str, password: str) -> dict[str, str]:
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


WRONG: list[dict[str, str]] = [
    {},
    basic("ls", "wrong"),
    basic("other", "pass:word"),
    basic("ls", ""),
    {"Authorization": "Basic"},
    {"Authorization": "Basic not-base64"},
    {"Authorization": "Bearer pass:word"},
    {"Authorization": "Basic hook-secret"},
    {SECRET_HEADER: "wrong"},
    {SECRET_HEADER: ""},
]


@pytest.mark.parametrize("headers", WRONG, ids=str)
def test_nobody_gets_in_with_anything_else(guarded: Backend, headers: dict[str, str]) -> None:
    for path in (*PATHS, "/version", "/extract"):
        assert ask(guarded, path, headers) == 401, path
    assert guarded.client.get("/health", headers=headers).status_code == 200


def test_label_studio_gets_in_with_its_password_and_to_nothing_else(guarded: Backend) -> None:
    headers = basic("ls", "pass:word")
    statuses = {path: ask(guarded, path, headers) for path in PATHS}
    assert {path for path, status in statuses.items() if status == 401} == set()
    assert statuses["/train"] == statuses["/train/rollback"] == 409
    assert guarded.client.get("/schema", headers=headers).status_code == 401
    assert guarded.client.post("/extract", json={"text": TEXT}, headers=headers).status_code == 401


def test_the_webhook_s_secret_opens_the_webhook_only(guarded: Backend) -> None:
    headers = {SECRET_HEADER: "hook-secret"}
    assert ask(guarded, "/webhook", headers) == 200
    assert {ask(guarded, path, headers) for path in PATHS if path != "/webhook"} == {401}


def test_the_token_opens_everything(guarded: Backend) -> None:
    headers = {"Authorization": "Bearer correct-horse"}
    assert 401 not in {ask(guarded, path, headers) for path in (*PATHS, "/version")}


def test_the_answer_says_how_to_show_oneself(guarded: Backend) -> None:
    challenge = guarded.client.get("/versions").headers["www-authenticate"]
    assert challenge.startswith("Bearer, Basic realm=")
    described = guarded.client.get("/openapi.json", headers={"Authorization": "Bearer correct-horse"}).json()
    assert described["paths"]["/webhook"]["post"]["security"] == [
        {"token": []},
        {"password": []},
        {"secret": []},
    ]
    assert described["components"]["securitySchemes"]["secret"]["name"] == SECRET_HEADER


@pytest.mark.parametrize(
    ("token", "environment"),
    [
        (True, {}),
        (False, {USER: "ls"}),
        (False, {USER: "ls", PASSWORD: "p"}),
        (False, {WEBHOOK: "s"}),
        (False, {**SECRETS, PASSWORD: ""}),
        (False, {**SECRETS, PASSWORD: "رمز"}),
        (False, {**SECRETS, WEBHOOK: "two words"}),
        (False, {**SECRETS, USER: "with:colon"}),
    ],
)
def test_secrets_that_would_lock_label_studio_out_are_refused_at_the_start(
    token: bool, environment: dict[str, str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        read_doors(token=token, environment=environment)
    assert not any(value and value in str(caught.value) for value in ("رمز", "two words", "with:colon"))


def test_without_secrets_there_are_no_doors() -> None:
    assert read_doors(token=False, environment={}) == {}


# --- bodies --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"a": 1, "a": 2}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[" * 5000 + b"]" * 5000, "application/json", 400),
        (b"[]", "application/json", 422),
        (b'"text"', "application/json", 422),
        (b"{}", "text/plain", 415),
        (b"{}", "application/x-www-form-urlencoded", 415),
        (b'{"x": "' + b"a" * 200_001 + b'"}', "application/json", 413),
    ],
)
def test_a_body_that_is_none(backend: Backend, path: str, body: bytes, media: str, status: int) -> None:
    answer = backend.client.post(path, content=body, headers={"Content-Type": media})
    assert answer.status_code == status
    parts_of(answer)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/predict", {}),
        ("/predict", {"tasks": {}}),
        ("/predict", {"tasks": [], "label_config": 3}),
        ("/predict", {"tasks": [], "params": []}),
        ("/webhook", {}),
        ("/webhook", {"action": "ANNOTATION_CREATED"}),
        ("/train/rollback", {"version": 7}),
    ],
)
def test_another_shape_is_refused(backend: Backend, path: str, value: Any) -> None:
    answer = backend.post(path, value)
    assert answer.status_code == 422
    parts_of(answer)


def test_an_event_too_deep_to_keep_harms_nothing(backend: Backend) -> None:
    deep: Any = []
    for _ in range(600):
        deep = [deep]
    answer = backend.post("/webhook", annotated(7, result=[deep]))
    assert answer.status_code in {200, 400}
    backend.send(annotated(8))
    assert backend.status()["events_waiting"] == 0


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(NAMES), data=st.data())
def test_what_was_recorded_with_any_part_replaced_harms_nothing(
    backend: Backend, name: str, data: st.DataObject
) -> None:
    value: Any = payload(name)
    spot = value
    while True:
        key = data.draw(st.sampled_from(sorted(spot) if isinstance(spot, dict) else list(range(len(spot)))))
        inner = spot[key]
        if isinstance(inner, dict | list) and inner and data.draw(st.booleans()):
            spot = inner
            continue
        spot[key] = data.draw(ANYTHING)
        break
    path = "/setup" if name == "setup" else "/predict" if name.startswith("predict") else "/webhook"
    answer = backend.post(path, value)
    assert answer.status_code in {200, 400, 409, 413, 422}
    if answer.status_code != 200:
        parts_of(answer)
    elif path == "/predict":
        assert len(answer.json()["results"]) == len(value["tasks"])
    assert backend.predict({"data": {"text": TEXT}})[0]["result"]
    assert backend.status()["state"] == "idle"


def test_no_secret_and_no_text_gets_into_the_log(backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    setup = payload("setup") | {"access_token": "very-secret-token", "schema": "<View/>"}
    with caplog.at_level("DEBUG", "ie_model"):
        assert backend.post("/setup", setup).status_code == 200
        backend.predict({"data": {"text": ["محرمانه"]}})
        backend.send(annotated(9))
    assert "no predictions for the project" in caplog.text
    assert "very-secret-token" not in caplog.text
    assert "محرمانه" not in caplog.text


def test_the_setup_s_token_is_kept_nowhere(tmp_path: Path) -> None:
    with serving(tmp_path) as backend:
        backend.post("/setup", payload("setup") | {"access_token": "very-secret-token"})
        event = annotated(9)
        event["project"]["token"] = "very-secret-token"
        backend.send(event)
    assert [
        path for path in tmp_path.rglob("*") if path.is_file() and b"very-secret" in path.read_bytes()
    ] == []


@pytest.mark.parametrize(
    "examples", [10, pytest.param(500, marks=pytest.mark.slow)], ids=["short", "at length"]
)
def test_the_backend_does_what_it_describes(tmp_path: Path, examples: int) -> None:
    with serving(tmp_path / "state", doors=read_doors(token=False, environment=SECRETS)) as server:
        header = f"Authorization: {basic('ls', 'pass:word')['Authorization']}"
        command = [
            sys.executable,
            "-m",
            "schemathesis.cli",
            "run",
            f"{server.url}/openapi.json",
            "-H",
            header,
        ]
        options = [
            "--max-examples",
            str(examples),
            "--seed",
            "1",
            "--include-path-regex",
            "^/(setup|predict|versions|webhook|train)",
        ]
        # A schema cannot say which action an event has, nor which version there is.
        result = subprocess.run(
            [*command, *options, "--exclude-checks", "positive_data_acceptance"],
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=600,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        assert "Selected: 7/13" in result.stdout, result.stdout


def test_the_payloads_name_no_server() -> None:
    for name in NAMES:
        text = json.dumps(payload(name))
        assert "127.0.0.1" not in text
        assert "localhost" not in text
