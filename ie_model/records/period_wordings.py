"""Wordings of time of an article in text order: found once, joined («از ... تا ...»), and read."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ie_model.records.legible import legible
from ie_model.records.period_patterns import Patterns, candidates, patterns
from ie_model.records.period_values import Interval, Reading, of_part, read

#: How far left of a wording «تا پایان» and «نسبت به» are looked for, in code points.
REACH_BEFORE: Final = 20
REACH_COMPARED: Final = 80


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording of time at the half-open code points ``[start, end)`` of the article.

    ``backward`` points to a period named before («در این مدت»), ``compared`` is what a fact is compared with
    («نسبت به سال گذشته»); neither is the period of a fact.
    """

    start: int
    end: int
    interval: Interval | None = None
    backward: bool = False
    compared: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """A match in cleaned text: ``start`` with the words before it that belong to it, ``core`` without."""

    start: int
    core: int
    end: int
    reading: Reading
    backward: bool = False
    since: bool = False
    compared: bool = False


def find_wordings(
    text: str, pieces: Sequence[tuple[int, int]], reference: datetime.date | None = None
) -> list[Wording]:
    """Return the wordings of time in ``text``.

    Args:
        text: The article as given.
        pieces: Half-open spans of its sentences: within one, Gregorian and Jalali years are not mixed.
        reference: The article's date; without it what is counted from it has no interval.
    """
    cleaned = legible(text)
    found = _settle_calendars(_joined(cleaned, _matches(cleaned, reference), reference), pieces)
    return [
        Wording(item.start, item.end, item.reading.interval, item.backward, item.compared) for item in found
    ]


def _matches(cleaned: str, reference: datetime.date | None) -> list[_Found]:
    table = patterns()
    found = []
    end = 0
    for start in candidates(cleaned):
        match = table.find.match(cleaned, start) if start >= end else None
        if match is None or match.lastgroup is None:
            continue
        name, pattern = table.readers[int(match.lastgroup[1:])]
        end = match.end()
        if name == "backward":
            found.append(_Found(start, start, end, Reading(), backward=True))
            continue
        again = pattern.match(cleaned, start)
        reading = read(name, again, reference) if again is not None else None
        if reading is not None:
            found.append(_with_words_before(table, cleaned, start, end, reading))
    return found


def _with_words_before(table: Patterns, cleaned: str, start: int, end: int, reading: Reading) -> _Found:
    before = table.before.search(cleaned, max(0, start - REACH_BEFORE), start)
    compared = table.compared.search(cleaned, max(0, start - REACH_COMPARED), start) is not None
    if table.narrowing.search(cleaned, max(0, start - REACH_BEFORE), start):
        reading = reading._replace(interval=None, part=None)
    return _Found(
        before.start() if before else start,
        start,
        end,
        reading,
        since=bool(before and before["since"]),
        compared=compared,
    )


def _joined(cleaned: str, found: list[_Found], reference: datetime.date | None) -> list[_Found]:
    """Join «از مهر ۹۷» with «تا پایان آذر», and give «از ...» and «... تا کنون» their end."""
    table = patterns()
    joined: list[_Found] = []
    for item in found:
        last = joined[-1] if joined else None
        if last is not None and table.until.fullmatch(cleaned, last.end, item.core) and not item.backward:
            joined[-1] = replace(
                last, end=item.end, reading=_through(last.reading, item.reading), since=False
            )
        else:
            joined.append(item)
    return [_open_ended(table, cleaned, item, reference) for item in joined]


def _through(first: Reading, last: Reading) -> Reading:
    """Return the reading from ``first`` to ``last``; a month without a year takes the other's."""
    one, other = first.part, last.part
    if one is not None and other is not None and one.gregorian == other.gregorian:
        if one.year is not None and other.year is None and not last.interval:
            last = of_part(other._replace(year=one.year, relative=one.relative))
        elif one.year is None and other.year is not None and not first.interval:
            first = of_part(one._replace(year=other.year, relative=other.relative))
    relative = first.relative or last.relative
    if first.interval is None or last.interval is None or first.interval[0] > last.interval[1]:
        return Reading(None, one, relative)
    return Reading((first.interval[0], last.interval[1]), one, relative)


def _open_ended(table: Patterns, cleaned: str, item: _Found, reference: datetime.date | None) -> _Found:
    now = table.now.match(cleaned, item.end)
    if now is None and (item.reading.closed or not item.since):
        return item
    interval = item.reading.interval
    until = (interval[0], reference) if interval and reference and interval[0] <= reference else None
    reading = item.reading._replace(interval=until, relative=True)
    return replace(item, end=now.end() if now else item.end, reading=reading)


def _settle_calendars(found: list[_Found], pieces: Sequence[tuple[int, int]]) -> list[_Found]:
    """Take the interval from what was counted in the Jalali calendar among Gregorian years.

    «سال گذشته» of news from abroad may be either: where its sentence names a Gregorian year or month, or the
    article names such and no Jalali year of its own, nobody can tell.
    """
    starts = [start for start, _ in pieces]
    western = {bisect_right(starts, item.core) for item in found if _is_gregorian(item)}
    abroad = western and not any(_names_jalali_year(item) for item in found)
    return [
        replace(item, reading=item.reading._replace(interval=None))
        if item.reading.relative
        and not _is_gregorian(item)
        and (abroad or bisect_right(starts, item.core) in western)
        else item
        for item in found
    ]


def _is_gregorian(item: _Found) -> bool:
    return item.reading.part is not None and item.reading.part.gregorian


def _names_jalali_year(item: _Found) -> bool:
    reading = item.reading
    return bool(reading.interval and not reading.relative and reading.part and not reading.part.gregorian)
