"""Options that several commands share, so that the same word means the same everywhere."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress; errors and results remain.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object in place of text.")]


def print_json(tree: Any) -> None:
    """Print ``tree`` as JSON on the standard output, Persian as it is; for ``--json``."""
    typer.echo(json.dumps(tree, ensure_ascii=False, indent=2))
