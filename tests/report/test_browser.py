"""The page in a real browser: nothing is asked for, keys work, records light their mentions, text stays text.

Needs Playwright's Python package and a Chromium (``/usr/bin/chromium``, or what ``IE_MODEL_CHROMIUM`` names);
the check of accessibility also axe-core's ``axe.min.js``, which ``IE_MODEL_AXE`` names.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ie_model.batch import predict_batch
from ie_model.model_folder import MANIFEST, SHIPPED
from ie_model.report.evidence import Language, write_evidence
from ie_model.schema import AMOUNT
from tests.report.making import Made, count, progress, write_output

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (extra dev)")

CHROMIUM = os.environ.get("IE_MODEL_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
AXE = os.environ.get("IE_MODEL_AXE", "")
ROOT = Path(__file__).parents[2]
# Without a sandbox, since tests may run as root, and without what a browser asks the network for by itself.
SWITCHES = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
HOSTILE = (
    "<script>window.hacked = 1</script></script><img src=x onerror='window.hacked = 2'>"
    "</div></section><style>*{display:none}</style>&lt;b&gt; <!-- "
    "abc\u202edef\u202c \u2067ghi\u2069 \x07 ۵ نفر </mark>"
)


#: Whether a mark can be seen in its pane.
INSIDE = """mark => {
    const mine = mark.getBoundingClientRect(), pane = mark.closest('.t').getBoundingClientRect();
    return mine.top >= pane.top && mine.bottom <= pane.bottom;
}"""
PAINTED = """Object.fromEntries(
    [...CSS.highlights].map(([name, ranges]) => [name, [...ranges].map(String).join('|')])
)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM:
        pytest.skip("no Chromium: install one, or name it in IE_MODEL_CHROMIUM")
    # Ended with the module: another event loop cannot run beside Playwright's.
    with playwright.sync_playwright() as running:
        launched = running.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield launched
        launched.close()


class Opened:
    """A page, and what it said and asked for."""

    def __init__(self, browser: Any, path: Path, anchor: str = "", **context: Any) -> None:
        self.messages: list[str] = []
        self.requests: list[str] = []
        self.context = browser.new_context(reduced_motion="reduce", **context)
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri() + anchor)

    def focused(self) -> str:
        return str(self.page.evaluate("document.activeElement.textContent"))

    def lit(self) -> list[str]:
        return [str(text) for text in self.page.locator(".t mark.on").all_text_contents()]

    def cards(self) -> int:
        return int(self.page.locator(".r:not([hidden])").count())

    def titles(self) -> list[str]:
        return [str(text) for text in self.page.locator(".list li:visible a").all_text_contents()]


