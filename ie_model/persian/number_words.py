"""The words that Persian numbers are written with, each as one :class:`Part`.

This is the lexicon: :mod:`~ie_model.persian.numbers` finds these parts in text, and
:mod:`~ie_model.persian.number_grammar` adds and multiplies them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal, NamedTuple

PartKind = Literal["digits", "word", "hundred", "scale", "half", "denominator", "and", "point", "minus"]


class Part(NamedTuple):
    """One part of a number.

    ``grain`` is what a part added behind it must be smaller than: 10 for «بیست», 1000 for «هزار».
    """

    kind: PartKind
    value: Decimal
    grain: Decimal


ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
HALF: Final = Decimal("0.5")

WORDS: Final[dict[int, str]] = {
    0: "صفر", 1: "یک", 2: "دو", 3: "سه", 4: "چهار چار", 5: "پنج پنح", 6: "شش شیش", 7: "هفت", 8: "هشت",
    9: "نه", 10: "ده", 11: "یازده", 12: "دوازده", 13: "سیزده", 14: "چهارده چارده", 15: "پانزده پونزده پانزه",
    16: "شانزده شونزده", 17: "هفده هیفده هفتده", 18: "هجده هیجده هژده هیژده هشتده", 19: "نوزده",
    20: "بیست", 30: "سی", 40: "چهل", 50: "پنجاه", 60: "شصت شست", 70: "هفتاد", 80: "هشتاد", 90: "نود",
    200: "دویست دوصد", 300: "سیصد", 400: "چهارصد چارصد", 500: "پانصد پونصد پنجصد", 600: "ششصد شیشصد شصصد",
    700: "هفتصد", 800: "هشتصد", 900: "نهصد",
}  # fmt: skip
"""Every spelling (and misprints seen in news) of the words below a thousand; «صد» itself multiplies."""

SCALES: Final[dict[int, str]] = {
    3: "هزار هزاز",
    6: "میلیون ملیون میلون میلیلون میلیونی",
    9: "میلیارد ملیارد میلیاد میلیادر میلیاردی",
    12: "بیلیون تریلیون تریلیونی",
    15: "بیلیارد تریلیارد",
}
"""Power of ten to its names. بیلیون and بیلیارد as in num2fawords, تریلیون and تریلیارد as in num2words."""

DENOMINATORS: Final[dict[int, str]] = {
    2: "دوم", 3: "سوم", 4: "چهارم", 5: "پنجم", 6: "ششم", 7: "هفتم", 8: "هشتم", 9: "نهم", 10: "دهم",
    100: "صدم", 1000: "هزارم",
}  # fmt: skip
"""What stands behind a numerator: «سه چهارم»."""

WHOLE_DENOMINATORS: Final[dict[int, str]] = {10_000: "دههزارم", 100_000: "صدهزارم"}
"""Denominators that count only as one written word («ده‌هزارم»): elsewhere «ده» may be the numerator's."""


def _lexicon() -> dict[str, Part]:
    parts: dict[str, Part] = {}
    for value, names in WORDS.items():
        grain = 1 if value < 20 else 10 if value < 100 else 100
        parts |= {name: Part("word", Decimal(value), Decimal(grain)) for name in names.split()}
    for power, names in SCALES.items():
        scale = Decimal(10) ** power
        parts |= {name: Part("scale", scale, scale) for name in names.split()}
    for value, name in DENOMINATORS.items():
        parts[name] = Part("denominator", Decimal(value), ONE)
    parts["صد"] = Part("hundred", Decimal(100), Decimal(100))
    parts["نیم"] = Part("half", HALF, ZERO)
    parts["و"] = Part("and", ZERO, ONE)
    parts["ممیز"] = Part("point", ZERO, ONE)
    parts["منفی"] = Part("minus", ZERO, ONE)
    return parts


PARTS: Final = _lexicon()
"""Every part that may be joined to others, by its cleaned spelling."""

WHOLE_WORDS: Final = PARTS | {
    name: Part("denominator", Decimal(value), ONE) for value, name in WHOLE_DENOMINATORS.items()
}
"""What one whole written word (without its ZWNJ) may be."""
