"""The line: bounded, fair, and nothing in it is lost or taken twice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ie_model.serve.line import Answer, Seat, Ticket, WaitingLine
from tests.serve.making import PATIENCE, located

LINGER = 0.001


def ticket(name: str, *lengths: int) -> Ticket:
    return Ticket([located(f"{name}{place}", "م" * length) for place, length in enumerate(lengths, start=1)])


def names(seats: list[Seat]) -> list[str]:
    return [seat.located.article.id for seat in seats]


def line_of(*tickets: Ticket, articles: int = 100, chars: int = 1000) -> WaitingLine:
    line = WaitingLine(articles=articles, chars=chars)
    assert [line.enter(one) for one in tickets] == [True] * len(tickets)
    return line


def test_a_batch_takes_one_article_of_each_request_in_turn() -> None:
    line = line_of(ticket("a", 1, 1, 1), ticket("b", 1), ticket("c", 1, 1))
    assert names(line.take(4, 100, LINGER)) == ["a1", "b1", "c1", "a2"]
    assert names(line.take(4, 100, LINGER)) == ["c2", "a3"]


def test_a_batch_ends_before_the_article_that_is_too_much() -> None:
    line = line_of(ticket("a", 6, 5, 4))
    assert names(line.take(9, 10, LINGER)) == ["a1"]
    assert names(line.take(9, 10, LINGER)) == ["a2", "a3"]


def test_an_article_longer_than_a_batch_goes_alone() -> None:
    line = line_of(ticket("a", 50, 1))
    assert names(line.take(9, 10, LINGER)) == ["a1"]
    assert names(line.take(9, 10, LINGER)) == ["a2"]


@pytest.mark.parametrize("lengths", [(1, 1, 1), (4, 4)], ids=["articles", "characters"])
def test_a_request_that_finds_no_room_leaves_nothing_behind(lengths: tuple[int, ...]) -> None:
    line = WaitingLine(articles=2, chars=7)
    assert not line.enter(ticket("a", *lengths))
    assert (line.articles, line.chars) == (0, 0)
    assert line.enter(ticket("b", 3, 4))
    assert not line.enter(ticket("c", 1))


def test_what_stands_before_a_request_is_what_takes_its_turn_earlier() -> None:
    line = line_of(ticket("a", 1, 2, 4), ticket("b", 8))
    assert line.chars_before(ticket("c", 100)) == 1 + 8
    assert line.chars_before(ticket("c", 100, 100)) == 1 + 2 + 8
    assert line.chars_before(ticket("c", *[1] * 9)) == line.chars
    line.take(1, 100, LINGER)
    assert line.chars_before(ticket("c", 100)) == 2 + 8


def test_who_leaves_frees_what_waited_of_it() -> None:
    here, gone = ticket("a", 1, 2), ticket("b", 4, 8)
    line = line_of(gone, here)
    assert names(line.take(1, 100, LINGER)) == ["b1"]
    line.leave(gone)
    line.leave(gone)  # as often as it likes
    assert (line.articles, line.chars) == (2, 3)
    assert names(line.take(9, 100, LINGER)) == ["a1", "a2"]


def test_a_batch_waits_for_articles_and_a_little_for_more() -> None:
    line = WaitingLine(articles=9, chars=99)
    with ThreadPoolExecutor(1) as pool:
        taking = pool.submit(line.take, 2, 99, PATIENCE)
        line.enter(ticket("a", 1))
        line.enter(ticket("b", 1))  # enough: it need not wait out its patience
        assert names(taking.result(PATIENCE / 2)) == ["a1", "b1"]


def test_a_closed_line_lets_nobody_in_and_is_emptied() -> None:
    line = line_of(ticket("a", 1, 1))
    line.close()
    assert not line.enter(ticket("b", 1))
    assert names(line.take(1, 9, PATIENCE)) == ["a1"]
    assert names(line.take(1, 9, PATIENCE)) == ["a2"]
    assert line.take(1, 9, PATIENCE) == []


def test_closing_wakes_who_waits_for_articles() -> None:
    line = WaitingLine(articles=9, chars=99)
    with ThreadPoolExecutor(2) as pool:
        taking = [pool.submit(line.take, 1, 9, LINGER) for _ in range(2)]
        line.close()
        assert [one.result(PATIENCE) for one in taking] == [[], []]


def test_an_abandoned_line_ends_every_wait_with_its_reason() -> None:
    tickets = [ticket("a", 1, 1), ticket("b", 1)]
    line = line_of(*tickets)
    reason = RuntimeError("no more")
    line.abandon(reason)
    assert [one.done.exception(0) for one in tickets] == [reason, reason]
    assert (line.articles, line.chars, line.is_closed) == (0, 0, True)


def test_answers_stand_in_the_order_of_the_articles() -> None:
    one = ticket("a", 1, 1, 1)
    for place in (2, 0, 1):
        assert not one.done.done()
        one.answer(place, Answer(str(place).encode()))
    assert [answer.json for answer in one.done.result(0)] == [b"0", b"1", b"2"]


def test_a_wait_ends_once() -> None:
    one = ticket("a", 1)
    one.fail(RuntimeError("first"))
    one.fail(RuntimeError("second"))
    one.answer(0, Answer(b"late"))
    assert str(one.done.exception(0)) == "first"


@given(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=5), max_size=8), st.integers(1, 4))
def test_many_takers_get_every_article_once(requests: list[list[int]], takers: int) -> None:
    line = line_of(*(ticket(f"{place}-", *lengths) for place, lengths in enumerate(requests)))
    line.close()
    taken: list[str] = []
    lock = threading.Lock()

    def take() -> None:
        while seats := line.take(3, 10, LINGER):
            with lock:
                taken.extend(names(seats))

    with ThreadPoolExecutor(takers) as pool:
        for future in [pool.submit(take) for _ in range(takers)]:
            future.result(PATIENCE)
    expected = [f"{place}-{n + 1}" for place, lengths in enumerate(requests) for n in range(len(lengths))]
    assert sorted(taken) == sorted(expected)


class LineMachine(RuleBasedStateMachine):
    """Whatever happens in whatever order, the counts are those of what waits, and within the room."""

    ARTICLES, CHARS = 6, 20

    def __init__(self) -> None:
        super().__init__()
        self.line = WaitingLine(articles=self.ARTICLES, chars=self.CHARS)
        self.waiting: dict[str, int] = {}
        self.inside: list[tuple[Ticket, str]] = []
        self.count = 0

    @rule(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=4))
    def enter(self, lengths: list[int]) -> None:
        self.count += 1
        name = f"{self.count}-"
        one = ticket(name, *lengths)
        fits = len(self.waiting) + len(lengths) <= self.ARTICLES
        fits &= sum(self.waiting.values()) + sum(lengths) <= self.CHARS
        assert self.line.enter(one) == fits
        if fits:
            self.inside.append((one, name))
            self.waiting |= {f"{name}{place}": length for place, length in enumerate(lengths, start=1)}

    @rule(articles=st.integers(1, 5), chars=st.integers(1, 15))
    def take(self, articles: int, chars: int) -> None:
        if not self.waiting:
            return
        seats = self.line.take(articles, chars, 0)
        taken = [self.waiting.pop(name) for name in names(seats)]
        assert 1 <= len(taken) <= articles
        assert sum(taken) <= chars or len(taken) == 1

    @rule(which=st.integers(0, 9))
    def leave(self, which: int) -> None:
        if which < len(self.inside):
            one, name = self.inside.pop(which)
            self.line.leave(one)
            self.waiting = {key: size for key, size in self.waiting.items() if not key.startswith(name)}

    @invariant()
    def counts(self) -> None:
        assert self.line.articles == len(self.waiting)
        assert self.line.chars == sum(self.waiting.values())


TestLineMachine = LineMachine.TestCase
