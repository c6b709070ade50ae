"""The backend's routes: each reads a body within the service's bounds and answers within Label Studio's time.

What Label Studio 1.23 sends, and how long it waits: ``GET /health`` 1 s (the service's own route), ``POST
/setup`` and ``GET /versions`` 3 s, ``POST /predict`` 100 s, ``POST /webhook`` 1 s. The access token that
comes with ``/setup`` is neither kept nor used.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from ie_model.articles.rejects import quote
from ie_model.errors import ConfigError
from ie_model.labelstudio.predictions import model_version
from ie_model.serve.answers import json_answer
from ie_model.serve.backend import described
from ie_model.serve.backend.events import START_TRAINING, Event, read_event
from ie_model.serve.backend.interface import read_interface
from ie_model.serve.backend.learning import Learning
from ie_model.serve.backend.predicting import SECONDS, Asked, extract_in_time, read_asked, results
from ie_model.serve.errors import BadShapeError
from ie_model.serve.requests import BodyReader, read_object, require_json
from ie_model.serve.service import Service

#: What the last part of a cause is when Label Studio's own button was pressed.
BUTTON: Final = "by Label Studio's button"
EXPECTED: Final = "an object, as Label Studio sends it"

Made = TypeVar("Made")

_log = logging.getLogger(__name__)


def backend_router(service: Service, learning: Learning) -> APIRouter:
    """Return the routes; ``learning`` starts after ``service`` and ends before it."""
    backend = _Backend(service, learning)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        learning.start(service)
        yield
        await asyncio.to_thread(learning.stop)

    router = APIRouter(lifespan=lifespan)

    @router.post("/setup", **described.SETUP)
    async def setup(request: Request) -> Response:
        return await backend.setup(request)

    @router.get("/versions", **described.VERSIONS)
    async def versions() -> Response:
        return json_answer({"versions": await asyncio.to_thread(backend.versions)})

    @router.post("/predict", **described.PREDICT)
    async def predict(request: Request) -> Response:
        return await backend.predict(request)

    @router.post("/webhook", **described.WEBHOOK)
    async def webhook(request: Request) -> Response:
        return await backend.webhook(request)

    @router.post("/train", **described.TRAIN)
    async def train(request: Request) -> Response:
        return await backend.train(request)

    @router.get("/train/status", **described.STATUS)
    async def status() -> Response:
        return json_answer(await asyncio.to_thread(learning.status))

    @router.post("/train/rollback", **described.ROLL_BACK)
    async def rollback(request: Request) -> Response:
        return await backend.roll_back(request)

    return router


class _Backend:
    """What the routes do."""

    def __init__(self, service: Service, learning: Learning) -> None:
        self._service = service
        self._learning = learning
        self._bodies = BodyReader(service.limits)
        # One at a time and not in the event loop, as the service's own; events do not wait for predictions.
        self._reader = ThreadPoolExecutor(1, "tasks")
        self._writer = ThreadPoolExecutor(1, "events")

    async def setup(self, request: Request) -> Response:
        value = await self._read(request, self._writer, lambda value: value)
        config = value.get("schema")
        if isinstance(config, str):
            try:
                read_interface(config)
            except ConfigError as error:
                _log.warning("no predictions for the project: %s", error)
        return json_answer({"model_version": model_version(self._service.info)})

    def versions(self) -> list[str]:
        names = [version.name for version in self._learning.history.versions()]
        return list(dict.fromkeys(names))  # one that was served twice is one

    async def predict(self, request: Request) -> Response:
        until = time.monotonic() + SECONDS
        require_json(request)
        self._service.require_ready()
        version = model_version(self._service.info)
        loop = asyncio.get_running_loop()

        def read(body: bytes) -> Asked:
            limits = self._service.limits
            return read_asked(read_object(body, limits, EXPECTED), limits)

        async def gone() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass

        with self._bodies.hold() as hold:
            body = await self._bodies.read(request, hold, until)
            asked = await loop.run_in_executor(self._reader, read, body)
            answers = await extract_in_time(self._service, asked.located, until=until, gone=gone)
            made = await loop.run_in_executor(self._reader, results, asked, answers, version)
        return json_answer({"results": made})

    async def webhook(self, request: Request) -> Response:
        event = await self._read(request, self._writer, read_event)
        if event is None:
            return json_answer({"queued": False})
        loop = asyncio.get_running_loop()
        return json_answer(await loop.run_in_executor(self._writer, self._keep, event))

    def _keep(self, event: Event) -> dict[str, Any]:
        if event.action == START_TRAINING:
            return {"queued": True, "run": self._learning.demand(BUTTON).number}
        self._learning.ledger.put(event)
        self._learning.trainer.wake()
        return {"queued": True}

    async def train(self, request: Request) -> Response:
        await self._read(request, self._writer, lambda value: value)
        run = await asyncio.to_thread(self._learning.demand, "on demand")
        return json_answer({"run": run.number}, 202)

    async def roll_back(self, request: Request) -> Response:
        value = await self._read(request, self._writer, lambda value: value)
        name = value.get("version")
        if not isinstance(name, str | None):
            raise BadShapeError("no version", where="version", found=quote(name), expected="its name")
        version = await asyncio.to_thread(self._learning.roll_back, name)
        return json_answer({"serving": version.name})

    async def _read(
        self, request: Request, thread: ThreadPoolExecutor, make: Callable[[dict[str, Any]], Made]
    ) -> Made:
        limits = self._service.limits
        require_json(request)
        with self._bodies.hold() as hold:
            body = await self._bodies.read(request, hold, time.monotonic() + limits.timeout)
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(thread, lambda: make(read_object(body, limits, EXPECTED)))
