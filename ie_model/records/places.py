"""The province that a record is about, as its own sentence names it, else as its article does.

A name that is a city's, a gulf's or a common word as well («تهران», «فارس», «مرکزی») counts only behind
«استان» (also in a list: «استان‌های تهران، قم و البرز»), «استانداری» or «اداره کل», which are one a province;
alone it means the city or the word far more often. The other names stand for themselves (``bare`` in
``data/provinces.yaml``).

A record whose sentences name one province has it; two leave it open, unless only one stands in the clause of
a quantity. A sentence without any takes the only province of the article, if its headline or lead
(:data:`LEAD`) names it and it comes again: a national story that mentions one province in passing has none
(half of such places would be wrong). Where the sentence speaks of «کشور», only a province in the
clause counts.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from ie_model.records.clauses import CLAUSE, Pieces, Span
from ie_model.records.legible import legible
from ie_model.records.tables import GAP, any_of, load_table, spaced
from ie_model.schema import Place

#: So many code points are headline and lead.
LEAD: Final = 400
#: How many words of an office's name stand before its province («اداره کل تعاون، کار و رفاه اجتماعی البرز»).
MAX_OFFICE_WORDS: Final = 7
#: How far left of a name «دریای» is looked for, in code points.
REACH_BEFORE: Final = 20
#: «در سطح کشور», «مجموع کشور»: what is said of the country is not the province's, unless it stands beside.
_NATION: Final = re.compile(r"کشور(?!\u200c?\w)")
_PROVINCE_WORD: Final = re.compile(r"استان(?!دار|\s?\u200c?ها)")


class Province(NamedTuple):
    """One row of ``data/provinces.yaml``: ISO 3166-2 ``code`` and usual ``name``."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Named:
    """A province named at the half-open code points ``[start, end)``, with «استان» before it."""

    start: int
    end: int
    province: Province


class _Tables(NamedTuple):
    provinces: dict[str, Province]
    triggers: tuple[tuple[str, re.Pattern[str]], ...]
    name: re.Pattern[str]
    not_before: re.Pattern[str]


def _key(name: str) -> str:
    return re.sub(r"[\s\u200c]", "", name)


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    rows: dict[str, Any] = load_table("provinces.yaml")
    provinces: dict[str, Province] = {}
    bare: list[str] = []
    for row in rows["provinces"]:
        forms = [row["name"], *row.get("forms", ())]
        provinces.update({_key(form): Province(row["code"], row["name"]) for form in forms})
        bare.extend(forms if row.get("bare") else ())
    end = r"(?!\u200c?\w|\s+(?:عراق|سوریه|ترکیه)(?!\w))"
    every = any_of([form for row in rows["provinces"] for form in (row["name"], *row.get("forms", ()))]) + end
    headed = re.compile(
        rf"(?P<all>(?:(?P<head>{any_of(rows['heads'])})|{spaced('استان های')}){GAP}"
        rf"(?P<names>{every}(?:{GAP}(?:،|و|-){GAP}{every})*))"
    )
    words = rf"(?:(?!(?:{'|'.join(rows['breaks'])})\b)\w+[^\w\n.:؛]+){{0,{MAX_OFFICE_WORDS}}}?"
    office = re.compile(rf"{any_of(rows['offices'])}{GAP}{words}(?P<names>{every})")
    alone = re.compile(rf"(?P<names>{any_of(bare)}{end})")
    return _Tables(
        provinces,
        triggers=(
            ("استان", headed),
            ("مدیر", office),
            ("اداره", office),
            *((opening, alone) for opening in rows["openings"]),
        ),
        name=re.compile(rf"(?<!\w){every}"),
        not_before=re.compile(rf"(?<!\w){any_of(rows['not_before'])}{GAP}$"),
    )


