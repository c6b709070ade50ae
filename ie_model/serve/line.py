"""The line in which the articles of all requests wait: bounded, and fair between requests.

A batch takes one article of each waiting request in turn, so that a request with one article is not kept by
one with two hundred in front of it; the price is that the large request is done a little later. Room is
counted in articles and in code points, because the time an article takes goes with its length.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import NamedTuple

from ie_model.articles import Located, Reject


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one article, as JSON; ``reject`` where it is one."""

    json: bytes
    reject: Reject | None = None


class Ticket:
    """The articles of one request, at least one, and the place for their answers.

    ``done`` holds the answers in the order of the articles once all are there, or the error that ended the
    wait. Who goes away (:meth:`WaitingLine.leave`) gets nothing more.
    """

    def __init__(self, articles: Sequence[Located]) -> None:
        self.articles = tuple(articles)
        self.chars = self.chars_of(0, len(self.articles))
        self.done: Future[list[Answer]] = Future()
        self.done.set_running_or_notify_cancel()  # from here on only its own line ends the wait
        self._answers: dict[int, Answer] = {}
        self._lock = threading.Lock()
        self.next = 0

    def chars_of(self, start: int, end: int) -> int:
        """Code points of the articles ``[start, end)``."""
        return sum(len(located.article.text) for located in self.articles[start:end])

    def answer(self, place: int, answer: Answer) -> None:
        """Hand over what became of the article at ``place`` (from 0)."""
        with self._lock:
            self._answers[place] = answer
            if len(self._answers) == len(self.articles) and not self.done.done():
                self.done.set_result([self._answers[place] for place in range(len(self.articles))])

    def fail(self, error: Exception) -> None:
        """End the wait with ``error``, unless it has ended."""
        with self._lock:
            if not self.done.done():
                self.done.set_exception(error)


class Seat(NamedTuple):
    """One article of a ticket in a batch."""

    ticket: Ticket
    place: int

    @property
    def located(self) -> Located:
        """The article."""
        return self.ticket.articles[self.place]


class WaitingLine:
    """Requests in front, batches at the back; all methods may be called from any thread.

    Args:
        articles: Articles that may wait.
        chars: Code points that may wait.
    """

    def __init__(self, *, articles: int, chars: int) -> None:
        self._room = (articles, chars)
        self._tickets: deque[Ticket] = deque()
        self._articles = 0
        self._chars = 0
        self._closed = False
        self._changed = threading.Condition()

    @property
    def articles(self) -> int:
        """Articles that wait."""
        return self._articles

    @property
    def chars(self) -> int:
        """Code points that wait."""
        return self._chars

    @property
    def is_closed(self) -> bool:
        """Whether nobody is let in any more."""
        return self._closed

    def enter(self, ticket: Ticket) -> bool:
        """Let all articles of ``ticket`` in, or none: False where there is no room."""
        with self._changed:
            articles, chars = self._room
            full = self._articles + len(ticket.articles) > articles or self._chars + ticket.chars > chars
            if full or self._closed:
                return False
            self._tickets.append(ticket)
            self._articles += len(ticket.articles)
            self._chars += ticket.chars
            self._changed.notify()
        return True

    def chars_before(self, ticket: Ticket) -> int:
        """Code points that would be taken before the last article of ``ticket``, if it entered now."""
        turns = len(ticket.articles)
        with self._changed:
            return sum(other.chars_of(other.next, other.next + turns) for other in self._tickets)

    def leave(self, ticket: Ticket) -> None:
        """Take what still waits of ``ticket`` out of the line; a batch that has some goes on."""
        with self._changed:
            if ticket in self._tickets:
                self._tickets.remove(ticket)
                self._articles -= len(ticket.articles) - ticket.next
                self._chars -= ticket.chars_of(ticket.next, len(ticket.articles))

    def take(self, articles: int, chars: int, linger: float) -> list[Seat]:
        """Wait for articles and return some; none only when the line is closed and empty.

        Args:
            articles: At most so many.
            chars: At most so many code points, but always one article.
            linger: Seconds to wait for more once there is one, unless that is enough.
        """
        with self._changed:
            while True:
                while not self._tickets and not self._closed:
                    self._changed.wait()
                if not self._tickets:
                    return []
                self._linger(articles, chars, linger)
                if self._tickets:  # the last may have left meanwhile
                    return self._fill(articles, chars)

    def close(self) -> None:
        """Let nobody in any more; what waits is still taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def abandon(self, error: Exception) -> None:
        """Close the line, and end the wait of everybody in it with ``error``."""
        self.close()
        with self._changed:
            tickets = list(self._tickets)
            self._tickets.clear()
            self._articles = self._chars = 0
        for ticket in tickets:
            ticket.fail(error)

    def _linger(self, articles: int, chars: int, linger: float) -> None:
        until = time.monotonic() + linger
        while self._articles < articles and self._chars < chars and not self._closed:
            left = until - time.monotonic()
            if left <= 0 or not self._changed.wait(left):
                return

    def _fill(self, articles: int, chars: int) -> list[Seat]:
        seats: list[Seat] = []
        taken = 0
        while self._tickets and len(seats) < articles:
            ticket = self._tickets[0]
            size = len(ticket.articles[ticket.next].article.text)
            if seats and taken + size > chars:
                break
            self._tickets.popleft()
            seats.append(Seat(ticket, ticket.next))
            ticket.next += 1
            taken += size
            if ticket.next < len(ticket.articles):
                self._tickets.append(ticket)
        self._articles -= len(seats)
        self._chars -= taken
        return seats
