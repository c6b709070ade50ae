"""Persian number words and digits to exact ``Decimal``: «یک میلیون و دویست هزار», «۴۵ هزار و ۷۹۴».

:func:`word_tokens` cuts one written word into number parts, whatever its spacing («سی‌صد», «پنجاهوسه»,
«یکصدهزار»), and :func:`evaluate` adds and multiplies a run of parts, without any float. A scale multiplies
everything smaller that stands before it, so «هزار و دویست و پنجاه میلیارد» is 1250 milliards. Digits are read
by ``ie_model.persian.digits``.

What breaks the grammar (two numbers side by side, parts out of order) raises :class:`NumberError` and is
never repaired: a wrong value costs more than a missing one. «تریلیون» is 10^12 as in Persian news (and
num2words), not the long scale's 10^18.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from ie_model.persian.digits import NumberError, clean, read_digits
from ie_model.persian.folding import ZWNJ

PartKind = Literal["digits", "word", "hundred", "scale", "half", "denominator", "and", "point", "minus"]


class Part(NamedTuple):
    """One part of a number.

    ``grain`` is what a part added behind it must be smaller than: 10 for «بیست», 1000 for «هزار».
    """

    kind: PartKind
    value: Decimal
    grain: Decimal


class Number(NamedTuple):
    """A value, and how its scale words built it.

    ``scale`` is the scale that a bare neighbour in a list shares («۲۰ و ۳۰ میلیون»: 10^6), None where
    that is ambiguous. ``inner`` and ``outer`` are the scale within and around a product such as
    «۹ هزار و ۲۰۰ میلیارد» (10^3, 10^9); 1 where there is none.
    """

    value: Decimal
    scale: Decimal | None = Decimal(1)
    inner: Decimal = Decimal(1)
    outer: Decimal = Decimal(1)


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

#: More words in one joined run than this are no number («یکمیلیونودویستهزار…»); bounds the work.
MAX_RUN_LENGTH: Final = 120
# Exact sums and products of numbers within MAX_DIGITS and the largest scales.
_PRECISION = 120


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
    parts["نیم"] = Part("half", HALF, Decimal(0))
    parts["و"] = Part("and", Decimal(0), ONE)
    parts["ممیز"] = Part("point", Decimal(0), ONE)
    parts["منفی"] = Part("minus", Decimal(0), ONE)
    return parts


PARTS: Final = _lexicon()
# «دهم» is no denominator in «دهمیلیون». With that settled longest-first needs no backtracking, and the
# atomic group keeps a long joined run linear.
_ALTERNATIVES = "|".join(
    name + ("(?!یل)" if PARTS[name].kind == "denominator" else "")
    for name in sorted(PARTS, key=len, reverse=True)
)
_WHOLE_RUN = re.compile(f"(?>{_ALTERNATIVES})++")
_NEXT_PART = re.compile(_ALTERNATIVES)


@lru_cache(maxsize=65536)
def word_tokens(word: str) -> tuple[Part, ...]:
    """Return the number parts of one cleaned word, or ``()`` when it is not wholly a number.

    ZWNJ inside the word does not matter. A joined run counts only if its parts make a number together,
    so that «دوده» (soot) is not two and ten.
    """
    word = word.replace(ZWNJ, "")
    known = PARTS.get(word)
    if known is not None:
        return (known,)
    if len(word) > MAX_RUN_LENGTH or not _WHOLE_RUN.fullmatch(word):
        return ()
    parts = tuple(PARTS[name] for name in _NEXT_PART.findall(word))
    core = parts[1:] if parts[0].kind == "and" else parts
    core = core[:-1] if core and core[-1].kind == "and" else core
    try:
        evaluate(core)
    except NumberError:
        return ()
    return parts


@lru_cache(maxsize=16384)
def number_prefixes(word: str) -> tuple[tuple[tuple[Part, ...], str, bool], ...]:
    """Return every way to split a cleaned word into a number and a rest: «پنجاه‌میلیارد‌تومانی».

    Longest number first. The flag tells whether a ZWNJ stands at the cut; the caller decides whether the
    rest is a word («هزاردولت» is no thousand and two).
    """
    if not _NEXT_PART.match(word):
        return ()
    found = []
    for cut in range(min(len(word), MAX_RUN_LENGTH) - 1, 1, -1):
        if word[cut - 1] == ZWNJ:
            continue
        parts = word_tokens(word[:cut])
        if parts and parts[-1].kind != "and":
            found.append((parts, word[cut:].lstrip(ZWNJ), word[cut] == ZWNJ))
    return tuple(found)


class _Term(NamedTuple):
    value: Decimal
    grain: Decimal
    scale: Decimal | None = ONE
    inner: Decimal = ONE
    outer: Decimal = ONE


def evaluate(parts: Sequence[Part]) -> Number:
    """Return the number that ``parts`` write together.

    Raises:
        NumberError: They write none: «دو سه», «بیست و سی», «و هزار», a third.
    """
    if len(parts) == 1 and parts[0].kind in ("digits", "word"):
        return Number(parts[0].value)
    with localcontext() as context:
        context.prec = _PRECISION
        if parts and parts[0].kind == "minus":
            number = evaluate(parts[1:])
            return number._replace(value=-number.value)
        parts = _fold_fractions(_fold_point(list(parts)))
        terms: list[_Term] = []
        joined = False  # whether «و» stands before the part at hand
        for part in parts:
            if part.kind == "and":
                if joined or not terms:
                    raise NumberError("«و» joins nothing here")
                joined = True
            else:
                _add(terms, part, joined)
                joined = False
        if joined or not terms:
            raise NumberError("no number is written")
        first = terms[0]
        return Number(sum((term.value for term in terms), Decimal(0)), first.scale, first.inner, first.outer)


def _add(terms: list[_Term], part: Part, joined: bool) -> None:
    if part.kind == "half":
        _add_half(terms, joined)
    elif part.kind in ("digits", "word"):
        # Behind a scale «و» may be left out («۸۲ هزار ۶۵۰»), elsewhere two numbers would run together.
        if terms and not joined and terms[-1].scale == ONE:
            raise NumberError("two numbers stand side by side")
        _push(terms, _Term(part.value, part.grain))
    elif part.kind in ("hundred", "scale"):
        if terms and not joined:
            _multiply(terms, part)
        else:
            _push(terms, _Term(part.value, part.grain, part.value if part.kind == "scale" else ONE))
    else:
        raise NumberError("a word of the number stands out of its place")


def _push(terms: list[_Term], term: _Term) -> None:
    if terms:
        last = terms[-1]
        if not term.value < last.grain or (last.grain and last.value % last.grain):
            raise NumberError("its parts are not in falling order")
    terms.append(term)


def _add_half(terms: list[_Term], joined: bool) -> None:
    if not terms:
        terms.append(_Term(HALF, Decimal(0)))
        return
    scale = terms[-1].scale
    if not joined or scale is None or not terms[-1].grain:
        raise NumberError("it is not clear what «نیم» is a half of")
    terms.append(_Term(HALF * scale, Decimal(0), scale))


def _multiply(terms: list[_Term], part: Part) -> None:
    factor = part.value
    taken = [terms.pop()]
    if part.kind == "hundred":
        if taken[0].value not in _HUNDREDS:
            raise NumberError("«صد» follows no number below ten")
        _push(terms, _Term(_HUNDREDS[taken[0].value], factor))
        return
    if taken[0].scale is not None and taken[0].scale >= factor and taken[0].grain:
        raise NumberError("its scales are out of order")
    while terms and terms[-1].value < factor:
        taken.append(terms.pop())
    total = sum((term.value for term in taken), Decimal(0))
    first = taken[-1]
    plain = len(taken) == 1 or all(term.scale == ONE or not term.grain for term in taken)
    scale = first.scale * factor if plain and first.scale is not None else None
    # «یک هزار میلیارد و ۵۰۰ میلیارد»: behind a bare product its whole scale is still open.
    grain = taken[0].grain * factor if len(taken) == 1 and taken[0].grain >= _THOUSAND else factor
    _push(terms, _Term(total * factor, grain, scale, first.scale or ONE, factor))


#: What «صد» makes of the number before it; 30 because «سی صد» is «سیصد» written apart.
_HUNDREDS: Final = {Decimal(n): Decimal(100 * n) for n in range(1, 10)} | {Decimal(30): Decimal(300)}
_THOUSAND: Final = Decimal(1000)


def _fold_point(parts: list[Part]) -> list[Part]:
    """Turn «دو ممیز بیست و پنج» into the one number 2.25; «دو ممیز پنج دهم» is «دو و پنج دهم»."""
    places = [place for place, part in enumerate(parts) if part.kind == "point"]
    if not places:
        return parts
    if len(places) > 1:
        raise NumberError("it has two decimal points")
    before, after = parts[: places[0]], parts[places[0] + 1 :]
    if any(part.kind == "denominator" for part in after):
        return [*before, Part("and", Decimal(0), ONE), *after]
    scales = [place for place, part in enumerate(after) if part.kind == "scale"]
    tail = after[scales[0] :] if scales else []
    fraction = evaluate(after[: scales[0]] if scales else after).value
    if fraction != fraction.to_integral_value():
        raise NumberError("it has two decimal points")
    value = evaluate(before).value + fraction.scaleb(-len(str(int(fraction))))
    return [Part("digits", value, ONE), *tail]


def _fold_fractions(parts: list[Part]) -> list[Part]:
    """Turn «سه چهارم», «بیست و پنج صدم» into one part each: the longest numerator below the denominator."""
    for place, part in enumerate(parts):
        if part.kind != "denominator":
            continue
        for start in range(place):
            if start and parts[start - 1].kind not in ("and", "minus"):
                continue
            try:
                numerator = evaluate(parts[start:place]).value
            except NumberError:
                continue
            if numerator < part.value:
                value = _exact_quotient(numerator, part.value)
                return [
                    *parts[:start],
                    Part("digits", value, Decimal(0)),
                    *_fold_fractions(parts[place + 1 :]),
                ]
        raise NumberError("a fraction has no numerator")
    return parts


def _exact_quotient(numerator: Decimal, denominator: Decimal) -> Decimal:
    quotient = numerator / denominator
    if quotient * denominator != numerator or len(quotient.as_tuple().digits) >= _PRECISION:
        raise NumberError(f"{numerator}/{denominator} has no exact decimal")
    return quotient


def read_number(text: str) -> Decimal | None:
    """Return the number that ``text`` writes, in digits, words or both; None if it writes none.

    No unit, range or context: see ``ie_model.quantities`` for these.
    """
    parts: list[Part] = []
    try:
        for word in clean(text).split():
            if word[0].isdecimal():
                parts.append(Part("digits", read_digits(word)[0], ONE))
            else:
                found = word_tokens(word)
                if not found:
                    return None
                parts.extend(found)
        return evaluate(parts).value
    except NumberError:
        return None
