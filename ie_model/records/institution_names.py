"""What the name of an institution says: the sort of body, the core of the name, and its place.

«اداره کل صمت استان البرز» is an administration (اداره کل) of the core «صنعت معدن تجارت» in the province
البرز; «صمت البرز» has the same core and place and no head. Nothing is looked up but the words of
``data/institutions.yaml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from ie_model.records.institution_tables import (
    AND,
    NO_SORT,
    Sort,
    Tables,
    Words,
    institution_tables,
    name_words,
    rewrite,
)

NATIONAL: Final = "national"
ABROAD: Final = "abroad"
#: Words that an unlisted county or district may have behind its marker («شهرستان قصر شیرین»).
MAX_PLACE_WORDS: Final = 3
#: Behind a marker: several places, so none («استان‌ها»).
PLURALS: Final = frozenset({"ها", "های"})
#: Words of a name that are looked at; longer ones are a slip of the tagger.
MAX_WORDS: Final = 40


@dataclass(frozen=True, slots=True)
class Where:
    """The place that a name ends with.

    Attributes:
        level: province, county, city, district, national or abroad, where a word tells; else ``TOWN`` for a
            known city or county, and empty for the name of a province, which may be a city too.
        name: The place's words without spaces; empty for the whole country and for «استان» alone.
    """

    level: str = ""
    name: str = ""


NOWHERE: Final = Where()


@dataclass(frozen=True, slots=True)
class Name:
    """One name of an article, read.

    Attributes:
        sort: What its head says of the body; ``NO_SORT`` without one.
        head: Its first words, where they say what sort of body it is.
        core: Its words without head and place, abbreviations written out.
        where: Its place.
        field: Whether it is one of the provincial administrations.
        is_other: Whether it is first of all the name of something else, a place or the subject of a
            ministry («ایران» for the newspaper, «مسکن» for the bank).
        written: How many words were written.
    """

    sort: Sort
    head: Words
    core: Words
    where: Where
    field: bool
    is_other: bool
    written: int

    @property
    def words(self) -> Words:
        """Head and core."""
        return self.head + self.core

    @property
    def key(self) -> str:
        """Head and core without spaces."""
        return "".join(self.words)


@lru_cache(maxsize=16384)
def read_name(text: str) -> Name:
    """Return what the name ``text`` says of its body."""
    tables = institution_tables()
    written = name_words(text)
    words = _known_name(rewrite(_plain(written, tables), tables.wordings), tables)
    sort, head = _head(words, tables)
    stop, where = len(words), NOWHERE
    is_other = len(words) == 1 and words[0] in tables.common
    found = _place_behind(words, tables)
    if found is not None and not _is_joined(written, len(words) - found.start):
        is_other = is_other or found.start == 0
        if _leaves_a_body(words[: found.start], head, sort, found, tables):
            stop, where = found.start, found.where
    core = words[head:stop]
    field = "".join(core) in tables.fields or "".join(words[:stop]) in tables.fields
    return Name(sort, words[:head], core, where, field, is_other, len(written))


def _plain(written: Words, tables: Tables) -> Words:
    words = tuple(tables.spellings.get(word, word) for word in written[:MAX_WORDS])
    return tuple(word for word in words if word not in tables.noise) or words


def _known_name(words: Words, tables: Tables) -> Words:
    known = tables.names.get("".join(words))
    if known is None and (found := tables.national.behind(words)) is not None:
        known = tables.names.get("".join(words[: found[0]]))
    return words if known is None else known


def _head(words: Words, tables: Tables) -> tuple[Sort, int]:
    found = tables.heads.at(words, 0) if words else None
    return (NO_SORT, 0) if found is None else (found[1], found[0])


def _is_joined(written: Words, length: int) -> bool:
    # «اتحادیه اروپا و ایران»: two names in one mention, or a name of two words.
    return len(written) > length and written[-length - 1] == AND


def _leaves_a_body(words: Words, head: int, sort: Sort, found: _Found, tables: Tables) -> bool:
    """Whether ``words``, what stands before the place, still name a body: not in «بانک ملی», «وزارت کشور»."""
    core = words[head:]
    if not core and (not head or len(words) < head or sort.bare or (sort.prefix and not found.marked)):
        return False
    # «مرکزی» is a province, but far more often an adjective.
    return found.marked or found.where.name != "مرکزی" or sort.local or "".join(core) in tables.fields


class _Found(NamedTuple):
    """A place at the end of a name: where it begins, and whether a word such as «استان» says so."""

    start: int
    where: Where
    marked: bool


def _place_behind(words: Words, tables: Tables) -> _Found | None:
    if (abroad := tables.abroad.behind(words)) is not None:
        return _Found(abroad[0], Where(ABROAD, "".join(abroad[1])), marked=False)
    if (national := tables.national.behind(words)) is not None:
        return _Found(national[0], Where(NATIONAL), marked=False)
    if (known := tables.places.behind(words)) is not None:
        start, (level, name) = known
        marker = tables.markers.get(words[start - 1], "") if start else ""
        return _Found(start - bool(marker), Where(marker or level, name), marked=bool(marker))
    return _marked_place(words, tables)


def _marked_place(words: Words, tables: Tables) -> _Found | None:
    # The leftmost marker: «شهرستان نیک شهر» is a county.
    for start in range(max(0, len(words) - MAX_PLACE_WORDS - 1), len(words)):
        level, name = tables.markers.get(words[start]), words[start + 1 :]
        if level is None or (level == "city" and name):
            continue
        if name and name[0] in PLURALS:
            return None
        before = start - 1 if start and words[start - 1] in tables.this else start
        return _Found(before, Where(level, "".join(name)), marked=True)
    return None
