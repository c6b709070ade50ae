"""What is counted, for Prometheus: in a registry of this server's own, so that two in one process stay apart.

Labels take few values only: the path of a route as it was declared, a status, the code of a reject. No text,
id or token of a request gets into a label.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from ie_model.articles import Reject
from ie_model.errors import IeModelError
from ie_model.serve.line import Answer, Seat
from ie_model.serve.service import Service

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
#: Upper bounds in seconds: from a health check to the longest time a request may take by default.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0)
BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """The counters of one server; an :class:`~ie_model.serve.workers.Observer` of its workers."""

    def __init__(self, service: Service) -> None:
        self.registry = CollectorRegistry()
        registry = self.registry
        self._requests = Counter(
            "ie_model_requests", "Requests answered.", ["route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "ie_model_request_seconds",
            "From a request to its answer.",
            ["route"],
            buckets=SECONDS,
            registry=registry,
        )
        self._articles = Counter("ie_model_articles", "Articles extracted.", registry=registry)
        self._chars = Counter("ie_model_characters", "Code points of articles extracted.", registry=registry)
        self._rejects = Counter("ie_model_rejects", "Articles rejected.", ["code"], registry=registry)
        self._batches = Histogram(
            "ie_model_batch_articles", "Articles in a batch.", buckets=BATCH_SIZES, registry=registry
        )
        self._batch_seconds = Histogram(
            "ie_model_batch_seconds", "What a batch took.", buckets=SECONDS, registry=registry
        )
        line = service.line
        self._gauge("ie_model_queue_articles", "Articles that wait.").set_function(lambda: line.articles)
        self._gauge("ie_model_queue_characters", "Code points that wait.").set_function(lambda: line.chars)
        self._gauge("ie_model_ready", "1 when articles can be extracted.").set_function(
            lambda: _is_ready(service)
        )
        ProcessCollector(registry=registry)
        service.observers.append(self)

    def request(self, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def reject(self, reject: Reject) -> None:
        """An article was rejected before it stood in the line."""
        self._rejects.labels(reject.code.value).inc()

    def batch(self, seats: Sequence[Seat], answers: Sequence[Answer], seconds: float) -> None:
        """A batch was extracted."""
        self._batches.observe(len(seats))
        self._batch_seconds.observe(seconds)
        for seat, answer in zip(seats, answers, strict=True):
            if answer.reject is not None:
                self.reject(answer.reject)
            else:
                self._articles.inc()
                self._chars.inc(len(seat.located.article.text))

    def text(self) -> bytes:
        """Return all figures in the text format of Prometheus."""
        return generate_latest(self.registry)

    def _gauge(self, name: str, help: str) -> Gauge:
        return Gauge(name, help, registry=self.registry)


def _is_ready(service: Service) -> int:
    try:
        service.require_ready()
    except IeModelError:
        return 0
    return 1
