"""What the terminal shows of a run: the first articles and facts, safely."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ie_model.batch import COLUMNS, Outcome, Summary, unguard
from ie_model.batch.table import SEPARATOR

#: Articles and facts that the terminal shows; the files hold all.
SHOWN_ARTICLES = 10
SHOWN_FACTS = 8
FACTS_PER_ARTICLE = 2
#: Characters of article text in one cell of the terminal.
SHOWN_CHARS = 48

#: Unicode's first-strong isolate and its end: Persian in a cell leaves the order of the columns alone.
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"
_KEPT_FORMATS = "\u200c\u200d"


class Preview:
    """The first articles and facts of a run, for the terminal."""

    def __init__(self) -> None:
        self._articles: list[tuple[str, int, int]] = []
        self._facts: list[tuple[str, str, str, str]] = []

    def add(self, outcome: Outcome) -> None:
        """Keep what is to be shown of one outcome."""
        if outcome.rejected or outcome.id is None:
            return
        if len(self._articles) < SHOWN_ARTICLES:
            self._articles.append((outcome.id, outcome.records, sum(outcome.mentions.values())))
        if len(self._facts) < SHOWN_FACTS:
            facts = _facts(outcome.rows)[: min(FACTS_PER_ARTICLE, SHOWN_FACTS - len(self._facts))]
            self._facts += [(outcome.id, *fact) for fact in facts]

    def show(self, console: Console, summary: Summary, seconds: float, output: Path) -> None:
        """Print both tables and the totals."""
        if self._articles:
            console.print(self._article_table(summary))
        if self._facts:
            console.print(self._fact_table())
        mentions = sum(summary.mentions.values())
        console.print(
            Text(
                f"{summary.articles} articles, {summary.records} records, {mentions} mentions, "
                f"{summary.rejected} rejected, in {seconds:.1f} s → {output}"
            )
        )
        if summary.skipped:
            skipped = ", ".join(f"{count} {name}" for name, count in summary.skipped.items())
            console.print(Text(f"Passed over in folders: {skipped}"))

    def _article_table(self, summary: Summary) -> Table:
        table = Table("article", box=None, pad_edge=False)
        table.add_column("records", justify="right")
        table.add_column("mentions", justify="right")
        for article, records, mentions in self._articles:
            table.add_row(shown(article), str(records), str(mentions))
        if summary.articles > len(self._articles):
            table.add_row(Text(f"… {summary.articles - len(self._articles)} more"), "", "")
        return table

    def _fact_table(self) -> Table:
        table = Table("first facts in", "label", box=None, pad_edge=False)
        table.add_column("quantities", justify="right")
        table.add_column("institutions", justify="right")
        for article, labels, quantities, institutions in self._facts:
            table.add_row(shown(article), labels, shown(quantities), shown(institutions))
        return table


def _facts(rows: tuple[list[str], ...]) -> list[tuple[str, str, str]]:
    """Return labels, quantities and institutions of each record, from rows of the flat table."""
    records: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        cells = dict(zip(COLUMNS, map(unguard, row), strict=True))
        if cells["record"]:
            records.setdefault(cells["record"], []).append(cells)
    return [_fact(cells) for cells in records.values()]


def _fact(cells: list[dict[str, str]]) -> tuple[str, str, str]:
    labels = " ".join(dict.fromkeys(cell["label"] for cell in cells))
    institutions = cells[0]["institutions"].replace(SEPARATOR, "، ")
    return labels, "، ".join(cell["text"] for cell in cells), institutions


def shown(text: str) -> Text:
    """Return article text for a terminal cell: short, isolated, and without a character that steers.

    Control characters and bidi marks of an article could move the cursor or turn the line; ZWNJ and
    ZWJ, which Persian needs, stay. As a :class:`rich.text.Text` it is never read as markup.
    """
    plain = "".join(
        " " if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") and char not in _KEPT_FORMATS else char
        for char in text[: SHOWN_CHARS + 1]
    )
    if len(text) > SHOWN_CHARS:
        plain = plain[:SHOWN_CHARS] + "…"
    return Text(
        f"{_ISOLATE}{plain}{_END_ISOLATE}" if plain and not plain.isascii() else plain, overflow="fold"
    )
