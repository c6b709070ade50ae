"""What contributors use: make targets, hooks before a commit, forms for issues, the citation."""

from __future__ import annotations

import re
import shlex
import tomllib
from typing import Any

import pytest
import yaml

from ie_model import __version__
from tests.handbook import ROOT
from tests.test_docs import check_call

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = dict(re.findall(r"^(\w+):.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE))
CI = (ROOT / ".ci/run").read_text(encoding="utf-8")
CHECKS = re.findall(r"^check (.+)$", CI, re.MULTILINE)

TOOLS = {"pytest", "ruff check", "ruff format", "lint-imports", "mypy", "mkdocs build"}
"""Tools that the extra ``dev`` brings, as they are called."""


def recipe(target: str) -> list[str]:
    lines = TARGETS[target].splitlines()
    return [re.sub(r"^(?:\w+=\w+ )+", "", line.strip()) for line in lines]


def tool_of(call: str) -> str | None:
    return next((tool for tool in TOOLS if call == tool or call.startswith(f"{tool} ")), None)


# --- make ----------------------------------------------------------------------------------------------


def test_make_has_what_the_contributing_page_names() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`make (\w+)`", page)) == set(TARGETS) - {"help"}
    assert set(TARGETS) >= {"setup", "test", "lint", "types", "docs", "bench", "release"}


@pytest.mark.parametrize("target", sorted(set(TARGETS) - {"help", "setup", "all"}))
def test_targets_name_real_commands(target: str) -> None:
    for call in recipe(target):
        if tool_of(call) is None:
            check_call(shlex.split(call))  # ie-model or a script, with its options


def test_setup_is_what_ci_installs() -> None:
    venv, install = recipe("setup")
    assert venv == "$(PYTHON) -m venv .venv"
    assert (
        install.replace("-e ", "") == f".venv/bin/{re.search(r'^(pip install .+?) </dev/null', CI, re.M)[1]}"
    )  # type: ignore[index]
    assert recipe("all") == [".ci/run"]


def test_every_target_says_what_it_does() -> None:
    assert {name for name in TARGETS if not re.search(rf"^{name}:.*## \S", MAKEFILE, re.MULTILINE)} == set()


def test_ci_checks_what_make_checks() -> None:
    made = {call for target in ("test", "slow", "studio", "lint", "types") for call in recipe(target)}
    assert {check for check in CHECKS if "mkdocs" not in check} <= made


# --- before a commit -----------------------------------------------------------------------------------


def hooks() -> list[dict[str, Any]]:
    tree = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repository["repo"] for repository in tree["repos"]] == ["local"]  # nothing is fetched
    return list(tree["repos"][0]["hooks"])


@pytest.mark.parametrize("hook", hooks(), ids=lambda hook: hook["id"])
def test_hooks_run_what_is_installed(hook: dict[str, Any]) -> None:
    assert hook["language"] == "system"
    if tool_of(hook["entry"]) is None:
        check_call(shlex.split(hook["entry"]))
    if "files" in hook:
        assert re.compile(hook["files"])


# --- issues, citation ----------------------------------------------------------------------------------

FORMS = sorted(path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
KINDS = {"textarea", "input", "dropdown", "checkboxes", "markdown"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_issue_forms_are_whole(path: Any) -> None:
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= set(form)
    assert {field["type"] for field in form["body"]} <= KINDS
    names = [field["id"] for field in form["body"]]
    assert len(set(names)) == len(names)
    assert all(field["attributes"]["label"] for field in form["body"])
    assert any(field.get("validations", {}).get("required") for field in form["body"])


def test_issues_ask_for_the_version_by_a_command_that_exists() -> None:
    asked = [path for path in FORMS if "ie-model --version" in path.read_text(encoding="utf-8")]
    assert {path.stem for path in asked} == {"bug", "wrong-record"}


def test_the_citation_names_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == project["version"] == __version__
    assert citation["license"] == project["license"]
    assert [author["name"] for author in citation["authors"]] == [
        author["name"] for author in project["authors"]
    ]
