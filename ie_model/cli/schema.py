"""``ie-model schema``: the JSON Schema of one line of ``extractions.jsonl``."""

from __future__ import annotations

from ie_model.cli.options import print_json
from ie_model.schema import extraction_schema


def schema() -> None:
    """Print the JSON Schema of what predict writes, one Extraction a line.

    Example: ie-model schema
    """
    print_json(extraction_schema())
