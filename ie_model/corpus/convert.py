"""Between the forms of an annotated corpus: into Label Studio tasks, and out of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ie_model.corpus.conll import conll_from_articles
from ie_model.corpus.findings import Finding
from ie_model.corpus.gold_jsonl import line_from_article
from ie_model.corpus.json_text import stable_json
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.standoff import join_texts, standoff_line
from ie_model.corpus.store import Reject, load_corpus, read_corpus, save_corpus
from ie_model.errors import CorpusError
from ie_model.files import write_whole

ExportFormat = Literal["jsonl", "standoff", "conll"]


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did: articles, files written, tasks rejected and the file that names them, warnings."""

    articles: int
    written: tuple[Path, ...]
    rejects: tuple[Reject, ...]
    rejects_file: Path | None
    warnings: tuple[Finding, ...]


def import_corpus(
    sources: Sequence[str | Path], output: str | Path, *, annotator: int | str | None = None
) -> ImportSummary:
    """Write every annotated article under ``sources`` to the folder ``output``, a task file each.

    What cannot be read, or would be kept other than the source says it (an id twice, a quantity in two
    records, offsets that do not give their text), is named in ``<output>.rejects.jsonl`` with its place and
    the reason; the rest is imported. A rejects file of an earlier import is replaced or removed.

    Args:
        sources: See :func:`ie_model.corpus.store.read_corpus`.
        output: Folder; made if need be, files of the same articles in it are replaced.
        annotator: Of a task with several annotations take only this user's (id or e-mail address).

    Raises:
        CorpusError: A source is missing or no corpus, or a file cannot be written.
    """
    articles, rejects = _sound(read_corpus(sources, annotator=annotator))
    return _summary(save_corpus(articles, output), articles, rejects, Path(output))


def export_corpus(paths: Sequence[str | Path], output: str | Path, *, form: ExportFormat) -> int:
    """Write the corpus under ``paths`` to the file ``output`` and return the number of articles.

    Args:
        paths: See :func:`ie_model.corpus.store.read_corpus`.
        output: File, replaced whole or not at all.
        form: ``jsonl`` loses nothing; ``standoff`` leaves the text out
            (:mod:`ie_model.corpus.standoff`); ``conll`` keeps tokens and labels only.

    Raises:
        CorpusError: The corpus cannot be read, the file not be written, or the form not say it.
    """
    articles = load_corpus(paths)
    if form == "conll":
        text = "".join(conll_from_articles(articles))
    else:
        text = _lines(articles, line_from_article if form == "jsonl" else standoff_line)
    write_whole(Path(output), text)
    return len(articles)


def join_corpus(
    paths: Sequence[str | Path], texts: Sequence[str | os.PathLike[str]], output: str | Path
) -> ImportSummary:
    """Write annotations without text, joined with their articles, as gold JSON Lines to ``output``.

    What cannot be joined is named in ``<output>.rejects.jsonl``, as by :func:`import_corpus`.

    Args:
        paths: Files of standoff lines (:mod:`ie_model.corpus.standoff`).
        texts: Files and folders with the articles.
        output: File, replaced whole or not at all.

    Raises:
        CorpusError: A standoff file cannot be read.
        ArticleError: A path of ``texts`` does not exist.
        OutputError: The file cannot be written.
    """
    articles, rejects = _sound(join_texts(paths, texts))
    write_whole(Path(output), _lines(articles, line_from_article))
    return _summary([Path(output)], articles, rejects, Path(output))


def _lines(articles: Iterable[AnnotatedArticle], line_of: Callable[[AnnotatedArticle], str]) -> str:
    return "".join(f"{line_of(article)}\n" for article in articles)


def _sound(
    items: Iterable[AnnotatedArticle | Reject],
) -> tuple[list[AnnotatedArticle], list[Reject]]:
    articles: dict[str, AnnotatedArticle] = {}
    rejects: list[Reject] = []
    for item in items:
        if isinstance(item, Reject):
            rejects.append(item)
            continue
        reason = _reason_to_reject(item, articles)
        if reason is None:
            articles[item.id] = item
        else:
            rejects.append(Reject(item.source, reason, item.id))
    return list(articles.values()), rejects


def _summary(
    written: Sequence[Path], articles: Sequence[AnnotatedArticle], rejects: Sequence[Reject], output: Path
) -> ImportSummary:
    return ImportSummary(
        articles=len(articles),
        written=tuple(written),
        rejects=tuple(rejects),
        rejects_file=_name_rejects(rejects, output),
        warnings=tuple(note for article in articles for note in article.notes),
    )


def _reason_to_reject(article: AnnotatedArticle, taken: dict[str, AnnotatedArticle]) -> CorpusError | None:
    if article.id in taken:
        return CorpusError(
            f"the article id occurs twice: in {taken[article.id].source} too", where=article.source
        )
    for note in article.notes:
        if note.severity == "error":
            return CorpusError(note.message, where=note.where, mend=note.mend or None)
    for mention in article.mentions:
        slice_text = article.text[mention.start : mention.end]
        if not slice_text or slice_text != mention.text:
            return CorpusError(
                "the offsets do not give the mention's text",
                where=f"{article.source}, mention {mention.id} [{mention.start}, {mention.end})",
                found=repr(slice_text),
                expected=repr(mention.text),
            )
    return None


def _name_rejects(rejects: Sequence[Reject], output: Path) -> Path | None:
    path = output.with_name(f"{output.name}.rejects.jsonl")
    if not rejects:
        path.unlink(missing_ok=True)
        return None
    lines = [
        stable_json({"source": reject.source, "id": reject.article_id, "reason": str(reject.error)})
        for reject in rejects
    ]
    write_whole(path, "".join(f"{line}\n" for line in lines))
    return path
