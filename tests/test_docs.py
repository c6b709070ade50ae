"""Every block of the documentation is run, or parsed against the real command line, configs and scripts.

A ``bash`` block is a chain of commands (``&&``, ``|``). Commands that take seconds really run, in a copy of
what they read; :data:`PARSED_ONLY` names the others, each with its reason.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from ie_model.adapting.config import AdaptConfig
from ie_model.cli import app
from ie_model.config import Config, load_section
from ie_model.corpus.store import load_corpus
from ie_model.model_folder import MANIFEST, SHIPPED

ROOT = Path(__file__).parents[1]
PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "benchmarks/README.md",
    *sorted((ROOT / "docs").glob("*.md")),
)
IN_ORDER = ("index.md", "tutorial.md")
"""Pages that are told in order: tests/test_handbook.py runs each from top to bottom."""
READ_BY_COMMANDS = ("annotations", "configs", "seeds")

GROUPS = {"data", "encoder", "labelstudio"}
"""Commands that have commands of their own."""

PARSED_ONLY = {
    "pip install": "downloads; .ci/run does exactly this",
    "pytest": "this is it",
    "ie-model train": "half an hour; tests/cli/test_train.py runs it over a small world",
    "ie-model crossval": "trains a model a fold; tests/cli/test_train.py",
    "ie-model serve": "runs until it is stopped; tests/cli/test_serve.py",
    "curl": "needs a server; tests/serve/test_page.py sends the same to one",
    "ie-model evaluate": "needs a trained model; tests/cli/test_train.py",
    "ie-model release": "needs a trained model; tests/cli/test_release.py",
    "ie-model predict seeds --output out --engine ray": "a cluster; tests/batch/test_ray.py",
    "ie-model benchmark": "minutes; tests/cli/test_benchmark.py runs it over few articles",
    "ie-model encoder build": "tests/cli/test_encoder.py",
    "ie-model encoder adapt": "an hour; tests/cli/test_encoder.py runs it over small news",
    "ie-model encoder pack": "needs an adapted encoder; tests/cli/test_encoder.py",
    "ie-model data join": "reads what the export above it wrote; tests/cli/test_data.py",
    "ie-model data import": "reads what the export above it wrote; tests/cli/test_data.py",
    "ie-model labelstudio doctor annotations --model": "needs a cross-validation; test_doctor.py",
    "scripts/labelstudio.sh": "installs and starts a server; tests/labelstudio/test_script.py",
    "ie-model labelstudio init": "needs a server; tests/labelstudio/test_round_trip.py",
    "ie-model labelstudio push": "needs a server; tests/labelstudio/test_round_trip.py",
    "ie-model labelstudio pull": "needs a server; tests/labelstudio/test_round_trip.py",
    "python scripts/": "hours; its arguments are parsed here",
}

needs_release = pytest.mark.skipif(
    not (SHIPPED / MANIFEST).is_file(), reason="no release is shipped in this checkout"
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, line, language and text, and the text of an output block right behind it."""

    page: Path
    line: int
    language: str
    code: str
    output: str | None

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT).as_posix()}:{self.line}"


FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[Block]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        matches = list(FENCE.finditer(text))
        for place, match in enumerate(matches):
            if match[1] != language:
                continue
            after = matches[place + 1] if place + 1 < len(matches) else None
            adjoins = after is not None and not text[match.end() : after.start()].strip()
            output = after[2] if after is not None and adjoins and after[1] == "text" else None
            line = text[: match.start()].count("\n") + 1
            found.append(Block(page, line, language, match[2], output))
    return found


def commands_of(block: Block) -> list[list[str]]:
    """The words of each command of a ``bash`` block, chains taken apart."""
    lexer = shlex.shlex(block.code.replace("\\\n", " "), posix=True, punctuation_chars="&|")
    lexer.whitespace_split = True
    commands: list[list[str]] = [[]]
    for word in lexer:
        if word in {"&&", "|"}:
            commands.append([])
        else:
            commands[-1].append(word)
    return [command for command in commands if command]


