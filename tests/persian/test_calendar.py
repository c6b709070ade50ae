"""The Jalali calendar and the dates that articles carry."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.persian.calendar import (
    from_jalali,
    full_year,
    jalali_month_days,
    jalali_year_days,
    parse_date,
    to_jalali,
)

DAYS = st.dates(datetime.date(1921, 3, 21), datetime.date(2100, 3, 20))


@pytest.mark.parametrize("year", [1375, 1379, 1383, 1387, 1391, 1395, 1399, 1403, 1408])
def test_leap_years_of_the_official_calendar(year: int) -> None:
    assert (jalali_year_days(year), jalali_month_days(year, 12)) == (366, 30)
    assert jalali_year_days(year + 1) == 365
    assert from_jalali(year, 12, 30) + datetime.timedelta(days=1) == from_jalali(year + 1, 1, 1)


@pytest.mark.parametrize(
    ("jalali", "gregorian"),
    [
        ((1357, 11, 22), "1979-02-11"),
        ((1399, 12, 30), "2021-03-20"),
        ((1400, 1, 1), "2021-03-21"),
        ((1403, 12, 30), "2025-03-20"),
        ((1404, 1, 1), "2025-03-21"),
    ],
)
def test_known_days(jalali: tuple[int, int, int], gregorian: str) -> None:
    assert from_jalali(*jalali).isoformat() == gregorian
    assert to_jalali(datetime.date.fromisoformat(gregorian)) == jalali


@given(DAYS)
def test_there_and_back(day: datetime.date) -> None:
    assert from_jalali(*to_jalali(day)) == day


@given(st.integers(1300, 1470))
def test_the_months_make_the_year(year: int) -> None:
    assert sum(jalali_month_days(year, month) for month in range(1, 13)) == jalali_year_days(year)


@pytest.mark.parametrize("day", [(1400, 12, 30), (1400, 7, 31), (1400, 13, 1)])
def test_no_such_day(day: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_jalali(*day)


def test_no_such_month() -> None:
    with pytest.raises(ValueError, match="1 to 12, not 0"):
        jalali_month_days(1400, 0)


@pytest.mark.parametrize(
    ("digits", "reference", "year"),
    [
        ("1390", None, 1390),
        ("2018", None, 2018),
        ("1650", None, None),
        ("90", None, 1390),
        ("40", None, 1340),
        ("10", None, None),
        ("04", "2025-06-01", 1404),
        ("98", "2025-06-01", 1398),
        ("10", "2003-06-01", 1410),
        ("60", "2025-06-01", 1360),
        ("5", None, None),
    ],
)
def test_full_year(digits: str, reference: str | None, year: int | None) -> None:
    day = datetime.date.fromisoformat(reference) if reference else None
    assert full_year(digits, day) == year


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2025-12-31", "2025-12-31"),
        ("2025-12-31T08:30:00+03:30", "2025-12-31"),
        ("1402-11-20", "2024-02-09"),
        ("۱۴۰۲/۱۱/۲۰", "2024-02-09"),
        ("١٤٠٢/١١/٢٠", "2024-02-09"),
        ("1399-08-01 (jalali, from url)", "2020-10-22"),
        ("۱۵:۰۰\n      ۱۴۰۲-۵-۲۹", "2023-08-20"),
        ("تاریخ: ۱۴:۴۷ - ۲۷ تير ۱۳۹۷ - 18 July 2018", "2018-07-18"),
        ("August 24th 2019, 18:15:00.000", "2019-08-24"),
        ("2023, 9, 26, 22, 22", "2023-09-26"),
        (datetime.date(2020, 1, 2), "2020-01-02"),
        (datetime.datetime(2020, 1, 2, 3, 4), "2020-01-02"),
    ],
)
def test_parse_date(value: object, day: str) -> None:
    assert str(parse_date(value)) == day


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        1402,
        "دیروز",
        "1400-12-30",
        "2023-02-30",
        "1650-01-01",
        "1402-01-01 2020-01-01",
        "Foo 3 2019",
    ],
    ids=repr,
)
def test_a_date_in_doubt_is_none(value: object) -> None:
    assert parse_date(value) is None


@given(DAYS)
def test_both_calendars_name_one_day(day: datetime.date) -> None:
    year, month, number = to_jalali(day)
    assert parse_date(f"{year}/{month}/{number}") == parse_date(day.isoformat()) == day


@given(st.text())
def test_any_text_is_a_date_or_none(text: str) -> None:
    assert parse_date(text) is None or isinstance(parse_date(text), datetime.date)
