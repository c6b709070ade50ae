"""The list of mistakes on the page: gold beside predicted, in the sentence, with what the filters read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from ie_model.corpus.model import AnnotatedArticle
from ie_model.evaluation.facts import Span
from ie_model.evaluation.mistakes import Mistake, MistakeKind
from ie_model.report.evidence.marked import CLASSES, OTHER
from ie_model.report.markup import Safe, element, joined
from ie_model.report.scores.context import Contexts
from ie_model.schema import Extraction

MAX_SHOWN: Final = 2000
"""Mistakes on a page, some five megabytes. Of more, one in so many is shown, and the page says so."""

KINDS: Final[dict[MistakeKind, str]] = {
    "missed": "missed",
    "spurious": "spurious",
    "wrong_label": "wrong label",
    "wrong_span": "wrong span",
    "wrong_label_and_span": "wrong label and span",
    "wrong_value": "wrong value",
    "wrong_record": "wrong record",
}
"""Kinds of mistakes, in the words of the page."""


@dataclass(frozen=True)
class ErrorBrowser:
    """The mistakes of a page.

    Args:
        articles: Gold.
        predicted: Extractions by article id.
        mistakes: All of them, in the order of the articles.
    """

    articles: Sequence[AnnotatedArticle]
    predicted: Mapping[str, Extraction]
    mistakes: Sequence[Mistake]

    def shown(self) -> Sequence[Mistake]:
        """Return the mistakes that the page holds: all, or one in so many."""
        step = -(-len(self.mistakes) // MAX_SHOWN)
        return self.mistakes[:: max(1, step)]

    def table(self, heads: Sequence[str]) -> Safe:
        """Return the number of mistakes by kind and label; each number is a button that filters by it.

        Args:
            heads: The labels.
        """
        counts = Counter((one.kind, label) for one in self.mistakes for label in labels_of(one))
        kinds = [kind for kind in KINDS if any(counts[kind, label] for label in heads)]
        totals = Counter(one.kind for one in self.mistakes)
        head = element("tr", *(element("th", name, scope="col") for name in ("kind", *heads, "all")))
        rows = [
            element(
                "tr",
                element("th", KINDS[kind], scope="row"),
                *(_count(counts[kind, label], kind, label) for label in heads),
                _count(totals[kind], kind, ""),
            )
            for kind in kinds
        ]
        caption = element("caption", "Mistakes by kind and label; a number shows its mistakes below")
        return element("table", caption, element("thead", head), element("tbody", *rows), class_="counts")

    def filters(self) -> Safe:
        """Return the form above the list."""
        found = self.shown()
        kinds = Counter(one.kind for one in found)
        labels = Counter(label for one in found for label in labels_of(one))
        articles = Counter(one.article for one in found)
        return element(
            "form",
            _select("kind", "Kind", [(kind, KINDS[kind], kinds[kind]) for kind in KINDS if kinds[kind]]),
            _select("label", "Label", [(label, label, labels[label]) for label in sorted(labels)]),
            _select("article", "Article", [(name, name, count) for name, count in articles.items()]),
            element(
                "label",
                element("span", "Words"),
                element("input", type="search", id="f-words", dir="auto", autocomplete="off"),
                for_="f-words",
            ),
            element("button", "Reset", type="reset"),
            element("p", role="status", id="shown", data_total=len(found)),
            class_="filters",
            aria_label="Filter the mistakes",
            hidden=True,
        )

    def items(self) -> Iterator[Safe]:
        """Yield every mistake that is shown."""
        articles = {article.id: article for article in self.articles}
        contexts: dict[str, Contexts] = {}
        for number, mistake in enumerate(self.shown(), start=1):
            if mistake.article not in contexts:  # mistakes come article by article: one is held at a time
                article, found = articles[mistake.article], self.predicted.get(mistake.article)
                sides = article.mentions, found.mentions if found else ()
                contexts = {mistake.article: Contexts(article.text, *sides)}
            yield _item(number, mistake, contexts[mistake.article])


def labels_of(mistake: Mistake) -> tuple[str, ...]:
    """Return the labels that a mistake is about, gold first, each once."""
    return tuple(
        dict.fromkeys(
            mention["label"]
            for side in (mistake.gold, mistake.predicted)
            if side is not None
            for mention in side.get("quantities", [side])
        )
    )


def _item(number: int, mistake: Mistake, contexts: Contexts) -> Safe:
    gold, predicted = (_places(side, contexts) for side in (mistake.gold, mistake.predicted))
    window = contexts.window(mistake.start, mistake.end)
    shown = contexts.sides(window, gold, predicted)
    labels = labels_of(mistake)
    heading = element(
        "h3",
        element("a", f"#{number}", href=f"#e{number}"),
        " ",
        element("span", KINDS[mistake.kind], class_="kind"),
        *(element("span", label, class_=f"label {CLASSES.get(label, OTHER)}") for label in labels),
        element("bdi", mistake.article, class_="article"),
        element("small", f"{mistake.start}–{mistake.end}", title="code points"),
    )
    return element(
        "li",
        heading,
        element(
            "div",
            _side("Gold", shown[0], mistake, mistake.gold),
            _side("Predicted", shown[1], mistake, mistake.predicted),
            class_="sides",
        ),
        id=f"e{number}",
        class_="e",
        tabindex=-1,
        data_kind=mistake.kind,
        data_labels="\n".join(labels),
        data_article=mistake.article,
    )


def _side(name: str, shown: Safe, mistake: Mistake, side: Mapping[str, Any] | None) -> Safe:
    nothing = "no such record" if mistake.kind == "wrong_record" else "nothing"
    return element(
        "section",
        element("h4", name),
        element("p", shown, dir="rtl", lang="fa", class_="text"),
        element("p", *(_said(side) if side else [element("em", nothing)]), class_="said"),
    )


def _said(side: Mapping[str, Any]) -> Iterator[str]:
    """Yield what one side says, in one line."""
    if "quantities" in side:
        yield "record of "
        yield joined(*_listed([mention["text"] for mention in side["quantities"]]))
        if side["institutions"]:
            yield " by "
            yield joined(*_listed(side["institutions"]))
        else:
            yield ", by nobody named"
    else:
        yield element("bdi", side["text"], lang="fa")
        yield f" {side['label']}"
        if "value" in side:
            yield f", value {_value(side)}"


def _listed(texts: Sequence[str]) -> Iterator[str]:
    for place, text in enumerate(texts):
        yield " · " if place else ""
        yield element("bdi", text, lang="fa")


def _value(side: Mapping[str, Any]) -> str:
    if side["value"] is not None:
        return _number(side["value"])
    if side["low"] is None and side["high"] is None:
        return "unread"
    return f"{_number(side['low'])}–{_number(side['high'])}"


def _number(value: float | None) -> str:
    return "?" if value is None else format(Decimal(repr(value)), ",f")


def _places(side: Mapping[str, Any] | None, contexts: Contexts) -> list[Span]:
    """Return the spans of what one side says, the institutions of a record by their words."""
    if side is None:
        return []
    mentions = side.get("quantities", [side])
    spans = [(mention["start"], mention["end"]) for mention in mentions]
    return spans + contexts.places_of(side.get("institutions", ()))


def _count(count: int, kind: str, label: str) -> Safe:
    if not count:
        return element("td", "·", class_="no")
    button = element("button", f"{count}", type="button", data_kind=kind, data_label=label or None)
    return element("td", button)


def _select(name: str, title: str, choices: Sequence[tuple[str, str, int]]) -> Safe:
    options = [element("option", "all", value="")]
    options += [element("option", f"{shown} ({count})", value=value) for value, shown, count in choices]
    chooser = element("select", *options, id=f"f-{name}")
    return element("label", element("span", title), chooser, for_=f"f-{name}")
