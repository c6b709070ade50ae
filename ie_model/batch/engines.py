"""Where chunks of articles are extracted: in this process, or in several.

The outcomes do not depend on the engine: every chunk goes through
:func:`ie_model.batch.outcome.extract_outcomes`, and an article's extraction does not depend on the others
in its chunk.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Protocol, runtime_checkable

from ie_model.batch.fields import Fields
from ie_model.batch.outcome import Chunk, Outcome, articles_of, extract_outcomes, in_order
from ie_model.batch.protocol import ArticleExtractor
from ie_model.batch.workers import WorkerPool
from ie_model.cores import usable_cores
from ie_model.loading import ModelSource
from ie_model.schema import ModelInfo


@runtime_checkable
class Engine(Protocol):
    """Extracts chunks."""

    @property
    def info(self) -> ModelInfo:
        """Which release extracts."""
        ...

    def run(self, chunks: Iterable[Chunk], fields: Fields | None) -> Iterator[list[Outcome]]:
        """Yield the outcomes of every chunk, in the order of the chunks.

        Only a bounded number of chunks is taken before the first of them is given back.

        Raises:
            IeModelError: Nothing can be extracted at all.
        """
        ...


class InProcess:
    """An extractor that runs in this process, one chunk at a time."""

    def __init__(self, extractor: ArticleExtractor) -> None:
        self._extractor = extractor

    @property
    def info(self) -> ModelInfo:
        """See :class:`Engine`."""
        return self._extractor.info

    def run(self, chunks: Iterable[Chunk], fields: Fields | None) -> Iterator[list[Outcome]]:
        """See :class:`Engine`."""
        for chunk in chunks:
            found = extract_outcomes(self._extractor, articles_of(chunk), fields)
            yield list(in_order(chunk, found))


class WhenLarge:
    """One engine for an input of one chunk, another for more: what starts slowly only pays for more.

    Args:
        small: Makes the one for little, of the same release; only called if it is wanted.
        large: The one for more.
    """

    def __init__(self, small: Callable[[], Engine], large: Engine) -> None:
        self._small, self._large = small, large

    @property
    def info(self) -> ModelInfo:
        """See :class:`Engine`."""
        return self._large.info

    def run(self, chunks: Iterable[Chunk], fields: Fields | None) -> Iterator[list[Outcome]]:
        """See :class:`Engine`."""
        source = iter(chunks)
        first = list(itertools.islice(source, 2))
        engine = self._small() if len(first) < 2 else self._large
        yield from engine.run(itertools.chain(first, source), fields)


def engine_of(source: ModelSource, workers: int | None = None) -> Engine:
    """Return the engine that extracts by the model in ``source``.

    Args:
        source: The model. It is loaded where and when the engine needs it.
        workers: Processes of one thread each; 1 is this process. None for one a processor core where the
            input has more than one chunk, and this process, one window a core at once, where it has not.

    Raises:
        ModelError: There is no model, or its manifest is damaged.

    Examples:
        >>> from pathlib import Path
        >>> engine_of(ModelSource(Path("rules")), workers=1).info.name
        'rules'
    """
    cores = len(usable_cores())
    if (workers or cores) == 1:
        return InProcess(source.load(threads=1))
    pool = WorkerPool(partial(source.load, threads=1), workers or cores, source.info())
    return pool if workers else WhenLarge(lambda: InProcess(source.load(threads=cores)), pool)
