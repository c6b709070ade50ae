"""``ie-model serve`` as a process: its address, its refusals, and its end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from ie_model.errors import ConfigError
from ie_model.extractor import Extractor
from ie_model.model_folder import MANIFEST, SHIPPED
from ie_model.rules import RuleExtractor
from ie_model.schema import Article, Extraction
from ie_model.serve.running import TOKEN_VARIABLE, address, bind, is_loopback, read_token
from tests.cli.calling import CommandLine

ROOT = Path(__file__).parents[2]
TINY = ROOT / "configs/tiny.yaml"
TEXT = "بانک ملی ۵۰ میلیارد تومان پرداخت کرد."
TOKEN = "correct-horse"
PATIENCE = 60
EVERYWHERE = "0.0.0.0"  # noqa: S104 - the point of these tests
#: TEST-NET-1 of RFC 5737: no machine has it.
NOWHERE = "192.0.2.1"

needs_release = pytest.mark.skipif(
    not (SHIPPED / MANIFEST).is_file(), reason="no release is shipped in this checkout"
)

COMMAND = "from ie_model.cli import main; main()"
SLOW = """
import time
from ie_model.cli import serve
from ie_model.rules import RuleExtractor

class Slow(RuleExtractor):
    def extract_many(self, articles):
        print("batch", flush=True)
        time.sleep({seconds})
        return super().extract_many(articles)

serve.ModelSource.load = lambda *_, **__: Slow()
from ie_model.cli import main
main()
"""


class Process:
    """The command in a process of its own; its address is read from its first line."""

    def __init__(self, code: str, *arguments: str, token: str | None = None) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
        environment.pop(TOKEN_VARIABLE, None)
        if token is not None:
            environment[TOKEN_VARIABLE] = token
        command = [sys.executable, "-c", code, "serve", "--port", "0", *arguments]
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._timer = threading.Timer(PATIENCE, self.process.kill)  # a line that never comes ends too
        self._timer.start()
        self.first_line = self.line()
        self.url = self.first_line.rpartition(" ")[2]

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """Status, further output and errors of the stopped process."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err

    def close(self) -> None:
        self._timer.cancel()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


@contextmanager
def served(code: str, *arguments: str, token: str | None = None) -> Iterator[Process]:
    process = Process(code, *arguments, token=token)
    try:
        yield process
    finally:
        process.close()


@needs_release
def test_the_shipped_release_is_served_until_sigterm() -> None:
    with served(COMMAND, "--threads", "1", "--min-confidence", "0.5") as process:
        assert re.fullmatch(r"ie-model serves http://127\.0\.0\.1:\d+", process.first_line)
        answer = httpx.post(f"{process.url}/extract", json={"id": "1", "text": TEXT}, timeout=PATIENCE)
        assert answer.json() == Extractor.load(min_confidence=0.5).extract(TEXT, id="1").model_dump(
            mode="json"
        )
        assert process.stop() == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_finishes_what_was_asked(number: signal.Signals) -> None:
    with served(SLOW.format(seconds=0.7)) as process, ThreadPoolExecutor(2) as pool:
        asked = [
            pool.submit(httpx.post, f"{process.url}/extract", json={"text": TEXT}, timeout=PATIENCE)
            for _ in range(2)
        ]
        assert process.line() == "batch"
        status, _, err = process.stop(number)
        assert [one.result(PATIENCE).status_code for one in asked] == [200, 200]
        assert (status, err) == (0, "")


def test_a_batch_that_outlives_the_grace_is_left_behind() -> None:
    with served(SLOW.format(seconds=PATIENCE), "--grace", "0.2") as process, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(httpx.post, f"{process.url}/extract", json={"text": TEXT}, timeout=PATIENCE)
        assert process.line() == "batch"
        started = time.monotonic()
        assert process.stop()[0] == 0
        assert time.monotonic() - started < PATIENCE / 2
        assert asked.result(PATIENCE).status_code == 503


def test_rules_options_and_the_token_from_the_environment() -> None:
    with served(COMMAND, "--model", "rules", "--max-chars", "50", token=TOKEN) as process:
        url = f"{process.url}/extract"
        assert httpx.post(url, json={"text": TEXT}).status_code == 401
        headers = {"Authorization": f"Bearer {TOKEN}"}
        assert (
            httpx.post(url, json={"text": "م" * 51}, headers=headers).json()["reject"]["code"] == "too_long"
        )
        found = Extraction.model_validate_json(httpx.post(url, json={"text": TEXT}, headers=headers).content)
        assert found == RuleExtractor().extract_many([Article(id="article", text=TEXT)])[0]
        status, out, err = process.stop()
        assert (status, TOKEN in out + err, TEXT in out + err) == (0, False, False)


def test_without_a_token_other_machines_are_let_in_only_on_purpose(ie_model: CommandLine) -> None:
    outcome = ie_model("serve", "--host", EVERYWHERE, "--port", 0, "--model", "rules")
    assert outcome.status == 2
    assert "other machines could use this server without a token" in outcome.err
    assert "--no-token" in outcome.err
    with served(COMMAND, "--model", "rules", "--host", EVERYWHERE, "--no-token") as process:
        port = process.url.rpartition(":")[2]
        assert httpx.get(f"http://127.0.0.1:{port}/ready", timeout=PATIENCE).status_code == 200
        status, _, err = process.stop()
    assert (status, err) == (0, "warning: other machines can use this server without a token\n")


