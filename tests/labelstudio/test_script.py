"""``scripts/labelstudio.sh`` without a server: wrong calls, secrets, and an executable that fails."""

from __future__ import annotations

import os
import socket
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.labelstudio.server import SCRIPT, free_port


def run(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LABEL_STUDIO_")}
    return subprocess.run(
        [SCRIPT, *map(str, words)],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def ends_at_once(tmp_path: Path) -> str:
    """A label-studio that says what it was given, and ends."""
    path = tmp_path / "label-studio"
    path.write_text('#!/bin/sh\nenv\necho "arguments: $@"\nexit 1\n', encoding="utf-8")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "labelstudio.sh start"),
        (("jump",), "labelstudio.sh start"),
        (("start", "--port", "x"), "not a port"),
        (("start", "--port", "70000"), "not a port"),
        (("start", "--data"), "needs a folder"),
    ],
)
def test_wrong_calls(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    done = run(*words, HOME=str(tmp_path))
    assert (done.returncode, message in done.stdout + done.stderr) == (2, True)


def test_a_folder_without_a_server(tmp_path: Path) -> None:
    status, stop = run("status", "--data", tmp_path / "d"), run("stop", "--data", tmp_path / "d")
    assert (status.returncode, stop.returncode) == (1, 0)
    assert "not running" in status.stdout


def test_a_port_that_is_taken(tmp_path: Path, ends_at_once: str) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("start", "--data", tmp_path / "d", "--port", port, IE_MODEL_LABEL_STUDIO=ends_at_once)
    assert (done.returncode, "is taken" in done.stderr) == (2, True)


def test_a_server_that_ends_while_it_starts(tmp_path: Path, ends_at_once: str) -> None:
    data = tmp_path / "d"
    done = run("start", "--data", data, "--port", free_port(), IE_MODEL_LABEL_STUDIO=ends_at_once)
    assert (done.returncode, "ended while starting" in done.stderr) == (2, True)
    assert not (data / "server.pid").exists()
    log = (data / "server.log").read_text(encoding="utf-8")
    for setting in ("COLLECT_ANALYTICS=false", "LATEST_VERSION_CHECK=false", "SENTRY_DSN=\n"):
        assert setting in log
    assert "--internal-host 127.0.0.1" in log


def test_secrets_are_made_once_for_their_owner_only(tmp_path: Path, ends_at_once: str) -> None:
    data = tmp_path / "d"
    for _ in range(2):
        run("start", "--data", data, "--port", free_port(), IE_MODEL_LABEL_STUDIO=ends_at_once)
        made = (data / "secrets.env").read_text(encoding="utf-8")
    assert (data / "secrets.env").stat().st_mode & 0o777 == 0o600
    assert data.stat().st_mode & 0o077 == 0
    values = dict(line.split("=", 1) for line in made.splitlines())
    assert (len(values["LABEL_STUDIO_API_KEY"]), len(values["LABEL_STUDIO_PASSWORD"])) == (40, 18)
    log = (data / "server.log").read_text(encoding="utf-8")
    assert log.count(f"LABEL_STUDIO_USER_TOKEN={values['LABEL_STUDIO_API_KEY']}") == 2


def test_a_token_that_is_no_legacy_token_is_refused_and_not_shown(tmp_path: Path, ends_at_once: str) -> None:
    done = run(
        "start",
        "--data",
        tmp_path / "d",
        "--port",
        free_port(),
        IE_MODEL_LABEL_STUDIO=ends_at_once,
        LABEL_STUDIO_API_KEY="short",
    )
    assert (done.returncode, "40 hex digits" in done.stderr) == (2, True)
    assert "short" not in done.stdout + done.stderr
