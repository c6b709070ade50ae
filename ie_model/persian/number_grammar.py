"""The grammar of number words: a run of parts to one exact value, without any float.

A scale multiplies everything smaller that stands before it, so «هزار و دویست و پنجاه میلیارد» is 1250
milliards; other parts add up in falling order. What breaks the grammar (two numbers side by side, parts out
of order) raises :class:`~ie_model.persian.digits.NumberError` and is never repaired: a wrong value costs
more than a missing one.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Final, NamedTuple

from ie_model.persian.digits import NumberError
from ie_model.persian.number_words import HALF, ONE, ZERO, Part

#: Digits that exact sums and products keep: of numbers within MAX_DIGITS and the largest scales.
_PRECISION: Final = 120
# A context of its own, so that the caller's precision changes no value.
_EXACT: Final = Context(prec=_PRECISION)
_THOUSAND: Final = Decimal(1000)
_PAIR: Final = 2
#: What «صد» makes of the number before it; 30 because «سی صد» is «سیصد» written apart.
_HUNDREDS: Final = {Decimal(n): Decimal(100 * n) for n in range(1, 10)} | {Decimal(30): Decimal(300)}
#: What may be the first word of a denominator of two: «ده هزارم», «صد هزارم».
_TEN_OR_HUNDRED: Final = frozenset({Decimal(10), Decimal(100)})


class Number(NamedTuple):
    """A value, and how its scale words built it.

    ``scale`` is the scale that a bare neighbour in a list shares («۲۰ و ۳۰ میلیون»: 10^6), None where
    that is ambiguous. ``inner`` and ``outer`` are the scale within and around a product such as
    «۹ هزار و ۲۰۰ میلیارد» (10^3, 10^9); 1 where there is none.
    """

    value: Decimal
    scale: Decimal | None = ONE
    inner: Decimal = ONE
    outer: Decimal = ONE


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
    if parts and parts[0].kind in ("digits", "word"):
        # The two most frequent shapes, «۱۲۱» and «۱۲۱ میلیارد», need no terms.
        if len(parts) == 1:
            return Number(parts[0].value)
        if len(parts) == 2 and parts[1].kind == "scale":
            scale = parts[1].value
            return Number(_EXACT.multiply(parts[0].value, scale), scale, ONE, scale)
    elif parts and parts[0].kind == "minus":
        number = evaluate(parts[1:])
        return number._replace(value=number.value.copy_negate())
    terms: list[_Term] = []
    joined = False  # whether «و» stands before the part at hand
    for part in _fold(parts):
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
    return Number(_total(terms), first.scale, first.inner, first.outer)


def _total(terms: Sequence[_Term]) -> Decimal:
    total = terms[0].value
    for term in terms[1:]:
        total = _EXACT.add(total, term.value)
    return total


def _add(terms: list[_Term], part: Part, joined: bool) -> None:
    if part.kind in ("digits", "word"):
        # Behind a scale «و» may be left out («۸۲ هزار ۶۵۰»), elsewhere two numbers would run together.
        if terms and not joined and terms[-1].scale == ONE:
            raise NumberError("two numbers stand side by side")
        _push(terms, _Term(part.value, part.grain))
    elif part.kind in ("hundred", "scale"):
        if terms and not joined:
            _multiply(terms, part)
        else:
            _push(terms, _Term(part.value, part.grain, part.value if part.kind == "scale" else ONE))
    elif part.kind == "half":
        _add_half(terms, joined)
    else:
        raise NumberError("a word of the number stands out of its place")


def _push(terms: list[_Term], term: _Term) -> None:
    if terms:
        last = terms[-1]
        if not term.value < last.grain or (last.grain and _EXACT.remainder(last.value, last.grain)):
            raise NumberError("its parts are not in falling order")
    terms.append(term)


def _add_half(terms: list[_Term], joined: bool) -> None:
    if not terms:
        terms.append(_Term(HALF, ZERO))
        return
    scale = terms[-1].scale
    if not joined or scale is None or not terms[-1].grain:
        raise NumberError("it is not clear what «نیم» is a half of")
    terms.append(_Term(_EXACT.multiply(HALF, scale), ZERO, scale))


def _multiply(terms: list[_Term], part: Part) -> None:
    factor = part.value
    last = terms.pop()
    if part.kind == "hundred":
        if last.value not in _HUNDREDS:
            raise NumberError("«صد» follows no number below ten")
        _push(terms, _Term(_HUNDREDS[last.value], factor))
        return
    if last.scale is not None and last.scale >= factor and last.grain:
        raise NumberError("its scales are out of order")
    taken = [last]
    while terms and terms[-1].value < factor:
        taken.append(terms.pop())
    first = taken[-1]
    if len(taken) == _PAIR and first.scale is not None and first.scale > _THOUSAND and last.scale == ONE:
        # «پنج میلیون و سه میلیارد» has lost a comma; «یک میلیون و دویست هزار میلیارد» has thousands between.
        raise NumberError("its scales are out of order")
    plain = len(taken) == 1 or all(term.scale == ONE or not term.grain for term in taken)
    scale = _EXACT.multiply(first.scale, factor) if plain and first.scale is not None else None
    # «یک هزار میلیارد و ۵۰۰ میلیارد»: behind a bare product its whole scale is still open.
    whole = len(taken) == 1 and last.grain >= _THOUSAND
    grain = _EXACT.multiply(last.grain, factor) if whole else factor
    _push(terms, _Term(_EXACT.multiply(_total(taken), factor), grain, scale, first.scale or ONE, factor))


def _fold(parts: Sequence[Part]) -> Sequence[Part]:
    """Turn decimal fractions and fractions into one part each."""
    kinds = {part.kind for part in parts}
    if "point" in kinds:
        parts = _fold_point(parts)
    return _fold_fractions(parts) if "denominator" in kinds else parts


def _fold_point(parts: Sequence[Part]) -> list[Part]:
    """Turn «دو ممیز بیست و پنج» into the one number 2.25; «دو ممیز پنج دهم» is «دو و پنج دهم»."""
    places = [place for place, part in enumerate(parts) if part.kind == "point"]
    if len(places) > 1:
        raise NumberError("it has two decimal points")
    before, after = parts[: places[0]], parts[places[0] + 1 :]
    if any(part.kind == "denominator" for part in after):
        return [*before, Part("and", ZERO, ONE), *after]
    scales = [place for place, part in enumerate(after) if part.kind == "scale"]
    tail = after[scales[0] :] if scales else []
    digits = after[: scales[0]] if scales else after
    zeros = 0  # «دو ممیز صفر پنج» is 2.05
    while zeros < len(digits) - 1 and digits[zeros].kind == "word" and not digits[zeros].value:
        zeros += 1
    fraction = evaluate(digits[zeros:]).value
    if fraction != fraction.to_integral_value():
        raise NumberError("it has two decimal points")
    places_behind = zeros + len(str(int(fraction)))
    value = _EXACT.add(evaluate(before).value, _EXACT.scaleb(fraction, -places_behind))
    return [Part("digits", value, ONE), *tail]


def _fold_fractions(parts: Sequence[Part]) -> list[Part]:
    """Turn «سه چهارم», «بیست و پنج صدم» into one part each."""
    for place, part in enumerate(parts):
        if part.kind == "denominator":
            denominator, end = _denominator(parts, place)
            start, value = _fraction(parts[:end], denominator)
            return [*parts[:start], Part("digits", value, ZERO), *_fold_fractions(parts[place + 1 :])]
    return list(parts)


def _fraction(parts: Sequence[Part], denominator: Decimal) -> tuple[int, Decimal]:
    """Return where the numerator starts that ends ``parts``, and the fraction's value.

    All of ``parts`` is the numerator if it can be («بیست و پنج صدم» is 0.25); else one whole number stands
    before it («سه و بیست و پنج صدم»).

    Raises:
        NumberError: No numerator, or two ways to begin it: «صد و بیست و پنج صدم» is 100.25 or 120.05.
    """
    found: list[tuple[int, Decimal]] = []
    for start in range(len(parts)):
        if start and parts[start - 1].kind != "and":
            continue
        try:
            numerator = evaluate(parts[start:]).value
            if not numerator < denominator:
                continue
            if start:
                evaluate([*parts[:start], Part("digits", HALF, ZERO)])
        except NumberError:
            continue
        found.append((start, numerator))
        if not start:
            break
    if len(found) > 1:
        raise NumberError("it is not clear where the numerator of its fraction begins")
    if not found:
        raise NumberError("a fraction has no numerator")
    start, numerator = found[0]
    return start, _exact_quotient(numerator, denominator)


def _denominator(parts: Sequence[Part], place: int) -> tuple[Decimal, int]:
    """Return the denominator that ends at ``place`` and where it starts: «پنج [ده هزارم]» has two words.

    Raises:
        NumberError: «ده هزارم» may be 10/1000 or 1/10000, «پنج صد هزارم» 500/1000 or 5/100000.
    """
    value, before = parts[place].value, parts[place - 1] if place else None
    if before is None or value != _THOUSAND or before.kind not in ("word", "hundred"):
        return value, place
    if before.value not in _TEN_OR_HUNDRED:
        return value, place
    unclear = NumberError("it is not clear where the numerator of its fraction ends")
    if place == 1:
        raise unclear
    if parts[place - 2].kind == "and":
        # «صد و ده هزارم» is 110/1000: behind «و» a ten-thousandth would have its numerator.
        return value, place
    if before.kind == "hundred" and parts[place - 2].value in _HUNDREDS:
        raise unclear
    return _EXACT.multiply(before.value, value), place - 1


def _exact_quotient(numerator: Decimal, denominator: Decimal) -> Decimal:
    quotient = _EXACT.divide(numerator, denominator)
    exact = _EXACT.multiply(quotient, denominator) == numerator
    if not exact or len(quotient.as_tuple().digits) >= _PRECISION:
        raise NumberError(f"{numerator}/{denominator} has no exact decimal")
    return quotient
