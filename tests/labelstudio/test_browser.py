"""An annotator in a real browser: logs in, sees Persian with highlights and relations, corrects, submits.

Screenshots go to the folder ``IE_MODEL_SCREENSHOTS``; ``docs/annotation.md`` shows them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import load_corpus
from ie_model.labelstudio.client import LabelStudio
from ie_model.labelstudio.instructions import read_instructions
from ie_model.labelstudio.outgoing import read_outgoing
from ie_model.labelstudio.project import Project, set_up
from ie_model.labelstudio.pull import pull
from ie_model.labelstudio.push import push
from tests.conftest import ROOT
from tests.labelstudio.making import Gold, gold
from tests.labelstudio.server import PASSWORD, USER, Server

pytestmark = pytest.mark.labelstudio

CHROMIUM = os.environ.get("IE_MODEL_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
SLOW = 60_000
"""Milliseconds that the page may take on a busy machine."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any, server: Server) -> Iterator[Any]:
    """A page on which the administrator is logged in; it must not reach for any other server."""
    context = browser.new_context(viewport={"width": 1500, "height": 950}, locale="en-GB")
    opened = context.new_page()
    opened.set_default_timeout(SLOW)
    foreign: list[str] = []
    own = (server.url, "data:", "blob:")
    opened.on("request", lambda request: None if request.url.startswith(own) else foreign.append(request.url))
    opened.goto(f"{server.url}/user/login/")
    opened.fill("input[name=email]", USER)
    opened.fill("input[name=password]", PASSWORD)
    opened.click("button[type=submit]", no_wait_after=True)
    opened.wait_for_url(lambda url: "login" not in url)
    yield opened
    context.close()
    assert foreign == []


@pytest.fixture
def pushed(client: LabelStudio, project: Project) -> dict[str, int]:
    """The seeds, pre-annotated with what their annotations say; task number by article id."""
    articles = {article.id: article for article in load_corpus([ROOT / "annotations/seeds"])}
    set_up(client, str(project.id), instructions=read_instructions(ROOT / "annotations/GUIDELINES.md"))
    report = push(client, project, read_outgoing([ROOT / "seeds"]), extractor=Gold(articles.values()))
    assert (report.sent, report.predictions) == (5, 5)
    return {task["data"]["id"]: task["id"] for task in client.tasks(project.id)}


def open_task(page: Any, server: Server, project: Project, task: int) -> None:
    page.goto(f"{server.url}/projects/{project.id}/data?task={task}")
    page.wait_for_selector(".htx-highlight")
    page.wait_for_timeout(1500)  # relations are drawn when the text stands still


def mark(page: Any, words: str) -> None:
    """Drag the mouse over ``words``, from right to left."""
    box = page.evaluate(
        """words => {
            const paper = document.querySelector('.lsf-richtext__container');
            const walker = document.createTreeWalker(paper, NodeFilter.SHOW_TEXT);
            for (let node; (node = walker.nextNode());) {
                const start = node.data.indexOf(words);
                if (start < 0) continue;
                const range = document.createRange();
                range.setStart(node, start);
                range.setEnd(node, start + words.length);
                node.parentElement.scrollIntoView({block: 'center'});
                const r = range.getClientRects()[0];
                return {left: r.left, right: r.right, y: r.top + r.height / 2};
            }
        }""",
        words,
    )
    page.mouse.move(box["right"] - 1, box["y"])
    page.mouse.down()
    page.mouse.move((box["left"] + box["right"]) / 2, box["y"], steps=5)
    page.mouse.move(box["left"] + 1, box["y"], steps=5)
    page.mouse.up()


def facts(article: AnnotatedArticle) -> set[frozenset[int]]:
    """The records, by where their mentions begin."""
    starts = {mention.id: mention.start for mention in article.mentions}
    return {
        frozenset(starts[name] for name in (*record.quantities, *record.institutions))
        for record in article.records
    }


def region(page: Any, words: str) -> Any:
    return page.locator(".htx-highlight", has_text=words).first


def mark_anew(page: Any, old: str, words: str, *, key: str) -> None:
    """Take the region ``old`` away and mark ``words`` by the label of the hot key."""
    region(page, old).click()
    page.keyboard.press("Backspace")
    page.wait_for_timeout(300)
    page.keyboard.press(key)
    mark(page, words)
    page.wait_for_timeout(500)
    page.keyboard.press("Escape")


def submit(page: Any) -> None:
    """Press Submit and wait until the server has the annotation."""
    with page.expect_response(lambda r: "/annotations" in r.url and r.request.method == "POST") as saved:
        page.get_by_role("button", name="Submit").click()
    assert saved.value.ok


def test_an_annotator_corrects_a_pre_annotation(
    page: Any,
    server: Server,
    client: LabelStudio,
    project: Project,
    pushed: dict[str, int],
    screenshots: Path,
    tmp_path: Path,
) -> None:
    name = next(name for name in pushed if name.startswith("002"))
    open_task(page, server, project, pushed[name])
    page.screenshot(path=screenshots / "task.png")
    direction = page.evaluate(
        "getComputedStyle(document.querySelector('.lsf-richtext__container')).direction"
    )
    assert direction == "rtl"

    region(page, "121 میلیارد تومان").scroll_into_view_if_needed()
    page.get_by_text("Relations", exact=True).first.click()
    page.wait_for_timeout(800)
    page.screenshot(path=screenshots / "relations.png")

    # A region goes, and is marked anew, one word longer, by its hot key.
    mark_anew(page, "2089 طرح", "2089", key="2")
    # What went with the region is drawn again; without a label, what it says follows from its ends.
    region(page, "121 میلیارد تومان").click()
    page.keyboard.press("Alt+r")
    page.wait_for_timeout(300)
    region(page, "2089").click()
    page.wait_for_timeout(800)
    page.keyboard.press("Escape")
    page.screenshot(path=screenshots / "corrected.png")
    submit(page)

    report = pull(client, project, tmp_path / "pulled")
    assert (report.written, report.rejects) == (1, [])
    (article,) = load_corpus([tmp_path / "pulled"])
    expected = {(m.label, m.start, m.end): m.value for m in gold(name).mentions}
    found = {(m.label, m.start, m.end): m.value for m in article.mentions}
    (gone,) = expected.keys() - found.keys()
    (new,) = found.keys() - expected.keys()
    assert (gone[0], new[0], new[1]) == ("AMOUNT", "TARGET", gone[1])
    assert article.text[new[1] : new[2]] == "2089"
    assert all(found[span] == expected[span] for span in expected.keys() & found.keys())
    assert facts(article) == facts(gold(name))


def test_instructions_and_the_list_of_tasks(
    page: Any, server: Server, project: Project, pushed: dict[str, int], screenshots: Path
) -> None:
    page.goto(f"{server.url}/projects/{project.id}/data")
    page.get_by_text("text", exact=True).first.wait_for()
    page.wait_for_timeout(1500)
    page.screenshot(path=screenshots / "tasks.png")
    open_task(page, server, project, min(pushed.values()))
    page.get_by_role("button", name="Instructions").click()
    page.get_by_text("Annotation guide").first.wait_for()
    page.wait_for_timeout(500)
    page.screenshot(path=screenshots / "instructions.png")
    assert page.get_by_text("Spans are half-open character offsets").count() == 1