def test_a_token_that_nobody_is_to_show_is_a_wrong_call(
    ie_model: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    outcome = ie_model("serve", "--no-token", "--port", 0, "--model", "rules")
    assert (outcome.status, TOKEN in outcome.err) == (2, False)
    assert "none is to be asked for" in outcome.err


def test_a_port_that_is_taken_is_told_of_before_the_model_is_loaded(ie_model: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = ie_model("serve", "--port", port, "--model", "no/such/model")
    assert outcome.status == 2
    assert "no server can listen there" in outcome.err
    assert f"127.0.0.1:{port}" in outcome.err


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (("--model", "no/such/model"), "no/such/model"),
        (("--model", "rules", "--min-confidence", "0.5"), "the rule baseline has no confidence"),
        (("--max-chars", "600000"), "queue_chars"),
        (("--host", NOWHERE), "no server can listen there"),
    ],
)
def test_a_wrong_call_starts_no_server(ie_model: CommandLine, call: tuple[str, ...], shown: str) -> None:
    outcome = ie_model("serve", "--port", 0, *call)
    assert (outcome.status, outcome.out) == (2, "")
    assert shown in outcome.err


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (("--train-config", TINY), "Name a folder by --label-studio."),
        (("--label-studio", "state", "--train-after", 3), "no config to train by"),
        (("--label-studio", "state", "--train-config", "none.yaml"), "no such config file"),
        (("--label-studio", "state", "--train-config", TINY, "--model", "rules"), "cannot be trained"),
        (("--label-studio", "state", "--model", "no/such/model"), "no model here"),
    ],
)
def test_a_backend_that_could_not_work_does_not_start(
    ie_model: CommandLine, call: tuple[str, ...], shown: str
) -> None:
    outcome = ie_model("serve", "--port", 0, *call)
    assert (outcome.status, outcome.out) == (2, "")
    assert shown in " ".join(outcome.err.split())


def test_a_token_locks_label_studio_out_unless_it_has_a_password(
    ie_model: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    outcome = ie_model("serve", "--port", 0, "--model", "rules", "--label-studio", "state")
    assert outcome.status == 2
    assert "Label Studio could not be let in" in outcome.err
    assert TOKEN not in outcome.err


def test_a_backend_is_served_and_keeps_what_it_was_sent(tmp_path: Path) -> None:
    arguments = ("--model", "rules", "--label-studio", str(tmp_path / "state"))
    event = json.loads((ROOT / "tests/serve/backend/payloads/annotation_created.json").read_text("utf-8"))
    for count in (0, 1):
        with served(COMMAND, *arguments) as process:
            status = httpx.get(f"{process.url}/train/status", timeout=PATIENCE).json()
            assert (status["tasks_corrected"], status["trains"]) == (count, False)
            asked = {"tasks": [{"id": 1, "data": {"text": TEXT}}]}
            (found,) = httpx.post(f"{process.url}/predict", json=asked, timeout=PATIENCE).json()["results"]
            assert found["result"]
            answer = httpx.post(f"{process.url}/webhook", json=event, timeout=PATIENCE)
            assert answer.json() == {"queued": True}
            assert "another server uses this folder" in refusal(*arguments)
            assert process.stop() == (0, "", "")


def refusal(*arguments: str) -> str:
    """What a server says that does not start."""
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "serve", "--port", "0", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=PATIENCE,
    )
    assert done.returncode == 2
    return done.stderr


def test_without_the_extra_it_is_named(ie_model: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refuses:
        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            if name == "uvicorn":
                raise ImportError(name)

    monkeypatch.delitem(sys.modules, "uvicorn", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Refuses(), *sys.meta_path])
    outcome = ie_model("serve")
    assert outcome.status == 2
    assert 'pip install "ie-model[serve]"' in outcome.err


def test_the_commands_do_not_need_the_extra() -> None:
    code = (
        "import sys, ie_model.cli\n"
        "print([name for name in ('fastapi', 'uvicorn', 'starlette') if name in sys.modules])\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("token", ["", "two words", "a\nb", "رمز", "tab\t"])
def test_a_token_that_no_header_carries_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(ConfigError, match="IE_MODEL_TOKEN: the token cannot be used") as refusal:
        read_token({TOKEN_VARIABLE: token})
    assert not token or token not in str(refusal.value)


def test_the_token_is_the_variable_s_value() -> None:
    assert read_token({}) is None
    assert read_token({TOKEN_VARIABLE: TOKEN}) == TOKEN


@pytest.mark.parametrize(
    ("host", "alone", "url"),
    [
        ("127.0.0.1", True, r"http://127\.0\.0\.1:\d+"),
        ("localhost", True, r"http://(127\.0\.0\.1|\[::1\]):\d+"),
        (EVERYWHERE, False, r"http://0\.0\.0\.0:\d+"),
    ],
)
def test_who_reaches_an_address(host: str, alone: bool, url: str) -> None:
    with bind(host, 0) as bound:
        assert is_loopback(bound) == alone
        assert re.fullmatch(url, address(bound))
