"""The server against its own description: requests made from the OpenAPI document, right ones and wrong ones.

No server error, no status, media type or shape that is not described, nothing accepted that the description
forbids, nothing without the token.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ie_model.rules import RuleExtractor
from ie_model.serve import Limits
from tests.serve.making import Running, running

TOKEN = "correct-horse"
#: Requests drawn for each route, beside those that the description's own edges give.
SHORT, LONG = 15, 1000
LIMITS = Limits(max_articles=3)
#: A text with nothing to see, an id with a NUL: what no schema can forbid is rejected all the same.
TOO_STRICT = ("--exclude-checks", "positive_data_acceptance")
HEADER = f"Authorization: Bearer {TOKEN}"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(RuleExtractor(), LIMITS, token=TOKEN) as found:
        found.client.headers["Authorization"] = f"Bearer {TOKEN}"
        yield found


def schemathesis(server: Running, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    # Its command line and not its pytest plugin, which lags behind pytest.
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "schemathesis.cli",
            "run",
            f"{server.url}/openapi.json",
            "-H",
            HEADER,
            *options,
        ],
        check=False,
        cwd=folder,  # it keeps notes there
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
    )


@pytest.mark.parametrize(
    "examples", [SHORT, pytest.param(LONG, marks=pytest.mark.slow)], ids=["short", "at length"]
)
def test_the_server_does_what_it_describes(server: Running, tmp_path: Path, examples: int) -> None:
    result = schemathesis(server, tmp_path, "--max-examples", str(examples), "--seed", "1", *TOO_STRICT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Selected: 6/6" in result.stdout
    assert server.metric('ie_model_requests_total{route="/extract"') > examples


def test_every_reference_and_example_of_the_description_holds(server: Running) -> None:
    described = server.client.get("/openapi.json").json()
    schemas = described["components"]["schemas"]

    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (item for key, item in value.items() if key == "$ref")
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                yield from references(item)

    names = set(references(described))
    assert {name.removeprefix("#/components/schemas/") for name in names} <= set(schemas)
    assert "#/components/schemas/Extraction" in names
    assert "$defs" not in str(described)
    body = described["paths"]["/extract"]["post"]["requestBody"]["content"]["application/json"]
    for example in body["examples"].values():
        assert server.extract(example["value"]).status_code == 200
