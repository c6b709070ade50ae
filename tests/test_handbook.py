"""The handbook builds strictly, fetches nothing, and says what the code says."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import get_args

import pytest

from ie_model.adapting.config import AdaptConfig
from ie_model.articles import RejectCode
from ie_model.batch import COLUMNS
from ie_model.cli.statuses import STATUSES
from ie_model.config import Config, known_keys
from ie_model.model_folder import MANIFEST, SHIPPED
from tests.cli.test_main import COMMANDS, options_of
from tests.handbook import ROOT, script

typed, outputs, public = script("typed"), script("outputs"), script("public")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handbook, built as ``make docs`` does."""
    folder = tmp_path_factory.mktemp("handbook") / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return folder


def words(page: Path) -> str:
    """The text of a page, white space folded."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))).split())


# --- the site ------------------------------------------------------------------------------------------

#: What a browser fetches by itself; links that readers follow may lead anywhere.
FETCHED = re.compile(r"""<(?:script|img|iframe|link)\b[^>]*?\b(?:src|href)=["']?((?:https?:)?//[^"'\s>]+)""")


def test_no_page_fetches_anything_from_elsewhere(site: Path) -> None:
    fetched = {
        (page.name, match)
        for page in site.rglob("*.html")
        for match in FETCHED.findall(page.read_text("utf-8"))
    }
    assert fetched == set()
    imported = {
        sheet.name
        for sheet in site.rglob("*.css")
        if re.search(r"url\(['\"]?(?:https?:)?//|@import", sheet.read_text("utf-8"))
    }
    assert imported == set()


def test_the_search_works_from_disk(site: Path) -> None:
    index = (site / "search/search_index.js").read_text(encoding="utf-8")
    assert "reference/configs.html" in index
    assert "assets/iframe-worker.js" in (site / "index.html").read_text(encoding="utf-8")


def test_every_page_is_there(site: Path) -> None:
    pages = {page.relative_to(site).with_suffix("").as_posix() for page in site.rglob("*.html")}
    written = {page.stem for page in (ROOT / "docs").glob("*.md")}
    assert written | {"changelog", "contributing", "guidelines", "reference/python"} <= pages


def test_links_between_files_become_links_between_pages(site: Path) -> None:
    contributing = (site / "contributing.html").read_text(encoding="utf-8")
    assert 'href="architecture.html"' in contributing
    assert 'href="guidelines.html"' in contributing
    assert 'href="guidelines.html"' in (site / "corpus.html").read_text(encoding="utf-8")


# --- the reference -------------------------------------------------------------------------------------


def test_the_reference_has_every_key_of_every_config(site: Path) -> None:
    page = (site / "reference/configs.html").read_text(encoding="utf-8")
    sections = {key.rpartition(".")[0] for model in (Config, AdaptConfig) for key in known_keys(model)}
    keys = {key for model in (Config, AdaptConfig) for key in known_keys(model)} - sections
    assert {key for key in keys if f"<code>{key}</code>" not in page} == set()
    assert "How the tagger is trained." in page
    assert "whole number, ≥ 16, ≤ 510" in page


def test_the_reference_has_everything_that_is_written(site: Path) -> None:
    page = (site / "reference/output.html").read_text(encoding="utf-8")
    from ie_model.schema import Extraction

    names = {name for model in typed.models_of(Extraction) for name in model.model_fields}
    names |= {*COLUMNS, *(code.value for code in RejectCode)}
    assert {name for name in names if f"<code>{name}</code>" not in page} == set()


def test_the_reference_has_every_command_option_and_status(site: Path) -> None:
    page = words(site / "reference/command-line.html")
    assert {path for path in COMMANDS if f"ie-model {path}" not in page} == set()
    options = {name for command in COMMANDS.values() for name in options_of(command) if name.startswith("--")}
    assert {name for name in options if name not in page} == set()
    assert all(meaning in page for meaning in STATUSES.values())


def test_the_reference_has_every_public_name_without_marks_of_another_markup(site: Path) -> None:
    page = (site / "reference/python.html").read_text(encoding="utf-8")
    names = {f"{module}.{name}" for module in public.PUBLIC for name in public.public_names(module)}
    assert {name for name in names if f'id="{name}"' not in page} == set()
    assert not re.search(r":(?:class|func|mod|data|attr|meth):", page)


@pytest.mark.parametrize(
    ("annotation", "shown"),
    [
        (int | None, "whole number or null"),
        (tuple[str, ...], "list of text"),
        (dict[str, float], "mapping of text to number"),
        (bool, "true or false"),
    ],
)
def test_types_are_told_in_words(annotation: object, shown: str) -> None:
    assert typed.words(annotation) == shown


def test_choices_are_told_as_they_are_written() -> None:
    source = Config.model_fields["encoder"].annotation.model_fields["source"]  # type: ignore[union-attr]
    assert typed.type_of(source) == " or ".join(f"`{choice}`" for choice in get_args(source.annotation))


def test_a_key_without_a_meaning_stops_the_build() -> None:
    with pytest.raises(ValueError, match="without a docstring"):
        typed.cell(None)


# --- what is committed ---------------------------------------------------------------------------------


def test_the_picture_is_what_the_script_draws() -> None:
    picture = script("picture")
    drawn = picture.draw()
    assert picture.PICTURE.read_text(encoding="utf-8") == drawn, "run python scripts/handbook/picture.py"
    assert ET.fromstring(drawn).find("{http://www.w3.org/2000/svg}title") is not None  # noqa: S314 - ours


@pytest.mark.skipif(not (SHIPPED / MANIFEST).is_file(), reason="no release is shipped in this checkout")
@pytest.mark.parametrize("name", ["index.md", "tutorial.md"])
def test_pages_that_are_told_in_order_show_what_really_comes_out(name: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    ran = list(outputs.run_page(text, tmp_path))
    stale = [f"docs/{name}:{block.line}" for block in ran if not block.is_current]
    assert stale == [], f"run python scripts/handbook/outputs.py docs/{name}"
    assert sum(block.shown is not None for block in ran) >= 2


def test_a_block_that_fails_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="line 3 ended with 7"):
        list(outputs.run_page("# page\n\n```bash\nexit 7\n```\n", tmp_path))


def test_outputs_are_put_where_they_belong(tmp_path: Path) -> None:
    page = (
        "```bash\necho in 0.7 s\n```\n\n```text\nin 0.1 s\n```\n\n```bash\necho b\n```\n\n```text\na\n```\n"
    )
    # Seconds alone are no reason to touch a page.
    assert outputs.refreshed(page, tmp_path) == page.replace("\na\n", "\nb\n")
