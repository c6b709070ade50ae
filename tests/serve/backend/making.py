"""The backend as a real server, and what a real Label Studio 1.23.2 sent to it (``payloads/``).

The payloads were recorded; tokens, addresses and e-mail addresses in them were replaced.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from ie_model.batch import ArticleExtractor
from ie_model.loading import ModelSource
from ie_model.serve import Limits, Service
from ie_model.serve.access import Key
from ie_model.serve.backend.learning import Learning, Loader
from ie_model.serve.backend.routes import backend_router
from ie_model.serve.backend.trainer import TrainingOptions
from tests.serve.making import Running, running, until

PAYLOADS = Path(__file__).with_name("payloads")
NAMES = sorted(path.stem for path in PAYLOADS.glob("*.json"))
RULES = ModelSource(Path("rules"))
TEXT = "بانک ملی ۵۰ میلیارد تومان پرداخت کرد."


def payload(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    return value


def annotated(task: int, *, annotation: int = 0, data: Any = None, **changes: Any) -> dict[str, Any]:
    """An event as recorded, of another task; ``changes`` are those of the annotation."""
    event = payload("annotation_created")
    event["annotation"] |= {"id": annotation or task, "task": task, **changes}
    event["task"] |= {"id": task, "data": event["task"]["data"] if data is None else data}
    return event


class Backend(Running):
    """A running backend."""

    learning: Learning

    def post(self, path: str, value: Any) -> httpx.Response:
        return self.client.post(path, json=value)

    def send(self, *events: Mapping[str, Any]) -> None:
        """Send events to the webhook and wait until they are sorted."""
        for event in events:
            assert self.post("/webhook", event).json() == {"queued": True}
        until(lambda: self.status()["events_waiting"] == 0)

    def status(self) -> dict[str, Any]:
        value: dict[str, Any] = self.client.get("/train/status").json()
        return value

    def predict(self, *tasks: Any, **more: Any) -> list[Any]:
        answer = self.post("/predict", {"tasks": list(tasks), **more})
        assert answer.status_code == 200, answer.text
        found: list[Any] = answer.json()["results"]
        return found


@contextmanager
def serving(
    folder: Path,
    *,
    source: ModelSource = RULES,
    extractor: ArticleExtractor | None = None,
    options: TrainingOptions | None = None,
    limits: Limits | None = None,
    token: str | None = None,
    shows_token: bool = False,
    doors: Mapping[str, Sequence[Key]] | None = None,
) -> Iterator[Backend]:
    """``extractor`` in place of what ``source`` names; ``shows_token`` is what the tests' own client does."""
    learning = Learning(folder, Loader(source, 1), options)

    def more(service: Service) -> dict[str, Any]:
        return {"routers": [backend_router(service, learning)], "doors": doors}

    first = extractor or learning.first_extractor()
    with running(first, limits, token=token, more=more) as found:
        backend = Backend(found.service, found.server, found.client, found.thread)
        backend.learning = learning
        if shows_token:
            backend.client.headers["Authorization"] = f"Bearer {token}"
        yield backend


def eventually(
    backend: Backend, is_so: Callable[[dict[str, Any]], bool], seconds: float = 300.0
) -> dict[str, Any]:
    """The status once ``is_so``."""
    end = time.monotonic() + seconds
    while not is_so(status := backend.status()):
        assert time.monotonic() < end, status
        time.sleep(0.05)
    return status
