"""The app: the service's routes behind the gate, ready to be served by any ASGI server.

More routes (a Label Studio backend, say) are given to :func:`create_app` as routers; they stand behind the
same gate and are counted by the same metrics. HTML pages of the framework are off: they load scripts from
elsewhere. There is no CORS: a web page of another origin may not read answers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from ie_model import __version__
from ie_model.schema import extraction_schema
from ie_model.serve import described
from ie_model.serve.access import TokenGate, Watch
from ie_model.serve.answers import on_http_error, on_serve_error
from ie_model.serve.errors import ServeError
from ie_model.serve.metrics import Metrics
from ie_model.serve.routes import service_router
from ie_model.serve.service import Service


def create_app(service: Service, *, token: str | None = None, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """Return the app around ``service``, which it starts and stops.

    Args:
        service: Not started.
        token: What requests must show; None for none.
        routers: Further routes.
    """
    metrics = Metrics(service)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        service.start()
        yield
        service.stop()

    gates = [Middleware(Watch, metrics=metrics)]
    if token is not None:
        gates.append(Middleware(TokenGate, token=token))
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
    _describe(app, service, token=token is not None)
    return app


def _describe(app: FastAPI, service: Service, *, token: bool) -> None:
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            described.complete(plain(), service.limits, extraction_schema(), token=token)
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's own way to change a description
