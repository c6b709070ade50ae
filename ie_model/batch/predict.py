"""Many articles: read, extracted and written as one stream.

Articles go to the engine in chunks, because an encoder is faster on several windows at once; a bounded number
of chunks is all that is held in memory. Results are written in the order of reading, so the output depends
neither on the size of a chunk nor on the engine.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import BinaryIO

from pydantic import JsonValue

from ie_model.articles import ArticleReader, Located, Reject
from ie_model.articles.rejects import storable
from ie_model.batch.engines import Engine, InProcess
from ie_model.batch.fields import Fields, read_fields
from ie_model.batch.formats import OutputFormat
from ie_model.batch.options import BatchOptions
from ie_model.batch.outcome import Chunk, Outcome
from ie_model.batch.output import BatchOutput, Export
from ie_model.batch.progress import Call, Checkpoint, chain
from ie_model.batch.protocol import ArticleExtractor
from ie_model.batch.summary import Summary
from ie_model.errors import OutputError

#: Called with every outcome in the order of the output, and the share of the input's bytes that is read by
#: then: 0 to 1, None where that is not known (standard input, a limit).
Observer = Callable[[Outcome, float | None], None]


def predict_batch(
    paths: Iterable[str | os.PathLike[str]],
    extractor: ArticleExtractor | Engine,
    output: str | os.PathLike[str],
    *,
    options: BatchOptions | None = None,
    stdin: BinaryIO | None = None,
    observer: Observer | None = None,
    resume: bool = False,
    restart: bool = False,
) -> Summary:
    """Extract the articles of ``paths`` into the folder ``output``.

    Writes extractions, the flat table, ``rejects.jsonl`` and ``summary.json``: all of them at the end of a
    run that went through, none of them otherwise.

    Args:
        paths: Files, folders, or ``-`` for standard input.
        extractor: An extractor, which runs in this process, or an engine.
        output: A folder; it is made if need be. Where it lies inside ``paths``, its own files are not
            read as articles.
        options: The defaults if None.
        stdin: Read in place of the process's own standard input.
        observer: Called with every outcome, in the order of the output; on a resumed run with the new ones.
        resume: Go on with the unfinished run in ``output``, if there is one.
        restart: Throw an unfinished run away.

    Raises:
        IeModelError: A wrong call (no path, a path that does not exist), an output that cannot be
            written, an extractor that cannot work, an unfinished run that ``resume`` was not given for or
            whose call or input was another.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from ie_model.rules import RuleExtractor
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "a.txt").write_text("وام ۵ میلیارد تومانی", encoding="utf-8")
        ...     predict_batch([folder], RuleExtractor(), Path(folder, "out")).mentions
        {'AMOUNT': 1}
    """
    options = options or BatchOptions()
    paths = tuple(paths)
    engine = extractor if isinstance(extractor, Engine) else InProcess(extractor)
    fields = read_fields(options.fields) if options.fields else None
    options.form.require_packages()
    # Checked before the output folder is made: a wrong call leaves no trace.
    shown = _shown_options(_reader(paths, options, stdin, ()), options)
    call = Call(version=_version(), model=engine.info, options=shown)
    export = _export(options.form, fields)
    with BatchOutput(output, call, form=options.form, resume=resume, restart=restart, export=export) as files:
        if files.written:
            return Summary.model_validate_json(files.place())
        reader = _reader(paths, options, stdin, files.paths())
        entries = _unwritten(_of_shard(reader, options), files.checkpoint)
        share = _share_read(reader) if observer is not None else None
        for outcome in _written(engine, entries, files, options, fields):
            if observer is not None and share is not None:
                observer(outcome, share())
        summary = files.checkpoint.counts.summary(engine.info, shown, reader.skipped)
        files.finish(summary.model_dump_json(indent=2) + "\n")
    return summary


def _written(
    engine: Engine,
    entries: Iterator[Located | Reject],
    files: BatchOutput,
    options: BatchOptions,
    fields: Fields | None,
) -> Iterator[Outcome]:
    """Write what becomes of ``entries``, and yield it."""
    begun: deque[Chunk] = deque()

    def taken() -> Iterator[Chunk]:
        for chunk in _chunks(entries, options):
            begun.append(chunk)
            yield chunk

    for outcomes in engine.run(taken(), fields):
        for entry, outcome in zip(begun.popleft(), outcomes, strict=True):
            files.write(entry, outcome)
            yield outcome


def _share_read(reader: ArticleReader) -> Callable[[], float | None]:
    total = reader.total_bytes()
    # At most all: a file may have grown since its size was taken.
    return lambda: min(1.0, reader.bytes_read / total) if total else None


def _of_shard(reader: Iterable[Located | Reject], options: BatchOptions) -> Iterator[Located | Reject]:
    return (entry for place, entry in enumerate(reader) if options.shard.holds(place))


def _unwritten(entries: Iterator[Located | Reject], checkpoint: Checkpoint) -> Iterator[Located | Reject]:
    """Yield the entries behind those that ``checkpoint`` has.

    Raises:
        OutputError: Those it has are not these.
    """
    digest = ""
    for _ in range(checkpoint.entries):
        entry = next(entries, None)
        digest = "" if entry is None else chain(digest, entry)
    if digest != checkpoint.digest:
        raise OutputError(
            "the input has changed since the run was stopped",
            found=f"the first {checkpoint.entries} articles and rejects are not those that are written",
            mend="Begin anew with --restart.",
        )
    return entries


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
        **options.shown(),
        "encoding": reader.encoding,
    }


def _export(form: OutputFormat, fields: Fields | None) -> Export | None:
    if form is OutputFormat.PARQUET:
        from ie_model.batch.parquet import write_parquet

        return partial(write_parquet, fields=fields)
    if form is OutputFormat.XLSX:
        from ie_model.batch.xlsx import write_xlsx

        return write_xlsx
    return None


def _version() -> str:
    from ie_model import __version__

    return __version__


def _chunks(found: Iterator[Located | Reject], options: BatchOptions) -> Iterator[Chunk]:
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
