"""Many articles on many machines: the driver.

It lists the files, lets tasks read them in blocks, lets workers extract and write the blocks, sums their
counts and puts the whole in place. Ray Data streams between the two, holds readers back when the workers
are behind, and replaces workers that die; articles pass through its object store, lines of output do not.

Trade-offs: Starting costs seconds (17 on two busy cores, of which a cluster of our own is 8), so
one machine is better served by ``--engine local``. The output is parts, in no order between them, for no
process sees all lines. Readers reserve no core: one reads for hundreds of workers.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from pydantic import JsonValue

from ie_model.articles import ArticleReader
from ie_model.articles.reader import STDIN
from ie_model.articles.rejects import storable
from ie_model.batch.fields import read_fields
from ie_model.batch.formats import OutputFormat
from ie_model.batch.options import BatchOptions, Shard
from ie_model.batch.progress import Call
from ie_model.batch.ray_engine.blocks import BLOCK_ENTRIES, Bundle, Reading, bundles
from ie_model.batch.ray_engine.cluster import Cluster
from ie_model.batch.ray_engine.extracting import BlockExtractor, Row, packed, read_rows, unpacked
from ie_model.batch.ray_engine.parts import PartsOutput
from ie_model.batch.summary import Counts, Summary
from ie_model.batch.workers import Load
from ie_model.errors import IeModelError, OutputError
from ie_model.schema import ModelInfo

#: Called with the counts so far, whenever a block is written.
CountsObserver = Callable[[Counts], None]

WORKERS_OF_A_READER: Final = 100
"""A reader gives some ten thousand articles a second, a worker takes some ten."""
MAX_READS: Final = 1000
"""Pieces that the list of bundles is handed out in; each costs the driver time before anything is read."""
ROW_BYTES: Final = 1
"""What Ray Data may gather before it hands on: a block of articles goes on as soon as it is read."""


def predict_on_ray(
    paths: Iterable[str | os.PathLike[str]],
    load: Load,
    info: ModelInfo,
    output: str | os.PathLike[str],
    *,
    cluster: Cluster | None = None,
    options: BatchOptions | None = None,
    observer: CountsObserver | None = None,
    resume: bool = False,
    restart: bool = False,
    block_entries: int = BLOCK_ENTRIES,
) -> Summary:
    """Extract the articles of ``paths`` into folders of parts below ``output``.

    Args:
        paths: Files and folders on storage that every machine of the cluster sees at the same place.
        load: Makes the extractor of a worker, within it; must be picklable.
        info: Which release it is.
        output: A folder, on such storage too.
        cluster: This machine if None, unless ``RAY_ADDRESS`` names one.
        options: The defaults if None.
        observer: Called with the counts so far.
        resume: Go on with the unfinished run in ``output``, if there is one.
        restart: Throw an unfinished run away.
        block_entries: Articles and rejects of a part, at least 1.

    Raises:
        IeModelError: As of :func:`ie_model.batch.predict_batch`; standard input, a limit or a shard; no
            cluster, or one that fails.
        MissingExtraError: Ray is not installed.
    """
    options, cluster, paths = options or BatchOptions(), cluster or Cluster(), tuple(paths)
    _check(paths, options, block_entries)
    cluster.check()
    options.form.require_packages()
    reader = ArticleReader(paths, max_chars=options.max_chars, encoding=options.encoding)
    shown: dict[str, JsonValue] = {
        "paths": [storable(path) for path in reader.paths],
        **options.shown(),
        "encoding": reader.encoding,
        "engine": "ray",
        "block_entries": block_entries,
    }
    from ie_model import __version__

    call = Call(version=__version__, model=info, options=shown)
    with PartsOutput(output, call, form=options.form, resume=resume, restart=restart) as files:
        if files.written:
            return Summary.model_validate_json(files.place())
        reader = ArticleReader(
            paths, max_chars=options.max_chars, encoding=options.encoding, exclude=files.paths()
        )
        reading = Reading(str(Path.cwd()), options.max_chars, reader.encoding, block_entries)
        parts = files.parts(read_fields(options.fields) if options.fields else None)
        with cluster.connected() as workers:
            counts = _extracted(reader, reading, files, BlockExtractor(load, parts, workers), observer)
        summary = counts.summary(info, shown, reader.skipped)
        files.finish(summary.model_dump_json(indent=2) + "\n")
    return summary


def _check(paths: tuple[str | os.PathLike[str], ...], options: BatchOptions, block_entries: int) -> None:
    refused = {
        "standard input": (
            any(os.fspath(path) == STDIN for path in paths),
            "Write it to a file that every machine sees, or use --engine local.",
        ),
        "--limit": (options.limit is not None, "Name fewer files, or use --engine local."),
        "--format xlsx": (
            options.form is OutputFormat.XLSX,
            "A workbook is one file: use parquet, or --engine local.",
        ),
        "--shard": (options.shard != Shard(), "Ray shares the articles out itself: leave it out."),
    }
    for what, (asked, mend) in refused.items():
        if asked:
            raise IeModelError(f"{what} cannot be used with Ray", where="--engine ray", mend=mend)
    if block_entries < 1:
        raise IeModelError(
            "too small", where="block_entries", found=str(block_entries), expected="at least 1"
        )


def _extracted(
    reader: ArticleReader,
    reading: Reading,
    files: PartsOutput,
    worker: BlockExtractor,
    observer: CountsObserver | None,
) -> Counts:
    """Let everything be extracted that is not yet, and return the counts of all."""
    counts, blocks = Counts(), 0
    marks = files.marks()
    for mark in marks.values():
        counts.include(mark.counts)
    done = {name: mark.digest for name, mark in marks.items()}
    work = list(bundles(reader.listing(), reading, done))
    for row in _rows(work, reading, worker):
        found = unpacked(row)
        if isinstance(found, IeModelError):
            raise found
        counts.include(found)
        blocks += 1
        files.note(counts)
        if observer is not None:
            observer(counts)
    written = files.blocks()
    if written != len(marks) + blocks:
        raise OutputError(
            "parts are missing",
            where=str(files.folder),
            found=f"{written} of {len(marks) + blocks}",
            mend="Name a folder by --output that every machine of the cluster shares.",
        )
    return counts


def _rows(work: list[Bundle], reading: Reading, worker: BlockExtractor) -> Iterator[Row]:
    from ray import data

    _settle(data.DataContext.get_current())
    reads = min(len(work), MAX_READS)
    readers = min(reads, max(2, worker.workers // WORKERS_OF_A_READER))
    rows: Any = data.from_items([packed(bundle) for bundle in work], override_num_blocks=reads)
    # Another share of a core than the workers': equal stages would be run as one, each file by one worker.
    rows = rows.flat_map(
        partial(read_rows, reading=reading), num_cpus=0, compute=data.TaskPoolStrategy(size=readers)
    )
    rows = rows.map(
        BlockExtractor,
        fn_constructor_args=(worker.load, worker.parts, worker.workers),
        num_cpus=1,
        # Ray Data replaces workers without end: which article ends its worker, the worker itself finds out.
        compute=data.ActorPoolStrategy(size=worker.workers, max_tasks_in_flight_per_actor=2),
    )
    try:
        yield from rows.iter_rows()
    except Exception as error:  # of Ray, or of code that a node cannot import: not all are of one family
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise IeModelError(
            "the cluster has failed",
            found=lines[-1] if lines else type(error).__name__,
            mend="Call again with --resume; what is written so far is kept.",
        ) from error


def _settle(context: Any) -> None:
    """Let Ray Data hand on block by block, and leave the terminal to the command."""
    context.target_max_block_size = ROW_BYTES
    context.target_min_block_size = 0
    context.enable_progress_bars = False
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # Advice on how many files would make good use of the workers, and on Ray's own deprecations.
    warnings.filterwarnings("ignore", module=r"ray\.data")