def find_places(text: str) -> list[Named]:
    """Return the provinces that ``text`` names, in order; see the module for what counts."""
    written, tables = legible(text), _tables()
    found: dict[int, Named] = {}
    for trigger, pattern in tables.triggers:
        place = written.find(trigger)
        while place >= 0:
            match = pattern.match(written, place) if _begins_word(written, place) else None
            if match is not None and not _is_other(tables, pattern, written, place):
                for named in _named(tables, match):
                    found.setdefault(named.end, named)
            place = written.find(trigger, place + 1)
    return [found[end] for end in sorted(found)]


def _begins_word(written: str, place: int) -> bool:
    return place == 0 or not written[place - 1].isalnum()


def _is_other(tables: _Tables, pattern: re.Pattern[str], written: str, place: int) -> bool:
    before = tables.not_before.search(written, max(0, place - REACH_BEFORE), place)
    return before is not None and "head" not in pattern.groupindex


def _named(tables: _Tables, match: re.Match[str]) -> Iterator[Named]:
    start, end = match.span("names")
    for name in tables.name.finditer(match.string, start, end):
        # «استان» belongs to the wording of a place, «استانداری» and an office to another name.
        opening = match.start() if name.start() == start and _PROVINCE_WORD.match(match[0]) else name.start()
        yield Named(opening, name.end(), tables.provinces[_key(name[0])])


class Places:
    """The provinces that one article names, and the place of each of its records.

    Attributes:
        named: All that were found, in text order.
    """

    def __init__(self, text: str, pieces: Pieces | None = None) -> None:
        """Find the provinces of ``text``.

        Args:
            text: The article as given.
            pieces: Its sentences, split here when not given.
        """
        self._text = text
        self._pieces = pieces or Pieces(text)
        self.named = find_places(text)
        self._named_starts = [named.start for named in self.named]
        self._main = _main_province(self.named)
        self._nation = [match.start() for match in _NATION.finditer(legible(text))] if self.named else []

    def of(self, start: int, end: int, anchors: Iterable[Span]) -> Place | None:
        """Return the place of the record at ``[start, end)``; None when none is stated, or several.

        Args:
            start: First code point of the record.
            end: One past its last.
            anchors: Half-open code point spans of its quantities.
        """
        spans = sorted(anchors) or [(start, end)]
        near: list[Named] = []
        for span in spans:
            near.extend(self._within(*self._pieces.around(span)))
        if not near and self._main is None:
            return None
        national = any(self._speaks_of_nation(*self._pieces.around(span)) for span in spans)
        if not near:
            return self._place(self._main, spans[0]) if self._main and not national else None
        if national or len({named.province for named in near}) > 1:
            near = [named for named in near if any(self._beside(named, span) for span in spans)]
        provinces = {named.province for named in near}
        return self._place(provinces.pop(), spans[0]) if len(provinces) == 1 else None

    def _within(self, start: int, end: int) -> list[Named]:
        return self.named[bisect_left(self._named_starts, start) : bisect_left(self._named_starts, end)]

    def _speaks_of_nation(self, start: int, end: int) -> bool:
        return bisect_left(self._nation, start) < bisect_left(self._nation, end)

    def _beside(self, named: Named, span: Span) -> bool:
        between = (named.end, span[0]) if named.end <= span[0] else (span[1], named.start)
        return CLAUSE.search(self._text, *between) is None

    def _place(self, province: Province, span: Span) -> Place:
        """Return the mention of ``province`` nearest to ``span``, the one before it where two are."""
        mentions = [named for named in self.named if named.province == province]
        nearest = min(mentions, key=lambda named: max(span[0] - named.end, named.start - span[1], 0))
        return Place(
            start=nearest.start,
            end=nearest.end,
            text=self._text[nearest.start : nearest.end],
            code=province.code,
            name=province.name,
        )


def _main_province(named: Sequence[Named]) -> Province | None:
    """Return the only province of an article that begins with it and comes back to it."""
    if len(named) < 2 or named[0].start >= LEAD or len({place.province for place in named}) > 1:
        return None
    return named[0].province
