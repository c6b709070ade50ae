"""A record as a card: what it says, whose it is, when and where, how sure, and what its checks give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ie_model.report.evidence.index import Indexes
from ie_model.report.evidence.marked import CLASSES, OTHER
from ie_model.report.evidence.words import Words, grouped, hundredths, normalised
from ie_model.report.markup import Safe, element, joined
from ie_model.schema import Check, Extraction, Mention, Quantity, Record

#: Between the values of one attribute.
_SPACE: Final = " "


@dataclass(frozen=True)
class Cards:
    """Makes the cards of one article.

    Args:
        extraction: What was found in it.
        anchor: What the element ids of this article begin with, such as ``a3``.
        words: The page's language.
        indexes: Of the page; the card's institutions and province are counted there.
    """

    extraction: Extraction
    anchor: str
    words: Words
    indexes: Indexes

    def mention_ids(self) -> list[str]:
        """Return the element id of every mention, in the order of the extraction."""
        return [f"{self.anchor}m{n}" for n in range(1, len(self.extraction.mentions) + 1)]

    def __iter__(self) -> Iterator[Safe]:
        """Yield a card for each record."""
        places = {record.id: n for n, record in enumerate(self.extraction.records, start=1)}
        mentions = {
            mention.id: (mention, anchor)
            for mention, anchor in zip(self.extraction.mentions, self.mention_ids(), strict=True)
        }
        names = {name: body.name for body in self.extraction.institutions for name in body.mentions}
        for record in self.extraction.records:
            yield self._card(record, places, mentions, names)

    def _card(
        self,
        record: Record,
        places: Mapping[str, int],
        mentions: Mapping[str, tuple[Mention, str]],
        names: Mapping[str, str],
    ) -> Safe:
        number = places[record.id]
        quantities = [mentions[name] for name in record.quantities if name in mentions]
        bodies: dict[str, str] = {}
        for name in record.institutions:
            if name in mentions:  # the first mention of a body is its evidence
                bodies.setdefault(names.get(name, mentions[name][0].text), mentions[name][1])
        failed = any(not check.agrees for check in record.checks)
        anchor = f"{self.anchor}r{number}"
        title = element("a", self.words("record", n=number), href=f"#{anchor}")
        return element(
            "li",
            element("h3", title, self._confidence(record)),
            element("ul", *(self._quantity(*found) for found in quantities)),
            self._facts(record, bodies, places),
            id=anchor,
            class_="r f" if failed else "r",
            data_c=None if record.confidence is None else hundredths(record.confidence),
            data_i=_SPACE.join(str(self.indexes.institutions.add(name)) for name in bodies) or None,
            data_p=self.indexes.provinces.add(record.place.name) if record.place else None,
            data_s=f"{record.start}-{record.end}",
            data_e=_SPACE.join(f"{s.start}-{s.end}" for s in (record.period, record.place) if s) or None,
        )

    def _confidence(self, record: Record) -> Safe | None:
        if record.confidence is None:
            return None
        shown = f"{self.words('confidence')} {self.words.percent(record.confidence)}"
        return element("span", shown, class_=f"c c{min(9, hundredths(record.confidence) // 10)}")

    def _quantity(self, mention: Mention, id: str) -> Safe:
        label = mention.label
        return element(
            "li",
            element("small", self.words(label) if label in CLASSES else label),
            element("a", mention.text, href=f"#{id}"),
            *(self._value(mention.quantity) if mention.quantity else ()),
            class_=CLASSES.get(label, OTHER),
        )

    def _value(self, quantity: Quantity) -> Iterator[str]:
        written = normalised(quantity)
        if not written:
            yield element("em", self.words("unread"))
            return
        modifier = "" if quantity.modifier in ("exact", "range") else self.words(quantity.modifier) + _SPACE
        unit = self._unit(quantity)
        yield element("span", modifier, element("b", written), f"{_SPACE}{unit}" if unit else None)
        if quantity.currency == "IRT" and quantity.rials is not None:
            yield element(
                "span", element("b", grouped(quantity.rials)), _SPACE + self.words("rial"), class_="rial"
            )

    def _unit(self, quantity: Quantity) -> str:
        if quantity.kind == "percent":
            return "٪"
        names = (quantity.unit, quantity.item if quantity.kind != "money" else quantity.currency)
        known = {"IRT", "IRR"}
        return _SPACE.join(dict.fromkeys(name for name in names if name and name not in known))

    def _facts(self, record: Record, bodies: Mapping[str, str], places: Mapping[str, int]) -> Safe | None:
        rows: list[str] = []
        if bodies:
            links = [element("a", name, href=f"#{anchor}", class_="I") for name, anchor in bodies.items()]
            rows += self._row("institution", *links)
        if record.period:
            interval = record.period.interval
            rows += self._row(
                "period",
                record.period.text,
                element("b", self.words.interval(interval)) if interval else None,
            )
        if record.place:
            rows += self._row("place", record.place.name, element("b", record.place.code))
        if record.checks:
            rows += self._row("checks", *map(self._check, record.checks))
        if record.repeats is not None and record.repeats in places:
            number = places[record.repeats]
            link = element("a", self.words("record", n=number), href=f"#{self.anchor}r{number}")
            rows += self._row("repeats", link)
        return element("dl", *rows) if rows else None

    def _row(self, name: str, *values: str | None) -> tuple[Safe, Safe]:
        shown = (value if isinstance(value, Safe) else element("span", value) for value in values if value)
        return element("dt", self.words(name)), element("dd", joined(*shown))

    def _check(self, check: Check) -> Safe:
        sign, verdict = ("✓", "agrees") if check.agrees else ("✗", "disagrees")
        return element(
            "span",
            f"{sign} {self.words(check.kind)} {self.words(verdict)}: {self.words('stated')} ",
            element("b", grouped(check.stated)),
            f"{'،' if self.words.language == 'fa' else ','} {self.words('computed')} ",
            element("b", grouped(check.computed)),
            class_="ok" if check.agrees else "no",
        )
