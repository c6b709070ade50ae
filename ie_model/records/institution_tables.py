"""The word lists behind the names of institutions, read once from ``data/institutions.yaml``.

Every list is kept as tuples of the words that :func:`name_words` makes, so that a spelling in the table and a
spelling in an article meet whatever their letters, spaces and signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from ie_model.persian.folding import fold
from ie_model.records.tables import load_table

Words = tuple[str, ...]

#: Level of a known place that is a city or a county but no province.
TOWN: Final = "town"

_WORD = re.compile(r"[^\W_]+")
_LETTERS = str.maketrans({"ئ": "ی", "آ": "ا", **{chr(0x06F0 + digit): str(digit) for digit in range(10)}})
AND: Final = "و"


@dataclass(frozen=True, slots=True)
class Sort:
    """What a name's first words say of its body.

    Attributes:
        like: Name shared by sorts that papers exchange for one another.
        bare: Whether the name may stand without these words.
        prefix: Whether a first part of the name may stand for all of it.
        local: Whether the name without a place means the one the article names with a place.
        unit: Whether it is a part of the body named behind it.
    """

    like: str
    bare: bool = False
    prefix: bool = False
    local: bool = False
    unit: bool = False


NO_SORT: Final = Sort("")


class Phrases:
    """Phrases to find at a position of a name or at its end, longest first."""

    def __init__(self, phrases: Mapping[Words, Any]) -> None:
        self._values = dict(phrases)
        self._longest = max(map(len, self._values), default=0)
        self._firsts = {words[0] for words in self._values}

    def at(self, words: Words, start: int) -> tuple[int, Any] | None:
        """Return the index behind the longest phrase that begins at ``start``, and its value."""
        if words[start] not in self._firsts:
            return None
        for stop in range(min(len(words), start + self._longest), start, -1):
            if words[start:stop] in self._values:
                return stop, self._values[words[start:stop]]
        return None

    def behind(self, words: Words) -> tuple[int, Any] | None:
        """Return the index where the longest phrase that ends ``words`` begins, and its value."""
        for start in range(max(0, len(words) - self._longest), len(words)):
            if words[start:] in self._values:
                return start, self._values[words[start:]]
        return None


def rewrite(words: Words, wordings: Phrases) -> Words:
    """Put the first wording of the table for every other."""
    place, made = 0, list[str]()
    while place < len(words):
        found = wordings.at(words, place)
        if found is None:
            made.append(words[place])
            place += 1
        else:
            place, wording = found
            made.extend(wording)
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Tables:
    """The lists of ``data/institutions.yaml``; keys of ``names`` and ``shorts`` are words without spaces."""

    spellings: Mapping[str, str]
    noise: frozenset[str]
    heads: Phrases
    wordings: Phrases
    names: Mapping[str, Words]
    shorts: Mapping[str, Words]
    fields: frozenset[str]
    national: Phrases
    places: Phrases
    abroad: Phrases
    place_words: frozenset[str]
    markers: Mapping[str, str]
    this: frozenset[str]
    apart: frozenset[str]
    weak: frozenset[str]
    common: frozenset[str]


def name_words(text: str) -> Words:
    """Return the folded words of a name or phrase: ASCII digits, «ئ» as «ی», «آ» as «ا», no signs.

    «و» is kept; :func:`institution_tables` tells which words are noise.
    """
    return tuple(_WORD.findall(fold(text).translate(_LETTERS)))


def _spelt(text: str) -> Words:
    return tuple(word for word in name_words(text) if word != AND)


def _written(text: str) -> set[Words]:
    """Every way to write a phrase: «حمل و نقل» also «حملونقل», «حمل ونقل» and «حملو نقل»."""
    words = name_words(text)
    forms: set[Words] = {tuple(word for word in words if word != AND), ("".join(words),)}
    if AND in words:
        joined = " ".join(words)
        forms |= {tuple(joined.replace(" و ", glue).split()) for glue in (" و", "و ", "و")}
    return forms


def _phrases(rows: Iterable[str]) -> dict[Words, Words]:
    return {form: _spelt(row) for row in rows for form in _written(row)}


@lru_cache(maxsize=1)
def institution_tables() -> Tables:
    """Return the lists, read at the first call.

    Raises:
        OSError: The data file is missing from the installation.
    """
    rows = load_table("institutions.yaml")
    today = [row["name"] for row in load_table("provinces.yaml")["provinces"]]
    provinces = _phrases([*today, *rows["old_provinces"]])
    wordings = Phrases(_wordings(rows))
    groups, shorts = (
        [[rewrite(_spelt(name), wordings) for name in group] for group in rows[key]]
        for key in ("names", "shorts")
    )
    abroad = _phrases(rows["abroad"])
    return Tables(
        spellings={_one(bad): _one(good) for bad, good in rows["spellings"].items()},
        noise=frozenset(map(_one, rows["noise"])),
        heads=Phrases(_heads(rows["sorts"])),
        wordings=wordings,
        names={"".join(name): group[0] for group in groups for name in group},
        shorts={"".join(long): short for long, short in shorts},
        fields=frozenset("".join(_spelt(row)) for row in rows["fields"]),
        national=Phrases(_phrases(rows["national"])),
        places=Phrases(_places(_phrases(rows["towns"]), provinces)),
        abroad=Phrases(abroad),
        place_words=frozenset(words[0] for words in [*abroad, *provinces] if len(words) == 1)
        | {_one("ایران")},
        markers={_one(word): level for word, level in rows["markers"].items()},
        this=frozenset(map(_one, rows["this"])),
        apart=frozenset(map(_one, rows["apart"])),
        common=frozenset(map(_one, rows["common"])),
        weak=frozenset(word for row in rows["weak"] for word in name_words(row)),
    )


def _one(word: str) -> str:
    return name_words(word)[0]


def _heads(rows: list[dict[str, Any]]) -> dict[Words, Sort]:
    found: dict[Words, Sort] = {}
    for row in rows:
        flags = {name: bool(row.get(name)) for name in ("bare", "prefix", "local", "unit")}
        sort = Sort(row.get("like", "".join(_spelt(row["heads"][0]))), **flags)
        found |= {form: sort for head in row["heads"] for form in _written(head)}
    return found


def _places(towns: dict[Words, Words], provinces: dict[Words, Words]) -> dict[Words, tuple[str, str]]:
    """Level and words without spaces of every known place; a province's name may be its capital's too."""
    levels = ((towns, TOWN), (provinces, ""))
    return {form: (level, "".join(name)) for found, level in levels for form, name in found.items()}


def _wordings(rows: dict[str, Any]) -> dict[Words, Words]:
    # Phrases of several words come apart where they are written as one: «جهادکشاورزی», «صنایعدستی».
    several = [*rows["fields"], *(head for row in rows["sorts"] for head in row["heads"])]
    found = _phrases([row for row in several if len(name_words(row)) > 1])
    for group in rows["wordings"]:
        found |= {form: _spelt(group[0]) for name in group for form in _written(name)}
    return found
