"""The score page in a real browser: nothing runs, loads or breaks; filters and keys work.

What it needs is told in ``tests/report/test_browser.py``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ie_model.evaluation.mistakes import Mistake
from ie_model.report.scores.browser import labels_of
from tests.report.making_scores import HOSTILE_ID, Measured, measured

pytestmark = pytest.mark.browser
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("matplotlib")

CHROMIUM = os.environ.get("IE_MODEL_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
AXE = os.environ.get("IE_MODEL_AXE", "")
ARGUMENTS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@dataclass
class Opened:
    """A page and what it did since it was opened."""

    page: Any
    made: Measured
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def shown(self) -> list[str]:
        """The ids of the mistakes that are shown."""
        ids: list[str] = self.page.eval_on_selector_all(".e:not([hidden])", "all => all.map(one => one.id)")
        return ids

    def expected(self, wanted: Any) -> list[str]:
        """The ids of the mistakes for which ``wanted`` holds."""
        return [f"e{n}" for n, mistake in enumerate(self.made.mistakes, start=1) if wanted(mistake)]

    def focused(self) -> str:
        found: str = self.page.evaluate("document.activeElement.id")
        return found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Measured]:
    made = measured()
    return made.write(tmp_path_factory.mktemp("page") / "scores.html"), made


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Any, file: tuple[Path, Measured]) -> Iterator[Opened]:
    path, made = file
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    found = Opened(context.new_page(), made)
    found.page.on("console", lambda message: found.said.append(message.text))
    found.page.on("pageerror", lambda error: found.said.append(str(error)))
    found.page.on("dialog", lambda dialog: (found.said.append(dialog.message), dialog.dismiss()))
    found.page.on("request", lambda request: found.asked.append(request.url))
    found.page.goto(path.as_uri())
    yield found
    context.close()


def test_nothing_runs_loads_or_complains(opened: Opened) -> None:
    opened.page.wait_for_timeout(200)
    assert opened.said == []
    assert [url for url in opened.asked if not url.startswith("data:")] == [opened.page.url]
    widths = "[...document.images].map(one => one.naturalWidth)"
    assert all(width > 300 for width in opened.page.evaluate(widths))


def test_what_an_article_holds_is_shown_as_text(opened: Opened) -> None:
    opened.page.select_option("#f-article", HOSTILE_ID)
    first = opened.page.locator(f"#{opened.shown()[0]} .text").first
    assert first.is_visible()
    assert "<script>alert(1)</script>" in first.text_content()
    mark = "getComputedStyle(document.querySelector('.e:not([hidden]) .x'), '::before').content"
    assert opened.page.evaluate(mark).replace('" "', "") == '"U+202E"'  # versions differ in the quotes


def test_filters_show_what_they_say(opened: Opened) -> None:
    def check(wanted: Any) -> None:
        expected = opened.expected(wanted)
        assert opened.shown() == expected
        total = len(opened.made.mistakes)
        assert opened.page.inner_text("#shown") == f"{len(expected)} of {total} mistakes"

    def is_missed(mistake: Mistake) -> bool:
        return mistake.kind == "missed"

    check(lambda _: True)
    opened.page.select_option("#f-kind", "missed")
    check(is_missed)
    opened.page.select_option("#f-label", "INSTITUTION")
    check(lambda mistake: is_missed(mistake) and "INSTITUTION" in labels_of(mistake))
    opened.page.select_option("#f-article", "wrong")
    check(lambda one: is_missed(one) and "INSTITUTION" in labels_of(one) and one.article == "wrong")
    opened.page.click("button[type=reset]")
    total = len(opened.made.mistakes)  # the page resets behind the event
    opened.page.locator("#shown", has_text=f"{total} of {total} mistakes").wait_for()
    check(lambda _: True)


@pytest.mark.parametrize("words", ["۵۰ میلیارد", "50 ميليارد", "۵۰  میلیارد "])
def test_words_are_found_however_they_are_spelt(opened: Opened, words: str) -> None:
    opened.page.fill("#f-words", words)
    assert opened.shown()
    assert set(opened.shown()) == set(opened.expected(lambda mistake: mistake.article == "wrong"))


def test_a_number_of_the_table_shows_its_mistakes(opened: Opened) -> None:
    opened.page.click(".counts button[data-kind=wrong_label][data-label=AMOUNT]")
    assert opened.shown() == opened.expected(lambda mistake: mistake.kind == "wrong_label")
    assert opened.focused() == opened.shown()[0]


def test_keys_go_from_mistake_to_mistake(opened: Opened) -> None:
    opened.page.locator(".filters").scroll_into_view_if_needed()
    for key, expected in (("j", 0), ("j", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("k", 0), ("k", 0)):
        opened.page.keyboard.press(key)
        assert opened.focused() == opened.shown()[expected]
    opened.page.keyboard.press("/")
    assert opened.focused() == "f-words"
    opened.page.keyboard.type("jk/")  # words, not steps
    assert opened.page.input_value("#f-words") == "jk/"
    assert opened.shown() == []
    opened.page.keyboard.press("Escape")
    opened.page.keyboard.press("j")
    assert opened.said == []


def test_the_focused_mistake_is_not_under_the_filters(opened: Opened) -> None:
    opened.page.click(".counts button[data-kind=wrong_value]")
    box = opened.page.locator(f"#{opened.focused()}").bounding_box()
    form = opened.page.locator(".filters").bounding_box()
    assert box["y"] >= form["y"] + form["height"]


def test_a_narrow_screen_needs_no_sideways_scrolling(opened: Opened) -> None:
    opened.page.set_viewport_size({"width": 360, "height": 700})
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.skipif(not AXE, reason="IE_MODEL_AXE names no axe.min.js")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(chromium: Any, file: tuple[Path, Measured], scheme: str) -> None:
    context = chromium.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(file[0].as_uri())
    page.add_style_tag(content=".e { content-visibility: visible !important; }")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    assert [violation["id"] for violation in found["violations"]] == []
    assert len(found["passes"]) > 20
    context.close()


def test_everything_but_the_filters_is_there_without_scripts(
    chromium: Any, file: tuple[Path, Measured]
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file[0].as_uri())
    assert page.locator(".e").count() == len(file[1].mistakes)
    assert not page.locator(".filters").is_visible()
    context.close()
