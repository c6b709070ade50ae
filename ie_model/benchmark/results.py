"""Results that are kept: one JSON file each, named by date, commit and machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from ie_model.benchmark.machine import slug
from ie_model.errors import IeModelError
from ie_model.files import write_whole

RESULTS: Final = Path("benchmarks/results")
"""Where a checkout keeps them."""


def save_result(result: dict[str, Any], folder: Path = RESULTS) -> Path:
    """Write ``result`` and return its file; an older one of the same day, commit and machine is replaced.

    Raises:
        OutputError: It cannot be written.
    """
    commit = result["commit"] or "installed"
    path = folder / f"{result['date']}-{commit}-{slug(result['machine'])}.json"
    write_whole(path, json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    return path


def load_results(folder: Path = RESULTS) -> list[dict[str, Any]]:
    """Return the results in ``folder``, oldest first.

    Raises:
        IeModelError: There is none, or one is damaged.
    """
    files = sorted(folder.glob("*.json"))
    if not files:
        raise IeModelError(
            "no result is kept here", where=str(folder), mend="Make one: ie-model benchmark --save"
        )
    results = []
    for path in files:
        try:
            result = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise IeModelError("a result cannot be read", where=str(path), found=str(error)) from error
        if not isinstance(result, dict) or "machine" not in result or "date" not in result:
            raise IeModelError("this is no result of a benchmark", where=str(path))
        results.append(result)
    return sorted(results, key=lambda result: str(result["date"]))
