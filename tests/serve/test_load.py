"""``scripts/load_serve.py`` against a server: it counts what came, and fails when something else did."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ie_model.rules import RuleExtractor
from ie_model.serve import Limits
from tests.batch.fakes import FakeExtractor
from tests.serve.making import running

SCRIPT = Path(__file__).parents[2] / "scripts/load_serve.py"


def load(url: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), url, "--seconds", "0.4", *options]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def test_answers_are_counted_and_timed() -> None:
    with running(RuleExtractor()) as server:
        result = load(server.url, "--clients", "4", "--articles", "2")
        assert (result.returncode, result.stderr) == (0, "")
        counts, times, rate = result.stdout.splitlines()
        assert counts == f"{server.metric('ie_model_request_seconds_count'):.0f} with 200"
        assert times.startswith("p50 ")
        assert "articles a second" in rate


def test_what_was_not_expected_is_a_failure() -> None:
    with running(FakeExtractor(), token="correct-horse") as server:  # noqa: S106
        result = load(server.url)
        assert result.returncode == 1
        assert result.stdout.endswith(" with 401\n")


def test_nothing_but_refusals_is_a_failure() -> None:
    with running(FakeExtractor(), Limits(max_chars=10)) as server:
        assert load(server.url).returncode == 1
