"""The choices that a page's filters offer: each name once, with the number that its records carry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ie_model.persian.folding import name_key
from ie_model.report.evidence.words import cut

#: Characters of a name that are shown in a filter or table.
NAME_CHARS: Final = 80
#: Bytes that a name costs in a filter beside itself.
OPTION_BYTES: Final = 40


class Choice(NamedTuple):
    """One name of a filter."""

    number: int
    name: str
    records: int


@dataclass
class Index:
    """Names in the order of their first record; spellings of one name are one."""

    _choices: dict[str, Choice] = field(default_factory=dict)
    size: int = 0
    """Bytes of all names."""

    def add(self, name: str) -> int:
        """Count a record of ``name``, and return the number of the name on this page."""
        key = name_key(name) or name
        choice = self._choices.get(key)
        if choice is None:
            choice = Choice(len(self._choices), cut(name, NAME_CHARS), 0)
            self.size += len(choice.name.encode("utf-8", "replace")) + OPTION_BYTES
        self._choices[key] = choice._replace(records=choice.records + 1)
        return choice.number

    def number(self, key: str) -> int | None:
        """Return the number of the name that has ``key`` (:func:`~ie_model.persian.folding.name_key`)."""
        choice = self._choices.get(key)
        return None if choice is None else choice.number

    def copy(self) -> Index:
        """Return an index that grows apart from this one."""
        return Index(dict(self._choices), self.size)

    def choices(self) -> list[Choice]:
        """Return all names, the most frequent first."""
        return sorted(self._choices.values(), key=lambda choice: (-choice.records, choice.number))


@dataclass
class Indexes:
    """The two filters of names that a page has."""

    institutions: Index = field(default_factory=Index)
    provinces: Index = field(default_factory=Index)

    @property
    def size(self) -> int:
        """Bytes of all names."""
        return self.institutions.size + self.provinces.size

    def copy(self) -> Indexes:
        """Return indexes that grow apart from these."""
        return Indexes(self.institutions.copy(), self.provinces.copy())
