"""Unit words: which noun a quantity counts, measures or is paid in.

The tables are data (``data/currencies.yaml``, ``measures.yaml``, ``units.yaml``): currencies with their
ISO 4217 codes, measures with their SI factors, percent, classifiers and the counted nouns whose spelling
needs help. A noun that no table knows is still a unit: the head noun as it is written, folded, is the unit
and the item.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import Final, NamedTuple

from ie_model.persian.folding import ZWNJ
from ie_model.quantities.tables import Unit, unit_key, unit_tables
from ie_model.schema import Quantity

PERCENT: Final = "درصد"
TOMAN: Final = "IRT"
RIAL: Final = "IRR"

#: A scale word that ends a quantity with no unit means money (annotation guide, quantities 3) from here on.
MONEY_SCALE: Final = Decimal(10) ** 6
#: Rials of one unit of the currency.
RIALS: Final = {RIAL: Decimal(1), TOMAN: Decimal(10)}

#: Words of the longest unit name («متر مکعب بر ثانیه»).
MAX_UNIT_WORDS: Final = 4
# The longest exact number times the longest factor.
_PRECISION: Final = 160


class SiQuantity(NamedTuple):
    """A measure in SI: ``low`` and ``high`` are equal unless it is a range."""

    low: Decimal
    high: Decimal
    unit: str


def to_si(quantity: Quantity) -> SiQuantity | None:
    """Return a measure or percentage in its coherent SI unit, exactly: «۵ تن» is 5000 kg, «۵ درصد» 0.05.

    None where there is nothing to convert: money, counts, quantities without a value, and units that have
    no one size or no exact decimal factor (``data/measures.yaml`` says which and why). The factors are
    those of the SI Brochure and of NIST SP 811; a barrel is 42 US gallons, an ounce is troy.

    Examples:
        >>> to_si(Quantity(kind="measure", value=Decimal(5), unit="تن"))
        SiQuantity(low=Decimal('5000'), high=Decimal('5000'), unit='kg')
    """
    if quantity.unit is None or quantity.kind not in ("measure", "percent"):
        return None
    unit = unit_tables().units.get(unit_key(quantity.unit))
    low = quantity.value if quantity.low is None else quantity.low
    high = quantity.value if quantity.high is None else quantity.high
    if unit is None or unit.si_unit is None or unit.si_factor is None or low is None or high is None:
        return None
    with localcontext() as context:
        context.prec = _PRECISION
        return SiQuantity(plain(low * unit.si_factor), plain(high * unit.si_factor), unit.si_unit)


def plain(value: Decimal) -> Decimal:
    """Return ``value`` without trailing zeros or exponent."""
    return Decimal(int(value)) if value == value.to_integral_value() else value.normalize()


def known_unit(words: Sequence[str]) -> tuple[Unit | None, int]:
    """Return the longest known unit that cleaned ``words`` begin with, and how many words it takes."""
    table = unit_tables().units
    key = ""
    found: tuple[Unit | None, int] = (None, 0)
    for count, word in enumerate(words[:MAX_UNIT_WORDS], 1):
        key += word.replace(ZWNJ, "").lower() if not word.isalpha() or word.isascii() else word
        unit = table.get(key)
        if unit is not None:
            found = (unit, count)
    return found


def read_unit(words: Sequence[str]) -> Unit | None:
    """Return the unit that cleaned ``words``, what follows the number, begin with; None if there is none."""
    if not words or words[0] in unit_tables().not_units:
        return None
    unit, count = known_unit(words)
    if unit is None:
        return _noun(head_noun(words[0]))
    if unit.classifier and len(words) > count and words[count] not in unit_tables().not_units:
        following, _ = known_unit(words[count:])
        item = following.name if following else head_noun(words[count])
        return Unit(unit.name, unit.kind, classifier=True, item=item)
    return unit


@lru_cache(maxsize=16384)
def _noun(name: str) -> Unit:
    return Unit(name, "count", item=name)


@lru_cache(maxsize=16384)
def head_noun(word: str) -> str:
    """Return a counted noun without ی of ezafe or article, or plural: «روستای», «بشکه‌ای», «طرح‌های»."""
    if word in unit_tables().own_final_ye or len(word) < 4:
        return word
    for ending in (ZWNJ + "ای", ZWNJ + "ی", ZWNJ + "ها", ZWNJ + "های", ZWNJ + "هایی"):
        if word.endswith(ending):
            return word.removesuffix(ending)
    return word[:-1] if word.endswith(("ای", "وی")) else word