@pytest.fixture
def opened(browser: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    made: list[Opened] = []

    def call(*articles: Made, anchor: str = "", language: Language = Language.FA, **context: Any) -> Opened:
        write_evidence(write_output(tmp_path / "out", articles), language=language)
        made.append(Opened(browser, tmp_path / "out/evidence.html", anchor, **context))
        return made[-1]

    yield call
    for one in made:
        one.context.close()
        assert one.messages == []
        assert {url.partition(":")[0] for url in one.requests} <= {"file", "data"}
        assert len(one.requests) <= 2


def two() -> tuple[Made, Made]:
    plain = Made("b", "خبر دوم: ۵۰۰ نفر در تهران")
    plain.record(
        plain.mention(AMOUNT, "۵۰۰ نفر", count(500)), confidence=0.6, place=("تهران", "IR-23", "تهران")
    )
    return progress(), plain


# --- reading -------------------------------------------------------------------------------------------


def test_focus_on_a_record_lights_its_mentions_and_no_other(opened: Any) -> None:
    view = opened(*two())
    assert view.lit() == []
    view.page.locator("#a1r2 h3 a").focus()
    assert view.lit() == ["بنیاد برکت", "۱۲۱ میلیارد تومان", "۷۰ درصد"]
    view.page.locator("#f-label").focus()
    view.page.locator("#a1r1 h3 a").focus()
    assert view.lit() == ["بانک ملی", "45794 نفر", "۵۰ هزار نفر", "۱۰۶ درصد"]


def test_a_pointer_on_a_record_does_the_same_while_it_is_there(opened: Any) -> None:
    view = opened(*two())
    view.page.locator("#a1r2 dl").hover()
    assert "بنیاد برکت" in view.lit()
    view.page.locator("h1").hover()
    assert view.lit() == []


def test_lighting_scrolls_the_text_to_its_mentions(opened: Any) -> None:
    made = progress()
    made.text += "\n" + "سطری دراز که جا می‌گیرد. " * 800 + "۷ نفر"
    made.record(made.mention(AMOUNT, "۷ نفر", count(7)))
    view = opened(made)
    mark = view.page.locator("#a1m9")
    assert not mark.evaluate(INSIDE)
    view.page.locator("#a1r3 h3 a").focus()
    assert mark.evaluate(INSIDE)
    assert view.page.evaluate("scrollY") == 0


def test_the_sentence_period_and_place_are_painted(opened: Any) -> None:
    view = opened(progress(shown="بانک 𐏈\u202e ملی"))
    view.page.locator("#a1r1 h3 a").focus()
    painted = view.page.evaluate(PAINTED)
    assert set(painted["ie-context"].split("|")) == {"استان البرز", "سال ۱۴۰۲"}
    assert painted["ie-sentence"].startswith(" در استان البرز سال ۱۴۰۲ ")


def test_keys_walk_through_records_to_the_text_and_back(opened: Any) -> None:
    view = opened(*two())
    keyboard = view.page.keyboard
    for _ in range(40):
        keyboard.press("Tab")
        if view.focused() == "رکورد ۱":
            break
    assert view.focused() == "رکورد ۱"
    keyboard.press("ArrowDown")
    assert view.focused() == "رکورد ۲"
    assert "بنیاد برکت" in view.lit()
    keyboard.press("Tab")
    assert view.focused() == "۱۲۱ میلیارد تومان"
    keyboard.press("Enter")
    assert view.page.evaluate("document.activeElement.id") == "a1m7"
    keyboard.press("Escape")
    assert view.page.evaluate("document.activeElement.hash") == "#a1m7"
    keyboard.press("Home")
    assert view.focused() == "رکورد ۱"


def test_keys_walk_through_articles(opened: Any) -> None:
    view = opened(*two())
    view.page.locator(".list li a").first.focus()
    view.page.keyboard.press("ArrowDown")
    view.page.keyboard.press("Enter")
    assert view.page.locator("#a2").is_visible()
    assert not view.page.locator("#a1").is_visible()
    assert view.page.evaluate("document.activeElement.id") == "a2h"
    view.page.locator("#previous").click()
    assert view.page.locator("#a1").is_visible()
    assert view.page.locator(".list [aria-current]").inner_text().startswith("بانک ملی گزارش داد")


def test_a_mention_leads_to_its_record(opened: Any) -> None:
    view = opened(*two())
    view.page.locator("#a1m6").click()
    assert view.focused() == "رکورد ۲"


def test_a_link_from_elsewhere_opens_its_record(opened: Any) -> None:
    view = opened(*two(), anchor="#a2r1")
    assert view.page.locator("#a2").is_visible()
    assert view.lit() == ["۵۰۰ نفر"]


def test_without_scripts_everything_is_there(opened: Any) -> None:
    view = opened(*two(), java_script_enabled=False)
    assert view.page.locator("#a1 .t").is_visible()
    assert view.page.locator("#a2 .t").is_visible()
    assert view.page.locator("#totals").is_visible()
    assert not view.page.locator(".filters").is_visible()


def test_print_shows_every_article_and_no_controls(opened: Any) -> None:
    view = opened(*two())
    view.page.emulate_media(media="print")
    assert [view.page.locator(f"#a{n} .t").is_visible() for n in (1, 2)] == [True, True]
    assert [view.page.locator(name).is_visible() for name in (".filters", ".list")] == [False, False]


# --- filters -------------------------------------------------------------------------------------------


def test_filters_leave_what_they_name(opened: Any) -> None:
    view = opened(*two())
    page = view.page
    assert (view.cards(), len(view.titles())) == (3, 2)
    page.locator("#f-label").select_option(label="هدف")
    assert (view.cards(), len(view.titles())) == (1, 1)
    assert page.locator("#shown").inner_text() == "۱ رکورد در ۱ خبر"
    page.locator("form button[type=reset]").click()
    page.locator("#shown", has_text=re.compile("^۳")).wait_for()
    page.locator("#f-institution").select_option(label="بنیاد برکت (۱)")
    assert page.locator(".r:not([hidden])").get_attribute("id") == "a1r2"
    page.locator("#f-institution").select_option("")
    page.locator("#f-province").select_option(label="تهران (۱)")
    assert page.locator("#a2").is_visible(), "the article that was shown has nothing left"
    page.locator("#f-province").select_option("")
    page.locator("#f-confidence").fill("60")
    assert view.cards() == 2
    page.locator("#f-confidence").fill("61")
    assert view.cards() == 1
    page.locator("#f-confidence").fill("0")
    page.locator("#f-failed").check()
    assert page.locator(".r:not([hidden])").get_attribute("id") == "a1r2"
    page.locator("#f-label").select_option(label="هدف")
    assert view.cards() == 0
    assert "هیچ رکوردی" in page.locator("#shown").inner_text()


def test_totals_lead_to_the_records_of_a_name(opened: Any) -> None:
    view = opened(*two())
    view.page.locator(".to-totals").click()
    assert view.page.locator("#totals").is_visible()
    view.page.locator("#totals button", has_text="تهران").click()
    assert view.page.locator("#a2").is_visible()
    assert view.page.locator("#f-province").evaluate("node => node.selectedOptions[0].text") == "تهران (۱)"
    assert view.cards() == 1


# --- what an article must not do -----------------------------------------------------------------------


def test_a_hostile_article_is_shown_as_text(opened: Any) -> None:
    made = Made(HOSTILE.replace("\x07", ""), HOSTILE, {HOSTILE: HOSTILE})
    made.record(made.mention(AMOUNT, "۵ نفر", count(5, HOSTILE)), place=("abc", HOSTILE, HOSTILE))
    view = opened(made)
    text = view.page.locator("#a1 .t")
    kept = "".join(char for char in HOSTILE if char not in "\u202e\u202c\u2067\u2069\x07")
    assert text.evaluate("node => node.textContent") == kept
    assert view.page.evaluate("typeof window.hacked") == "undefined"
    assert view.page.locator("main :is(script, style, img)").count() == 0
    assert view.page.locator("section").count() == 2
    assert text.is_visible()
    codes = text.locator(".x").evaluate_all("all => all.map(one => one.dataset.c)")
    assert codes == ["202E", "202C", "2067", "2069", "0007"]
    assert all(one.bounding_box()["width"] > 10 for one in text.locator(".x").all())


LEFT_EDGES = """(place, characters) => {
    const node = place.lastChild;
    return characters.map(at => {
        const range = new Range();
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        return range.getBoundingClientRect().left;
    });
}"""


@pytest.mark.parametrize("language", [*Language])
def test_persian_runs_from_right_to_left_in_either_language(opened: Any, language: Language) -> None:
    view = opened(progress(), language=language)
    for place in ("#a1m1", "#a1r1 .A a", "#a1r1 dd a", "#a1h"):
        text = str(view.page.locator(place).first.text_content())
        first, last = view.page.locator(place).first.evaluate(LEFT_EDGES, [0, len(text) - 1])
        assert first > last, text


def test_an_override_does_not_turn_what_follows(opened: Any) -> None:
    view = opened(Made("a", "abc\u202edef"))
    d, f = view.page.locator("#a1 .t").evaluate(LEFT_EDGES, [0, 2])
    assert d < f


# --- for everyone --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seeds_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (SHIPPED / MANIFEST).is_file():
        pytest.skip("no release is shipped in this checkout")
    from ie_model.extractor import Extractor

    out = tmp_path_factory.mktemp("seeds") / "out"
    predict_batch([ROOT / "seeds"], Extractor.load(), out)
    return write_evidence(out).pages[0]


VIEWS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1360, "height": 820}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1360, "height": 820}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_nothing_runs_out_of_the_window(browser: Any, seeds_page: Path, view: dict[str, Any]) -> None:
    opened = Opened(browser, seeds_page, **view)
    for anchor in ("#a1", "#a3r2", "#totals"):
        opened.page.goto(seeds_page.as_uri() + anchor)
        assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), anchor
    assert opened.messages == []
    opened.context.close()


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_axe_finds_nothing(browser: Any, seeds_page: Path, view: dict[str, Any]) -> None:
    if not Path(AXE).is_file():
        pytest.skip("no axe-core: name its axe.min.js in IE_MODEL_AXE (npm pack axe-core)")
    opened = Opened(browser, seeds_page, **view)
    for anchor in ("#a3r2", "#totals"):
        opened.page.goto(seeds_page.as_uri() + anchor)
        opened.page.evaluate(Path(AXE).read_text(encoding="utf-8") + "; 0")
        found = opened.page.evaluate("axe.run()")
        assert found["passes"]
        told = [(one["id"], one["impact"], one["nodes"][0]["html"]) for one in found["violations"]]
        assert told == [], anchor
    opened.context.close()


