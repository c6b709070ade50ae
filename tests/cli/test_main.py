"""The command line as a whole: version, help, wrong calls, and errors as one clear line."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from ie_model import __version__, cli
from ie_model.cli.failing import without_debug
from ie_model.cli.statuses import EXIT_BUG, EXIT_INTERRUPTED, EXIT_READER_GONE, STATUSES
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
from ie_model.model_folder import MANIFEST, SHIPPED
from tests.cli.calling import CommandLine

ESCAPE = "\x1b"
REPOSITORY = Path(__file__).parents[2]


def commands(node: Any = None, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every command, by its words behind ``ie-model``."""
    node = node or typer.main.get_command(cli.app)
    if not hasattr(node, "commands"):
        yield path, node
    for name, command in getattr(node, "commands", {}).items():
        yield from commands(command, f"{path} {name}".strip())


COMMANDS = dict(commands())


def plain(text: str) -> str:
    """``text`` without colours and boxes, white space folded."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m|[│╭╮╰╯─]", " ", text).split())


def test_version(ie_model: CommandLine) -> None:
    outcome = ie_model("--version")
    assert outcome.status == 0
    package, model = outcome.out.splitlines()
    assert package == f"ie-model {__version__}"
    manifest = SHIPPED / MANIFEST
    if not manifest.is_file():
        assert model == "model none is shipped"
        return
    shipped = json.loads(manifest.read_text(encoding="utf-8"))
    assert model == f"model {shipped['name']} {shipped['version']}"


def test_no_command_shows_the_help(ie_model: CommandLine) -> None:
    outcome = ie_model()
    assert outcome.status == 2
    assert "Usage: ie-model" in plain(outcome.out + outcome.err)


def test_the_help_names_every_command_and_the_exit_statuses(ie_model: CommandLine) -> None:
    shown = plain(ie_model("--help").out)
    assert all(command.split()[0] in shown for command in COMMANDS)
    assert all(f"{int(status)}: {meaning}" in shown for status, meaning in STATUSES.items())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_and_no_colours_in_a_pipe(
    ie_model: CommandLine, command: str
) -> None:
    outcome = ie_model(*command.split(), "--help")
    assert outcome.status == 0
    assert f"Usage: ie-model {command}" in plain(outcome.out)
    assert f"Example: ie-model {command}" in plain(outcome.out)
    assert ESCAPE not in outcome.out + outcome.err


#: What a program cannot wait for or already gets as JSON has no ``--json``.
WITHOUT_JSON = {"serve", "schema"}


def test_a_program_can_have_json_from_every_command_that_ends() -> None:
    without = {path for path, command in COMMANDS.items() if not {"--json"} & set(options_of(command))}
    assert without == WITHOUT_JSON


def test_short_options_mean_the_same_everywhere() -> None:
    meanings: dict[str, set[str]] = {}
    for command in COMMANDS.values():
        for parameter in command.params:
            long = [name for name in parameter.opts if name.startswith("--")]
            for name in parameter.opts:
                if name.startswith("-") and not name.startswith("--"):
                    meanings.setdefault(name, set()).update(long)
    assert {name: longs for name, longs in meanings.items() if len(longs) > 1} == {}


def options_of(command: Any) -> list[str]:
    return [name for parameter in command.params for name in parameter.opts]


@pytest.mark.parametrize(
    ("call", "nearest"),
    [
        pytest.param(("predikt",), "predict", id="command"),
        pytest.param(("data", "chek"), "check", id="command of a group"),
        pytest.param(("predict", "seeds", "--outptu", "out"), "--output", id="option"),
        pytest.param(("predict", "seeds", "--output", "out", "--format", "parket"), "parquet", id="value"),
    ],
)
def test_a_slip_is_answered_with_the_nearest_word(
    ie_model: CommandLine, call: tuple[str, ...], nearest: str
) -> None:
    outcome = ie_model(*call)
    assert outcome.status == 2
    assert nearest in plain(outcome.err)


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
    assert (outcome.status, outcome.out, outcome.err) == (EXIT_INTERRUPTED, "", "")


@pytest.fixture
def a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """The schema cannot be made: a bug deep in the package."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("first line\nsecond line")

    monkeypatch.setattr("ie_model.schema.Extraction.model_json_schema", fail)


