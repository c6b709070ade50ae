"""``ie-model data``: import, export, check and count the annotated corpus."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ie_model.corpus.check import CheckReport, Policy, Unrepresentable, check_corpus
from ie_model.corpus.convert import ImportSummary, export_corpus, import_corpus, join_corpus
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.splits import load_folds
from ie_model.corpus.statistics import CorpusStatistics, corpus_statistics
from ie_model.corpus.store import Reject, fingerprint, load_corpus, read_corpus
from ie_model.errors import EXIT_FAILED_CHECK, EXIT_SOME_REJECTED, CorpusError
from ie_model.tagging.encoding import encode_article
from ie_model.tagging.tokenizers import load_tokenizer
from ie_model.tagging.windows import unrepresentable_mentions

app = typer.Typer(no_args_is_help=True, help="The annotated corpus: import, export, check, count.")

SHOWN_LINES = 5
"""Rejects and warnings of an import that the terminal shows; the rejects file names them all."""

Paths = Annotated[
    list[Path],
    typer.Argument(
        help="Folders of Label Studio tasks, .json exports or gold .jsonl files.", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


class ExportForm(StrEnum):
    """Forms that ``export`` writes."""

    JSONL = "jsonl"
    STANDOFF = "standoff"
    CONLL = "conll"


class Warnings(StrEnum):
    """What the check does with warnings."""

    OFF = "off"
    WARN = "warn"
    ERROR = "error"


@app.command("import")
def import_(
    sources: Paths,
    output: Annotated[Path, typer.Option(help="Folder for the tasks, one file an article.")],
    annotator: Annotated[
        str | None, typer.Option(help="Take only this annotator's work (Label Studio id or e-mail address).")
    ] = None,
) -> None:
    """Turn gold JSON Lines or a Label Studio export into annotations.

    Example: ie-model data import export.json --output annotations/new

    What cannot be used is named in OUTPUT.rejects.jsonl with the reason, and the exit status is 3.
    """
    _end_import(import_corpus(sources, output, annotator=annotator), output)


@app.command()
def export(
    paths: Paths,
    output: Annotated[Path, typer.Option(help="File to write.")],
    form: Annotated[
        ExportForm,
        typer.Option(
            "--format",
            help="jsonl loses nothing; standoff leaves the text out; conll keeps tokens.",
        ),
    ] = ExportForm.JSONL,
) -> None:
    """Write annotations as gold JSON Lines, with or without the text, or as CoNLL-2003.

    Example: ie-model data export annotations --format conll --output corpus.conll
    """
    count = export_corpus(paths, output, form=form.value)
    Console().print(f"{count} articles in {output}", markup=False, highlight=False)


@app.command()
def join(
    paths: Annotated[
        list[Path], typer.Argument(help="Files that export --format standoff wrote.", show_default=False)
    ],
    texts: Annotated[list[str], typer.Option(help="Files or folders with the articles. Repeatable.")],
    output: Annotated[Path, typer.Option(help="Gold JSON Lines file to write.")],
) -> None:
    """Put annotations that were exported without text together with their articles.

    Example: ie-model data join annotations.jsonl --texts news.jsonl --output gold.jsonl

    An article is known by the checksum of its text. What is not found is named in OUTPUT.rejects.jsonl,
    and the exit status is 3.
    """
    _end_import(join_corpus(paths, texts, output), output)


@app.command()
def check(
    paths: Paths,
    *,
    folds: Annotated[
        list[Path] | None, typer.Option(help="Fold file: near-duplicates must share a fold. Repeatable.")
    ] = None,
    against: Annotated[
        list[Path] | None, typer.Option(help="The other side of train and test. Repeatable.")
    ] = None,
    tokenizer: Annotated[
        Path | None, typer.Option(help="Model folder: report spans that its tokenizer cannot give back.")
    ] = None,
    warnings: Annotated[Warnings, typer.Option(help="What to do with warnings.")] = Warnings.WARN,
    strict: Annotated[bool, typer.Option("--strict", help="Short for --warnings error.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check annotations against the guide; exit status 1 on errors.

    Example: ie-model data check annotations --folds annotations/folds.json
    """
    if strict and warnings is Warnings.OFF:
        raise CorpusError("--strict and --warnings off contradict each other", mend="Give one of them.")
    policy: Policy = "error" if strict else warnings.value
    items = list(read_corpus(paths))
    report = check_corpus(
        [item for item in items if isinstance(item, AnnotatedArticle)],
        folds=load_folds(folds) if folds else None,
        against=load_corpus(against) if against else (),
        rejects=[item for item in items if isinstance(item, Reject)],
        unrepresentable=_unrepresentable(tokenizer) if tokenizer else None,
    )
    if as_json:
        typer.echo(json.dumps(report.to_json(policy), ensure_ascii=False, indent=1))
    else:
        print_report(report, policy)
    if report.fails(policy):
        raise typer.Exit(EXIT_FAILED_CHECK)


