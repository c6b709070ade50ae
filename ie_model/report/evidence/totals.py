"""Sums by institution and by province, of what may be summed and no more.

Summed are amounts and targets, apart, each with values of its own unit; rial and toman are one currency.
Never summed are percentages. Left out, and counted by reason (:class:`LeftOut`), are

* repeats within an article, and of two articles with the same text the second;
* what another article has told before: same institutions, label, unit and a value of
  :data:`~ie_model.records.repeats.TELLING_DIGITS` significant digits or more;
* a total whose parts the article lists (a ``sum`` check stands in its record): its parts are counted;
* several values of one unit in one record: a level and its change, or a part and its whole;
* ranges, and what could not be read.

Trade-off: memory grows with the names and the facts seen (some 100 bytes each), not with the articles' size.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Final, NamedTuple

from ie_model.persian.folding import name_key
from ie_model.records.repeats import TELLING_DIGITS
from ie_model.schema import MAX_INTEGER_DIGITS, Extraction, Mention, Quantity, Record

#: Digits of a sum: those of the largest number, of its fraction, and of how often it may be added.
_PRECISION: Final = 3 * MAX_INTEGER_DIGITS
RIALS: Final = "IRR"


class LeftOut(StrEnum):
    """Why a quantity is in no sum."""

    REPEATS = "repeats"
    RETOLD = "retold"
    LISTED = "listed"
    SEVERAL = "several"
    UNREAD = "unread"


class Unit(NamedTuple):
    """What is summed: two quantities of one unit may be added."""

    label: str
    key: str
    name: str
    """As first written; :data:`RIALS` for rial and toman."""


@dataclass
class Sum:
    """What the quantities of one label and unit make."""

    label: str
    unit: str
    total: Decimal = Decimal(0)
    values: int = 0
    inexact: int = 0
    """How many of them are «about», «more than» and the like."""


@dataclass
class Group:
    """The sums of one institution or province; the name is empty for what has none."""

    name: str
    key: str
    values: int = 0
    sums: dict[tuple[str, str], Sum] = field(default_factory=dict)

    def add(self, unit: Unit, quantity: Quantity, value: Decimal) -> None:
        """Add one value."""
        found = self.sums.setdefault((unit.label, unit.key), Sum(unit.label, unit.name))
        with localcontext() as context:
            context.prec = _PRECISION  # exact: Python's own 28 digits would round
            found.total += value
        found.values += 1
        found.inexact += quantity.modifier != "exact"
        self.values += 1


@dataclass
class Totals:
    """Adds up extractions one by one."""

    left_out: Counter[LeftOut] = field(default_factory=Counter)
    _institutions: dict[str, Group] = field(default_factory=dict)
    _provinces: dict[str, Group] = field(default_factory=dict)
    _told: dict[bytes, int] = field(default_factory=dict)
    _texts: dict[bytes, int] = field(default_factory=dict)
    _articles: int = 0

    def add(self, extraction: Extraction) -> None:
        """Add what one article says."""
        self._articles += 1
        seen = _is_earlier(self._texts, extraction.text_sha256, self._articles)
        mentions = {mention.id: mention for mention in extraction.mentions}
        names = {name: body.name for body in extraction.institutions for name in body.mentions}
        for record in extraction.records:
            stated = [mentions[name] for name in record.amounts + record.targets if name in mentions]
            bodies = {
                names.get(name, mentions[name].text) for name in record.institutions if name in mentions
            }
            for quantity, unit, value in self._summable(record, stated, bodies, seen=seen):
                for groups, found in ((self._institutions, bodies), (self._provinces, _province(record))):
                    for name in sorted(found) or [""]:
                        group = groups.setdefault(name_key(name), Group(name, name_key(name)))
                        group.add(unit, quantity, value)

    def by_institution(self) -> list[Group]:
        """Return the sums of every institution, the most values first, what has none last."""
        return _ordered(self._institutions)

    def by_province(self) -> list[Group]:
        """Return the same for provinces."""
        return _ordered(self._provinces)

    def _summable(
        self, record: Record, stated: list[Mention], bodies: set[str], *, seen: bool
    ) -> Iterator[tuple[Quantity, Unit, Decimal]]:
        """Yield what of a record is summed, and count what is not."""
        units = Counter(unit[:2] for mention in stated if (unit := _unit(mention)))
        sums = {check.stated for check in record.checks if check.kind == "sum"}
        for mention in stated:
            unit, quantity = _unit(mention), mention.quantity
            if record.repeats is not None or seen:
                self.left_out[LeftOut.RETOLD if seen else LeftOut.REPEATS] += 1
            elif quantity is None or unit is None or quantity.value is None:
                self.left_out[LeftOut.UNREAD] += 1
            elif quantity.value in sums:
                self.left_out[LeftOut.LISTED] += 1
            elif units[unit[:2]] > 1:
                self.left_out[LeftOut.SEVERAL] += 1
            else:
                value = quantity.value if quantity.rials is None else quantity.rials
                if self._is_retold(unit, value, bodies):
                    self.left_out[LeftOut.RETOLD] += 1
                else:
                    yield quantity, unit, value

    def _is_retold(self, unit: Unit, value: Decimal, bodies: set[str]) -> bool:
        """Whether another article has told this of the same institutions."""
        if not bodies or len(value.normalize().as_tuple().digits) < TELLING_DIGITS:
            return False
        fact = "\0".join([unit.label, unit.key, str(value.normalize()), *sorted(map(name_key, bodies))])
        return _is_earlier(self._told, fact, self._articles)


def _is_earlier(seen: dict[bytes, int], what: str, article: int) -> bool:
    """Whether an article before ``article`` had ``what``; it is remembered."""
    digest = hashlib.blake2b(what.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return seen.setdefault(digest, article) != article


def _unit(mention: Mention) -> Unit | None:
    quantity = mention.quantity
    if quantity is None or quantity.kind == "percent":
        return None
    if quantity.kind == "money":
        key = RIALS if quantity.rials is not None else quantity.currency
        return Unit(mention.label, key, key) if key else None
    names = dict.fromkeys(name for name in (quantity.unit, quantity.item) if name)
    return Unit(mention.label, f"{quantity.kind} {name_key(' '.join(names))}", " ".join(names))


def _province(record: Record) -> set[str]:
    return {record.place.name} if record.place else set()


def _ordered(groups: dict[str, Group]) -> list[Group]:
    return sorted(groups.values(), key=lambda group: (not group.name, -group.values, group.name))
