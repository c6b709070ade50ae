"""What one wording of time says: a part of a year, a stretch counted from the article's date, or nothing.

Reading is apart from finding: every function here takes the match of one pattern of
:mod:`ie_model.records.period_patterns` and the article's date.
"""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from ie_model.persian.calendar import (
    GREGORIAN_MONTHS,
    JALALI_YEARS,
    MONTHS,
    from_jalali,
    full_year,
    jalali_month_days,
    to_jalali,
)
from ie_model.persian.folding import ZWNJ
from ie_model.persian.numbers import read_number
from ie_model.records.period_patterns import words

#: First and last day, both belonging to the interval.
Interval = tuple[datetime.date, datetime.date]


class Part(NamedTuple):
    """Months ``first`` to ``last`` of a year, or one day; ``year`` None where it is not known.

    ``first`` below 1 lies in the year before. ``relative`` tells that the year was counted from the
    article's date.
    """

    year: int | None
    first: int = 1
    last: int = 12
    day: int | None = None
    gregorian: bool = False
    relative: bool = False

    def interval(self) -> Interval | None:
        """Return its days; None without a year, or for a day that does not exist."""
        if self.year is None:
            return None
        try:
            if self.day is not None:
                day = _day(self.gregorian, self.year, self.first, self.day)
                return day, day
            year, month = (self.year, self.first) if self.first > 0 else (self.year - 1, self.first + 12)
            length = (
                calendar.monthrange(self.year, self.last)[1]
                if self.gregorian
                else jalali_month_days(self.year, self.last)
            )
            return _day(self.gregorian, year, month, 1), _day(self.gregorian, self.year, self.last, length)
        except ValueError:
            return None


class Reading(NamedTuple):
    """What a wording says: its ``interval`` (None when unknown), and the ``part`` it was made of, if one.

    ``relative`` tells that the article's date went into it, ``closed`` that the wording names its own end.
    """

    interval: Interval | None = None
    part: Part | None = None
    relative: bool = False
    closed: bool = False


def _day(gregorian: bool, year: int, month: int, day: int) -> datetime.date:
    return datetime.date(year, month, day) if gregorian else from_jalali(year, month, day)


def of_part(part: Part) -> Reading:
    """Return the reading of ``part``."""
    return Reading(part.interval(), part, part.relative)


def read(name: str, match: re.Match[str], reference: datetime.date | None) -> Reading | None:
    """Return what the ``match`` of pattern ``name`` says; None when it is no period of a fact."""
    reader = _READERS.get(name)
    return reader(match, reference) if reader is not None else None


def _key(phrase: str) -> str:
    return "".join(phrase.replace(ZWNJ, "").split())


@lru_cache(maxsize=8)
def _values(name: str) -> dict[str, int]:
    return {_key(word): int(value) for word, value in words()[name].items()}


def _look_up(name: str, phrase: str) -> int:
    return _values(name)[_key(phrase)]


def _number(written: str) -> int:
    value = read_number(written)
    return int(value) if value is not None else 0


def _year(match: re.Match[str], reference: datetime.date | None) -> Part | None:
    """Return the whole year that the groups of ``match`` name; None in doubt."""
    groups = match.groupdict()
    western = bool(groups.get("cal"))
    if groups.get("rel") or groups.get("bare"):
        offset = _look_up("relative_years", groups["rel"]) if groups.get("rel") else 0
        if reference is None:
            return Part(None, gregorian=western, relative=True)
        year = (reference.year if western else to_jalali(reference)[0]) + offset
        return Part(year, gregorian=western, relative=True)
    written = groups.get("y") or groups.get("short")
    if not written:
        return Part(None)
    full = full_year(re.sub(r"\D", "", written), reference)
    if full is None or (western and full in JALALI_YEARS):
        return None
    return Part(full, gregorian=full not in JALALI_YEARS)


def _read_year(match: re.Match[str], reference: datetime.date | None) -> Reading | None:
    year = _year(match, reference)
    written = match.groupdict().get("y")
    # Four digits alone («۱۳۹۸ نفر») are a year only where they say so.
    if year is None or (written and not written.startswith("سال")):
        return None
    return of_part(year)


def _read_date(match: re.Match[str], reference: datetime.date | None) -> Reading | None:
    part = Part(int(match["y"]), int(match["m"]), int(match["m"]), int(match["d"]))
    return of_part(part) if part.interval() is not None else None


def _read_months(match: re.Match[str], reference: datetime.date | None) -> Reading | None:
    year, count = _year(match, reference), _number(match["n"])
    order = _look_up("ordinals", match["ord"]) if match.groupdict().get("ord") else 1
    return _portion(year, count, order)


def _portion(year: Part | None, months: int, order: int) -> Reading | None:
    """Return the ``order``-th run of so many months of ``year``, -1 the last."""
    last = 12 if order < 0 else months * order
    if year is None or months < 1 or last > 12 or last < months:
        return None
    return of_part(year._replace(first=last - months + 1, last=last))


def _read_half(match: re.Match[str], reference: datetime.date | None) -> Reading | None:
    return _portion(_year(match, reference), 6, _look_up("ordinals", match["ord"]))


def _read_quarter(match: re.Match[str], reference: datetime.date | None) -> Reading | None:
    return _portion(_year(match, reference), 3, _look_up("ordinals", match["ord"]))


