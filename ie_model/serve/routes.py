"""The routes: each reads what it is asked, asks the service, and answers."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ie_model import __version__
from ie_model.articles import Reject
from ie_model.articles.rejects import quote
from ie_model.schema import extraction_schema
from ie_model.serve import described
from ie_model.serve.answers import json_answer, many_answers, one_answer
from ie_model.serve.errors import BadShapeError
from ie_model.serve.line import Answer
from ie_model.serve.metrics import CONTENT_TYPE, Metrics
from ie_model.serve.requests import Asked, BodyReader, Hold, read_asked, require_json
from ie_model.serve.service import Service
from ie_model.serve.workers import reject_answer


def service_router(service: Service, metrics: Metrics) -> APIRouter:
    """Return the routes of ``service``."""
    router = APIRouter()
    extracting = _Extracting(service, metrics)

    @router.get("/health", **described.HEALTH)
    async def health() -> Response:
        return json_answer({"status": "alive"})

    @router.get("/ready", **described.READY)
    async def ready() -> Response:
        service.require_ready()
        return json_answer({"status": "ready"})

    @router.get("/version", **described.VERSION)
    async def version() -> Response:
        return json_answer({"ie_model": __version__, "model": service.info.model_dump()})

    @router.get("/schema", **described.SCHEMA)
    async def schema() -> Response:
        return json_answer(extraction_schema())

    @router.get("/metrics", **described.METRICS)
    async def figures() -> Response:
        return Response(metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    @router.post("/extract", **described.EXTRACT)
    async def extract(request: Request) -> Response:
        return await extracting(request)

    return router


class _Extracting:
    """``POST /extract``."""

    def __init__(self, service: Service, metrics: Metrics) -> None:
        self._service = service
        self._metrics = metrics
        self._bodies = BodyReader(service.limits)
        # One at a time and not in the event loop: the worst body takes half a second.
        self._parser = ThreadPoolExecutor(1, "parse")

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        until = time.monotonic() + self._service.limits.timeout
        query = request.scope["query_string"].decode("latin-1")
        if query:
            raise BadShapeError(
                "a query is not read",
                where="URL",
                found=quote(query),
                mend="What is the same for all requests is an option of ie-model serve.",
            )
        require_json(request)
        self._service.require_ready()
        with self._bodies.hold() as hold:
            asked = await self._read(request, hold, until)
            answers = await self._answers(asked, request, until)
        return many_answers(answers) if asked.is_many else one_answer(answers[0])

    async def _read(self, request: Request, hold: Hold, until: float) -> Asked:
        body = await self._bodies.read(request, hold, until)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._parser, read_asked, body, self._service.limits)

    async def _answers(self, asked: Asked, request: Request, until: float) -> list[Answer]:
        async def gone() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass

        found = iter(await self._service.extract(asked.located, until=until, gone=gone))
        answers = []
        for entry in asked.entries:
            if isinstance(entry, Reject):
                self._metrics.reject(entry)
                answers.append(reject_answer(entry))
            else:
                answers.append(next(found))
        return answers
