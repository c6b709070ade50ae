"""The app: the service's routes behind the gate, ready to be served by any ASGI server.

More routes (:mod:`ie_model.serve.backend` has some) are given to :func:`create_app` as routers; they stand
behind the same gate and are counted by the same metrics. HTML pages of the framework are off: they load
scripts from elsewhere. There is no CORS: a web page of another origin may not read answers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from ie_model import __version__
from ie_model.schema import extraction_schema
from ie_model.serve import described
from ie_model.serve.access import Gatekeeper, Key, Token, Watch
from ie_model.serve.answers import on_http_error, on_serve_error
from ie_model.serve.errors import ServeError
from ie_model.serve.metrics import Metrics
from ie_model.serve.routes import service_router
from ie_model.serve.service import Service


def create_app(
    service: Service,
    *,
    token: str | None = None,
    routers: Sequence[APIRouter] = (),
    doors: Mapping[str, Sequence[Key]] | None = None,
) -> FastAPI:
    """Return the app around ``service``, which it starts and stops.

    Args:
        service: Not started.
        token: What requests must show; None for none.
        routers: Further routes; what their own lifespan starts comes after the service and ends before it.
        doors: Paths of theirs that other keys open too.
    """
    metrics = Metrics(service)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        service.start()
        yield
        service.stop()

    gates = [Middleware(Watch, metrics=metrics)]
    keys = [] if token is None else [Token(token)]
    if keys or doors:
        gates.append(Middleware(Gatekeeper, keys=keys, doors=doors))
    app = FastAPI(
        title=described.TITLE,
        description=described.DESCRIPTION,
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=gates,
        exception_handlers={ServeError: on_serve_error, HTTPException: on_http_error},
    )
    for router in (service_router(service, metrics), *routers):
        app.include_router(router)
    _describe(app, service, keys, doors or {})
    return app


def _describe(
    app: FastAPI, service: Service, keys: Sequence[Key], doors: Mapping[str, Sequence[Key]]
) -> None:
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = plain()
            described.complete(schema, service.limits, extraction_schema())
            described.ask_for_keys(schema, keys, doors)
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's own way to change a description