BASH = blocks("bash")
CALLS = [
    pytest.param(command, id=f"{block.place} {' '.join(command)[:50]}")
    for block in BASH
    for command in commands_of(block)
]
#: Commands named in running text and tables: `ie-model ...`.
INLINE = [
    pytest.param(match[1], id=f"{page.name} {match[1][:50]}")
    for page in PAGES
    for match in re.finditer(r"`(ie-model [^`]+)`", page.read_text(encoding="utf-8"))
]


def is_parsed_only(command: list[str]) -> bool:
    return any(" ".join(command).startswith(start) for start in PARSED_ONLY)


def subcommand(words: list[str]) -> tuple[Any, list[str]]:
    """The click command that ``words`` (behind ``ie-model``) name, and what is left of them."""
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while hasattr(command, "commands"):
        assert rest, f"{command.name} needs a command"
        assert rest[0] in command.commands, f"no command {rest[0]!r} in {sorted(command.commands)}"
        command = command.commands[rest.pop(0)]
    return command, rest


def check_call(command: list[str]) -> None:
    """Parse ``command`` as its program would, and look up the files that it names."""
    if command == ["ie-model", "--version"]:
        return
    if command[0] == "ie-model":
        parsed, rest = subcommand(command[1:])
        with parsed.make_context(parsed.name, rest) as context:
            config = context.params.get("config")
            if context.params.get("start") is not None:  # train --from: annotated articles in its place
                assert load_corpus([ROOT / config])
            elif config is not None:
                kind = AdaptConfig if parsed.name == "adapt" else Config
                load_section(kind, ROOT / config, context.params.get("overrides") or [])
    elif command[0] == "python":
        script = ROOT / command[1]
        assert script.is_file(), f"no script {command[1]}"
        options = {word.partition("=")[0] for word in command[2:] if word.startswith("--")}
        source = script.read_text(encoding="utf-8")
        assert {option for option in options if f'"{option}"' not in source} == set()
    elif command[0].startswith("scripts/"):
        assert os.access(ROOT / command[0], os.X_OK), f"no script {command[0]}"
        assert f"  {command[1]}) " in (ROOT / command[0]).read_text(encoding="utf-8")
    elif command[:2] == ["pip", "install"]:
        check_pip(command[2:])
    else:
        assert command[0] in {"pytest", "printf", "curl", "cat", "make", "pre-commit", "mkdocs"}, (
            f"what is {command[0]}?"
        )


def check_pip(words: list[str]) -> None:
    for word in words:
        if word.endswith(".txt"):
            assert (ROOT / word).is_file()
        for extra in re.findall(r"\[(\w+)\]", word):
            assert extra in declared_extras(), f"no extra {extra!r}"


def declared_extras() -> set[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return set(settings["project"]["optional-dependencies"])


@pytest.mark.parametrize("command", CALLS)
def test_commands_are_right_calls(command: list[str]) -> None:
    check_call(command)


@pytest.mark.parametrize("call", INLINE)
def test_commands_in_running_text_exist_with_their_options(call: str) -> None:
    words = call.split()[1:]
    command, rest = subcommand([word for word in words if word != "..."][:2] if words[0] in GROUPS else words)
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in (*words, *rest) if word.startswith("--")} <= known | {"--help"}


def examples(node: Any) -> list[str]:
    """The examples in the help of a command and of those below it."""
    below = getattr(node, "commands", {}).values()
    found = re.findall(r"Example: (.+)", node.help or "")
    return [*found, *(example for command in below for example in examples(command))]


@pytest.mark.parametrize("example", examples(typer.main.get_command(app)))
def test_examples_in_the_help_are_right_calls(example: str) -> None:
    check_call(shlex.split(example))


def test_the_first_screen_has_the_two_commands() -> None:
    first, second = [block for block in BASH if block.page.name == "README.md"][:2]
    assert first.code == "pip install . && ie-model predict seeds --output out\n"
    assert second.code == 'pip install -c constraints.txt ".[dev]" && pytest\n'
    assert second.line < 25


