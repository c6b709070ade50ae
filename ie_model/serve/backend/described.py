"""What the OpenAPI description says of the backend's routes; their bodies are read by hand, as all are."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from ie_model.serve.answers import ErrorBody

TAG: Final = "Label Studio"

Description = dict[str, Any]


class Setup(BaseModel):
    """Which version predicts."""

    model_version: str


class VersionNames(BaseModel):
    """Versions that were served, newest first."""

    versions: list[str]


class Predictions(BaseModel):
    """One entry for each task in order: a prediction, or an empty list where there was no time for one."""

    results: list[dict[str, Any] | list[Any]]


class Queued(BaseModel):
    """Whether an event was kept; number of the run that it asked for, if any."""

    queued: bool
    run: int | None = None


class Demanded(BaseModel):
    """The run that was queued."""

    run: int


class RolledBack(BaseModel):
    """The version that is served again."""

    serving: str


class RunStatus(BaseModel):
    """One run; times in seconds of the epoch."""

    model_config = ConfigDict(extra="forbid")

    number: int
    state: str
    cause: str
    attempts: int
    created: float
    started: float | None
    ended: float | None
    articles: int | None
    rejects: int | None
    reason: str | None
    figures: dict[str, Any] | None
    progress: dict[str, Any] | None


class VersionStatus(BaseModel):
    """A version that was served."""

    name: str
    run: int | None
    created: float


class TrainStatus(BaseModel):
    """Where training stands."""

    model_config = ConfigDict(extra="forbid")

    state: str
    serving: str | None
    trains: bool
    train_after: int | None
    events_waiting: int
    tasks_corrected: int
    tasks_corrected_since: int
    runs: list[RunStatus]
    versions: list[VersionStatus]


def _error(what: str) -> Description:
    return {"model": ErrorBody, "description": what}


_ALWAYS: dict[int, Description] = {500: _error("A bug of the server; its log says more.")}
_READING: dict[int, Description] = {
    400: _error("The body is no JSON, or the request none of HTTP."),
    408: _error("The body did not arrive in time."),
    413: _error("The body is too large."),
    415: _error("The body is not said to be JSON, or is compressed."),
    422: _error("JSON of another shape."),
    429: {
        **_error("Too much is waiting."),
        "headers": {
            "Retry-After": {
                "description": "Whole seconds.",
                "required": True,
                "schema": {"type": "integer", "minimum": 1},
            }
        },
    },
    503: _error("The server is stopping, or its extractor does not work."),
}
_CONFLICT: Description = _error("Not as this server was started, or not now.")


def _route(
    summary: str,
    model: type[BaseModel],
    *,
    body: Description | None = None,
    more: dict[int, Description] | None = None,
    status: int = 200,
) -> Description:
    reading = _READING if body else {}
    found: Description = {
        "summary": summary,
        "tags": [TAG],
        "status_code": status,
        "responses": {status: {"model": model, "description": "Done."}, **reading, **(more or {}), **_ALWAYS},
    }
    if body is not None:
        content = {"application/json": {"schema": body}}
        found["openapi_extra"] = {"requestBody": {"required": True, "content": content}}
    return found


_OBJECT: Description = {"type": "object"}
_TASKS: Description = {
    "type": "object",
    "required": ["tasks"],
    "properties": {
        "tasks": {"type": "array", "items": {"description": "A task; one that cannot be read gets nothing."}},
        "project": {"description": "Not read."},
        "label_config": {"type": ["string", "null"], "description": "The labelling interface."},
        "params": {
            "type": ["object", "null"],
            "description": "context.result holds what an annotator drew (interactive pre-annotation).",
        },
    },
}
_EVENT: Description = {
    "type": "object",
    "required": ["action"],
    "properties": {"action": {"type": "string", "description": "As Label Studio names it."}},
}
_VERSION: Description = {
    "type": "object",
    "properties": {"version": {"type": ["string", "null"], "description": "Null for the one before."}},
}

SETUP: Final = _route("What Label Studio asks before everything else", Setup, body=_OBJECT)
VERSIONS: Final = _route("Versions that were served", VersionNames)
PREDICT: Final = _route(
    "Predictions for tasks", Predictions, body=_TASKS, more={504: _error("No answer in time.")}
)
WEBHOOK: Final = _route("An event of a project", Queued, body=_EVENT, more={409: _CONFLICT})
TRAIN: Final = _route(
    "Train on what was corrected", Demanded, body=_OBJECT, more={409: _CONFLICT}, status=202
)
STATUS: Final = _route("Where training stands", TrainStatus)
ROLL_BACK: Final = _route("Serve an earlier version again", RolledBack, body=_VERSION, more={409: _CONFLICT})
