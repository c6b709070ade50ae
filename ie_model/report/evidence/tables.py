"""The totals as tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ie_model.persian.folding import name_key
from ie_model.report.evidence.index import NAME_CHARS, Index, Indexes
from ie_model.report.evidence.totals import RIALS, Group, Sum, Totals
from ie_model.report.evidence.words import Words, cut, grouped
from ie_model.report.markup import Safe, element

#: Rows of one table; the flat table has all there is.
MAX_ROWS: Final = 150
_RIALS_OF_TOMAN: Final = 10


def totals_section(totals: Totals, words: Words, indexes: Indexes) -> Safe:
    """Return the totals of a run, to stand on its first page.

    Args:
        totals: Of the whole run.
        words: The page's language.
        indexes: Of the page that they stand on: names it has become buttons that filter it.
    """
    parts: list[Safe] = []
    for name, none, groups, index in (
        ("institution", "no_institution", totals.by_institution(), indexes.institutions),
        ("province", "no_province", totals.by_province(), indexes.provinces),
    ):
        title = element("h3", words(f"by_{name}"), id=f"by-{name}")
        parts += [title, _table(groups, words, index, filter=name, none=words(none))]
    return element(
        "section",
        element("header", element("h2", words("totals"), id="totals-h", tabindex=-1)),
        element("p", words("whole_run"), " ", words("totals_note"), class_="note"),
        _left_out(totals, words),
        *parts,
        id="totals",
        aria_labelledby="totals-h",
    )


def _left_out(totals: Totals, words: Words) -> Safe | None:
    reasons = [words(f"left_{reason}", n=count) for reason, count in sorted(totals.left_out.items())]
    if not reasons:
        return None
    separator = "؛ " if words.language == "fa" else "; "
    return element("p", f"{words('left_out')}: {separator.join(reasons)}", class_="note")


def _table(groups: list[Group], words: Words, index: Index, *, filter: str, none: str) -> Safe:
    rows = list(_rows(groups, words, index, filter, none))
    if not rows:
        return element("p", words("no_totals"), class_="none")
    heads = ("label", "total", "unit", "values")
    more = len(rows) - MAX_ROWS
    return element(
        "div",
        element(
            "table",
            element(
                "thead",
                element("tr", *(element("th", words(name), scope="col") for name in (filter, *heads))),
            ),
            element("tbody", *rows[:MAX_ROWS]),
            aria_labelledby=f"by-{filter}",
        ),
        element("p", words("more_rows", n=more), class_="note") if more > 0 else None,
        class_="table",
        role="region",
        aria_labelledby=f"by-{filter}",
        tabindex=0,
    )


def _rows(groups: list[Group], words: Words, index: Index, filter: str, none: str) -> Iterator[Safe]:
    for group in groups:
        sums = sorted(group.sums.values(), key=lambda found: (-found.values, found.label, found.unit))
        for place, found in enumerate(sums):
            head = _name(group, words, index, filter, none) if place == 0 else None
            yield element(
                "tr",
                element("th", head, scope="rowgroup", rowspan=len(sums) if len(sums) > 1 else None)
                if head
                else None,
                element("td", element("span", words(found.label), class_=f"tag {found.label[0]}")),
                element("td", *_total(found, words), class_="n"),
                element("td", words("rial") if found.unit == RIALS else found.unit),
                element("td", words.count(found.values), _inexact(found, words), class_="n"),
            )


def _name(group: Group, words: Words, index: Index, filter: str, none: str) -> Safe:
    number = index.number(name_key(group.name))
    name = cut(group.name, NAME_CHARS)
    if not name or number is None:
        return element("bdi", name or none)
    title = f"{words('filter_by')}: {name}"
    return element("button", name, type="button", title=title, data_filter=filter, data_value=number)


def _total(found: Sum, words: Words) -> Iterator[Safe]:
    yield element("b", grouped(found.total))
    if found.unit == RIALS:
        yield element("small", element("b", grouped(found.total / _RIALS_OF_TOMAN)), f" {words('toman')}")


def _inexact(found: Sum, words: Words) -> Safe | None:
    return element("small", f" ({words('inexact', n=found.inexact)})") if found.inexact else None
