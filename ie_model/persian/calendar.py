"""The Jalali (solar Hijri) calendar of Iran, and the dates that articles carry.

Conversion is persiantools' :class:`~persiantools.jdatetime.JalaliDate` (the 33-year rule with corrections);
its leap years 1375, 1379, 1383, 1387, 1391, 1395, 1399, 1403 and 1408 are those of the official calendar.

Two digits of a year («سال 90») are a year of the 1300s when they are 40 to 99; with a date to go by, the
year of those digits within :data:`MAX_YEARS_OFF` of it. Four digits below 1500 are a Jalali year.
"""

from __future__ import annotations

import datetime
import re
from typing import Final

from persiantools.jdatetime import JalaliDate

from ie_model.persian.digits import clean

#: Years that news speaks of: Jalali 1200 is 1821, 1500 is 2121.
JALALI_YEARS: Final = range(1200, 1500)
GREGORIAN_YEARS: Final = range(1800, 2121)
#: Two-digit years without a date to go by: 40 to 99 are 1340 to 1399.
FIRST_BARE_TWO_DIGITS: Final = 40
#: How far a two-digit year may lie from the date that tells its century.
MAX_YEARS_OFF: Final = 45

MONTHS: Final = {
    "فروردین": 1, "اردیبهشت": 2, "خرداد": 3, "تیر": 4, "مرداد": 5, "امرداد": 5, "شهریور": 6,
    "مهر": 7, "آبان": 8, "آذر": 9, "دی": 10, "بهمن": 11, "اسفند": 12,
}  # fmt: skip
#: French names as Iran writes them, and the English ones of translated news.
GREGORIAN_MONTHS: Final = {
    "ژانویه": 1, "فوریه": 2, "مارس": 3, "آوریل": 4, "آپریل": 4, "مه": 5, "می": 5, "ژوئن": 6, "ژوین": 6,
    "ژوئیه": 7, "ژوییه": 7, "جولای": 7, "اوت": 8, "آگوست": 8, "سپتامبر": 9, "اکتبر": 10, "نوامبر": 11,
    "دسامبر": 12,
}  # fmt: skip
_ENGLISH_NAMES: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH: Final = {name: number for number, name in enumerate(_ENGLISH_NAMES, start=1)}

_DATES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<!\d)(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<y>\d{4}), (?P<m>\d{1,2}), (?P<d>\d{1,2})(?!\d)",
        rf"(?<!\d)(?P<d>\d{{1,2}})\s+(?P<jalali>{'|'.join(MONTHS)})\s+(?P<y>\d{{4}})(?!\d)",
        r"\b(?P<english>[a-z]{3})[a-z]*\.? (?P<d>\d{1,2})(?:st|nd|rd|th)?,? (?P<y>\d{4})(?!\d)",
        r"(?<!\d)(?P<d>\d{1,2})(?:st|nd|rd|th)? (?P<english>[a-z]{3})[a-z]*\.?,? (?P<y>\d{4})(?!\d)",
    )
)


def jalali_year_days(year: int) -> int:
    """Return 366 for a leap year of the Jalali calendar, else 365.

    Raises:
        ValueError: ``year`` is out of the calendar.
    """
    return 366 if JalaliDate.is_leap(year) else 365


def jalali_month_days(year: int, month: int) -> int:
    """Return how many days a Jalali month has: 31 six times, 30 five times, then 29 or 30.

    Raises:
        ValueError: ``month`` is not 1 to 12, or ``year`` is out of the calendar.
    """
    if not 1 <= month <= 12:
        raise ValueError(f"a Jalali month is 1 to 12, not {month}")
    if month == 12:
        return jalali_year_days(year) - 336
    return 31 if month <= 6 else 30


def from_jalali(year: int, month: int, day: int) -> datetime.date:
    """Return the Gregorian date of a Jalali one.

    Raises:
        ValueError: There is no such day.
    """
    gregorian: datetime.date = JalaliDate(year, month, day).to_gregorian()  # type: ignore[no-untyped-call]
    return gregorian


def to_jalali(day: datetime.date) -> tuple[int, int, int]:
    """Return year, month and day of the Jalali calendar."""
    jalali = JalaliDate.to_jalali(day.year, day.month, day.day)  # type: ignore[no-untyped-call]
    return jalali.year, jalali.month, jalali.day


def full_year(digits: str, reference: datetime.date | None = None) -> int | None:
    """Return the year that two or four ASCII digits write; None when it is not a year or in doubt.

    Whether it is Jalali or Gregorian, :data:`JALALI_YEARS` tells. See the module for two digits.
    """
    year = int(digits)
    if len(digits) == 4:
        return year if year in JALALI_YEARS or year in GREGORIAN_YEARS else None
    if len(digits) != 2:
        return None
    if reference is None:
        return 1300 + year if year >= FIRST_BARE_TWO_DIGITS else None
    now = to_jalali(reference)[0]
    nearest = min((century + year for century in (1200, 1300, 1400, 1500)), key=lambda full: abs(full - now))
    return nearest if abs(nearest - now) <= MAX_YEARS_OFF and nearest in JALALI_YEARS else None


def parse_date(value: object) -> datetime.date | None:
    """Read the date that an article carries; None when there is none, or two that differ.

    Known are «2025-12-31», «1402/11/20» in any digits, «27 تیر 1397», «August 24th 2019» and «18 July 2018»,
    wherever in ``value`` they stand: clock times and words around them do not matter.
    """
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    if not isinstance(value, str):
        return None
    written = clean(value)
    found = {_day(match) for pattern in _DATES for match in pattern.finditer(written)}
    return found.pop() if len(found) == 1 else None


def _day(match: re.Match[str]) -> datetime.date | None:
    parts = match.groupdict()
    year, day = int(parts["y"]), int(parts["d"])
    if parts.get("jalali"):
        month = MONTHS[parts["jalali"]]
    elif parts.get("english"):
        month = _ENGLISH.get(parts["english"].lower(), 0)
    else:
        month = int(parts["m"])
    try:
        if year in JALALI_YEARS and not parts.get("english"):
            return from_jalali(year, month, day)
        if year in GREGORIAN_YEARS and not parts.get("jalali"):
            return datetime.date(year, month, day)
    except ValueError:
        return None
    return None
