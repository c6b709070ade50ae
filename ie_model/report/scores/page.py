"""The score page: one HTML file that opens from the disk and asks no network for anything.

Its policy lets no script and no style run but the two that stand in it, named by their SHA-256. Without
scripts everything is there but the filters. Every plot has the table of its numbers behind it.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Final

from ie_model.evaluation.confusion import Confusion
from ie_model.evaluation.learning import CurvePoint
from ie_model.evaluation.report import EvaluationReport
from ie_model.report.evidence.marked import CLASSES
from ie_model.report.head import page_head
from ie_model.report.markup import Safe, element, joined
from ie_model.report.scores import tables
from ie_model.report.scores.browser import ErrorBrowser
from ie_model.report.scores.figures import DOTS

_SHOWN_IDS: Final = 5


@dataclass(frozen=True)
class ScorePage:
    """What the page shows.

    Attributes:
        report: The scores.
        confusion: Gold labels against predicted ones; None where gold mentions were given.
        browser: The mistakes.
        curve: Points of a learning curve by series; empty for none.
        figures: Plots as PNG, by the name that :data:`FIGURES` has.
    """

    report: EvaluationReport
    confusion: Confusion | None
    browser: ErrorBrowser
    curve: Mapping[str, Sequence[CurvePoint]] = field(default_factory=dict)
    figures: Mapping[str, bytes] = field(default_factory=dict)

    def render(self) -> Iterator[str]:
        """Yield the HTML piece by piece."""
        style, script = _asset("scores.css"), _asset("scores.js")
        yield "<!DOCTYPE html>\n<html lang=en dir=ltr>\n"
        yield page_head(self._title(), style=style, script=script)
        yield "<body>\n"
        yield joined(
            element("a", "Skip to the mistakes", href="#mistakes", class_="skip"),
            element("header", element("h1", self._title()), element("p", self._lead()), *self._warnings()),
            self._nav(),
        )
        yield "\n<main>\n"
        for name, title, parts in self._sections():
            yield element("section", element("h2", title), *parts, id=name) + "\n"
        yield "<section id=mistakes tabindex=-1>\n"
        yield from self._mistakes()
        yield "</section>\n</main>\n"
        yield element(
            "footer",
            "Made by ie-model evaluate --report. Keys: ↑ ↓ (or k, j) between mistakes, / to the words.",
        )
        yield joined("\n", element("script", script), "\n") + "</body>\n</html>\n"

    def _title(self) -> str:
        model = self.report.model
        return f"Scores of {model.name} {model.version}" if model else "Scores"

    def _lead(self) -> str:
        report = self.report
        corpus = f", corpus {report.corpus_fingerprint[:12]}" if report.corpus_fingerprint else ""
        given = ", gold mentions given" if report.given_mentions else ""
        return (
            f"{report.articles} articles{corpus}{given}. Intervals: {report.interval_level:.0%}, "
            f"{report.resamples} bootstrap resamples of articles, seed {report.seed}."
        )

    def _warnings(self) -> Iterator[Safe]:
        seen, missing = self.report.seen_in_training, self.report.missing
        if seen:
            of = f"{len(seen)} of these {self.report.articles} articles ({_some(seen)})"
            said = f"The model was trained on {of}: the scores are too good."
            yield element("p", said, class_="warning")
        if missing:
            said = (
                f"No extraction of {len(missing)} articles ({_some(missing)}): all in them counts as missed."
            )
            yield element("p", said, class_="warning")

    def _nav(self) -> Safe:
        links = [element("a", title, href=f"#{name}") for name, title, _ in self._sections()]
        return element(
            "nav", *links, element("a", "Mistakes", href="#mistakes"), aria_label="Parts of the page"
        )

    def _sections(self) -> Iterator[tuple[str, str, list[Safe]]]:
        """Yield id, title and content of every part that there is something for, but the mistakes."""
        report = self.report
        yield "scores", "Scores", [tables.headline(report), *self._figure("scores"), *self._score_tables()]
        if self.confusion is not None:
            body = [*self._figure("confusion"), _folded(tables.confusion_table(self.confusion))]
            yield "confusion", "Confusion", body
        if report.confidence is not None:
            kinds = {"mentions": report.confidence.mentions, "records": report.confidence.records}
            found = [tables.reliability_table(kind, one) for kind, one in kinds.items() if one is not None]
            if found:
                yield "confidence", "Confidence", [*self._figure("reliability"), _folded(*found)]
        if self.curve:
            body = [*self._figure("curve"), _folded(tables.curve_table(self.curve))]
            yield "curve", "Learning curve", body
        if report.slices:
            slices = tables.score_table(
                "Mentions of parts of the corpus, strict", "part", report.slices.items()
            )
            yield "slices", "Slices", [*self._figure("slices"), _folded(slices)]

    def _score_tables(self) -> Iterator[Safe]:
        report, found = self.report, []
        if not report.given_mentions:
            either = report.mentions.amount_or_target
            strict, overlap = (either.strict, either.overlap) if either else (None, None)
            found.append(tables.mention_table("Mentions, strict", report.mentions.strict, strict))
            found.append(tables.mention_table("Mentions, overlapping", report.mentions.overlap, overlap))
        links = [*report.links.items(), ("record exact", report.records)]
        yield _folded(
            *found, tables.value_table(report), tables.score_table("Links and records", "kind", links)
        )

    def _mistakes(self) -> Iterator[str]:
        browser = self.browser
        yield element("h2", "Mistakes")
        if not browser.mistakes:
            yield element("p", "There is none.")
            return
        yield joined(*self._figure("surfaces"))
        labels = self.confusion.labels if self.confusion is not None else self.report.values.labels
        yield browser.table(tuple(labels))
        shown, total = len(browser.shown()), len(browser.mistakes)
        if shown < total:
            yield element(
                "p",
                f"{shown} of {total} mistakes are shown, evenly spread; --errors writes all.",
                class_="warning",
            )
        yield element("p", "Letters: ", *_legend(), class_="legend")
        yield browser.filters()
        yield "<ol class=errors>\n"
        for item in browser.items():
            yield item + "\n"
        yield "</ol>\n"

    def _figure(self, name: str) -> Iterator[Safe]:
        if name in self.figures:
            png = self.figures[name]
            data = base64.b64encode(png).decode("ascii")
            # The size as drawn, at the usual density of a screen, from the head of the PNG.
            width, height = (round(size * 96 / DOTS) for size in struct.unpack(">II", png[16:24]))
            source = f"data:image/png;base64,{data}"
            yield element("figure", element("img", src=source, alt=FIGURES[name], width=width, height=height))


FIGURES: Final = {
    "scores": "Plot of the scores by label with their intervals; the numbers stand in the tables below.",
    "confusion": "Plot of the confusion matrix; the numbers stand in the table below.",
    "reliability": "Plot of confidence against the share right; the numbers stand in the tables below.",
    "curve": "Plot of scores by the number of training articles; the numbers stand in the table below.",
    "slices": "Plot of the scores of parts of the corpus; the numbers stand in the table below.",
    "surfaces": "Plot of the words that are got wrong most often; their mistakes stand in the list below.",
}
"""Plots by name, and what is said to who cannot see them."""


def _legend() -> Iterator[Safe]:
    for label, letter in CLASSES.items():
        yield element("span", element("mark", label, element("sub", letter), class_=f"m {letter}"), " ")


def _folded(*content: Safe) -> Safe:
    return element("details", element("summary", "The numbers"), *content)


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:_SHOWN_IDS]) + (", …" if len(ids) > _SHOWN_IDS else "")


@lru_cache(maxsize=2)
def _asset(name: str) -> Safe:
    """Return one of the two files of ours that stand in the page as they are."""
    return Safe((resources.files("ie_model.report.scores") / "data" / name).read_text(encoding="utf-8"))
