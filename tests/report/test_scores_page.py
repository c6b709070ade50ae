"""The score page: whole, escaped, self-contained, the same every time."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given

from ie_model.corpus.model import AnnotatedArticle
from ie_model.errors import IeModelError, MissingExtraError, OutputError
from ie_model.evaluation.evaluate import report_on
from ie_model.evaluation.mistakes import find_mistakes
from ie_model.evaluation.report import EvaluationReport
from ie_model.report.scores import browser
from ie_model.report.scores.browser import KINDS, ErrorBrowser, labels_of
from ie_model.report.scores.context import LONGEST_GAP, Contexts
from ie_model.report.scores.surfaces import frequent_surfaces
from ie_model.report.scores.write import check_report_path, write_scores
from ie_model.schema import AMOUNT, INSTITUTION, TARGET
from tests.evaluation.making import BANK, MONEY, TEXT, Said, articles, gold, predicted
from tests.report.making_scores import HOSTILE_ID, Measured, measured

pytest.importorskip("matplotlib")


class Seen(HTMLParser):
    """The tags of a page with their attributes, and the text outside script and style."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "img", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in {"script", "style"}:
            self.text += data


def seen(html: str) -> Seen:
    parser = Seen()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser


@pytest.fixture(scope="module")
def made() -> Measured:
    return measured()


@pytest.fixture(scope="module")
def page(made: Measured, tmp_path_factory: pytest.TempPathFactory) -> str:
    return made.write(tmp_path_factory.mktemp("page") / "scores.html").read_text(encoding="utf-8")


def test_everything_of_an_article_is_escaped(page: str) -> None:
    found = seen(page)
    assert Counter(tag for tag, _ in found.tags)["script"] == 1
    assert {tag for tag, _ in found.tags}.isdisjoint({"iframe", "object", "base"})
    images = [attributes for tag, attributes in found.tags if tag == "img"]
    assert all((image["src"] or "").startswith("data:image/png;base64,") for image in images)
    assert not any(name.startswith("on") for _, attributes in found.tags for name in attributes)
    assert "<script>alert(1)</script>" in found.text
    assert "<img src=x onerror=alert(2)>" in found.text
    assert HOSTILE_ID in found.text
    assert "\u202e" not in page
    assert {"data-c": "202E", "class": "x"} in [attributes for tag, attributes in found.tags if tag == "i"]


