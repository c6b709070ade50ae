"""What a server answers when it does not answer with extractions: the error and its HTTP status.

Every such answer has one shape, the parts of :class:`~ie_model.errors.IeModelError`:
``{"error": {"what", "where", "found", "expected", "mend"}}``. Statuses are those of RFC 9110, and 429 of
RFC 6585.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from ie_model.articles.rejects import storable
from ie_model.errors import IeModelError

#: What a client that went away before its answer would have got; the number is nginx's, no standard has one.
GONE = 499


class ServeError(IeModelError):
    """A request that gets no extraction; takes what :class:`IeModelError` takes."""

    status: ClassVar[int] = HTTPStatus.BAD_REQUEST

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the answer."""
        return {}


class BrokenBodyError(ServeError):
    """A body that is no JSON."""


class BadShapeError(ServeError):
    """JSON that asks for nothing the server knows."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooLargeError(ServeError):
    """More than a request may hold."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    @property
    def headers(self) -> dict[str, str]:
        """The rest of the body, if any, is not read."""
        return {"Connection": "close"}


class SlowBodyError(ServeError):
    """A body that did not arrive in time."""

    status = HTTPStatus.REQUEST_TIMEOUT

    @property
    def headers(self) -> dict[str, str]:
        """The connection is of no more use: the rest of the body would be taken for a request."""
        return {"Connection": "close"}


class NotJsonError(ServeError):
    """A body of a media type or in an encoding that is not read."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class NoTokenError(ServeError):
    """No token, or a wrong one; ``challenges`` are the ways to show one."""

    status = HTTPStatus.UNAUTHORIZED
    challenges: Sequence[str] = ("Bearer",)

    @property
    def headers(self) -> dict[str, str]:
        """How to show a token."""
        return {"WWW-Authenticate": ", ".join(self.challenges)}


class BusyError(ServeError):
    """No room in the line; ``retry_after`` is in whole seconds."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, what: str, *, retry_after: int, found: str | None = None) -> None:
        super().__init__(what, found=found, mend=f"Try again in {retry_after} s.")
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        """When to try again."""
        return {"Retry-After": str(self.retry_after)}


class NotReadyError(ServeError):
    """The server is stopping, or its extractor does not work."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class ConflictError(ServeError):
    """What the server, as it was started or as it stands now, does not do."""

    status = HTTPStatus.CONFLICT


class LateError(ServeError):
    """No answer in time."""

    status = HTTPStatus.GATEWAY_TIMEOUT


class GoneError(ServeError):
    """The client went away; nobody sees this answer."""

    status = GONE


def error_parts(error: IeModelError) -> dict[str, str | None]:
    """Return the parts of ``error`` in characters that UTF-8 can hold."""
    parts: dict[str, Any] = {
        "what": error.what,
        "where": error.where,
        "found": error.found,
        "expected": error.expected,
        "mend": error.mend,
    }
    return {name: None if value is None else storable(value) for name, value in parts.items()}