@pytest.mark.usefixtures("a_bug")
def test_a_bug_is_one_clear_line_with_its_place(ie_model: CommandLine) -> None:
    outcome = ie_model("schema")
    assert (outcome.status, outcome.out) == (EXIT_BUG, "")
    error, where, mend = outcome.err.splitlines()
    assert error == "error: unforeseen ZeroDivisionError: first line second line"
    assert re.fullmatch(r" *where: ie_model/schema\.py:\d+, extraction_schema", where)
    assert "--debug" in mend


@pytest.mark.usefixtures("a_bug")
@pytest.mark.parametrize("call", [("--debug", "schema"), ("schema", "--debug")])
def test_debug_shows_the_traceback_wherever_it_stands(ie_model: CommandLine, call: tuple[str, ...]) -> None:
    outcome = ie_model(*call)
    assert outcome.status == EXIT_BUG
    assert outcome.err.startswith("Traceback (most recent call last)")
    assert "error: unforeseen ZeroDivisionError" in outcome.err


def test_debug_keeps_the_status_of_an_error_of_the_package(ie_model: CommandLine) -> None:
    outcome = ie_model("train", "nowhere.yaml", "--debug")
    assert outcome.status == 2
    assert "Traceback" in outcome.err
    assert "error: no such config file" in outcome.err


def test_what_the_operating_system_refuses_is_not_called_a_bug(
    ie_model: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise PermissionError(13, "Permission denied", "a.txt")

    monkeypatch.setattr(cli, "app", fail)
    outcome = ie_model()
    assert outcome.status == EXIT_BUG
    assert "error: PermissionError: [Errno 13] Permission denied: 'a.txt'" in outcome.err
    assert "a bug" not in outcome.err


@pytest.mark.parametrize(
    ("arguments", "left", "debug"),
    [
        (["predict", "x"], ["predict", "x"], False),
        (["predict", "x", "--debug"], ["predict", "x"], True),
        (["predict", "--", "--debug"], ["predict", "--", "--debug"], False),
    ],
)
def test_debug_is_taken_out_of_the_options_only(arguments: list[str], left: list[str], debug: bool) -> None:
    assert without_debug(arguments) == (left, debug)


# --- as processes -------------------------------------------------------------------------------------


def start(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), **options.pop("changes", {})}
    for name in ("NO_COLOR", "FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS"):
        environment.pop(name, None)
    environment |= options.pop("colours", {})
    code = "from ie_model.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], check=False, env=environment, timeout=60, **options
    )


def test_a_reader_that_goes_away_is_no_failed_check() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = start("schema", stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (EXIT_READER_GONE, b"")


@pytest.mark.parametrize(("colours", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_on_a_terminal_and_none_where_they_are_not_wanted(
    colours: dict[str, str], coloured: bool
) -> None:
    parent, child = pty.openpty()
    try:
        start("train", "nowhere.yaml", stderr=child, colours=colours, changes={"TERM": "xterm-256color"})
        shown = os.read(parent, 4096).decode()
    finally:
        os.close(child)
        os.close(parent)
    assert "no such config file" in shown
    # Bold and dim may stay; 30 to 37 and 90 to 97 are the colours of letters.
    assert bool(re.search(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7])(?:;\d+)*m", shown)) is coloured


def test_the_shell_completes_commands() -> None:
    words = {"_IE_MODEL_COMPLETE": "complete_bash", "COMP_WORDS": "ie-model pre", "COMP_CWORD": "1"}
    assert start(changes=words, stdout=subprocess.PIPE).stdout.split() == [b"predict"]
