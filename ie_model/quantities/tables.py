"""The data tables of the room, read once: ``data/units.yaml`` and ``data/modifiers.yaml``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple

import yaml

from ie_model.persian.digits import clean
from ie_model.persian.folding import ZWNJ
from ie_model.schema import Kind, Modifier


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of a quantity.

    Attributes:
        name: The canonical spelling.
        kind: What it makes of the quantity.
        currency: ISO 4217 code, IRT for toman; None where the word alone does not tell.
        factor: What the word multiplies by (همت is 10^12 toman).
        classifier: Whether the counted noun may follow («فقره طرح»).
        cents: Name of the hundredth part that may follow («دلار و ۴۲ سنت»).
        item: What is counted; only for counts.
    """

    name: str
    kind: Kind
    currency: str | None = None
    factor: Decimal = Decimal(1)
    classifier: bool = False
    cents: str | None = None
    item: str | None = None


def unit_key(words: str) -> str:
    """Return the key by which a unit's spelling is found: cleaned, without spaces and ZWNJ, lower case."""
    return clean(words).replace(ZWNJ, "").replace(" ", "").lower()


class UnitTables(NamedTuple):
    """The lists of ``data/units.yaml``; ``units`` by :func:`unit_key`, adjectival forms included."""

    units: dict[str, Unit]
    not_units: frozenset[str]
    own_final_ye: frozenset[str]
    list_stops: frozenset[str]


class Modifiers(NamedTuple):
    """The phrases of ``data/modifiers.yaml`` by :func:`unit_key`."""

    phrases: dict[str, Modifier]
    up_to: frozenset[str]
    not_up_to: frozenset[str]
    between: frozenset[str]
    fillers: frozenset[str]


def _load(name: str) -> Any:
    with (resources.files("ie_model.quantities") / "data" / name).open(encoding="utf-8") as file:
        return yaml.safe_load(file)


@lru_cache(maxsize=1)
def modifier_tables() -> Modifiers:
    """Return the modifier phrases."""
    rows = _load("modifiers.yaml")
    names: tuple[Modifier, ...] = ("about", "more_than", "less_than", "at_least", "at_most")
    phrases: dict[str, Modifier] = {unit_key(phrase): name for name in names for phrase in rows[name]}
    sets = ("up_to", "not_up_to", "between", "fillers")
    return Modifiers(phrases, *(frozenset(map(unit_key, rows[name])) for name in sets))


@lru_cache(maxsize=1)
def unit_tables() -> UnitTables:
    """Return the units and the word lists that go with them."""
    rows = _load("units.yaml")
    exact = {unit_key(form): unit for unit, forms in _units(rows) for form in forms}
    units: dict[str, Unit] = {}
    for key, unit in exact.items():
        for form in _adjectival(key):
            units.setdefault(form, unit)
    return UnitTables(
        units | exact,
        frozenset(map(clean, rows["not_units"])),
        frozenset(map(clean, rows["own_final_ye"])),
        frozenset(map(clean, rows["list_stops"])),
    )


def _units(tables: dict[str, Any]) -> Iterator[tuple[Unit, list[str]]]:
    for row in tables["currencies"]:
        factor = Decimal(row.get("factor", 1))
        unit = Unit(row["name"], "money", row.get("code"), factor, cents=row.get("cents"))
        # همت has its factor in the word: its name alone is the plain toman.
        yield unit, row["forms"] if factor != 1 else [row["name"], *row["forms"]]
    for row in tables["percent"]:
        yield Unit(row["name"], "percent"), [row["name"], *row["forms"]]
    for row in tables["measures"]:
        yield Unit(row["name"], "measure"), [row["name"], *row["forms"]]
    for name in tables["nouns"]:
        yield Unit(name, "count", item=name), [name]
    for name in tables["classifiers"]:
        yield Unit(name, "count", classifier=True, item=name), [name]


def _adjectival(key: str) -> tuple[str, ...]:
    if key.endswith("ه"):
        return (key + "ای", key + "ی", key + "یی")
    if key.endswith(("ا", "و")):
        return (key + "ی", key + "یی", key + "ئی")
    return (key + "ی",)
