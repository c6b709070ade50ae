"""Around all routes: who may ask, what is counted, and what an unforeseen exception becomes.

Plain ASGI and not a middleware of the framework's convenience class, which would keep a route from seeing
that its client went away.
"""

from __future__ import annotations

import base64
import hmac
import logging
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Protocol

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


Headers = Sequence[tuple[bytes, bytes]]


class Key(Protocol):
    """One way in. What is shown is compared as bytes, in a time that does not tell how much was right."""

    @property
    def challenge(self) -> str | None:
        """How to show it, for ``WWW-Authenticate``; None where HTTP has no word for it."""
        ...

    @property
    def scheme(self) -> tuple[str, dict[str, str]]:
        """Its name and security scheme in an OpenAPI description."""
        ...

    def fits(self, headers: Headers) -> bool:
        """Whether a request with these headers shows it."""
        ...


class Token:
    """``Authorization: Bearer ...``."""

    challenge = "Bearer"
    scheme = ("token", {"type": "http", "scheme": "bearer"})

    def __init__(self, token: str) -> None:
        self._token = token.encode("utf-8")

    def fits(self, headers: Headers) -> bool:
        """Whether a request with these headers shows it."""
        return hmac.compare_digest(_credentials(headers, b"bearer"), self._token)


class Password:
    """``Authorization: Basic ...`` (RFC 7617), both parts in UTF-8."""

    challenge = 'Basic realm="ie-model", charset="UTF-8"'
    scheme = ("password", {"type": "http", "scheme": "basic"})

    def __init__(self, user: str, password: str) -> None:
        self._pair = base64.b64encode(f"{user}:{password}".encode())

    def fits(self, headers: Headers) -> bool:
        """Whether a request with these headers shows it."""
        return hmac.compare_digest(_credentials(headers, b"basic"), self._pair)


class SecretHeader:
    """A header of its own that holds the secret, where a sender can set headers and nothing else."""

    challenge = None

    def __init__(self, name: str, secret: str) -> None:
        self.scheme = ("secret", {"type": "apiKey", "in": "header", "name": name})
        self._name = name.lower().encode("ascii")
        self._secret = secret.encode("utf-8")

    def fits(self, headers: Headers) -> bool:
        """Whether a request with these headers shows it."""
        return hmac.compare_digest(_only(headers, self._name), self._secret)


class Gatekeeper:
    """Lets in who shows a key; open paths everybody.

    Args:
        app: What is behind the gate, whatever routes it has.
        keys: Each opens every path; none for a server that asks for nothing.
        doors: Paths that have keys of their own, which open them beside ``keys``.
    """

    def __init__(
        self, app: ASGIApp, keys: Sequence[Key] = (), doors: Mapping[str, Sequence[Key]] | None = None
    ) -> None:
        self._app = app
        self._keys = tuple(keys)
        self._doors = {path: (*keys, *own) for path, own in (doors or {}).items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        keys = self._doors.get(scope["path"], self._keys)
        if not keys or any(key.fits(scope["headers"]) for key in keys):
            await self._app(scope, receive, send)
            return
        refusal = NoTokenError(
            "no valid token", where="Authorization", expected="Bearer and the token that the server has"
        )
        refusal.challenges = [key.challenge for key in keys if key.challenge]
        await error_answer(refusal)(scope, receive, send)


def _only(headers: Headers, name: bytes) -> bytes:
    shown = [value for key, value in headers if key == name]
    return shown[0].strip() if len(shown) == 1 else b""


def _credentials(headers: Headers, scheme: bytes) -> bytes:
    shown, _, credentials = _only(headers, b"authorization").partition(b" ")
    return credentials.strip() if shown.lower() == scheme else b""


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
