"""Calls the whole command line in this process, as a shell would."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest

from ie_model.cli import main


@dataclass(frozen=True)
class Outcome:
    """What a call left behind."""

    status: int
    out: str
    err: str


class CommandLine:
    """``ie-model`` with arguments; see :func:`main` for what it does with errors."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Outcome:
        self._monkeypatch.setattr(sys, "argv", ["ie-model", *map(str, arguments)])
        self._capsys.readouterr()
        status = 0
        try:
            main()
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        captured = self._capsys.readouterr()
        return Outcome(status, captured.out, captured.err)
