"""The words and numbers of the page, in Persian or English."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from ie_model.data_tables import load_data
from ie_model.persian.calendar import to_jalali
from ie_model.schema import Quantity

_PERSIAN_DIGITS: Final = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


class Language(StrEnum):
    """What the page's own words are in; articles stay as they are."""

    FA = "fa"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    language: Language
    table: dict[str, str]

    def __call__(self, name: str, /, **values: object) -> str:
        """Return the words called ``name``, with numbers in the language's own digits."""
        filled = {
            key: self.count(value) if isinstance(value, int) else value for key, value in values.items()
        }
        return self.table[name].format(**filled) if values else self.table[name]

    def count(self, number: int) -> str:
        """Return a count of ours, in the language's own digits."""
        return self.digits(f"{number:,}".replace(",", "٬" if self.language is Language.FA else ","))

    def digits(self, written: str) -> str:
        """Return ``written`` with the language's own digits."""
        return written.translate(_PERSIAN_DIGITS) if self.language is Language.FA else written

    def percent(self, share: float) -> str:
        """Return a confidence of 0 to 1 in whole percent, cut so that 0.999 is not sure."""
        return self.digits(f"{hundredths(share)}") + ("٪" if self.language is Language.FA else "%")

    def interval(self, interval: str) -> str:
        """Return ``first/last``, two Gregorian days, in the language's calendar; as it is if it is none."""
        try:
            days = [datetime.date.fromisoformat(day) for day in interval.split("/")]
            if self.language is Language.FA:
                written = ["{:04d}/{:02d}/{:02d}".format(*to_jalali(day)) for day in days]
            else:
                written = [day.isoformat() for day in days]
        except ValueError:
            return interval
        return self.digits(f" {self('to')} ".join(dict.fromkeys(written)))


def read_words(language: Language) -> Words:
    """Return the words of ``language``."""
    tables: dict[str, Any] = load_data("ie_model.report.evidence", "words.yaml")
    return Words(language, tables[language.value])


def hundredths(share: float) -> int:
    """Return ``share``, 0 to 1, in whole hundredths, cut off."""
    return int(Decimal(repr(share)) * 100)


def grouped(value: Decimal) -> str:
    """Return ``value`` in plain ASCII digits, thousands apart, without exponent or trailing zeros."""
    written = f"{value:,f}"
    written = written.rstrip("0").rstrip(".") if "." in written else written
    return "0" if written in ("-0", "") else written


def normalised(quantity: Quantity) -> str:
    """Return the value of ``quantity`` in ASCII digits: ``45,794``, ``30 – 40``; empty where not read."""
    if quantity.value is not None:
        return grouped(quantity.value)
    if quantity.low is None or quantity.high is None:
        return ""
    return f"{grouped(quantity.low)} – {grouped(quantity.high)}"


def cut(text: str, size: int) -> str:
    """Return ``text``, or its first ``size`` characters and a sign that there are more."""
    return text if len(text) <= size else text[:size] + "…"
