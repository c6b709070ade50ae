"""``ie-model schema``: the JSON Schema of one line of ``extractions.jsonl``."""

from __future__ import annotations

import json

import typer

from ie_model.schema import extraction_schema


def schema() -> None:
    """Print the JSON Schema of what predict writes, one Extraction a line."""
    typer.echo(json.dumps(extraction_schema(), ensure_ascii=False, indent=2))
