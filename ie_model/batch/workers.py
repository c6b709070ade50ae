"""Several processes extract: one a core, each with a model of its own and one thread.

Processes, because decoding, reading values and linking are Python, for which threads would share one core.
They are spawned, not forked: a fork of a process with threads can lock up. An article that kills its process
(out of memory, a fault in a library) is tried once more alone and then rejected by name; the process is
replaced.

Trade-off: each process holds a model of its own. For one chunk of articles a pool costs more than it gives
(:class:`ie_model.batch.engines.WhenLarge`).
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Final

from ie_model.articles import Located, RefusedError, RejectCode
from ie_model.batch.fields import Fields
from ie_model.batch.outcome import Chunk, Outcome, articles_of, extract_outcomes, in_order, of_reject
from ie_model.batch.protocol import ArticleExtractor
from ie_model.errors import IeModelError
from ie_model.schema import ModelInfo

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

CHUNKS_AHEAD: Final = 3
"""Chunks taken for each worker before the oldest is given back: one at work, two ahead."""
TRIES_ALONE: Final = 2
"""Times that an article may kill its worker while it is alone there."""
DEATHS_IN_A_ROW: Final = 8
"""Deaths without any work done between them, after which the run ends: the workers themselves cannot live."""
SECONDS_TO_END: Final = 5.0

#: Loads the extractor of a worker; must be picklable, as a partial of a function of a module is.
Load = Callable[[], ArticleExtractor]


@dataclass
class _Job:
    """A chunk and what is known of its articles so far."""

    chunk: Chunk
    found: list[Outcome | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.found = [None] * len(articles_of(self.chunk))

    @property
    def done(self) -> bool:
        return None not in self.found

    def outcomes(self) -> list[Outcome]:
        return list(in_order(self.chunk, [one for one in self.found if one is not None]))


@dataclass
class _Task:
    """Articles of one job that go to a worker together."""

    job: _Job
    first: int
    articles: list[Located]
    deaths: int = 0

    def single(self) -> Iterator[_Task]:
        for place, article in enumerate(self.articles):
            yield _Task(self.job, self.first + place, [article])

    def put(self, outcomes: list[Outcome]) -> None:
        self.job.found[self.first : self.first + len(outcomes)] = outcomes


class WorkerPool:
    """An engine of several processes; see :class:`ie_model.batch.engines.Engine`.

    Args:
        load: Makes the extractor of a worker, within it.
        workers: How many, at least 1.
        info: Which release extracts.
    """

    def __init__(self, load: Load, workers: int, info: ModelInfo) -> None:
        if workers < 1:
            raise IeModelError("too few workers", where="workers", found=str(workers), expected="at least 1")
        self._load, self._workers, self._info = load, workers, info

    @property
    def info(self) -> ModelInfo:
        """See :class:`ie_model.batch.engines.Engine`."""
        return self._info

    def run(self, chunks: Iterable[Chunk], fields: Fields | None) -> Iterator[list[Outcome]]:
        """See :class:`ie_model.batch.engines.Engine`."""
        crew = _Crew(self._load, self._workers, fields)
        try:
            yield from crew.run(iter(chunks))
        finally:
            crew.end()


class _Crew:
    """The processes of one run."""

    def __init__(self, load: Load, workers: int, fields: Fields | None) -> None:
        self._load, self._fields = load, fields
        self._size = workers
        self._workers: list[_Worker] = []
        self._jobs: deque[_Job] = deque()
        self._tasks: deque[_Task] = deque()
        self._deaths = 0

    def run(self, chunks: Iterator[Chunk]) -> Iterator[list[Outcome]]:
        more = True
        while more or self._jobs:
            while more and len(self._jobs) < CHUNKS_AHEAD * self._size:
                chunk = next(chunks, None)
                more = chunk is not None
                if chunk is not None:
                    self._take(chunk)
            self._give_out()
            if not (self._jobs and self._jobs[0].done):
                self._hear()
            while self._jobs and self._jobs[0].done:
                yield self._jobs.popleft().outcomes()

    def end(self) -> None:
        for worker in self._workers:
            worker.end()

    def _take(self, chunk: Chunk) -> None:
        job = _Job(chunk)
        self._jobs.append(job)
        if not job.done:
            self._tasks.append(_Task(job, 0, articles_of(chunk)))

    def _give_out(self) -> None:
        while self._tasks and len(self._workers) < min(self._size, len(self._jobs)):
            self._workers.append(_Worker(self._load, self._fields))
        for worker in self._workers:
            if self._tasks and worker.task is None:
                worker.give(self._tasks.popleft())

    def _hear(self) -> None:
        """Wait until a worker says something, and act on it."""
        busy = {worker.connection: worker for worker in self._workers if worker.task is not None}
        for connection in wait(list(busy)):
            worker = busy[connection]  # type: ignore[index]
            try:
                answer = worker.connection.recv()
            except (EOFError, OSError):
                self._bury(worker)
                continue
            if isinstance(answer, IeModelError):
                raise answer
            task, worker.task = worker.task, None
            if task is not None:
                task.put(answer)
            self._deaths = 0

    def _bury(self, worker: _Worker) -> None:
        """Replace a dead worker, and find out which of its articles killed it."""
        reason = worker.end()
        self._workers.remove(worker)
        self._deaths += 1
        if self._deaths > DEATHS_IN_A_ROW:
            raise IeModelError(
                "the workers die one after the other",
                found=reason,
                mend="Is there memory for all of them? Try fewer --workers, or --workers 1 to see the error.",
            )
        task = worker.task
        if task is None:
            return
        task.deaths += 1
        if len(task.articles) > 1:
            self._tasks.extendleft(reversed(list(task.single())))
        elif task.deaths < TRIES_ALONE:
            self._tasks.appendleft(task)
        else:
            task.put([killed_outcome(task.articles[0], reason)])


class _Worker:
    """One process, and what it is at."""

    def __init__(self, load: Load, fields: Fields | None) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.connection, theirs = spawn.Pipe()
        self.task: _Task | None = None
        self.process: SpawnProcess = spawn.Process(target=_work, args=(theirs, load, fields), daemon=True)
        self.process.start()
        theirs.close()  # so that the end of the process is the end of the pipe

    def give(self, task: _Task) -> None:
        self.task = task
        with suppress(OSError):  # it has died: that is heard when it is listened to
            self.connection.send(task.articles)

    def end(self) -> str:
        """End the process and say how it ended."""
        self.connection.close()
        self.process.join(0.2)
        if self.process.is_alive():
            self.process.terminate()
            self.process.join(SECONDS_TO_END)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        code = self.process.exitcode or 0
        return f"ended by signal {-code}" if code < 0 else f"exit status {code}"


def killed_outcome(located: Located, reason: str | None) -> Outcome:
    """Return the reject of an article that ended its process ``reason`` (None if not known) every time."""
    refusal = RefusedError(
        RejectCode.INTERNAL,
        "the process that extracted this article ended",
        found=reason,
        mend="If memory is short, use fewer --workers; else it is a bug: please report it with the article.",
    )
    return of_reject(located.place.reject(refusal, id=located.article.id))


def _work(connection: Connection, load: Load, fields: Fields | None) -> None:
    """Extract what comes through ``connection`` until its other end is closed."""
    # The terminal sends Ctrl-C to every process of the run; the one that writes decides what follows.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        extractor = load()
        while True:
            connection.send(extract_outcomes(extractor, connection.recv(), fields))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the run has ended
    except IeModelError as error:
        with suppress(OSError):
            connection.send(error)
