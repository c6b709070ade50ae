"""Fixtures of the commands: the command line itself, and a small world to train in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.calling import CommandLine
from tests.modelling.making import World, make_world


@pytest.fixture
def ie_model(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return CommandLine(monkeypatch, capsys)


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("cli") / "world")