#: Contrast that WCAG 2.2 asks of small text (success criterion 1.4.3, level AA).
LEAST_CONTRAST = 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_labels_can_be_read_on_their_colours(opened: Any, scheme: str) -> None:
    """Axe does not look at generated content: the tags behind mentions are measured here."""
    view = opened(progress(), color_scheme=scheme)
    ratios = view.page.evaluate(
        """() => {
            const light = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255)
                .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
                .reduce((sum, part, n) => sum + part * [0.2126, 0.7152, 0.0722][n], 0);
            const paper = getComputedStyle(document.querySelector('.t')).backgroundColor;
            return ['A', 'T', 'P', 'I'].flatMap(kind => {
                const mark = document.querySelector(`.t mark.${kind}`);
                const tag = light(getComputedStyle(mark, '::after').color);
                return [getComputedStyle(mark).backgroundColor, paper].map(light).map(ground =>
                    (Math.max(tag, ground) + 0.05) / (Math.min(tag, ground) + 0.05));
            });
        }"""
    )
    assert len(ratios) == 8
    assert min(ratios) >= LEAST_CONTRAST


def test_labels_differ_without_colour(opened: Any) -> None:
    view = opened(progress())
    styles = view.page.evaluate(
        """() => ['A', 'T', 'P', 'I'].map(kind => {
            const mark = document.querySelector(`.t mark.${kind}`);
            return [getComputedStyle(mark).borderBlockEndStyle, getComputedStyle(mark, '::after').content];
        })"""
    )
    lines, tags = zip(*styles, strict=True)
    assert lines == ("solid", "dashed", "double", "dotted")
    assert [tag.strip('"') for tag in tags] == ["مقدار", "هدف", "درصد", "نهاد"]
