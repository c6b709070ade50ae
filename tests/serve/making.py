"""Real servers on free ports of this machine, in a thread, around extractors that do what a test needs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from ie_model.articles import Located, Place
from ie_model.batch import ArticleExtractor
from ie_model.schema import Article, Extraction, ModelInfo
from ie_model.serve import Limits, Service
from ie_model.serve.app import create_app
from ie_model.serve.running import Server, address, bind
from tests.batch.fakes import INFO, FakeExtractor

LOOPBACK = "127.0.0.1"
#: Seconds after which a test gives up on something that should take none.
PATIENCE = 20.0


class GatedExtractor:
    """The fake extractor behind a gate: batches wait until it is open; ``sizes`` are those that came."""

    info: ModelInfo = INFO

    def __init__(self, fault: Callable[[Article], None] | None = None) -> None:
        self.gate = threading.Event()
        self.arrived = threading.Semaphore(0)
        self.batches: list[list[str]] = []
        self._inner = FakeExtractor(fault)

    def extract_many(self, articles: Sequence[Article], /) -> list[Extraction]:
        self.batches.append([article.id for article in articles])
        self.arrived.release()
        assert self.gate.wait(PATIENCE)
        return self._inner.extract_many(articles)

    @property
    def sizes(self) -> list[int]:
        return [len(batch) for batch in self.batches]

    def wait_for_batch(self) -> None:
        assert self.arrived.acquire(timeout=PATIENCE)


@dataclass
class Running:
    """A server that answers, and a client of it."""

    service: Service
    server: Server
    client: httpx.Client
    thread: threading.Thread

    @property
    def url(self) -> str:
        return str(self.client.base_url)

    def extract(self, value: Any) -> httpx.Response:
        return self.client.post("/extract", json=value)

    def metric(self, name: str) -> float:
        """The sum of a metric over its labels; ``name`` may hold some."""
        lines = self.client.get("/metrics").text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


@contextmanager
def running(
    extractor: ArticleExtractor,
    limits: Limits | None = None,
    *,
    token: str | None = None,
    more: Callable[[Service], dict[str, Any]] = lambda _: {},
) -> Iterator[Running]:
    """``more`` are further arguments of the app around a service."""
    service = Service(extractor, limits)
    answers = threading.Event()
    with bind(LOOPBACK, 0) as bound:
        server = Server(create_app(service, token=token, **more(service)), service, answers.set)
        thread = threading.Thread(target=server.run, args=([bound],))
        thread.start()
        assert answers.wait(PATIENCE)
        with httpx.Client(base_url=address(bound), timeout=PATIENCE) as client:
            found = Running(service, server, client, thread)
            try:
                yield found
            finally:
                if isinstance(extractor, GatedExtractor):
                    extractor.gate.set()
                found.stop()


def article(name: str, text: str | None = None) -> dict[str, str]:
    return {"id": name, "text": f"بانک ملی ۵۰ تومان به {name} پرداخت کرد" if text is None else text}


def located(name: str, text: str = "متن") -> Located:
    return Located(Article(id=name, text=text), Place("request"))


def parts_of(response: httpx.Response) -> dict[str, Any]:
    """The parts of an error, whose shape is always the same."""
    value = response.json()
    assert set(value) <= {"error", "reject"}
    assert list(value["error"]) == ["what", "where", "found", "expected", "mend"]
    parts: dict[str, Any] = value["error"]
    return parts


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.005)


def ask(pool: ThreadPoolExecutor, server: Running, *names: str) -> list[Future[httpx.Response]]:
    """Send one article a request, all at once; return when all stand in the line."""
    before = server.service.line.articles
    asked = [pool.submit(server.extract, article(name)) for name in names]
    until(lambda: server.service.line.articles == before + len(names))
    return asked