def test_nothing_is_loaded_and_only_the_own_script_may_run(page: str) -> None:
    links = [attributes.get(name) for _, attributes in seen(page).tags for name in ("src", "href")]
    assert [link for link in links if link and not link.startswith(("data:", "#"))] == []
    metas = [str(attributes.get("content")) for tag, attributes in seen(page).tags if tag == "meta"]
    policy = next(content for content in metas if content.startswith("default-src 'none'"))
    for kind in ("script", "style"):
        own = re.findall(rf"<{kind}>(.*?)</{kind}>", page, re.DOTALL)
        assert len(own) == 1
        digest = base64.b64encode(hashlib.sha256(own[0].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_every_mistake_stands_on_the_page_with_what_filters_read(page: str, made: Measured) -> None:
    items = [attributes for _, attributes in seen(page).tags if attributes.get("class") == "e"]
    assert len(items) == len(made.mistakes) > 8
    for item, mistake in zip(items, made.mistakes, strict=True):
        assert item["data-kind"] == mistake.kind
        assert item["data-article"] == mistake.article
        assert (item["data-labels"] or "").split("\n") == list(labels_of(mistake))
    assert {mistake.kind for mistake in made.mistakes} == set(KINDS) - {"wrong_label_and_span"}


def test_numbers_of_the_plots_stand_in_tables(page: str, made: Measured) -> None:
    text = seen(page).text
    micro = made.report.mentions.strict.micro
    assert f"{micro.f1:.3f}" in text
    assert f"{micro.low:.3f}–{micro.high:.3f}, support {micro.support}" in text
    images = [attributes for tag, attributes in seen(page).tags if tag == "img"]
    assert len(images) == 4  # scores, confusion, slices, surfaces
    assert all("stand in" in (image["alt"] or "") for image in images)


def test_articles_run_right_to_left(page: str) -> None:
    texts = [attributes for tag, attributes in seen(page).tags if attributes.get("class") == "text"]
    assert texts
    assert all((text["dir"], text["lang"]) == ("rtl", "fa") for text in texts)


def test_a_folder_gets_plots_scores_and_mistakes_too(made: Measured, tmp_path: Path, page: str) -> None:
    out = made.write(tmp_path / "report")
    assert out == tmp_path / "report" / "scores.html"
    assert out.read_text(encoding="utf-8") == page  # the same figures, the same bytes
    plots = {path.name for path in (tmp_path / "report" / "plots").iterdir()}
    assert plots == {"scores.png", "confusion.png", "slices.png", "surfaces.png"}
    scores = json.loads((tmp_path / "report" / "scores.json").read_text(encoding="utf-8"))
    assert EvaluationReport.model_validate(scores) == made.report
    lines = (tmp_path / "report" / "mistakes.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(made.mistakes)


def test_a_model_without_mistakes_has_a_page_too(tmp_path: Path, made: Measured) -> None:
    right = [article for article in made.articles if article.id.startswith("right")]
    report = report_on(right, made.predicted, resamples=10)
    html = write_scores(tmp_path / "a.html", report, right, made.predicted, []).read_text(encoding="utf-8")
    assert "There is none." in html
    assert "filters" not in html.partition("<body>")[2].partition("<script>")[0]


def test_given_mentions_leave_out_what_they_cannot_tell(tmp_path: Path, made: Measured) -> None:
    report = report_on(made.articles, made.predicted, given_mentions=True, resamples=10)
    path = write_scores(tmp_path / "a.html", report, made.articles, made.predicted, made.mistakes)
    text = seen(path.read_text(encoding="utf-8")).text
    assert "gold mentions given" in text
    assert "Mentions, strict" not in text
    assert "Gold label (row)" not in text


def test_warnings_of_the_report_stand_on_top(tmp_path: Path, made: Measured) -> None:
    report = made.report.model_copy(update={"seen_in_training": ("right1",), "missing": ("x",)})
    path = write_scores(tmp_path / "a.html", report, made.articles, made.predicted, [])
    text = seen(path.read_text(encoding="utf-8")).text
    assert "trained on 1 of these 12 articles (right1): the scores are too good" in text
    assert "No extraction of 1 articles (x)" in text


def test_more_mistakes_than_a_page_holds_are_thinned_out(
    made: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "MAX_SHOWN", 4)
    one = ErrorBrowser(made.articles, made.predicted, made.mistakes)
    assert 0 < len(one.shown()) <= 4
    assert len(list(one.items())) == len(one.shown())


# --- a mistake in its sentence --------------------------------------------------------------------------


def text_of(html: str) -> str:
    return seen(re.sub(r"<sub>.*?</sub>", "", html)).text


def test_both_sides_show_the_same_words() -> None:
    gold_side = gold([BANK, MONEY], text=f"اول. {TEXT} آخر.").mentions
    contexts = Contexts(f"اول. {TEXT} آخر.", gold_side, [])
    window = contexts.window(gold_side[0].start, gold_side[0].end)
    mine, theirs = contexts.sides(window, [(gold_side[0].start, gold_side[0].end)], [])
    assert text_of(mine) == text_of(theirs) == TEXT
    assert mine.count("<mark") == 1
    assert mine.count("<span class=") == 1  # the other mention, which is not at fault
    assert theirs.count("class=here") == 1
    assert "بانک ملی" in re.findall(r"<span class=here>(.*?)</span>", theirs)


def test_marks_that_cross_are_cut_and_lose_no_text() -> None:
    text = "یک دو سه چهار پنج"
    sides = (
        gold([Said(AMOUNT, "یک دو سه")], text=text).mentions,
        predicted([Said(TARGET, "دو سه چهار")], text=text).mentions,
    )
    contexts = Contexts(text, *sides)
    mine, theirs = contexts.sides((0, len(text)), [(0, 8)], [(3, 13)])
    assert text_of(mine) == text_of(theirs) == text
    assert len(re.findall("<sub>", mine)) == 1


def test_long_text_without_a_mark_is_cut() -> None:
    text = f"بانک {'و ' * 1000}ملی"
    mentions = gold([Said(INSTITUTION, "بانک"), Said(INSTITUTION, "ملی")], text=text).mentions
    contexts = Contexts(text, mentions, [])
    mine, theirs = contexts.sides((0, len(text)), [(one.start, one.end) for one in mentions], [])
    assert len(text_of(mine)) < 2 * LONGEST_GAP
    assert "…" in mine
    assert text_of(mine) == text_of(theirs)


@given(articles(), articles())
def test_every_article_can_be_shown(one: AnnotatedArticle, two: AnnotatedArticle) -> None:
    contexts = Contexts(one.text, one.mentions, two.mentions)
    spans = [[(m.start, m.end) for m in side.mentions] for side in (one, two)]
    for side in contexts.sides((0, len(one.text)), *spans):
        assert text_of(side) == one.text


def test_words_are_counted_by_their_folded_spelling() -> None:
    twice = gold([BANK, Said(INSTITUTION, "بانك ملي")])
    (found,) = frequent_surfaces(find_mistakes([twice], {}))
    assert (found.text, found.kinds) == ("بانک ملی", {"missed": 2})


# --- wrong calls ----------------------------------------------------------------------------------------


def test_paths_that_can_be_no_report(tmp_path: Path) -> None:
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "file").write_text("")
    for path in ("scores.pdf", "folder.html", "file"):
        with pytest.raises(IeModelError):
            check_report_path(tmp_path / path)
    for path in ("scores.html", "new", "."):
        check_report_path(tmp_path / path)


def test_without_matplotlib_nothing_begins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ie_model.extras._is_there", lambda name: name != "matplotlib")
    with pytest.raises(MissingExtraError, match=r"ie-model\[plots\]"):
        check_report_path(tmp_path / "a.html")


def test_a_matplotlib_that_writes_persian_wrong_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import matplotlib as mpl

    monkeypatch.setattr(mpl, "__version_info__", mpl.__version_info__._replace(major=3, minor=10))
    with pytest.raises(MissingExtraError, match=r"matplotlib from 3\.11"):
        check_report_path(tmp_path / "a.html")


def test_a_page_that_cannot_be_written_is_told(made: Measured, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        made.write(tmp_path / "file" / "scores.html")
    assert replace(made, mistakes=[]).mistakes == []
