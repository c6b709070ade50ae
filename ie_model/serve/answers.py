"""Answers: errors in their one shape, and results put together from the JSON that the workers wrote."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ie_model.articles import Reject
from ie_model.schema import Extraction, ModelInfo
from ie_model.serve.errors import ServeError, error_parts
from ie_model.serve.line import Answer

JSON = "application/json"


class ErrorParts(BaseModel):
    """What failed, where, what was found and expected, and how to mend it; null where it says nothing."""

    model_config = ConfigDict(extra="forbid")

    what: str
    where: str | None
    found: str | None
    expected: str | None
    mend: str | None


class ErrorBody(BaseModel):
    """Every answer that is none."""

    model_config = ConfigDict(extra="forbid")

    error: ErrorParts


class RejectBody(ErrorBody):
    """The answer to one article that was rejected, or to JSON that asks for nothing (then without one)."""

    reject: Reject | None = None


class ExtractionResult(BaseModel):
    """An article that went through."""

    model_config = ConfigDict(extra="forbid")

    extraction: Extraction


class RejectResult(BaseModel):
    """An article that did not."""

    model_config = ConfigDict(extra="forbid")

    reject: Reject


class Results(BaseModel):
    """One result for each article, in order."""

    model_config = ConfigDict(extra="forbid")

    results: list[ExtractionResult | RejectResult]


class Status(BaseModel):
    """Whether the server is alive, or ready."""

    status: str


class Versions(BaseModel):
    """What runs: the package and the release."""

    ie_model: str
    model: ModelInfo


def json_answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return ``value`` as an answer in JSON."""
    body = json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    return Response(body, status, headers, JSON)


def error_answer(error: ServeError) -> Response:
    """Return the answer that says what ``error`` says."""
    return json_answer({"error": error_parts(error)}, error.status, error.headers)


def one_answer(answer: Answer) -> Response:
    """Return the answer to a request with one article alone."""
    if answer.reject is None:
        return Response(answer.json, media_type=JSON)
    reject = answer.reject
    parts = {"what": reject.reason, "where": reject.file, "found": reject.found}
    error = {**parts, "expected": reject.expected, "mend": reject.mend}
    body = {"error": error, "reject": reject.model_dump(mode="json")}
    return json_answer(body, HTTPStatus.UNPROCESSABLE_ENTITY)


def many_answers(answers: Iterable[Answer]) -> Response:
    """Return the answer to a request with many articles."""
    parts = (
        b'{"%s": %s}' % (b"extraction" if one.reject is None else b"reject", one.json) for one in answers
    )
    return Response(b'{"results": [' + b", ".join(parts) + b"]}", media_type=JSON)


async def on_serve_error(_request: Request, error: Exception) -> Response:
    """Answer a :class:`ServeError`."""
    if not isinstance(error, ServeError):
        raise error
    return error_answer(error)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer what the router found wrong: no such path, no such method."""
    if not isinstance(error, HTTPException):
        raise error
    # Not request.url: it is built from the Host header, which may hold anything.
    found = f"{request.method} {request.scope['path']}"[:200]
    parts = ServeError(
        HTTPStatus(error.status_code).phrase.lower(),
        where=found,
        mend="GET /openapi.json lists what there is.",
    )
    return json_answer({"error": error_parts(parts)}, error.status_code, error.headers)
