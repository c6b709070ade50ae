"""``ie-model schema`` describes exactly what is written."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import typer
from typer.testing import CliRunner

from ie_model.cli.schema import schema
from ie_model.schema import AMOUNT, Extraction, Mention, ModelInfo, Quantity, Record

app = typer.Typer()
app.command()(schema)


def printed() -> dict[str, Any]:
    result = CliRunner().invoke(app)
    assert result.exit_code == 0
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def test_the_schema_is_of_an_extraction() -> None:
    printed_schema = printed()
    assert printed_schema["title"] == "Extraction"
    assert printed_schema["$schema"].startswith("https://json-schema.org/")
    assert set(printed_schema["properties"]) == set(Extraction.model_fields)


def test_numbers_are_json_numbers_not_strings() -> None:
    quantity = printed()["$defs"]["Quantity"]["properties"]
    for name in ("value", "low", "high", "rials"):
        assert {option["type"] for option in quantity[name]["anyOf"]} == {"integer", "number", "null"}


def test_required_keys_are_those_that_are_written() -> None:
    quantity = Quantity(kind="money", value=Decimal("2.5"))
    extraction = Extraction(
        id="1",
        text_sha256="",
        model=ModelInfo(name="n", version="1"),
        mentions=(Mention(id="m", label=AMOUNT, start=0, end=1, text="۲", quantity=quantity),),
        records=(Record(id="r", start=0, end=1, amounts=("m",)),),
    )
    written = json.loads(extraction.model_dump_json())
    definitions = printed()["$defs"]
    assert set(printed()["required"]) == set(written)
    assert set(definitions["Mention"]["required"]) == set(written["mentions"][0])
    assert set(definitions["Quantity"]["required"]) == set(written["mentions"][0]["quantity"])
    assert set(definitions["Record"]["required"]) == set(written["records"][0])
    assert written["mentions"][0]["quantity"]["value"] == 2.5