def test_ci_runs_the_second_command_on_all_cores() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert 'pip install -c constraints.txt ".[dev]"' in script
    assert re.search(r"^check pytest -n auto --dist loadfile$", script, re.MULTILINE)
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_every_command_has_its_row_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = {
        tuple(match.split()[:2]) for match in re.findall(r"^\| `ie-model ([^`]+)`", readme, re.MULTILINE)
    }
    root: Any = typer.main.get_command(app)
    expected = {
        (name, sub) if sub else (name,)
        for name, command in root.commands.items()
        for sub in (getattr(command, "commands", None) or {"": None})
    }
    assert {row if row[0] in GROUPS else row[:1] for row in named} == expected


def test_every_extra_has_its_row_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r'pip install [^`]*"\.\[(\w+)\]"', readme)) == declared_extras()


def test_links_lead_somewhere() -> None:
    broken = {
        f"{page.name}: {link}"
        for page in (*PAGES, ROOT / "annotations/GUIDELINES.md", ROOT / "CHANGELOG.md")
        for link in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8"))
        if not link.startswith(("https://", "reference/")) and not (page.parent / link).exists()
    }
    assert broken == set()


def test_files_named_in_the_text_exist() -> None:
    pattern = re.compile(r"`((?:configs|scripts|docs|tests|ie_model|annotations)/[\w./-]+)`")
    missing = {
        f"{page.name}: {name}"
        for page in PAGES
        for name in pattern.findall(page.read_text(encoding="utf-8"))
        if not (ROOT / name).exists() and not name.startswith("ie_model/shipped")
    }
    assert missing == set()


def test_every_exception_is_still_needed() -> None:
    called = [" ".join(param.values[0]) for param in CALLS]
    assert {start for start in PARSED_ONLY if not any(call.startswith(start) for call in called)} == set()


# --- running them --------------------------------------------------------------------------------------


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what the commands read."""
    for name in READ_BY_COMMANDS:
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def environment() -> dict[str, str]:
    changes = {"PYTHONIOENCODING": "utf-8", "COLUMNS": "120"}
    try:
        importlib.metadata.distribution("ie-model")
    except importlib.metadata.PackageNotFoundError:
        changes["PYTHONPATH"] = str(ROOT)  # a checkout that is not installed
    return {**os.environ, **changes}


def run(code: str, folder: Path, stdin: str = "") -> str:
    result = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        cwd=folder,
        env=environment(),
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


FAST = [
    pytest.param(block, id=block.place, marks=needs_release if "predict" in block.code else ())
    for block in BASH
    if block.page.name not in IN_ORDER
    and any(command[0] == "ie-model" and not is_parsed_only(command) for command in commands_of(block))
]


@pytest.mark.parametrize("block", FAST)
def test_fast_commands_run(block: Block, clone: Path) -> None:
    piped = ""
    for command in commands_of(block):
        if is_parsed_only(command):
            continue
        if command[0] == "printf":
            piped = command[1].replace("\\n", "\n")
            continue
        code = f"import sys; sys.argv = {command!r}; from ie_model.cli import main; main()"
        run(code, clone, piped)
        if "--output" in command:
            output = clone / command[command.index("--output") + 1]
            assert output.exists()
            assert output.is_file() or any(output.iterdir())


@needs_release
@pytest.mark.parametrize(
    "block",
    [pytest.param(block, id=block.place) for block in blocks("python") if block.page.name not in IN_ORDER],
)
def test_python_examples_give_what_they_show(block: Block, clone: Path) -> None:
    assert block.output is not None, "an example shows its output in a text block right behind it"
    assert run(block.code, clone) == block.output


def test_the_readme_s_example_is_short() -> None:
    example = next(block for block in blocks("python") if block.page.name == "README.md")
    assert len(example.code.splitlines()) <= 10
