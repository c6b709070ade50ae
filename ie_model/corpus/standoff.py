"""Annotations without their text, of articles that may be annotated but not handed on.

A line is a gold line (:mod:`ie_model.corpus.gold_jsonl`) without the article's text and the mentions' own,
and with the SHA-256 of the text (UTF-8) in their place: ids, labels, offsets, values, relations and metadata
stay. Who has the articles joins both again by that checksum, whatever their files and ids.

Trade-off: the unit of a value («تومان») is a word of the text, and stays.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ie_model.articles import read_articles
from ie_model.corpus.fields import whole_number
from ie_model.corpus.gold_jsonl import article_from_tree, tree_from_article
from ie_model.corpus.json_text import parse_json, stable_json
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import Reject, corpus_lines, id_of
from ie_model.errors import CorpusError
from ie_model.schema import Article, text_sha256

CHECKSUM: Final = "text_sha256"


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as read: its JSON object, its checksum, and where it stands."""

    tree: dict[str, Any]
    checksum: str
    where: str


def standoff_line(article: AnnotatedArticle) -> str:
    """Return the line of ``article`` without its newline; equal articles give equal lines.

    Raises:
        CorpusError: A mention has half a range, or a value beside its range.
    """
    tree = tree_from_article(article)
    tree[CHECKSUM] = text_sha256(tree.pop("text"))
    for mention in tree["mentions"]:
        del mention["text"]
    return stable_json(tree)


def join_texts(
    paths: Sequence[str | Path], texts: Sequence[str | os.PathLike[str]]
) -> Iterator[AnnotatedArticle | Reject]:
    """Yield the annotated articles of standoff files, in order, and a :class:`Reject` for each failure.

    Args:
        paths: Files of standoff lines.
        texts: Files and folders with the articles, of every kind that ``predict`` reads.

    Raises:
        CorpusError: A standoff file cannot be read.
        ArticleError: A path of ``texts`` does not exist.
    """
    lines = [item for path in map(Path, paths) for item in _lines(path)]
    wanted = {item.checksum for item in lines if isinstance(item, _Line)}
    found = {
        checksum: article.text
        for article in read_articles(texts)
        if isinstance(article, Article) and (checksum := text_sha256(article.text)) in wanted
    }
    for item in lines:
        yield item if isinstance(item, Reject) else _joined(item, found)


def _lines(path: Path) -> Iterator[_Line | Reject]:
    for where, line in corpus_lines(path):
        try:
            tree = parse_json(line, where)
            checksum = tree.get(CHECKSUM) if isinstance(tree, dict) else None
            if not isinstance(checksum, str) or "text" in tree:
                raise CorpusError(
                    "not annotations without text",
                    where=where,
                    expected=f"a gold line with {CHECKSUM!r} in place of 'text'",
                    mend="Write them with: ie-model data export PATH --format standoff --output FILE",
                )
        except CorpusError as error:
            yield Reject(where, error)
        else:
            yield _Line(tree, checksum, where)


def _joined(line: _Line, texts: Mapping[str, str]) -> AnnotatedArticle | Reject:
    article_id = id_of(line.tree)
    text = texts.get(line.checksum)
    if text is None:
        error = CorpusError(
            "the text of this article is not there",
            where=line.where,
            found=f"no text with SHA-256 {line.checksum[:12]}…",
            mend="Name the file that holds it by --texts; a text that was changed is another one.",
        )
        return Reject(line.where, error, article_id)
    try:
        return article_from_tree(_with_text(line, text), line.where)
    except CorpusError as error:
        return Reject(line.where, error, article_id)


def _with_text(line: _Line, text: str) -> dict[str, Any]:
    tree = {key: value for key, value in line.tree.items() if key != CHECKSUM}
    mentions = tree.get("mentions")
    if isinstance(mentions, list):
        tree["mentions"] = [_mention(mention, text, line.where) for mention in mentions]
    return {**tree, "text": text}


def _mention(mention: Any, text: str, where: str) -> Any:
    """The mention with its text; what is none is left for the reader of gold lines to name."""
    if not isinstance(mention, dict):
        return mention
    start, end = (whole_number(mention.get(key), where) for key in ("start", "end"))
    return {**mention, "text": text[start:end]}
