"""Tagged sentences of other corpora: one token and its BIO label a line, a blank line between sentences.

Read for benchmarks: PEYMA (``token|B_ORG``), ARMAN (``token B-org``) and CoNLL-2003 (``token POS chunk
B-ORG``, ``-DOCSTART-`` lines passed over). Each sentence becomes an article of its own, its tokens joined
by spaces, with the id ``FILE-00001``. An I without a B before it begins a mention, as in conlleval.

The formats keep neither spacing nor articles, so what is measured on them is measured on single
sentences with spaces around every sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.errors import CorpusError

SUFFIXES: Final = (".txt", ".bio", ".conll")
"""Files that are read so."""

_TAG: Final = re.compile(r"O|[BI][-_](?P<label>\S+)")
_DOCUMENT: Final = "-DOCSTART-"

_Row = tuple[str, str, str]
"""Token, ``B``, ``I`` or ``O``, and label (empty for ``O``)."""


def articles_from_tagged(text: str, path: Path) -> Iterator[AnnotatedArticle | CorpusError]:
    """Yield each sentence as an article; in place of one with a broken line, what is wrong with it.

    Args:
        text: Content of the file.
        path: Its name, for ids and messages.
    """
    number = 0
    for first, lines in _sentences(text):
        number += 1
        try:
            rows = [_row(line, f"{path}:{first + place}") for place, line in enumerate(lines)]
        except CorpusError as error:
            yield error
            continue
        yield _article(rows, f"{path.stem}-{number:05d}", f"{path}:{first}")


def _sentences(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of each sentence and the number of its first line."""
    lines: list[str] = []
    number = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip() and not line.startswith(_DOCUMENT):
            lines.append(line.strip())
        elif lines:
            yield number - len(lines), lines
            lines = []
    if lines:
        yield number + 1 - len(lines), lines


def _row(line: str, where: str) -> _Row:
    token, _, tag = line.rpartition("|") if "|" in line else line.rpartition(" ")
    if "|" not in line:
        token = token.split(" ")[0]
    match = _TAG.fullmatch(tag.strip())
    token = " ".join(token.split())
    if not token or match is None:
        raise CorpusError(
            "not a token and its BIO label",
            where=where,
            found=repr(line[:80]),
            expected="token|B_ORG, or token B-ORG",
        )
    return token, tag.strip()[0], match["label"] or ""


def _article(rows: list[_Row], article_id: str, where: str) -> AnnotatedArticle:
    text = ""
    spans: list[tuple[str, int, int]] = []
    open_label = ""
    for token, prefix, label in rows:
        start = len(text) + bool(text)
        text += " " * bool(text) + token
        if prefix == "I" and label == open_label:
            spans[-1] = (label, spans[-1][1], len(text))
        elif prefix != "O":
            spans.append((label, start, len(text)))
        open_label = label
    mentions = tuple(
        GoldMention(f"m{place}", label, start, end, text[start:end])
        for place, (label, start, end) in enumerate(spans, start=1)
    )
    return AnnotatedArticle(article_id, text, mentions, source=where)
