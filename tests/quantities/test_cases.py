"""Hand-made cases, one JSON file a theme: the span is in [ ], every other key is what is expected of it."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ie_model.quantities import read_quantity

CASES = Path(__file__).parent / "cases"
NUMBERS = ("value", "low", "high", "rials")
PLAIN = ("kind", "modifier", "unit", "item", "currency")


def _cases() -> list[Any]:
    params = []
    for path in sorted(CASES.glob("*.json")):
        for number, case in enumerate(json.loads(path.read_text(encoding="utf-8"))["cases"]):
            params.append(pytest.param(case, id=f"{path.stem}-{number}-{case['text']}"))
    return params


@pytest.mark.parametrize("case", _cases())
def test_case(case: dict[str, Any]) -> None:
    before, rest = case["text"].split("[", 1)
    surface, after = rest.rsplit("]", 1)
    text = before + surface + after
    reading = read_quantity(text, len(before), len(before) + len(surface), label=case.get("label"))
    quantity = reading.quantity

    expected = {key: case[key] for key in PLAIN if key in case}
    assert {key: getattr(quantity, key) for key in expected} == expected
    for key in NUMBERS:
        if key in case:
            assert getattr(quantity, key) == (None if case[key] is None else Decimal(case[key])), key
    if "low" not in case:
        assert quantity.low is None
        assert quantity.high is None
    if case.get("unreadable"):
        assert reading.phrase is None or quantity.value is None
        assert len(reading.warnings) == 1
        assert "cannot be read" in reading.warnings[0]
    else:
        assert bool(reading.warnings) == bool(case.get("doubtful"))


def test_every_case_states_a_known_key() -> None:
    known = {"text", "label", "unreadable", "doubtful", *NUMBERS, *PLAIN}
    for param in _cases():
        case = param.values[0]
        assert set(case) <= known
        assert case["text"].count("[") == case["text"].count("]") == 1


def test_there_are_at_least_150_cases() -> None:
    assert len(_cases()) >= 150
