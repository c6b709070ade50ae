"""The service behind the routes: articles of one request in, their answers out, in time or not at all."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from ie_model.articles import Located
from ie_model.batch.protocol import ArticleExtractor
from ie_model.schema import ModelInfo
from ie_model.serve.errors import BusyError, GoneError, LateError, NotReadyError, TooLargeError
from ie_model.serve.limits import Limits
from ie_model.serve.line import Answer, Ticket, WaitingLine
from ie_model.serve.workers import Observer, Pace, Workers

#: Seconds that a client is told to wait, at most: a guess about more is worth little.
MAX_RETRY_AFTER = 60
#: Seconds that the last batch may still take once nobody waits for it.
LAST_BATCH_SECONDS = 2.0


class Service:
    """One extractor for many requests.

    Args:
        extractor: May be called by several threads; :class:`ie_model.extractor.Extractor` may.
        limits: The defaults if None.
    """

    def __init__(self, extractor: ArticleExtractor, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.observers: list[Observer] = []
        self.line = WaitingLine(articles=self.limits.queue_articles, chars=self.limits.queue_chars)
        self._extractor = extractor
        self._waiting: set[Ticket] = set()
        self._workers = Workers(extractor, self.line, self.limits, self.observers)

    @property
    def info(self) -> ModelInfo:
        """Which release extracts."""
        return self._extractor.info

    @property
    def pace(self) -> Pace:
        """How fast articles are read."""
        return self._workers.pace

    def replace(self, extractor: ArticleExtractor) -> None:
        """Extract with another extractor from the next batch on; one that runs is finished with the old.

        Nobody in the line is sent away. The articles of a request may so be read by two models; each
        extraction names its own.
        """
        self._extractor = self._workers.extractor = extractor

    def start(self) -> None:
        """Start the workers; once."""
        self._workers.start()

    def require_ready(self) -> None:
        """Check that articles can be extracted.

        Raises:
            NotReadyError: The workers do not run, or the server is stopping.
        """
        if self._workers.failure is not None:
            raise NotReadyError("the extractor does not work", mend="Restart the server; its log says why.")
        if self.line.is_closed:
            raise NotReadyError("the server is stopping", mend="Ask again when it is back.")
        if not self._workers.are_alive:
            raise NotReadyError("the server is starting", mend="Ask again in a moment.")

    async def extract(
        self, articles: Sequence[Located], *, until: float, gone: Callable[[], Awaitable[None]]
    ) -> list[Answer]:
        """Return what becomes of each article, in order.

        Args:
            articles: Of one request; with an id each, all different.
            until: When the answer must be there, by :func:`time.monotonic`.
            gone: Returns when the client goes away.

        Raises:
            NotReadyError: The extractor does not work, or the server is stopping.
            TooLargeError: More than the line ever holds.
            BusyError: No room in the line now.
            LateError: No answer in time.
            GoneError: The client went away.
        """
        if not articles:
            return []
        ticket = Ticket(articles)
        self._enter(ticket, until)
        self._waiting.add(ticket)
        done: asyncio.Future[Any] = asyncio.wrap_future(ticket.done)
        leaving: asyncio.Future[Any] = asyncio.ensure_future(gone())
        try:
            left = max(0.0, until - time.monotonic())
            await asyncio.wait({done, leaving}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if done.done():
                answers: list[Answer] = done.result()
                return answers
            raise GoneError("the client went away") if leaving.done() else self._late()
        finally:
            leaving.cancel()
            self._waiting.discard(ticket)
            self.line.leave(ticket)
            ticket.fail(GoneError("nobody waits any more"))
            done.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # seen by nobody

    def close(self) -> None:
        """Let no article in any more; those that wait are still extracted."""
        self.line.close()

    def abandon(self) -> None:
        """End the wait of everybody who still waits, also for a batch that runs."""
        error = NotReadyError("the server stopped before this was read", mend="Ask again when it is back.")
        self.line.abandon(error)
        for ticket in self._waiting:
            ticket.fail(error)

    def stop(self, seconds: float = LAST_BATCH_SECONDS) -> bool:
        """Close, abandon what waits and end the workers; False where a batch still runs after ``seconds``."""
        self.abandon()
        return self._workers.join(seconds)

    def _enter(self, ticket: Ticket, until: float) -> None:
        limits = self.limits
        if ticket.chars > limits.queue_chars:
            raise TooLargeError(
                "the articles are too long together",
                found=f"{ticket.chars} characters",
                expected=f"at most {limits.queue_chars}",
                mend="Send them in several requests.",
            )
        self.require_ready()
        if self._is_hopeless(ticket, until) or not self.line.enter(ticket):
            self.require_ready()  # it may have closed meanwhile
            raise BusyError(
                "too many articles are waiting",
                retry_after=self._retry_after(),
                found=f"{self.line.articles} articles, {self.line.chars} characters",
            )

    def _is_hopeless(self, ticket: Ticket, until: float) -> bool:
        before = self.line.chars_before(ticket) + self._workers.running_chars
        if not before:
            return False  # it will not get better by waiting
        wait = self.pace.seconds(before + ticket.chars)
        return wait is not None and time.monotonic() + wait > until

    def _retry_after(self) -> int:
        # When half of what waits should be done.
        wait = self.pace.seconds(self.line.chars + self._workers.running_chars)
        return 1 if wait is None else min(MAX_RETRY_AFTER, max(1, math.ceil(wait / 2)))

    def _late(self) -> LateError:
        return LateError(
            "no answer in time",
            found=f"over {self.limits.timeout:g} s",
            mend="Send fewer or shorter articles, or start the server with a longer --timeout.",
        )
