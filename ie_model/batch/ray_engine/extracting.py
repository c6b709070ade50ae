"""What runs on the machines of the cluster: reading bundles, and extracting blocks.

Workers hand back counts, never lines, and errors of the package's own family as values: the driver raises
them as they are, where an exception would come back wrapped in the cluster's own.

An article may end its process (out of memory, a fault in a library). The cluster starts another and gives
it the same block, again and again. So a worker notes on the shared disk which block it is at, and a block
that was left unfinished is tried an article at a time, each noted before it is tried; one that ends its
process :data:`ie_model.batch.workers.TRIES_ALONE` times alone is rejected by name, as by the workers of one
machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, Field

from ie_model.articles import Located
from ie_model.batch.outcome import Chunk, Outcome, articles_of, extract_outcomes, in_order
from ie_model.batch.protocol import ArticleExtractor
from ie_model.batch.ray_engine.blocks import Block, Bundle, Reading, read_blocks
from ie_model.batch.ray_engine.parts import LOADS, TRIALS, Parts
from ie_model.batch.summary import Counts
from ie_model.batch.workers import TRIES_ALONE, Load, killed_outcome
from ie_model.errors import IeModelError, OutputError
from ie_model.files import write_whole

#: A row between tasks: one column of objects, which the cluster carries as they are, as pipes between
#: processes do.
Row = dict[str, Any]
PAYLOAD: Final = "payload"
LOADS_IN_A_ROW: Final = 3
"""Loads begun beyond one a worker, none of them ended, after which the run ends: the workers cannot live."""


def packed(value: Bundle | Block | Counts | IeModelError) -> Row:
    """Return the row that holds ``value``."""
    return {PAYLOAD: value}


def unpacked(row: Row) -> Any:
    """Return what a row holds."""
    return row[PAYLOAD]


def read_rows(row: Row, reading: Reading) -> Iterator[Row]:
    """Read the bundle in ``row`` and yield its blocks, or the error that ends the run."""
    try:
        for block in read_blocks(unpacked(row), reading):
            yield packed(block)
    except IeModelError as error:
        yield packed(error)


class _Trial(BaseModel):
    """What is noted of a block while it is extracted."""

    at: int | None = None
    """The article that is tried alone, counted from 0; None while all are tried together."""
    deaths: dict[int, int] = Field(default_factory=dict)
    """How often each has ended its process alone."""


@dataclass
class BlockExtractor:
    """A worker: loads its model once and extracts block after block.

    Args:
        load: Makes the extractor, in the worker.
        parts: Where blocks are written.
        workers: How many there are, for what is too many deaths.
    """

    load: Load
    parts: Parts
    workers: int
    _extractor: ArticleExtractor | None = field(default=None, init=False)

    def __call__(self, row: Row) -> Row:
        """Extract the block in ``row`` and write it; return its counts, or the error that ends the run."""
        given = unpacked(row)
        if isinstance(given, IeModelError):
            return row
        try:
            return packed(self._extract(given))
        except IeModelError as error:
            return packed(error)
        except OSError as error:
            return packed(
                OutputError(
                    "a part cannot be written",
                    where=given.name,
                    found=error.strerror or str(error),
                    mend="Make room and call again with --resume; what is written so far is kept.",
                )
            )

    def _extract(self, block: Block) -> Counts:
        if not self.parts.run.is_dir():
            raise OutputError(
                "a worker does not see the output folder",
                where=str(self.parts.run.parents[1]),
                found=f"no such folder on {os.uname().nodename}",
                mend="Name a folder by --output that every machine of the cluster shares.",
            )
        mark = self.parts.mark(block.name)
        if mark is not None:  # another worker was here, and died before it could say so
            return mark.counts
        extractor = self._loaded()
        trial = self.parts.run / TRIALS / block.name
        outcomes = self._outcomes(extractor, block.entries, trial)
        counts = self.parts.write(block.name, outcomes, block.digest())
        trial.unlink(missing_ok=True)
        return counts

    def _loaded(self) -> ArticleExtractor:
        if self._extractor is None:
            loads = self.parts.run / LOADS
            with loads.open("ab") as stream:
                stream.write(b".")
            begun = loads.stat().st_size
            if begun > self.workers + LOADS_IN_A_ROW:
                raise IeModelError(
                    "the workers die one after the other",
                    found=f"{begun - 1} began to load the model, none has loaded it",
                    mend="Is there memory for all of them? Try fewer --workers, or --engine local.",
                )
            self._extractor = self.load()
            loads.write_bytes(b"")
        return self._extractor

    def _outcomes(self, extractor: ArticleExtractor, chunk: Chunk, note: Path) -> list[Outcome]:
        articles = articles_of(chunk)
        if note.exists():
            found = list(self._alone(extractor, articles, note))
        else:
            write_whole(note, _Trial().model_dump_json())
            found = extract_outcomes(extractor, articles, self.parts.fields)
        return list(in_order(chunk, found))

    def _alone(self, extractor: ArticleExtractor, articles: list[Located], note: Path) -> Iterator[Outcome]:
        trial = _Trial.model_validate_json(note.read_bytes())
        if trial.at is not None:
            trial.deaths[trial.at] = trial.deaths.get(trial.at, 0) + 1
        for place, article in enumerate(articles):
            if trial.deaths.get(place, 0) >= TRIES_ALONE:
                yield killed_outcome(article, None)
                continue
            trial.at = place
            write_whole(note, trial.model_dump_json())
            yield from extract_outcomes(extractor, [article], self.parts.fields)
