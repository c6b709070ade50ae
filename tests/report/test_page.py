"""What a page shows, and that it is one file which asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.report.evidence import Language, write_evidence
from ie_model.report.evidence.index import Indexes
from ie_model.report.evidence.sections import headline, section
from ie_model.report.evidence.words import grouped, normalised, read_words
from ie_model.schema import AMOUNT, Quantity
from tests.report.making import Made, Node, count, parsed, progress, write_output
from tests.report.test_markup import HOSTILE


def page_of(folder: Path, *made: Made, language: Language = Language.FA) -> Node:
    write_evidence(write_output(folder / "out", made), language=language)
    return parsed((folder / "out/evidence.html").read_text(encoding="utf-8"))


@pytest.fixture
def page(tmp_path: Path) -> Node:
    return page_of(tmp_path, progress())


def cards_of(page: Node) -> list[Node]:
    return [node for node in page.all("li") if "data-s" in node.attributes]


def test_the_article_stands_there_to_the_letter(page: Node) -> None:
    assert page.one("div", class_="t").text == progress().text


def test_mentions_are_marked_by_label(page: Node) -> None:
    marks = {mark.text: mark.attributes["class"] for mark in page.one("div", class_="t").all("mark")}
    assert marks == {
        "بانک ملی": "I",
        "45794 نفر": "T",
        "۵۰ هزار نفر": "A",
        "۱۰۶ درصد": "P",
        "بنیاد برکت": "I",
        "۱۲۱ میلیارد تومان": "A",
        "۷۰ درصد": "P",
    }


def test_a_card_shows_the_article_s_digits_and_the_number_beside(page: Node) -> None:
    first, second = cards_of(page)
    rows = [
        [part.text for part in row.children if isinstance(part, Node)] for row in first.one("ul").all("li")
    ]
    assert rows == [
        ["مقدار", "۵۰ هزار نفر", "حدود 50,000 نفر"],
        ["هدف", "45794 نفر", "45,794 نفر"],
        ["درصد", "۱۰۶ درصد", "106 ٪"],
    ]
    money = second.one("ul").all("li")[0]
    assert [part.text for part in money.all("span")] == ["121,000,000,000 تومان", "1,210,000,000,000 ریال"]


def test_a_card_shows_whose_when_where_how_sure_and_its_checks(page: Node) -> None:
    first, second = cards_of(page)
    facts = {term.text: value.text for term, value in zip(first.all("dt"), first.all("dd"), strict=True)}
    assert facts == {
        "نهاد": "بانک ملی",
        "دوره": "سال ۱۴۰۲۱۴۰۲/۰۱/۰۱ تا ۱۴۰۲/۱۲/۲۹",
        "مکان": "البرزIR-30",
        "بررسی‌ها": "✓ پیشرفت می‌خواند: در متن 106، از محاسبه 106.09",
    }
    assert first.one("h3").one("span").text == "اطمینان ۹۷٪"
    assert second.one("span", class_="no").text == "✗ سهم نمی‌خواند: در متن 70، از محاسبه 60.5"
    assert (first.attributes["class"], second.attributes["class"]) == ("r", "r f")


def test_every_link_leads_somewhere_on_the_page(page: Node) -> None:
    ids = [
        node.attributes["id"]
        for tag in ("li", "mark", "section", "main", "h2")
        for node in page.all(tag)
        if "id" in node.attributes
    ]
    assert len(ids) == len(set(ids))
    links = {link.attributes["href"] for link in page.all("a")}
    assert links
    assert {link[1:] for link in links if link} <= set(ids)
    first = cards_of(page)[0]
    leads = [
        page.one("mark", id=(link.attributes["href"] or "")[1:]).text for link in first.one("ul").all("a")
    ]
    assert leads == [link.text for link in first.one("ul").all("a")]


def test_a_repeat_names_the_record_that_it_repeats(tmp_path: Path) -> None:
    made = Made("a", "۴۵۷۹۴ نفر. ۴۵۷۹۴ نفر")
    for repeats in (None, "r1"):
        made.record(made.mention(AMOUNT, "۴۵۷۹۴ نفر", count(45794)), repeats=repeats)
    link = cards_of(page_of(tmp_path, made))[1].one("dd").one("a")
    assert (link.text, link.attributes["href"]) == ("رکورد ۱", "#a1r1")


def test_filters_offer_what_the_page_has(page: Node) -> None:
    def offered(name: str) -> list[str]:
        return [option.text for option in page.one("select", id=f"f-{name}").all("option")]

    assert offered("label") == ["همهٔ برچسب‌ها", "مقدار", "هدف", "درصد", "نهاد"]
    assert offered("institution") == ["همهٔ نهادها", "بانک ملی (۱)", "بنیاد برکت (۱)"]
    assert offered("province") == ["همهٔ استان‌ها", "البرز (۱)"]
    first, second = cards_of(page)
    assert [(card.attributes["data-i"], card.attributes.get("data-p")) for card in (first, second)] == [
        ("0", "0"),
        ("1", None),
    ]
    assert (first.attributes["data-c"], second.attributes["data-c"]) == ("97", "42")


def test_totals_stand_on_the_page(page: Node) -> None:
    rows = [
        [cell.text for cell in row.children if isinstance(cell, Node)]
        for row in page.one("section", id="totals").all("tr")
    ]
    assert ["نهاد", "برچسب", "جمع", "یکا", "تعداد"] in rows
    assert ["بنیاد برکت", "مقدار", "1,210,000,000,000121,000,000,000 تومان", "ریال", "۱"] in rows
    assert ["البرز", "مقدار", "50,000", "نفر", "۱ (۱ نادقیق)"] in rows


def test_it_is_right_to_left_and_says_its_language(page: Node, tmp_path: Path) -> None:
    assert page.one("html").attributes == {"lang": "fa", "dir": "rtl"}
    english = page_of(tmp_path / "en", progress(), language=Language.EN)
    assert english.one("html").attributes == {"lang": "en", "dir": "ltr"}
    assert cards_of(english)[0].all("dd")[1].text == "سال ۱۴۰۲2023-03-21 to 2024-03-19"
    assert english.one("div", class_="t").text == progress().text


def test_both_languages_have_the_same_words() -> None:
    fa, en = (read_words(language).table for language in Language)
    assert list(fa) == list(en)
    fields = re.compile(r"\{(\w+)\}")
    assert [set(fields.findall(text)) for text in fa.values()] == [
        set(fields.findall(text)) for text in en.values()
    ]


def test_it_asks_nobody_for_anything(tmp_path: Path) -> None:
    page_of(tmp_path, progress(shown="<img src=//x.example/a>"))
    source = (tmp_path / "out/evidence.html").read_text(encoding="utf-8")
    page = parsed(source)
    policy = page.one("meta", http_equiv="Content-Security-Policy").attributes["content"] or ""
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules.pop("img-src") == "data:"
    for kind in ("script", "style"):
        (content,) = (child for child in page.one(kind).children if isinstance(child, str))
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert rules.pop(f"{kind}-src") == f"'sha256-{digest}'"
    assert rules == {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}
    assert not [tag for tag in ("img", "iframe", "object", "embed", "base") if page.all(tag)]
    assert [link.attributes["href"] for link in page.all("link")] == ["data:,"]
    assert "http://" not in source.replace("http-equiv", "")
    assert "https://" not in source
    assert "@import" not in source
    assert "url(" not in source
    # The policy forbids both, and the browser would say so in its console.
    assert "style=" not in source
    assert not re.search(r"<[^>]+ on\w+=", source)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_article_breaks_out_of_its_section(text: str, id: str, value: str) -> None:
    made = Made(id, f"{text} ۵ نفر {text}", {value or "k": value})
    made.record(made.mention(AMOUNT, "۵ نفر", count(5)))
    words, indexes = read_words(Language.FA), Indexes()
    made_section = section(
        made.extraction.model_copy(update={"warnings": (value,)}),
        made.text,
        number=1,
        words=words,
        indexes=indexes,
    )
    page = parsed(made_section.body)
    assert page.one("div", role="region").text == made.text
    assert page.one("details").one("ul").text == value
    assert not any(page.all(tag) for tag in ("script", "style", "img", "svg"))
    assert parsed(made_section.entry).one("a").attributes == {"href": "#a1"}
    assert id in page.one("p", class_="meta").text


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("\n\n  تیتر خبر \nمتن", "تیتر خبر"),
        ("## تیتر", "تیتر"),
        ("***\n—\nتیتر", "تیتر"),
        ("الف" * 50, "الف" * 30 + "…"),
        ("…", ""),
        (None, ""),
    ],
)
def test_the_headline_is_the_first_line_that_says_something(text: str | None, title: str) -> None:
    assert headline(text) == title


NUMBERS = {
    "45794": "45,794",
    "0.50": "0.5",
    "1E+12": "1,000,000,000,000",
    "-3": "-3",
    "0E-3": "0",
    "100": "100",
}


@pytest.mark.parametrize(("value", "written"), NUMBERS.items())
def test_numbers_are_written_out(value: str, written: str) -> None:
    assert grouped(Decimal(value)) == written


def test_a_range_shows_both_ends() -> None:
    assert (
        normalised(Quantity(kind="count", low=Decimal(30), high=Decimal(4000), modifier="range"))
        == "30 – 4,000"
    )
    assert normalised(Quantity(kind="count")) == ""


@pytest.mark.parametrize("interval", ["", "2024", "soon/later", "2024-01-01/x"])
def test_an_interval_that_is_none_stays_as_it_is(interval: str) -> None:
    assert read_words(Language.FA).interval(interval) == interval


@given(st.floats(0, 1))
def test_confidence_is_never_rounded_up(share: float) -> None:
    assert int(read_words(Language.EN).percent(share).rstrip("%")) <= share * 100
