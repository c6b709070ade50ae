"""The command line as a whole: version, help, wrong calls, and errors as one clear line."""

from __future__ import annotations

import re

import pytest

from ie_model import __version__, cli
from ie_model.errors import (
    ArticleError,
    ConfigError,
    CorpusError,
    EncoderError,
    IeModelError,
    MissingExtraError,
    ModelError,
    ParityError,
)
from tests.cli.calling import CommandLine

COMMANDS = (
    *("predict", "serve", "schema", "train", "evaluate", "crossval", "release"),
    *("data import", "data export", "data check", "data stats", "encoder build"),
)


def plain(text: str) -> str:
    """``text`` without colours and boxes, white space folded."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m|[│╭╮╰╯─]", " ", text).split())


def test_version(ie_model: CommandLine) -> None:
    outcome = ie_model("--version")
    assert (outcome.status, outcome.out) == (0, f"ie-model {__version__}\n")


def test_no_command_shows_the_help(ie_model: CommandLine) -> None:
    outcome = ie_model()
    assert outcome.status == 2
    assert "Usage: ie-model" in plain(outcome.out + outcome.err)


def test_the_help_names_every_command_and_the_exit_statuses(ie_model: CommandLine) -> None:
    shown = plain(ie_model("--help").out)
    assert all(command.split()[0] in shown for command in COMMANDS)
    assert "Exit status: 0 all went, 1 a check failed, 2 a wrong call or config, 3 some input" in shown


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(ie_model: CommandLine, command: str) -> None:
    outcome = ie_model(*command.split(), "--help")
    assert outcome.status == 0
    assert f"Usage: ie-model {command}" in plain(outcome.out)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(("predikt",), id="unknown command"),
        pytest.param(("predict", "seeds", "--output", "out", "--fast"), id="unknown option"),
        pytest.param(("predict", "seeds"), id="missing option"),
        pytest.param(("predict", "--output", "out"), id="missing argument"),
        pytest.param(("predict", "seeds", "--output", "out", "--max-chars", "0"), id="value out of range"),
        pytest.param(("predict", "seeds", "--output", "out", "--max-chars", "many"), id="value of no number"),
        pytest.param(("data",), id="group without command"),
        pytest.param(("crossval", "c.yaml", "--folds", "1"), id="one fold"),
    ],
)
def test_a_wrong_call_is_status_2_and_no_traceback(ie_model: CommandLine, call: tuple[str, ...]) -> None:
    outcome = ie_model(*call)
    assert outcome.status == 2
    assert "Usage:" in plain(outcome.out + outcome.err)
    assert "Traceback" not in outcome.out + outcome.err


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (IeModelError("it failed"), 2),
        (ConfigError("it failed"), 2),
        (CorpusError("it failed"), 2),
        (ArticleError("it failed"), 2),
        (EncoderError("it failed"), 2),
        (ModelError("it failed"), 2),
        (ParityError("it failed"), 1),
        (MissingExtraError("torch", "train"), 2),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_errors_of_the_package_end_with_their_own_status(
    ie_model: CommandLine, monkeypatch: pytest.MonkeyPatch, error: IeModelError, status: int
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    outcome = ie_model("anything")
    assert outcome.status == status
    assert outcome.out == ""
    assert plain(outcome.err).startswith(f"error: {error.what}")
    assert "Traceback" not in outcome.err


def test_an_error_shows_all_its_parts_in_order(
    ie_model: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise IeModelError("it failed", where="a[b].txt:3", found="[bold]x", expected="y", mend="Do z.")

    monkeypatch.setattr(cli, "app", fail)
    lines = [line.strip() for line in ie_model().err.splitlines()]
    assert lines == [
        "error: it failed",
        "where: a[b].txt:3",
        "found: [bold]x",  # what a user wrote is never markup
        "expected: y",
        "mend: Do z.",
    ]


def test_parts_that_are_not_known_are_not_shown(
    ie_model: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise IeModelError("it failed", mend="Do z.")

    monkeypatch.setattr(cli, "app", fail)
    assert [line.split(":")[0].strip() for line in ie_model().err.splitlines()] == ["error", "mend"]


def test_a_user_s_stop_is_no_error_message(ie_model: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", stop)
    outcome = ie_model()
    assert (outcome.status, outcome.out, outcome.err) == (cli.EXIT_INTERRUPTED, "", "")


def test_a_bug_keeps_its_traceback(ie_model: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(ZeroDivisionError):
        ie_model()
