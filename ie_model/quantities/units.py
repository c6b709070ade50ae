"""Unit words: which noun a quantity counts, measures or is paid in.

The tables are data (``data/units.yaml``): currencies with their ISO 4217 codes, measures, percent,
classifiers and the counted nouns whose spelling needs help. A noun that no table knows is still a unit: the
head noun as it is written, folded, is the unit and the item.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final

from ie_model.persian.folding import ZWNJ
from ie_model.quantities.tables import Unit, unit_tables

PERCENT: Final = "درصد"
TOMAN: Final = "IRT"
RIAL: Final = "IRR"

#: Rials of one unit of the currency.
RIALS: Final = {RIAL: Decimal(1), TOMAN: Decimal(10)}

#: Words of the longest unit name («متر مکعب بر ثانیه»).
MAX_UNIT_WORDS: Final = 4


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
    """Return a counted noun without the linking ی of ezafe or the article: «روستای», «سکوی», «بشکه‌ای»."""
    if word in unit_tables().own_final_ye or len(word) < 4:
        return word
    for ending in (ZWNJ + "ای", ZWNJ + "ی"):
        if word.endswith(ending):
            return word.removesuffix(ending)
    return word[:-1] if word.endswith(("ای", "وی")) else word
