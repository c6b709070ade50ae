"""Around all routes: who may ask, what is counted, and what an unforeseen exception becomes.

Plain ASGI and not a middleware of the framework's convenience class, which would keep a route from seeing
that its client went away.
"""

from __future__ import annotations

import hmac
import logging
import time
import traceback
from pathlib import PurePath

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ie_model.serve.answers import error_answer
from ie_model.serve.errors import GONE, NoTokenError, ServeError
from ie_model.serve.metrics import Metrics

#: Paths that need no token: what asks whether a server lives seldom has one. They say nothing else.
OPEN_PATHS = frozenset({"/health", "/ready"})
#: The route of requests that no route took, in the metrics.
NO_ROUTE = "none"
#: Answers are for the one who asked, and nothing in them is to be run.
SAFE_HEADERS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]

_log = logging.getLogger(__name__)


class TokenGate:
    """Lets in who shows the token, ``Authorization: Bearer ...``; open paths everybody.

    Args:
        app: What is behind the gate, whatever routes it has.
        token: Compared as bytes in a time that does not tell how much of it was right.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode("utf-8")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS or self._is_known(scope):
            await self._app(scope, receive, send)
            return
        refusal = NoTokenError(
            "no valid token", where="Authorization", expected="Bearer and the token that the server has"
        )
        await error_answer(refusal)(scope, receive, send)

    def _is_known(self, scope: Scope) -> bool:
        shown = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(shown) != 1:
            return False
        scheme, _, token = shown[0].partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(token.strip(), self._token)


class Watch:
    """Counts every request, and turns an exception that nobody foresaw into an answer without its text."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = _Sent(scope, send, self._metrics)
        try:
            await self._app(scope, receive, sent)
        except Exception as error:
            if sent.status != GONE:
                raise  # half an answer is out; the connection must break
            _log.error("unforeseen: %s", describe(error))
            await error_answer(Unforeseen())(scope, receive, sent)
        finally:
            sent.count()


class _Sent:
    """The answer to one request on its way out; counted once, before its end is sent."""

    def __init__(self, scope: Scope, send: Send, metrics: Metrics) -> None:
        self.status = GONE
        self._scope = scope
        self._send = send
        self._metrics = metrics
        self._started = time.monotonic()
        self._is_counted = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", []), *SAFE_HEADERS]
        elif not message.get("more_body", False):
            self.count()
        await self._send(message)

    def count(self) -> None:
        if not self._is_counted:
            self._is_counted = True
            route = getattr(self._scope.get("route"), "path", NO_ROUTE)
            self._metrics.request(route, self.status, time.monotonic() - self._started)


class Unforeseen(ServeError):  # noqa: N818 - an answer, never raised
    """A bug of the server; what it was is in its log."""

    status = 500

    def __init__(self) -> None:
        super().__init__("the server failed", mend="This is a bug: please report it.")


def describe(error: Exception) -> str:
    """Return the kind of ``error`` and the lines it came through; its message may hold text of an article."""
    frames = traceback.extract_tb(error.__traceback__)
    places = (f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames)
    return f"{type(error).__name__} at {' > '.join(places)}"
