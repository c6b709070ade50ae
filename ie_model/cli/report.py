"""``ie-model report``: evidence pages of what ``predict`` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from ie_model.cli.options import AsJson, Quiet, print_json
from ie_model.cli.progress import page_progress
from ie_model.errors import EXIT_SOME_REJECTED
from ie_model.report.evidence import PAGE_ARTICLES, Evidence, Language, write_evidence


def report(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Output folder of predict.", show_default=False)
    ],
    articles: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ARTICLES",
            help="Where its articles lie; where they lay for predict if none is given.",
            show_default=False,
        ),
    ] = None,
    *,
    language: Annotated[Language, typer.Option("--language", help="Of the page's own words.")] = Language.FA,
    page_articles: Annotated[
        int, typer.Option("--page-articles", min=1, help="Articles of one page; more go to further pages.")
    ] = PAGE_ARTICLES,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Show every record beside the sentence that states it, on a page for the browser.

    Writes evidence.html into DIR: one file, which needs no network. Exit status: 0 when every article's text
    was found, 3 when some are shown without theirs, 2 for a wrong call.

    Example: ie-model report out
    """
    with page_progress(quiet) as advance:
        evidence = write_evidence(
            folder, articles or (), language=language, page_articles=page_articles, observer=advance
        )
    if as_json:
        print_json(_tree(evidence))
    else:
        show_evidence(Console(), evidence)
    if evidence.missing_count:
        show_missing(Console(stderr=True), evidence)
        raise typer.Exit(EXIT_SOME_REJECTED)


def _tree(evidence: Evidence) -> dict[str, Any]:
    return {
        "pages": [str(page) for page in evidence.pages],
        "articles": evidence.articles,
        "records": evidence.records,
        "without_text": evidence.missing_count,
    }


def show_evidence(console: Console, evidence: Evidence) -> None:
    """Print where the pages are."""
    pages = "" if len(evidence.pages) == 1 else f" on {len(evidence.pages)} pages"
    console.print(
        Text(f"{evidence.records} records of {evidence.articles} articles{pages} → {evidence.pages[0]}"),
        soft_wrap=True,
    )


def show_missing(console: Console, evidence: Evidence) -> None:
    """Print which articles are shown without their text."""
    named = ", ".join(evidence.missing)
    more = "" if evidence.missing_count == len(evidence.missing) else ", ..."
    console.print(
        Text(f"{evidence.missing_count} without their text, which the articles no longer have: {named}{more}")
    )
