"""Hand-made cases, one JSON file a theme: the span is in [ ], every other key is what is expected of it.

``si`` is [number, unit] or [low, high, unit] in SI, null for none.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ie_model.quantities import read_quantity
from ie_model.quantities.units import SiQuantity, to_si

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
    if "si" in case:
        assert to_si(quantity) == _si(case["si"])
    if "low" not in case:
        assert quantity.low is None
        assert quantity.high is None
    if case.get("unreadable"):
        assert reading.phrase is None or quantity.value is None
        assert len(reading.warnings) == 1
        assert "cannot be read" in reading.warnings[0]
    else:
        assert bool(reading.warnings) == bool(case.get("doubtful"))


def _si(expected: list[str] | None) -> SiQuantity | None:
    if expected is None:
        return None
    *numbers, unit = expected
    return SiQuantity(Decimal(numbers[0]), Decimal(numbers[-1]), unit)


def test_every_case_states_a_known_key() -> None:
    known = {"text", "label", "unreadable", "doubtful", "si", *NUMBERS, *PLAIN}
    for param in _cases():
        case = param.values[0]
        assert set(case) <= known
        assert case["text"].count("[") == case["text"].count("]") == 1


def test_there_are_at_least_400_cases_of_our_own() -> None:
    own = [param for param in _cases() if not str(param.id).startswith("duckling-")]
    assert len(own) >= 400
    assert len({json.dumps(param.values[0], sort_keys=True) for param in own}) == len(own)
