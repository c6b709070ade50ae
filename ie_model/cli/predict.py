"""``ie-model predict``: articles in, a folder of extractions and a table out."""

from __future__ import annotations

import signal
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ie_model.articles import DEFAULT_MAX_CHARS, Reject
from ie_model.batch import REJECTS, BatchOptions, Observer, Summary, predict_batch
from ie_model.cli.models import load_extractor
from ie_model.errors import EXIT_SOME_REJECTED
from ie_model.schema import Extraction, Mention, Record

#: Articles and facts that the terminal shows; the files hold all.
SHOWN_ARTICLES = 10
SHOWN_FACTS = 8
FACTS_PER_ARTICLE = 2
#: Characters of article text in one cell of the terminal.
SHOWN_CHARS = 48
#: Exit status of a process that SIGTERM ends, by the habit of shells: 128 and the signal's number.
EXIT_TERMINATED = 128 + signal.SIGTERM

#: Unicode's first-strong isolate and its end: Persian in a cell leaves the order of the columns alone.
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"
_KEPT_FORMATS = "\u200c\u200d"


class StdinFormatOption(StrEnum):
    """What standard input holds."""

    AUTO = "auto"
    TEXT = "text"
    JSONL = "jsonl"


def predict(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            help="Files (.txt, .jsonl, .csv, also packed, .parquet), folders of them, or -.",
            show_default=False,
        ),
    ],
    *,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Folder for the results; made if need be.", show_default=False),
    ],
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="A release folder, or rules for the baseline.")
    ] = None,
    min_confidence: Annotated[
        float,
        typer.Option(
            "--min-confidence",
            min=0,
            max=1,
            help="Leave out mentions less sure than this, and what they would be linked to.",
        ),
    ] = 0.0,
    max_chars: Annotated[
        int, typer.Option("--max-chars", min=1, help="Longer articles are rejected.")
    ] = DEFAULT_MAX_CHARS,
    stdin_format: Annotated[
        StdinFormatOption, typer.Option("--stdin-format", help="What - holds.")
    ] = StdinFormatOption.AUTO,
    encoding: Annotated[
        str, typer.Option("--encoding", help="Of text, JSON Lines and CSV: utf-16, windows-1256, ...")
    ] = "utf-8",
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="End after so many articles and rejects.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show neither progress nor tables.")] = False,
) -> None:
    """Extract records from articles.

    Writes extractions.jsonl, quantities.csv, rejects.jsonl and summary.json. Exit status: 0 when all
    articles went through, 3 when some were rejected, 2 for a wrong call.

    Example: ie-model predict seeds --output out
    """
    options = BatchOptions(
        max_chars=max_chars, stdin_format=stdin_format.value, encoding=encoding, limit=limit
    )
    preview = Preview()
    with _sigterm_as_exit(), _progress(quiet) as advance:
        extractor = load_extractor(model, min_confidence=min_confidence)

        def observe(result: Extraction | Reject) -> None:
            preview.add(result)
            advance(result)

        summary = predict_batch(paths, extractor, output, options=options, observer=observe)
    if not quiet:
        preview.show(Console(), summary, output)
    if summary.rejected:
        show_rejects(Console(stderr=True), summary, output)
        raise typer.Exit(EXIT_SOME_REJECTED)


class Preview:
    """The first articles and facts of a run, for the terminal."""

    def __init__(self) -> None:
        self._articles: list[tuple[str, int, int]] = []
        self._facts: list[tuple[str, str, str, str]] = []

    def add(self, result: Extraction | Reject) -> None:
        """Keep what is to be shown of one result."""
        if isinstance(result, Reject):
            return
        if len(self._articles) < SHOWN_ARTICLES:
            self._articles.append((result.id, len(result.records), len(result.mentions)))
        mentions = {mention.id: mention for mention in result.mentions}
        for record in result.records[: min(FACTS_PER_ARTICLE, SHOWN_FACTS - len(self._facts))]:
            self._facts.append((result.id, *_fact(record, mentions)))

    def show(self, console: Console, summary: Summary, output: Path) -> None:
        """Print both tables and the totals."""
        if self._articles:
            console.print(self._article_table(summary))
        if self._facts:
            console.print(self._fact_table())
        mentions = sum(summary.mentions.values())
        console.print(
            Text(
                f"{summary.articles} articles, {summary.records} records, {mentions} mentions, "
                f"{summary.rejected} rejected, in {summary.seconds:.1f} s → {output}"
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


def _fact(record: Record, mentions: dict[str, Mention]) -> tuple[str, str, str]:
    quantities = sorted((mentions[name] for name in record.quantities), key=lambda mention: mention.start)
    labels = " ".join(dict.fromkeys(mention.label for mention in quantities))
    names = dict.fromkeys(mentions[name].text for name in record.institutions)
    return labels, "، ".join(mention.text for mention in quantities), "، ".join(names)


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


def show_rejects(console: Console, summary: Summary, output: Path) -> None:
    """Print how many were rejected, why, and where each is named."""
    reasons = ", ".join(f"{count} {code}" for code, count in summary.rejected_by_code.items())
    console.print(Text(f"{summary.rejected} rejected ({reasons}): see {output / REJECTS}"))


@contextmanager
def _progress(quiet: bool) -> Iterator[Observer]:
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.completed:.0f} articles"),
        TextColumn("{task.fields[rejected]} rejected"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("predict", total=None, rejected=0)
        rejected = 0

        def advance(result: Extraction | Reject) -> None:
            nonlocal rejected
            if isinstance(result, Reject):
                rejected += 1
            bar.update(task, advance=int(isinstance(result, Extraction)), rejected=rejected)

        yield advance


@contextmanager
def _sigterm_as_exit() -> Iterator[None]:
    """Let SIGTERM unwind the stack, so that a stopped run removes its temporaries."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(EXIT_TERMINATED)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
