"""What the tests of Label Studio share: an extractor that knows the gold, and a server that fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.corpus.store import load_corpus
from ie_model.schema import Article, Extraction, Mention, ModelInfo, Quantity, Record, text_sha256
from tests.conftest import ROOT


class Gold:
    """An extractor that extracts what annotators marked; nothing from articles that it does not know."""

    info = ModelInfo(name="gold", version="1")

    def __init__(self, articles: Iterable[AnnotatedArticle]) -> None:
        self._known = {article.text: article for article in articles}

    def extract_many(self, articles: Sequence[Article]) -> list[Extraction]:
        return [self._extract(article) for article in articles]

    def _extract(self, article: Article) -> Extraction:
        known = self._known.get(article.text, AnnotatedArticle(article.id, article.text))
        labels = {mention.id: mention.label for mention in known.mentions}
        records = []
        for number, record in enumerate(known.records):
            roles: dict[str, list[str]] = {"AMOUNT": [], "TARGET": [], "PERCENTAGE": []}
            for name in record.quantities:
                roles[labels[name]].append(name)
            records.append(
                Record(
                    id=f"r{number}",
                    start=0,
                    end=len(article.text),
                    amounts=tuple(roles["AMOUNT"]),
                    targets=tuple(roles["TARGET"]),
                    percentages=tuple(roles["PERCENTAGE"]),
                    institutions=record.institutions,
                )
            )
        return Extraction(
            id=article.id,
            text_sha256=text_sha256(article.text),
            model=self.info,
            mentions=tuple(_mention(mention) for mention in known.mentions),
            records=tuple(records),
        )


def _mention(gold: GoldMention) -> Mention:
    value = gold.value
    quantity = None
    if value is not None:
        quantity = Quantity(kind="count", value=value.value, low=value.low, high=value.high, unit=value.unit)
    return Mention(
        id=gold.id,
        label=gold.label,
        start=gold.start,
        end=gold.end,
        text=gold.text,
        confidence=0.9,
        quantity=quantity,
    )


@cache
def seeds() -> dict[str, AnnotatedArticle]:
    """The annotated seeds by id."""
    return {article.id: article for article in load_corpus([ROOT / "annotations/seeds"])}


def gold(name: str) -> AnnotatedArticle:
    """The annotated seed of this id or of the seed's file."""
    found = [article for key, article in seeds().items() if key in name or name in key]
    assert len(found) == 1
    return found[0]


def region(text: str, words: str, label: str = "AMOUNT", name: str = "r1", **more: Any) -> dict[str, Any]:
    """A region over the first ``words`` of ``text``, as Label Studio's page makes it."""
    start = text.index(words)
    value = {"start": start, "end": start + len(words), "text": words, "labels": [label]}
    tags = {"type": "labels", "from_name": "label", "to_name": "text", "origin": "manual"}
    return {"id": name, **tags, "value": value, **more}


@dataclass
class Asked:
    """A request that a stub got."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]


Answer = tuple[int, str] | Callable[[], None]


@dataclass
class Stub:
    """A small HTTP server that gives the answers it was told, in turn, the last again and again."""

    url: str
    answers: list[Answer]
    asked: list[Asked] = field(default_factory=list)

    def next(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def cut(self) -> None:
        self.close_connection = True
        self.connection.close()

    def send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self) -> None:
        raise NotImplementedError

    def do_GET(self) -> None:
        self.answer()

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def stub(*answers: Answer) -> Iterator[Stub]:
    """Yield a stub; an answer that is a function is called, and the connection is then cut."""

    class Handler(_Handler):
        def answer(self) -> None:
            served.asked.append(Asked(self.command, self.path, self.body(), dict(self.headers)))
            given = served.next()
            if callable(given):
                given()
                self.cut()
            else:
                self.send(given[0], given[1].encode("utf-8"))

    with _serving(Handler) as url:
        served = Stub(url, list(answers))
        yield served


@contextmanager
def losing_answers(url: str, count: int) -> Iterator[str]:
    """Yield an address that passes everything to ``url`` and loses the first answers to imports."""
    left = count

    class Handler(_Handler):
        def answer(self) -> None:
            nonlocal left
            names = [name for name in ("Authorization", "Content-Type") if name in self.headers]
            headers = {name: self.headers[name] for name in names}
            with httpx.Client(trust_env=False, timeout=120) as onward:
                got = onward.request(self.command, url + self.path, content=self.body(), headers=headers)
            if left and self.path.partition("?")[0].endswith("/import"):
                left -= 1
                self.cut()
            else:
                self.send(got.status_code, got.content)

    with _serving(Handler) as address:
        yield address


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        pass


@contextmanager
def _serving(handler: type[_Handler]) -> Iterator[str]:
    with _Quiet(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def page_of(*tasks: dict[str, Any]) -> str:
    """What the server answers when it is asked for its tasks."""
    return json.dumps({"tasks": list(tasks), "total": len(tasks)})