def _read_season(match: re.Match[str], reference: datetime.date | None) -> Reading | None:
    year = _year(match, reference)
    if year is not None and year.gregorian:
        return Reading(
            None, Part(None, gregorian=True)
        )  # «زمستان ۲۰۱۸» begins in one year and ends in the next
    first, through = _look_up("seasons", match["season"]), match["through"]
    last = _look_up("seasons", through) if through else first
    if year is None or last < first:
        return None
    return of_part(year._replace(first=first * 3 - 2, last=last * 3))


def _read_ending(match: re.Match[str], reference: datetime.date | None) -> Reading | None:
    year, count, last = _year(match, reference), _number(match["n"]), MONTHS[match["m"]]
    if year is None or not 1 <= count <= 12:
        return None
    return of_part(year._replace(first=last - count + 1, last=last))


def _read_month(match: re.Match[str], reference: datetime.date | None) -> Reading | None:
    year, month = _year(match, reference), MONTHS[match["m"]]
    if year is None or year.gregorian:
        return None
    return of_part(year._replace(first=month, last=month, day=int(match["d"]) if match["d"] else None))


def _read_gregorian(match: re.Match[str], reference: datetime.date | None) -> Reading | None:
    month, day = GREGORIAN_MONTHS[match["g"]], int(match["d"]) if match["d"] else None
    return of_part(Part(int(match["y"]), month, month, day, gregorian=True))


def _read_undated(match: re.Match[str], reference: datetime.date | None) -> Reading | None:
    groups = match.groupdict()
    if groups.get("g"):
        return Reading(None, Part(None, gregorian=True))
    if not groups.get("m"):
        return Reading()
    month = MONTHS[groups["m"]]
    day = int(groups["d"]) if groups.get("d") else None
    return Reading(None, Part(None, month, month, day))


def _read_years(match: re.Match[str], reference: datetime.date | None) -> Reading | None:
    written = re.findall(r"\d+", match[0])
    first = full_year(written[0], reference)
    if first is None:
        return None
    years = [first]
    for digits in written[1:]:
        short = len(digits) == 2 and len(written[0]) == 4
        years.append(first // 100 * 100 + int(digits) if short else full_year(digits, reference) or 0)
    gregorian = first not in JALALI_YEARS
    one_calendar = all((year not in JALALI_YEARS) == gregorian for year in years)
    through = len(years) == 2 and not re.search("[و،]", match[0])
    steps = [later - earlier for earlier, later in pairwise(years)]
    if not one_calendar or min(steps) < 1 or (not through and max(steps) > 1):
        return Reading()
    start, end = Part(first, gregorian=gregorian).interval(), Part(years[-1], gregorian=gregorian).interval()
    interval = (start[0], end[1]) if start and end else None
    return Reading(interval, Part(None, gregorian=gregorian), closed=through)


def _read_decade(match: re.Match[str], reference: datetime.date | None) -> Reading | None:
    written = match["decade"]
    value = int(written) if written.isdecimal() else _number(written)
    if match["cal"] and value < 100:
        value += 1900
    year = full_year(str(value), reference)
    if year is None or year % 10:
        return None
    gregorian = year not in JALALI_YEARS
    start, end = Part(year, gregorian=gregorian).interval(), Part(year + 9, gregorian=gregorian).interval()
    # «دهه ۹۰» of foreign news is the 1990s, as a year counted from the article's date would be foreign too.
    return Reading(
        (start[0], end[1]) if start and end else None, Part(None, gregorian=gregorian), value < 100
    )


def _shifted(day: datetime.date, months: int) -> datetime.date:
    """Return the same day so many Jalali months later, or the month's last."""
    year, month, number = to_jalali(day)
    year, month = divmod(year * 12 + month - 1 + months, 12)
    return from_jalali(year, month + 1, min(number, jalali_month_days(year, month + 1)))


def _read_rolling(match: re.Match[str], reference: datetime.date | None) -> Reading | None:
    count = _number(match["n"]) * (12 if match["unit"] == "سال" else 1)
    if count < 1:
        return None
    if reference is None:
        return Reading(relative=True)
    day = datetime.timedelta(days=1)
    if match["past"]:
        return Reading((_shifted(reference, -count) + day, reference), relative=True)
    return Reading((reference + day, _shifted(reference, count)), relative=True)


def _read_relative_month(match: re.Match[str], reference: datetime.date | None) -> Reading | None:
    if reference is None:
        return Reading(relative=True)
    year, month, _ = to_jalali(reference)
    year, month = divmod(year * 12 + month - 1 + _look_up("relative_months", match["rel"]), 12)
    return of_part(Part(year, month + 1, month + 1, relative=True))


def _read_likened(match: re.Match[str], reference: datetime.date | None) -> Reading | None:
    return Reading()  # how long the period is, another sentence says


def _read_other_year(match: re.Match[str], reference: datetime.date | None) -> Reading | None:
    return Reading() if match["which"] else None


_READERS: Final[dict[str, Callable[[re.Match[str], datetime.date | None], Reading | None]]] = {
    "date": _read_date,
    "likened": _read_likened,
    "other": _read_other_year,
    "months": _read_months,
    "ending": _read_ending,
    "undated": _read_undated,
    "rolling": _read_rolling,
    "half": _read_half,
    "quarter": _read_quarter,
    "gregorian": _read_gregorian,
    "month": _read_month,
    "season": _read_season,
    "decade": _read_decade,
    "years": _read_years,
    "year": _read_year,
    "relmonth": _read_relative_month,
    "bare": _read_year,
}
