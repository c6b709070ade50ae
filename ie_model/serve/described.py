"""What the OpenAPI description says of each route: in words, schemas, examples, and every status it answers.

Bodies of ``POST /extract`` are described by hand and read by :mod:`ie_model.serve.requests`: the checks there
(keys named twice, numbers without end) are none that a schema can make.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ie_model.serve.access import OPEN_PATHS, Key
from ie_model.serve.answers import ErrorBody, RejectBody, Results, Status, Versions
from ie_model.serve.limits import Limits

TITLE: Final = "ie_model"
DESCRIPTION: Final = (
    "Records out of Persian economic news: amounts, targets, percentages and institutions. Offsets are "
    "half-open code points into the text as it was sent. An error is always "
    '{"error": {"what", "where", "found", "expected", "mend"}}.'
)

Description = dict[str, Any]

_TEXT = "بانک ملی ۵۰ میلیارد تومان پرداخت کرد."
_ERROR = {
    "error": {
        "what": "broken JSON: Expecting value at character 0 of the body",
        "where": "body",
        "found": "'تعهد'",
        "expected": None,
        "mend": None,
    }
}


def _error(what: str, *, model: Any = ErrorBody, retry: bool = False) -> Description:
    found: Description = {"model": model, "description": what}
    if retry:
        found["headers"] = {
            "Retry-After": {
                "description": "Whole seconds.",
                "required": True,
                "schema": {"type": "integer", "minimum": 1},
            }
        }
    return found


_ALWAYS: dict[int, Description] = {500: _error("A bug of the server; its log says more.")}

_ARTICLE: Description = {
    "type": "object",
    "description": "One article. Without an id it is called article, or article: and its place.",
    "required": ["text"],
    "properties": {
        "id": {"type": ["string", "number", "null"], "description": "Different for each article."},
        "text": {"type": "string", "minLength": 1, "description": "Not empty, no NUL."},
        "meta": {
            "description": "Handed back as it is; meta.date, Gregorian or Jalali, dates relative wordings."
        },
    },
    "additionalProperties": {"description": "Kept as meta."},
}


def _body(limits: Limits) -> Description:
    article = {**_ARTICLE, "properties": {**_ARTICLE["properties"]}}
    article["properties"]["text"] = {**_ARTICLE["properties"]["text"], "maxLength": limits.max_chars}
    many = {
        "type": "object",
        "required": ["articles"],
        "properties": {
            "articles": {
                "type": "array",
                "maxItems": limits.articles_per_request,
                "items": {"description": "An article, as above; what is none is rejected in its place."},
            }
        },
        "additionalProperties": False,
    }
    one = {**article, "not": {"required": ["articles"]}}
    return {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"anyOf": [one, many]},
                "examples": {
                    "one": {"value": {"id": "1", "text": _TEXT, "meta": {"date": "1403/05/01"}}},
                    "many": {"value": {"articles": [{"id": "1", "text": _TEXT}, {"id": "2", "text": ""}]}},
                },
            }
        },
    }


HEALTH: Final[Description] = {
    "summary": "Whether the process is alive",
    "description": "Open: needs no token.",
    "responses": {200: {"model": Status, "description": "It is."}, **_ALWAYS},
}
READY: Final[Description] = {
    "summary": "Whether articles can be extracted",
    "description": "Open: needs no token.",
    "responses": {
        200: {"model": Status, "description": "They can."},
        503: _error("The server is stopping, or its extractor does not work."),
        **_ALWAYS,
    },
}
VERSION: Final[Description] = {
    "summary": "Versions of the package and the release",
    "responses": {200: {"model": Versions, "description": "Both."}, **_ALWAYS},
}
SCHEMA: Final[Description] = {
    "summary": "JSON Schema of an extraction",
    "responses": {
        200: {
            "description": "As ie-model schema prints it.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        **_ALWAYS,
    },
}
METRICS: Final[Description] = {
    "summary": "Figures for Prometheus",
    "responses": {
        200: {
            "description": "The text format of Prometheus.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        **_ALWAYS,
    },
}
EXTRACT: Final[Description] = {
    "summary": "Extract from one article or many",
    "description": (
        "One article gives its extraction. Many give one result for each, in order: an extraction, or the "
        "reject that says why there is none. An article's extraction does not depend on its company."
    ),
    "responses": {
        200: {"model": Results, "description": "One extraction, or one result for each article."},
        400: _error("The body is no JSON."),
        408: _error("The body did not arrive in time."),
        413: _error("The body is too large, or its articles are too long together."),
        415: _error("The body is not said to be JSON, or is compressed."),
        422: _error(
            "The one article was rejected, there are too many, or the JSON asks for nothing known.",
            model=RejectBody,
        ),
        429: _error("Too many articles are waiting.", retry=True),
        503: _error("The server is stopping, or its extractor does not work."),
        504: _error("No answer in time."),
        **_ALWAYS,
    },
}


def complete(schema: Description, limits: Limits, extraction: Description) -> None:
    """Add to the description that FastAPI made what it does not know.

    Args:
        schema: Changed in place.
        limits: Named in the schemas.
        extraction: JSON Schema of an extraction as it is written, with its ``$defs``.
    """
    schemas = schema["components"]["schemas"]
    extraction = _moved(extraction)
    for name, part in {**extraction.pop("$defs"), "Extraction": extraction}.items():
        part.pop("$schema", None)
        schemas[name] = part
    operation = schema["paths"]["/extract"]["post"]
    operation["requestBody"] = _body(limits)
    answer = operation["responses"]["200"]["content"]["application/json"]
    one = {"$ref": "#/components/schemas/Extraction"}
    answer["schema"] = {"anyOf": [one, answer["schema"]]}
    operation["responses"]["400"]["content"]["application/json"]["example"] = _ERROR


def _moved(value: Any) -> Any:
    """Return a schema whose references lead to where OpenAPI keeps schemas."""
    if isinstance(value, dict):
        return {key: _moved(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_moved(item) for item in value]
    return value.replace("#/$defs/", "#/components/schemas/") if isinstance(value, str) else value


def ask_for_keys(schema: Description, keys: Sequence[Key], doors: Mapping[str, Sequence[Key]]) -> None:
    """Say in the description ``schema`` which path asks for what.

    Args:
        schema: Changed in place.
        keys: Open every path.
        doors: Further keys of some paths.
    """
    refusal = {
        "description": "Nothing valid shown that lets in.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}},
    }
    schemes: Description = {}
    for path, operations in schema["paths"].items():
        fitting = () if path in OPEN_PATHS else (*keys, *doors.get(path, ()))
        schemes |= dict(key.scheme for key in fitting)
        for operation in operations.values():
            operation["security"] = [{key.scheme[0]: []} for key in fitting]
            if fitting:
                operation["responses"]["401"] = refusal
    if schemes:
        schema["components"]["securitySchemes"] = schemes