@app.command()
def stats(paths: Paths, as_json: AsJson = False) -> None:
    """Count articles, words, mentions, records and values, by source.

    Example: ie-model data stats annotations
    """
    articles = load_corpus(paths)
    table = corpus_statistics(articles)
    if as_json:
        tree = {**table.to_json(), "fingerprint": fingerprint(articles)}
        typer.echo(json.dumps(tree, ensure_ascii=False, indent=1))
    else:
        _print_statistics(table)


def _unrepresentable(folder: Path) -> Unrepresentable:
    """The tagger's check of the tokenizer in ``folder``."""
    tokenizer = load_tokenizer(folder)
    return lambda article: unrepresentable_mentions(encode_article(article.text, tokenizer), article)


def _end_import(summary: ImportSummary, output: Path) -> None:
    """Print what was imported; the exit status is 3 where something was rejected."""
    console = Console(highlight=False)
    errors = Console(stderr=True, highlight=False)
    console.print(f"{summary.articles} articles in {output}", markup=False)
    warnings = [f"{note.where}: {note.message}" for note in summary.warnings]
    _print_some(errors, "warning", warnings)
    _print_some(errors, "rejected", [str(reject.error) for reject in summary.rejects])
    if summary.rejects_file is not None:
        errors.print(f"{len(summary.rejects)} rejected, named in {summary.rejects_file}", markup=False)
        raise typer.Exit(EXIT_SOME_REJECTED)


def _print_some(console: Console, title: str, lines: Sequence[str]) -> None:
    for line in lines[:SHOWN_LINES]:
        console.print(f"{title}: {line}", markup=False, soft_wrap=True)
    if len(lines) > SHOWN_LINES:
        console.print(f"{title}: and {len(lines) - SHOWN_LINES} more", markup=False)


def print_report(report: CheckReport, policy: Policy) -> None:
    """Print what ``policy`` shows of a check, and how much there was."""
    console = Console(highlight=False)
    shown = report.shown(policy)
    if shown:
        table = Table("", "check", "article", "where", "what and how to mend it")
        for finding in shown:
            style = "red" if finding.severity == "error" else "yellow"
            texts = (
                finding.code,
                finding.article_id,
                finding.where,
                f"{finding.message}. {finding.mend}".strip(),
            )
            table.add_row(f"[{style}]{finding.severity}[/]", *map(escape, texts))
        console.print(table)
    console.print(
        f"{report.articles} articles, {report.mentions} mentions: {len(report.of('error'))} errors, "
        f"{len(report.of('warning'))} warnings"
    )


def _print_statistics(table: CorpusStatistics) -> None:
    shown = Table("", *(escape(source) for source in table.sources), "total")
    for column in shown.columns[1:]:
        column.justify = "right"
    trees = [counts.to_json() for counts in (*table.sources.values(), table.total)]
    for key, first in trees[0].items():
        if isinstance(first, dict):
            for name in dict.fromkeys(name for tree in trees for name in tree[key]):
                shown.add_row(f"{key}: {escape(name)}", *(f"{tree[key].get(name, 0):,}" for tree in trees))
        else:
            shown.add_row(key, *(f"{tree[key]:,}" for tree in trees))
    Console(highlight=False).print(shown)
