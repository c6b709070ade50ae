"""A page: its head, filters, list of articles, and the sections.

Strict by its own policy: no network at all, no script or style but the two that stand in it, named by their
SHA-256. Without scripts every article stands below the other, and the links of a card lead to its mentions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources

from ie_model.report.evidence.index import Choice, Indexes
from ie_model.report.evidence.marked import CLASSES
from ie_model.report.evidence.sections import Section
from ie_model.report.evidence.words import Words
from ie_model.report.head import page_head
from ie_model.report.markup import Safe, element, joined
from ie_model.schema import ModelInfo


@dataclass
class Page:
    """The articles of one page, and the names that its filters offer."""

    number: int = 1
    sections: list[Section] = field(default_factory=list)
    indexes: Indexes = field(default_factory=Indexes)
    size: int = 0
    """Bytes of the sections and of their lines in the list."""


@dataclass(frozen=True)
class Shell:
    """What all pages of one run share: language and model."""

    words: Words
    model: ModelInfo

    def render(self, page: Page, *, totals: Safe | None, links: Sequence[tuple[int, str]]) -> Iterator[str]:
        """Yield the HTML of ``page``, piece by piece.

        Args:
            page: Its articles.
            totals: The section of totals, where this page has it.
            links: Number and file name of the pages that are linked, this one among them; none for one page.
        """
        words = self.words
        style, script = asset("page.css"), asset("page.js")
        yield f"<!DOCTYPE html>\n<html lang={words.language} dir={words('direction')}>\n"
        yield self._head(page, links, style, script)
        yield "<body>\n"
        yield joined(
            element("a", words("skip"), href="#main", class_="skip"),
            self._banner(page, links, totals=totals is not None),
            self._list(page),
        )
        yield "\n<main id=main tabindex=-1>\n"
        if totals is not None:
            yield totals + "\n"
        for section in page.sections:
            yield section.body + "\n"
        yield "</main>\n"
        yield element("footer", self._made_by(), element("span", words("keys"), class_="keys"))
        yield joined("\n", element("script", script), "\n") + "</body>\n</html>\n"

    def _head(self, page: Page, links: Sequence[tuple[int, str]], style: Safe, script: Safe) -> Safe:
        title = self.words("title") + (f" ({self._part(page)})" if links else "")
        return page_head(title, style=style, script=script)

    def _banner(self, page: Page, links: Sequence[tuple[int, str]], *, totals: bool) -> Safe:
        words = self.words
        records = sum(section.records for section in page.sections)
        lead = words("lead", records=records, articles=len(page.sections))
        return element(
            "header",
            element("h1", words("title")),
            element("p", lead, class_="lead"),
            element("a", words("totals"), href="#totals", class_="to-totals") if totals else None,
            self._parts(page, links),
            self._legend(),
            element("details", element("summary", words("filters")), self._filters(page), class_="fold"),
            class_="banner",
        )

    def _part(self, page: Page) -> str:
        return self.words("part", n=page.number)

    def _parts(self, page: Page, links: Sequence[tuple[int, str]]) -> Safe | None:
        if not links:
            return None
        shown = (
            element(
                "a",
                self.words.count(number),
                href=name,
                aria_current="page" if number == page.number else None,
            )
            for number, name in links
        )
        return element("nav", self.words("parts"), *shown, class_="parts", aria_label=self.words("parts"))

    def _filters(self, page: Page) -> Safe:
        words = self.words
        labels = [Choice(number, words(name), 0) for number, name in enumerate(CLASSES)]
        slider = element("input", type="range", id="f-confidence", min=0, max=99, value=0, step=1)
        return element(
            "form",
            self._select("label", labels),
            self._select("institution", page.indexes.institutions.choices()),
            self._select("province", page.indexes.provinces.choices()),
            element(
                "label",
                element("span", words("least")),
                slider,
                element("output", words.percent(0), for_="f-confidence"),
                for_="f-confidence",
                class_="slider",
            ),
            element(
                "label",
                element("input", type="checkbox", id="f-failed"),
                words("failed_only"),
                class_="check",
            ),
            element("button", words("reset"), type="reset"),
            element(
                "p",
                role="status",
                id="shown",
                data_shown=words("shown", r="{r}", a="{a}"),
                data_none=words("none_shown"),
            ),
            class_="filters",
            aria_label=words("filters"),
            hidden=True,
        )

    def _select(self, name: str, choices: Sequence[Choice]) -> Safe:
        options = [element("option", self.words(f"any_{name}"), value="")]
        for choice in choices:
            count = f" ({self.words.count(choice.records)})" if choice.records else ""
            options.append(element("option", f"{choice.name}{count}", value=choice.number))
        return element(
            "label",
            element("span", self.words(name)),
            element("select", *options, id=f"f-{name}"),
            for_=f"f-{name}",
        )

    def _legend(self) -> Safe:
        marks = [
            element("li", element("mark", self.words(name), class_=kind)) for name, kind in CLASSES.items()
        ]
        return element("ul", *marks, class_="legend", aria_label=self.words("legend"))

    def _list(self, page: Page) -> Safe:
        words = self.words
        entries = element("ol", *(section.entry for section in page.sections))
        steps = element(
            "div",
            element("button", words("previous"), type="button", id="previous"),
            element("button", words("next"), type="button", id="next"),
            class_="steps",
            hidden=True,
        )
        return element(
            "nav",
            element("h2", words("articles")),
            steps,
            entries,
            class_="list",
            aria_label=words("articles"),
        )

    def _made_by(self) -> Safe:
        return element("span", self.words("made_by", name=self.model.name, version=self.model.version))


@lru_cache(maxsize=2)
def asset(name: str) -> Safe:
    """Return one of the two files of ours that stand in the page as they are."""
    return Safe((resources.files("ie_model.report.evidence") / "data" / name).read_text(encoding="utf-8"))
