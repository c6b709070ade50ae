"""Many articles: read, extracted and written as one stream.

Articles go to the extractor in chunks, because an encoder is faster on several windows at once; one
chunk is all that is held in memory. Results are written in the order of reading, so the output does
not depend on the size of a chunk.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pydantic import JsonValue

from ie_model.articles import DEFAULT_MAX_CHARS, ArticleReader, Located, Reject, StdinFormat
from ie_model.articles.rejects import storable
from ie_model.batch.output import BatchOutput
from ie_model.batch.protocol import ArticleExtractor, extract_guarded, reject_bug
from ie_model.batch.summary import Summary, Tally
from ie_model.batch.table import table_rows
from ie_model.errors import IeModelError
from ie_model.schema import Extraction

#: Called with every result in the order of the output.
Observer = Callable[[Extraction | Reject], None]


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How a batch runs; ``chunk_*`` change speed and memory, never the output."""

    max_chars: int = DEFAULT_MAX_CHARS
    """Code points that an article may have, at least 1."""
    stdin_format: StdinFormat = "auto"
    """What ``-`` holds: ``auto``, ``text`` or ``jsonl``."""
    encoding: str = "utf-8"
    """Of text, JSON Lines and CSV: any of Python's text encodings."""
    limit: int | None = None
    """Articles and rejects, in order of reading, after which the run ends; at least 1."""
    chunk_articles: int = 32
    """Articles (and rejects between them) handed on at a time, at least 1."""
    chunk_chars: int = 200_000
    """A chunk is closed when its articles have so many code points."""

    def __post_init__(self) -> None:
        for name in ("chunk_articles", "chunk_chars"):
            if getattr(self, name) < 1:
                raise IeModelError(
                    "too small", where=name, found=str(getattr(self, name)), expected="at least 1"
                )


@dataclass(frozen=True, slots=True)
class _Finished:
    """A result as it goes into the files."""

    result: Extraction | Reject
    line: str = ""
    rows: tuple[list[str], ...] = ()


def predict_batch(
    paths: Iterable[str | os.PathLike[str]],
    extractor: ArticleExtractor,
    output: str | os.PathLike[str],
    *,
    options: BatchOptions | None = None,
    stdin: BinaryIO | None = None,
    observer: Observer | None = None,
) -> Summary:
    """Extract the articles of ``paths`` into the folder ``output``.

    Writes ``extractions.jsonl``, ``quantities.csv``, ``rejects.jsonl`` and ``summary.json``: all of them
    at the end of a run that went through, none of them otherwise.

    Args:
        paths: Files, folders, or ``-`` for standard input.
        extractor: See :class:`ArticleExtractor`.
        output: A folder; it is made if need be. Where it lies inside ``paths``, its own files are not
            read as articles.
        options: The defaults if None.
        stdin: Read in place of the process's own standard input.
        observer: Called with every result, in the order of the output.

    Raises:
        IeModelError: A wrong call (no path, a path that does not exist), an output that cannot be
            written, an extractor that cannot work.
    """
    options = options or BatchOptions()
    started = time.monotonic()
    tally = Tally()
    paths = tuple(paths)
    # Checked before the output folder is made: a wrong call leaves no trace.
    _reader(paths, options, stdin, ())
    with BatchOutput(output) as files:
        reader = _reader(paths, options, stdin, files.paths())
        for chunk in _chunks(reader, options):
            for finished in _finish_chunk(extractor, chunk):
                if isinstance(finished.result, Reject):
                    files.write_reject(finished.result)
                else:
                    files.write_extraction(finished.line, list(finished.rows))
                tally.add(finished.result)
                if observer is not None:
                    observer(finished.result)
        seconds = time.monotonic() - started
        summary = tally.summary(extractor.info, _shown_options(reader, options), reader.skipped, seconds)
        files.commit(summary.model_dump_json(indent=2) + "\n")
    return summary


def _reader(
    paths: tuple[str | os.PathLike[str], ...],
    options: BatchOptions,
    stdin: BinaryIO | None,
    exclude: tuple[os.PathLike[str], ...],
) -> ArticleReader:
    return ArticleReader(
        paths,
        max_chars=options.max_chars,
        stdin_format=options.stdin_format,
        stdin=stdin,
        exclude=exclude,
        encoding=options.encoding,
        limit=options.limit,
    )


def _shown_options(reader: ArticleReader, options: BatchOptions) -> dict[str, JsonValue]:
    return {
        "paths": [storable(path) for path in reader.paths],
        "max_chars": options.max_chars,
        "stdin_format": options.stdin_format,
        "encoding": reader.encoding,
        "limit": options.limit,
    }


def _chunks(found: Iterable[Located | Reject], options: BatchOptions) -> Iterator[list[Located | Reject]]:
    chunk: list[Located | Reject] = []
    chars = 0
    for entry in found:
        chunk.append(entry)
        chars += len(entry.article.text) if isinstance(entry, Located) else 0
        if len(chunk) >= options.chunk_articles or chars >= options.chunk_chars:
            yield chunk
            chunk, chars = [], 0
    if chunk:
        yield chunk


def _finish_chunk(extractor: ArticleExtractor, chunk: list[Located | Reject]) -> Iterator[_Finished]:
    results = iter(extract_guarded(extractor, [entry for entry in chunk if isinstance(entry, Located)]))
    for entry in chunk:
        yield _Finished(entry) if isinstance(entry, Reject) else _finish(entry, next(results))


def _finish(located: Located, result: Extraction | Reject) -> _Finished:
    if isinstance(result, Reject):
        return _Finished(result)
    try:
        return _Finished(result, result.model_dump_json(), tuple(table_rows(result, located.article.text)))
    except Exception as error:
        return _Finished(reject_bug(located, error))
