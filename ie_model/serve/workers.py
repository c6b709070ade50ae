"""The threads that extract: a batch out of the line, one call of the extractor, answers back to the requests.

A bug on one article costs that article (:func:`~ie_model.batch.protocol.extract_guarded`); an extractor that
cannot work at all ends the workers, and with them the server's readiness, for somebody to mend it. Answers
are written as JSON here and not in the event loop, which stays free for other requests.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import Protocol

from ie_model.articles import Located, Reject, RejectCode
from ie_model.batch.protocol import ArticleExtractor, extract_guarded, reject_bug
from ie_model.schema import Extraction
from ie_model.serve.errors import NotReadyError
from ie_model.serve.limits import Limits
from ie_model.serve.line import Answer, Seat, WaitingLine

#: Share of what was measured before that each batch replaces: the newest five make two thirds of the pace.
PACE_SHARE = 0.2

_log = logging.getLogger(__name__)


class Observer(Protocol):
    """Is told what the workers do, from their threads."""

    def batch(self, seats: Sequence[Seat], answers: Sequence[Answer], seconds: float) -> None:
        """A batch was extracted."""


class Pace:
    """How fast articles are read, in code points a second over all workers, as last seen.

    Characters and seconds are averaged apart, so that a batch counts by its length: one with a single short
    article says little about a long one.
    """

    def __init__(self) -> None:
        self._chars = 0.0
        self._seconds = 0.0
        self._lock = threading.Lock()

    def note(self, chars: int, seconds: float, workers: int) -> None:
        """One of ``workers`` that share the processor read ``chars`` in ``seconds``."""
        with self._lock:
            self._chars += chars - PACE_SHARE * self._chars
            self._seconds += seconds / workers - PACE_SHARE * self._seconds

    def seconds(self, chars: int) -> float | None:
        """How long ``chars`` will take; None before anything was read."""
        with self._lock:
            return chars * self._seconds / self._chars if self._chars else None


class Workers:
    """Threads between a line and an extractor.

    Args:
        extractor: May be called by several threads, and be replaced between batches.
        line: Where the articles come from; when it is closed and empty the threads end.
        limits: How many threads, and the size of a batch.
        observers: Told of every batch.
    """

    def __init__(
        self,
        extractor: ArticleExtractor,
        line: WaitingLine,
        limits: Limits,
        observers: Sequence[Observer] = (),
    ) -> None:
        self.pace = Pace()
        self.failure: BaseException | None = None
        self._running: dict[int, int] = {}
        self.extractor = extractor
        self._line = line
        self._limits = limits
        self._observers = observers
        # Daemons: a process that has waited long enough for the last batch may end without it.
        self._threads = [
            threading.Thread(target=self._work, name=f"extract-{number}", daemon=True)
            for number in range(limits.workers)
        ]

    @property
    def are_alive(self) -> bool:
        """Whether all of them work."""
        return self.failure is None and all(thread.is_alive() for thread in self._threads)

    @property
    def running_chars(self) -> int:
        """Code points of the articles that are being extracted."""
        return sum(list(self._running.values()))

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def join(self, seconds: float) -> bool:
        """Wait for the threads to end; False where one still works after ``seconds``."""
        until = time.monotonic() + seconds
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        limits = self._limits
        while seats := self._line.take(limits.batch_articles, limits.batch_chars, limits.linger):
            try:
                self._extract(seats)
            except BaseException as error:
                self._give_up(seats, error)
                return

    def _extract(self, seats: list[Seat]) -> None:
        started = time.monotonic()
        located = [seat.located for seat in seats]
        chars = sum(len(one.article.text) for one in located)
        self._running[threading.get_ident()] = chars
        results = extract_guarded(self.extractor, located)
        answers = [_answer(one, result) for one, result in zip(located, results, strict=True)]
        seconds = time.monotonic() - started
        self._running[threading.get_ident()] = 0
        self.pace.note(chars, seconds, self._limits.workers)
        for observer in self._observers:
            observer.batch(seats, answers, seconds)
        for seat, answer in zip(seats, answers, strict=True):
            seat.ticket.answer(seat.place, answer)

    def _give_up(self, seats: list[Seat], error: BaseException) -> None:
        self.failure = error
        _log.critical("the extractor does not work any more: %s: %s", type(error).__name__, error)
        refusal = NotReadyError("the extractor does not work", mend="Restart the server; its log says why.")
        for seat in seats:
            seat.ticket.fail(refusal)
        self._line.abandon(refusal)


def _answer(located: Located, result: Extraction | Reject) -> Answer:
    if isinstance(result, Extraction):
        try:
            return Answer(result.model_dump_json().encode("utf-8"))
        except Exception as error:  # a value that JSON cannot hold: this article's bug, like any other
            result = reject_bug(located, error)
    return reject_answer(result)


def reject_answer(reject: Reject) -> Answer:
    """Return the answer that is ``reject``.

    What a bug's exception said is left out: it goes to the log (its kind, no text of the article).
    """
    if reject.code is RejectCode.INTERNAL:
        kind = (reject.found or "").partition(":")[0]
        _log.error("the extractor failed on an article: %s", kind or reject.reason)
        reject = reject.model_copy(update={"found": None})
    return Answer(reject.model_dump_json().encode("utf-8"), reject)
