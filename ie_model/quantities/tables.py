"""The data tables of the room, read once: ``data/*.yaml``, each with its sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple

from ie_model.data_tables import load_data
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
        si_unit: The coherent SI unit (kg, m², J, …; bit for amounts of data, 1 for percent), None where
            the word has no one size or no exact decimal factor.
        si_factor: How many ``si_unit`` one unit is, exact; None with ``si_unit``.
    """

    name: str
    kind: Kind
    currency: str | None = None
    factor: Decimal = Decimal(1)
    classifier: bool = False
    cents: str | None = None
    item: str | None = None
    si_unit: str | None = None
    si_factor: Decimal | None = None


def unit_key(words: str) -> str:
    """Return the key by which a unit's spelling is found: cleaned, without spaces and ZWNJ, lower case."""
    return clean(words).replace(ZWNJ, "").replace(" ", "").lower()


class UnitTables(NamedTuple):
    """The lists of the unit files; ``units`` by :func:`unit_key`, adjectival forms included."""

    units: dict[str, Unit]
    not_units: frozenset[str]
    no_numbers: frozenset[str]
    own_final_ye: frozenset[str]
    list_stops: frozenset[str]


class Modifiers(NamedTuple):
    """The phrases of ``data/modifiers.yaml`` by :func:`unit_key`.

    ``openers`` and ``opening_letters`` only say whether to look behind a span at all: by the first word of
    a phrase, as written, the first two letters of its second (empty: it may be alone). ``closers`` are the
    last letters of the phrases in ``behind``: whether to look at a surface's end.
    """

    phrases: dict[str, Modifier]
    behind: dict[str, Modifier]
    than_behind: dict[str, Modifier]
    up_to: frozenset[str]
    not_up_to: frozenset[str]
    between: frozenset[str]
    fillers: frozenset[str]
    negators: frozenset[str]
    goes_on: frozenset[str]
    not_behind: frozenset[str]
    negatives: frozenset[str]
    and_some: frozenset[str]
    openers: dict[str, frozenset[str]]
    opening_letters: frozenset[str]
    closers: frozenset[str]


def load_table(name: str) -> Any:
    """Return what a file of ``data/`` holds."""
    return load_data("ie_model.quantities", name)


@lru_cache(maxsize=1)
def modifier_tables() -> Modifiers:
    """Return the modifier phrases."""
    rows = load_table("modifiers.yaml")
    names: tuple[Modifier, ...] = ("about", "more_than", "less_than", "at_least", "at_most")
    left, behind, than_behind = (
        {unit_key(phrase): name for name in names for phrase in table.get(name, ())}
        for table in (rows, rows["behind"], rows["than_behind"])
    )
    lists = [*rows["behind"].values(), *rows["than_behind"].values(), rows["negatives"]]
    openers = _openers([phrase for phrases in lists for phrase in phrases])
    words = {name: frozenset(map(unit_key, rows[name])) for name in _WORD_LISTS}
    return Modifiers(
        left,
        behind,
        than_behind,
        openers=openers,
        opening_letters=frozenset(word[0] for word in openers),
        closers=frozenset(phrase[-CLOSER_LENGTH:] for phrase in behind),
        **words,
    )


#: Letters at the end of a surface that show whether a phrase can stand there.
CLOSER_LENGTH: Final = 2
_WORD_LISTS: Final = (
    "up_to", "not_up_to", "between", "fillers", "negators", "goes_on", "not_behind", "negatives", "and_some",
)  # fmt: skip
#: Arabic forms of two Persian letters: what stands behind a span is looked at before it is cleaned.
_ARABIC = str.maketrans("یک", "يك")


def _openers(phrases: list[str]) -> dict[str, frozenset[str]]:
    """Return the first words of ``phrases``, and of their joined and spaced spellings."""
    starts: dict[str, set[str] | None] = {}
    for phrase in phrases:
        for written in (phrase, phrase.replace(ZWNJ, ""), phrase.replace(ZWNJ, " ")):
            for form in (written, written.translate(_ARABIC)):
                first, _, rest = form.partition(" ")
                seconds = starts.setdefault(first, set())
                if not rest:
                    starts[first] = None
                elif seconds is not None:
                    seconds.add(rest[:2])
    return {first: frozenset(seconds or ()) for first, seconds in starts.items()}


@lru_cache(maxsize=1)
def unit_tables() -> UnitTables:
    """Return the units and the word lists that go with them."""
    rows = load_table("units.yaml")
    listed = [*_currencies(), *_measures(), *_counts(rows)]
    exact = {unit_key(form): unit for unit, forms in listed for form in forms}
    units: dict[str, Unit] = {}
    for key, unit in exact.items():
        for form in _adjectival(key):
            units.setdefault(form, unit)
    return UnitTables(
        units | exact,
        frozenset(map(clean, rows["not_units"])),
        frozenset(map(clean, rows["no_numbers"])),
        frozenset(map(clean, rows["own_final_ye"])),
        frozenset(map(clean, rows["list_stops"])),
    )


def _currencies() -> Iterator[tuple[Unit, list[str]]]:
    for row in load_table("currencies.yaml")["currencies"]:
        factor = Decimal(row.get("factor", 1))
        unit = Unit(row["name"], "money", row.get("code"), factor, cents=row.get("cents"))
        # همت has its factor in the word: its name alone is the plain toman.
        yield unit, row["forms"] if factor != 1 else [row["name"], *row["forms"]]


def _measures() -> Iterator[tuple[Unit, list[str]]]:
    rows = load_table("measures.yaml")
    kinds: tuple[tuple[str, Kind], ...] = (("percent", "percent"), ("measures", "measure"))
    for name, kind in kinds:
        for row in rows[name]:
            factor = Decimal(row["factor"]) if "factor" in row else None
            unit = Unit(row["name"], kind, si_unit=row.get("si"), si_factor=factor)
            yield unit, [row["name"], *row["forms"]]


def _counts(rows: dict[str, Any]) -> Iterator[tuple[Unit, list[str]]]:
    for name, forms in rows["noun_forms"].items():
        yield Unit(name, "count", item=name), forms
    for name in rows["nouns"]:
        yield Unit(name, "count", item=name), [name]
    for name in rows["classifiers"]:
        yield Unit(name, "count", classifier=True, item=name), [name]


def _adjectival(key: str) -> tuple[str, ...]:
    if key.endswith("ه"):
        return (key + "ای", key + "ی", key + "یی")
    if key.endswith(("ا", "و")):
        return (key + "ی", key + "یی", key + "ئی")
    return (key + "ی",)
