"""From the output of ``predict`` to evidence pages beside it.

A page holds :data:`PAGE_ARTICLES` articles, or fewer where they are long: it stays under two million bytes,
but for a single article that is longer by itself. Further pages are called ``evidence-2.html`` and so on; the
first has the totals of all and the links. Pages are made one by one, so memory holds two of them whatever the
number of articles, and appear all at the end, the first one last. Equal input gives equal bytes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from ie_model.batch.formats import EVIDENCE, EVIDENCE_PAGE
from ie_model.errors import ArticleError, OutputError
from ie_model.report.evidence.page import Page, Shell
from ie_model.report.evidence.sections import section
from ie_model.report.evidence.source import Texts, read_extractions, read_summary
from ie_model.report.evidence.tables import totals_section
from ie_model.report.evidence.totals import Totals
from ie_model.report.evidence.words import Language, read_words
from ie_model.schema import Extraction

PAGE_ARTICLES: Final = 200
#: Bytes of articles that a page takes: the rest of its two million are for style, script, filters and totals.
PAGE_BYTES: Final = 1_800_000
#: Ids of articles without text that are kept for the message.
MISSING_KEPT: Final = 10

#: Called with the number of articles that are on pages so far.
Observer = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was written."""

    pages: tuple[Path, ...]
    articles: int
    records: int
    missing: tuple[str, ...]
    """Ids of articles whose text was not found, the first :data:`MISSING_KEPT`."""
    missing_count: int


def write_evidence(
    folder: str | os.PathLike[str],
    paths: Iterable[str | os.PathLike[str]] = (),
    *,
    language: Language = Language.FA,
    page_articles: int = PAGE_ARTICLES,
    stdin: BinaryIO | None = None,
    observer: Observer | None = None,
) -> Evidence:
    """Write the evidence pages of a run into its output folder.

    Args:
        folder: Output of ``predict``.
        paths: Where its articles lie; none for where they lay when they were predicted.
        language: Of the page's own words.
        page_articles: Articles of one page at most.
        stdin: Read in place of the process's own standard input.
        observer: Told how far it is.

    Raises:
        ArticleError: The folder is no output, has damaged lines, or the articles have none of its texts.
        OutputError: The pages cannot be written.
    """
    folder = Path(folder)
    if page_articles < 1:
        raise ArticleError("too few", where="page_articles", found=str(page_articles), expected="at least 1")
    summary = read_summary(folder)
    texts = Texts(folder, summary, paths, stdin=stdin)
    totals = Totals()
    for extraction in read_extractions(folder):
        totals.add(extraction)
        texts.want(extraction)
    run = _Run(Shell(read_words(language), summary.model), texts, page_articles, observer)
    state = folder / f".{EVIDENCE}.{os.getpid()}"
    try:
        state.mkdir()
        try:
            names = run.write(folder, state, totals)
            run.require_texts(folder)
            pages = _place(state, folder, names)
        finally:
            shutil.rmtree(state, ignore_errors=True)
    except OSError as error:
        raise OutputError(
            "the evidence page cannot be written",
            where=str(error.filename or folder),
            found=error.strerror or str(error),
            mend="Make room, or see to the folder's permissions; predict's own files are whole.",
        ) from error
    return Evidence(pages, run.articles, run.records, tuple(run.missing), run.missing_count)


@dataclass
class _Run:
    """Fills pages with articles."""

    shell: Shell
    texts: Texts
    page_articles: int
    observer: Observer | None
    articles: int = 0
    records: int = 0
    missing: list[str] = field(default_factory=list)
    missing_count: int = 0

    def pages(self, extractions: Iterable[Extraction]) -> Iterator[Page]:
        """Yield full pages, and the last one; at least one."""
        page = Page()
        for extraction in extractions:
            text = self._text(extraction)
            if len(page.sections) == self.page_articles or not self._fits(page, extraction, text):
                yield page
                page = Page(page.number + 1)
                self._fits(page, extraction, text)
            self.articles += 1
            self.records += len(extraction.records)
            if self.observer is not None:
                self.observer(self.articles)
        yield page

    def _fits(self, page: Page, extraction: Extraction, text: str | None) -> bool:
        """Append the article to ``page``; one that is not the first there only if there is room."""
        number, indexes = len(page.sections) + 1, page.indexes.copy()
        made = section(extraction, text, number=number, words=self.shell.words, indexes=indexes)
        if page.sections and page.size + made.size + indexes.size > PAGE_BYTES:
            return False
        page.sections.append(made)
        page.size += made.size
        page.indexes = indexes
        return True

    def _text(self, extraction: Extraction) -> str | None:
        text = self.texts.of(extraction)
        if text is None:
            self.missing_count += 1
            if len(self.missing) < MISSING_KEPT:
                self.missing.append(extraction.id)
        return text

    def write(self, folder: Path, state: Path, totals: Totals) -> list[str]:
        """Write the pages into ``state`` and return their names, the first one first."""
        names: list[str] = []
        first: Page | None = None
        waiting: Page | None = None
        for page in self.pages(read_extractions(folder)):
            names.append(page_name(page.number))
            if waiting is not None:
                self._render(state, waiting, names)
            first, waiting = (page, None) if first is None else (first, page)
        if waiting is not None:
            self._render(state, waiting, names)
        if first is not None:
            self._render(state, first, names, totals)
        return names

    def _render(self, state: Path, page: Page, names: list[str], totals: Totals | None = None) -> None:
        # The first page leads to all, every other one to the first and its neighbours.
        numbers = range(1, len(names) + 1)
        near = [n for n in numbers if totals is not None or n == 1 or abs(n - page.number) <= 1]
        links = [(n, names[n - 1]) for n in near] if len(names) > 1 else []
        table = None if totals is None else totals_section(totals, self.shell.words, page.indexes)
        with (state / names[page.number - 1]).open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(self.shell.render(page, totals=table, links=links))

    def require_texts(self, folder: Path) -> None:
        """Raise :class:`ArticleError` where not one text was found."""
        if self.articles and self.missing_count == self.articles:
            raise ArticleError(
                "these articles are not those that were predicted",
                where=str(folder),
                found=f"no article with the id and text of any of {self.articles} extractions",
                mend=f"Name them as they were: ie-model report {folder} ARTICLES",
            )


def page_name(number: int) -> str:
    """Return the file name of a page, counted from 1."""
    return EVIDENCE if number == 1 else f"evidence-{number}.html"


def _place(state: Path, folder: Path, names: list[str]) -> tuple[Path, ...]:
    """Put the pages in place, the first one last, and remove further ones of an earlier run."""
    for name in reversed(names):
        (state / name).replace(folder / name)
    for path in folder.iterdir():
        if EVIDENCE_PAGE.fullmatch(path.name) and path.name not in names:
            path.unlink()
    return tuple(folder / name for name in names)
