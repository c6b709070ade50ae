"""From the bytes of a request to articles, under bounds at each step.

The body is read by pieces and refused as soon as it is too long, whatever its headers say. It is parsed as
a line of JSON Lines is (:func:`ie_model.articles.lines.parse_object`), so a server takes exactly the articles
that ``predict`` takes: a key named twice, ``NaN``, numbers of thousands of digits, nesting without end and
half surrogate pairs are refused with a reason.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from ie_model.articles import Gate, Located, Place, RefusedError, Reject, RejectCode, Row
from ie_model.articles.lines import parse_object
from ie_model.articles.rejects import quote
from ie_model.serve.errors import (
    BadShapeError,
    BrokenBodyError,
    BusyError,
    GoneError,
    NotJsonError,
    SlowBodyError,
    TooLargeError,
)
from ie_model.serve.limits import Limits

#: What rejects call the place of an article, and ids are made of where it has none: ``article:3``.
REQUEST, STEM = "request", "article"
ARTICLES = "articles"
EXPECTED = 'one article, {"text": "..."}, or many, {"articles": [...]}'
#: Seconds for which the rest of a refused body is thrown away, so that a client that sends first and reads
#: then sees the answer and not a broken connection.
DRAIN_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for: articles and rejects in their order; ``is_many`` as it was worded."""

    entries: tuple[Located | Reject, ...]
    is_many: bool

    @property
    def located(self) -> list[Located]:
        """The articles."""
        return [entry for entry in self.entries if isinstance(entry, Located)]


class Hold:
    """The bytes that one request has of the room for all bodies."""

    def __init__(self) -> None:
        self.bytes = 0


class BodyReader:
    """Reads bodies, within the bytes that those of all requests under way may take together.

    For one event loop. A request keeps its bytes until it is answered, because what was made of them (meta
    may be as large as a body) waits in memory with its articles.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._held = 0

    @contextlib.contextmanager
    def hold(self) -> Iterator[Hold]:
        """Keep what is read under this until it ends."""
        hold = Hold()
        try:
            yield hold
        finally:
            self._release(hold)

    async def read(self, request: Request, hold: Hold, until: float) -> bytes:
        """Return the body of ``request``.

        Args:
            request: Nothing of its body has been read.
            hold: From :meth:`hold`.
            until: When all of it must be there, by :func:`time.monotonic`.

        Raises:
            TooLargeError: More bytes than ``max_body``.
            BusyError: The requests under way have too many bytes.
            SlowBodyError: Not there in time.
            GoneError: The client went away.
        """
        declared = request.headers.get("content-length", "")[:20]
        pieces = _pieces(request)
        body = bytearray()
        try:
            if declared.isdecimal() and int(declared) > self._limits.max_body:
                raise self._too_large(declared)
            async with asyncio.timeout(until - time.monotonic()):
                async for piece in pieces:
                    hold.bytes += len(piece)
                    self._held += len(piece)
                    if hold.bytes > self._limits.max_body:
                        raise self._too_large(f"{hold.bytes} and more")
                    if self._held > self._limits.max_bodies:
                        raise BusyError("the requests under way are too large together", retry_after=1)
                    body += piece
        except TimeoutError as error:
            raise SlowBodyError(
                "the body did not arrive in time", found=f"{hold.bytes} bytes in {self._limits.timeout:g} s"
            ) from error
        except (TooLargeError, BusyError):
            body.clear()
            self._release(hold)
            await _drain(request, pieces)
            raise
        return bytes(body)

    def _release(self, hold: Hold) -> None:
        self._held -= hold.bytes
        hold.bytes = 0

    def _too_large(self, found: str) -> TooLargeError:
        return TooLargeError(
            "the body is too large",
            where="body",
            found=f"{found} bytes",
            expected=f"at most {self._limits.max_body}",
            mend="Send fewer articles at a time.",
        )


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise GoneError("the client went away")
        more = message.get("more_body", False)
        yield message.get("body", b"")


async def _drain(request: Request, pieces: AsyncIterator[bytes]) -> None:
    if request.headers.get("expect", "").lower() == "100-continue":
        return  # the client waits for our word before it sends
    with contextlib.suppress(TimeoutError, GoneError):
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in pieces:
                pass


def require_json(request: Request) -> None:
    """Check the headers of a request with a body.

    A web page of another origin may send plain text to a server on the user's own machine without asking;
    JSON it may not. So the media type is looked at.

    Raises:
        NotJsonError: Another media type than JSON, or a compressed body.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise NotJsonError(
            "the body is not said to be JSON",
            where="Content-Type",
            found=quote(media) if media else "none",
            expected="application/json",
        )
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        raise NotJsonError(
            "a compressed body is not read", where="Content-Encoding", found=quote(coding), expected="none"
        )


def read_asked(data: bytes, limits: Limits) -> Asked:
    """Return what a body asks for.

    Raises:
        BrokenBodyError: No JSON.
        BadShapeError: Neither an article nor articles, or too many.
        TooLargeError: Values without end.
    """
    value = read_object(data, limits, EXPECTED)
    gate = Gate(limits.max_chars)
    if ARTICLES in value:
        return Asked(tuple(_admit_many(value, gate, limits)), is_many=True)
    return Asked((gate.admit(Row(None, value), REQUEST, STEM),), is_many=False)


def read_object(data: bytes, limits: Limits, expected: str) -> dict[str, Any]:
    """Return the JSON object that is all of a body.

    Args:
        data: The body.
        limits: How many values it may hold.
        expected: What it should be, in words.

    Raises:
        BrokenBodyError: No JSON.
        BadShapeError: No object.
        TooLargeError: Values without end.
    """
    values = sum(map(data.count, (b"{", b"[", b",")))
    if values > limits.max_values:
        raise TooLargeError(
            "too many JSON values",
            where="body",
            found=f"{values} brackets, braces and commas",
            expected=f"at most {limits.max_values}",
            mend="Send fewer articles, or less meta.",
        )
    try:
        return parse_object(data, "body", expected=expected)
    except RefusedError as refusal:
        kind = BadShapeError if refusal.code is RejectCode.NOT_AN_OBJECT else BrokenBodyError
        raise kind(
            refusal.what, where="body", found=refusal.found, expected=refusal.expected, mend=refusal.mend
        ) from refusal


def _admit_many(value: dict[str, object], gate: Gate, limits: Limits) -> Iterator[Located | Reject]:
    rows = value[ARTICLES]
    if not isinstance(rows, list):
        raise BadShapeError("no list of articles", where=ARTICLES, found=quote(rows), expected="a list")
    if len(value) > 1:
        others = ", ".join(sorted(key for key in value if key != ARTICLES))
        raise BadShapeError("keys beside the articles", where="body", found=quote(others), expected=EXPECTED)
    if len(rows) > limits.articles_per_request:
        raise BadShapeError(
            "too many articles",
            where=ARTICLES,
            found=str(len(rows)),
            expected=f"at most {limits.articles_per_request}",
            mend="Send them in several requests.",
        )
    for number, row in enumerate(rows, start=1):
        if isinstance(row, dict):
            yield gate.admit(Row(number, row), REQUEST, STEM)
        else:
            refusal = RefusedError(
                RejectCode.NOT_AN_OBJECT,
                "the article is no JSON object",
                found=quote(row),
                expected='an article like {"id": "1", "text": "..."}',
            )
            yield Place(REQUEST, number).reject(refusal)
