"""One article of the page: its head, its text with marks, and the cards of its records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import JsonValue

from ie_model.report.evidence.cards import Cards
from ie_model.report.evidence.index import Indexes
from ie_model.report.evidence.marked import marked
from ie_model.report.evidence.words import Words, cut
from ie_model.report.markup import Safe, element, joined
from ie_model.schema import Extraction

#: Characters of a headline and of one piece of meta that are shown.
TITLE_CHARS = 90
META_CHARS = 80
#: The same in the list of articles.
ENTRY_CHARS = 60
#: Pieces of meta that are shown.
META_SHOWN = 6


class Section(NamedTuple):
    """An article as it stands on the page."""

    anchor: str
    body: Safe
    entry: Safe
    """Its line in the list of articles."""
    records: int

    @property
    def size(self) -> int:
        """Bytes on the page."""
        return len(self.body.encode("utf-8")) + len(self.entry.encode("utf-8"))


def section(
    extraction: Extraction, text: str | None, *, number: int, words: Words, indexes: Indexes
) -> Section:
    """Return the section of one article.

    Args:
        extraction: What was found in it.
        text: The text it was found in; None where there is none any more.
        number: From 1, unique on the page.
        words: The page's language.
        indexes: Of the page; the article's names are counted there.
    """
    anchor = f"a{number}"
    cards = Cards(extraction, anchor, words, indexes)
    title = headline(text) or extraction.id or words("untitled")
    failed = sum(not check.agrees for record in extraction.records for check in record.checks)
    body = element(
        "section",
        element(
            "header",
            element("h2", title, id=f"{anchor}h", tabindex=-1),
            element("p", *_meta(extraction, words), class_="meta"),
            _warnings(extraction, words),
        ),
        _text(extraction, text, cards, words),
        element(
            "div",
            element("ol", *cards) if extraction.records else element("p", words("no_records"), class_="none"),
            class_="cards",
        ),
        id=anchor,
        aria_labelledby=f"{anchor}h",
    )
    counts = words("records_of", n=len(extraction.records))
    entry = element(
        "li",
        element(
            "a",
            cut(title, ENTRY_CHARS),
            element("small", counts, element("em", words("failed_of", n=failed)) if failed else None),
            href=f"#{anchor}",
        ),
    )
    return Section(anchor, body, entry, len(extraction.records))


def headline(text: str | None) -> str:
    """Return the first line of ``text`` that shows something, cut at :data:`TITLE_CHARS`."""
    lines = (line.strip() for line in (text or "").splitlines())
    line = next((line for line in lines if any(char.isalnum() for char in line)), "")
    return cut(line.lstrip("#*•- "), TITLE_CHARS)


def _text(extraction: Extraction, text: str | None, cards: Cards, words: Words) -> Safe:
    if text is None:
        return element("div", element("p", words("no_text"), class_="none"), class_="t lost")
    # Blank lines above the headline are there, but take no room.
    blank = len(text) - len(text.lstrip())
    if any(mention.start < blank for mention in extraction.mentions):
        blank = 0
    body = joined(
        element("span", text[:blank], class_="blank") if blank else None,
        marked(text, extraction.mentions, cards.mention_ids(), start=blank),
    )
    return element("div", body, class_="t", role="region", aria_label=words("text"), tabindex=0)


def _meta(extraction: Extraction, words: Words) -> Iterator[Safe]:
    yield element("span", f"{words('id')}: ", element("bdi", extraction.id))
    shown = [(key, value) for key, value in extraction.meta.items() if _is_plain(value)]
    for key, value in shown[:META_SHOWN]:
        pair = (cut(key, META_CHARS), cut(str(value), META_CHARS))
        yield element("span", element("bdi", pair[0]), ": ", element("bdi", pair[1]))


def _is_plain(value: JsonValue) -> bool:
    return isinstance(value, str | int | float) and value != ""


def _warnings(extraction: Extraction, words: Words) -> Safe | None:
    if not extraction.warnings:
        return None
    lines = [element("li", element("bdi", warning)) for warning in extraction.warnings]
    return element("details", element("summary", words("warnings", n=len(lines))), element("ul", *lines))
