"""A speller of its own for the tests: any number below 10^15 in any of the ways that news writes it."""

from __future__ import annotations

import unicodedata
from random import Random

ZWNJ = "\u200c"

#: Every spelling of a word; one with a gap stands for its spaced, half-spaced and joined writing.
SPELLINGS: dict[int, tuple[str, ...]] = {
    0: ("صفر",),
    1: ("یک",),
    2: ("دو",),
    3: ("سه",),
    4: ("چهار", "چار"),
    5: ("پنج", "پنح"),
    6: ("شش", "شیش"),
    7: ("هفت",),
    8: ("هشت",),
    9: ("نه",),
    10: ("ده",),
    11: ("یازده",),
    12: ("دوازده",),
    13: ("سیزده",),
    14: ("چهارده", "چارده"),
    15: ("پانزده", "پونزده", "پانزه"),
    16: ("شانزده", "شونزده"),
    17: ("هفده", "هیفده", "هفتده"),
    18: ("هجده", "هیجده", "هژده", "هیژده", "هشتده"),
    19: ("نوزده",),
    20: ("بیست",),
    30: ("سی",),
    40: ("چهل",),
    50: ("پنجاه",),
    60: ("شصت", "شست"),
    70: ("هفتاد",),
    80: ("هشتاد",),
    90: ("نود",),
    100: ("صد", "یکصد", "یک صد"),
    200: ("دویست", "دوصد", "دو صد"),
    300: ("سیصد", "سی صد", "سه صد"),
    400: ("چهارصد", "چارصد", "چهار صد", "چار صد"),
    500: ("پانصد", "پونصد", "پنجصد", "پنج صد"),
    600: ("ششصد", "شیشصد", "شصصد", "شش صد", "شیش صد"),
    700: ("هفتصد", "هفت صد"),
    800: ("هشتصد", "هشت صد"),
    900: ("نهصد", "نه صد"),
}
SCALE_SPELLINGS: dict[int, tuple[str, ...]] = {
    3: ("هزار", "هزاز"),
    6: ("میلیون", "ملیون", "میلون", "میلیلون", "میلیونی"),
    9: ("میلیارد", "ملیارد", "میلیاد", "میلیادر", "میلیاردی"),
    12: ("تریلیون", "بیلیون", "تریلیونی"),
    15: ("تریلیارد", "بیلیارد"),
}
GAPS = (" ", " ", " ", "  ", "\u00a0", ZWNJ, " " + ZWNJ, "")
#: A run of joined words has a limit, so that at least every seventh gap is a space.
LONGEST_RUN = 6

_VARIANTS = {
    "ی": "يىیېﯼ",
    "ک": "كکڪﮎ",
    "ه": "هہھة",
    **{str(n): chr(0x06F0 + n) + chr(0x0660 + n) + chr(0xFF10 + n) for n in range(10)},
}
_MARKS = "\u0640\u064e\u0651\u0652\u200e\u200f\u2067\ufeff"


def _presentation_forms() -> dict[str, str]:
    forms: dict[str, str] = {}
    for code in (*range(0xFB50, 0xFC00), *range(0xFE80, 0xFEF5)):
        plain = unicodedata.normalize("NFKC", chr(code))
        if plain != chr(code) and len(plain) == 1:
            forms[plain] = forms.get(plain, "") + chr(code)
    return forms


PRESENTATION_FORMS = _presentation_forms()


def number_words(number: int, rng: Random) -> list[str]:
    """Return the words of ``number`` (to 10^15) with «و» among them, each in any of its spellings."""
    if number < 1000:
        return _below_thousand(number, rng)
    # From a thousand milliards on there are two ways: «هزار میلیارد» and «تریلیون».
    powers = [power for power in SCALE_SPELLINGS if number >= 10**power]
    power = powers[-1]
    if power >= 12 and rng.random() < 0.5:
        power = 9
    high, rest = divmod(number, 10**power)
    words = [] if high == 1 and power == 3 and rng.random() < 0.5 else number_words(high, rng)
    words.append(rng.choice(SCALE_SPELLINGS[power]))
    return _joined(words, rest, rng)


def _below_thousand(number: int, rng: Random) -> list[str]:
    base = next(value for value in sorted(SPELLINGS, reverse=True) if value <= number)
    return _joined(rng.choice(SPELLINGS[base]).split(), number - base, rng)


def _joined(words: list[str], rest: int, rng: Random) -> list[str]:
    return [*words, "و", *number_words(rest, rng)] if rest else words


def write(words: list[str], rng: Random) -> str:
    """Write ``words`` with any gaps between them: spaces, half spaces, none."""
    written, run = words[0], 0
    for word in words[1:]:
        gap = rng.choice(GAPS) if run < LONGEST_RUN else " "
        run = 0 if " " in gap or "\u00a0" in gap else run + 1
        written += gap + word
    return written


def disguise(text: str, rng: Random) -> str:
    """Return ``text`` with other forms of the same letters and digits, and marks that are not read."""
    written = ""
    for character in text:
        chance = rng.random()
        forms = _VARIANTS if chance < 0.2 else PRESENTATION_FORMS if chance < 0.3 else {}
        written += rng.choice(forms.get(character, character))
        written += rng.choice(_MARKS) if rng.random() < 0.05 else ""
    return written


def spell_anyhow(number: int, rng: Random) -> str:
    """Return ``number`` in words: any spelling, gaps, letter forms and marks."""
    return disguise(write(number_words(number, rng), rng), rng)
