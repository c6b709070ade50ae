"""``ie-model schema``: the JSON Schema of one line of ``extractions.jsonl``."""

from __future__ import annotations

import json
from typing import Any

import typer
from pydantic.json_schema import GenerateJsonSchema

from ie_model.schema import Extraction

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _AsWritten(GenerateJsonSchema):
    """Every key is required: what is written holds all of them, null where there is nothing."""

    def field_is_required(self, field: Any, total: bool) -> bool:
        return True


def extraction_schema() -> dict[str, Any]:
    """Return the JSON Schema of an :class:`~ie_model.schema.Extraction` as it is written."""
    schema = Extraction.model_json_schema(mode="serialization", schema_generator=_AsWritten)
    return {"$schema": DIALECT, **schema}


def schema() -> None:
    """Print the JSON Schema of what predict writes, one Extraction a line."""
    typer.echo(json.dumps(extraction_schema(), ensure_ascii=False, indent=2))
