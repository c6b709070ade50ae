"""When a stated number agrees with a computed one, and how finely a number is stated.

A stated percentage agrees when the computed one rounds or is cut to it at the digits stated (papers do both):
106 agrees with 106.09 and 106.8, 5.7 with 5.63, 60 does not agree with 55.56. «حدود» widens that to
:data:`ABOUT_POINTS`; «بیش از» and «کمتر از» (and at least, at most) agree on their side, a range between its
ends, each with the tolerance of its digits. A number written with a fraction («۸٫۴ میلیارد») is taken for
rounded: what it was before rounding may give the stated percentage as well.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal

from ie_model.persian.digits import clean
from ie_model.persian.number_words import PARTS, SCALES
from ie_model.schema import Check, Mention, Quantity, is_exact_number

#: How far «حدود» lets a stated percentage be from the computed one, in points ...
ABOUT_POINTS: Final = Decimal("2.5")
#: ... but no farther than this share of it: «حدود ۰٫۹ درصد» is not 0.6.
ABOUT_PERCENT: Final = Decimal("0.1")
#: How far «حدود» lets a stated amount be from the computed one, as a share of it.
ABOUT_SHARE: Final = Decimal("0.05")
#: «بیش از ۵۰ درصد» fits nearly anything: without wording only so near is meant, in points.
ONE_SIDED_POINTS: Final = Decimal(10)
#: A stated value that is so many times the computed one, or more, is of something else.
MAX_SLIP: Final = Decimal(2)
#: ``computed`` is rounded to two decimals.
COMPUTED_STEP: Final = Decimal("0.01")

#: One person at work is one job: «تعهد ۱۸ هزار نفر» is reached by «۱۰ هزار شغل».
JOB_UNITS: Final = frozenset({"نفر", "شغل", "فرصت", "فرصت شغلی", "شاغل"})

#: So many digits before a scale word, as in «۳۲۶ هزار میلیارد», that a number was rounded.
ROUNDED_DIGITS: Final = 3
_HALF: Final = Decimal("0.5")

CheckKind = Literal["progress", "share", "sum", "change"]

#: همت, a thousand billion toman, is a scale and a currency in one.
_SCALE_OF_WORD: Final = {"همت": Decimal(10) ** 12} | {
    name: Decimal(10) ** power for power, names in SCALES.items() for name in names.split()
}
_NUMERALS: Final = frozenset(name for name, part in PARTS.items() if part.kind in ("word", "hundred"))
_NUMBER_WORD = re.compile(r"[^\W\d_]+|\d+")
_FRACTION = re.compile(r"\d\s?[./٫,،\\]\s?\d{1,2}(?!\d)|ممیز|نیم")


def agrees(stated: Quantity, computed: Decimal, most: Decimal | None = None) -> bool:
    """Whether a stated percentage allows ``computed``, or anything from ``computed`` to ``most``.

    See the module for the tolerance.
    """
    low, high = computed, computed if most is None else most
    if stated.value is None:
        if stated.low is None or stated.high is None:
            return False
        return stated.low - digit_step(stated.low) * _HALF <= high and low < stated.high + digit_step(
            stated.high
        )
    about = min(ABOUT_POINTS, abs(stated.value) * ABOUT_PERCENT)
    return _allows(stated, low, high, digit_step(stated.value), about)


def amount_agrees(stated: Mention, computed: Decimal, rounding: Decimal = Decimal(0)) -> bool:
    """Whether a stated amount allows ``computed``, within its digits and the ``rounding`` of its parts."""
    quantity = stated.quantity
    if quantity is None or quantity.value is None:
        return False
    # A step is what one digit too many makes: 88 billion is not 87 billion, but may stand for 88.4.
    if quantity.modifier == "exact":
        gap = abs(computed - quantity.value)
        return gap <= rounding or gap < stated_step(stated)
    slack = max(rounding, stated_step(stated))
    return _allows(quantity, computed, computed, slack, abs(quantity.value) * ABOUT_SHARE)


def _allows(stated: Quantity, low: Decimal, high: Decimal, slack: Decimal, about: Decimal) -> bool:
    value = stated.value or Decimal(0)
    rounded = slack * _HALF
    if stated.modifier in ("more_than", "at_least"):
        return high >= value - rounded
    if stated.modifier in ("less_than", "at_most"):
        return low <= value + rounded
    if stated.modifier == "about" and low - about <= value <= high + about:
        return True
    return value - rounded <= high and low < value + slack


def digit_step(value: Decimal) -> Decimal:
    """Return what one in the last stated digit makes: 0.1 for 5.7, 1 for whole numbers.

    106 is written for 105.5 (rounded) to 106.99 (cut). Zeros at the end are not taken for rounding:
    «60 درصد» without «حدود» is 60, not 55 to 65.
    """
    exponent = value.as_tuple().exponent
    return Decimal(1).scaleb(exponent if isinstance(exponent, int) and exponent < 0 else 0)


def stated_step(mention: Mention) -> Decimal:
    """Return how finely an amount is stated: 10^8 for «۸٫۴ میلیارد», 10^9 for «۲۰ میلیارد», 1 for «۲۰».

    The coarser of the last digit that is not zero and the scale word it stands before.
    """
    value = mention.quantity.value if mention.quantity is not None else None
    if value is None or not value:
        return Decimal(0)
    exponent = value.normalize().as_tuple().exponent
    last_digit = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
    return min(last_digit, _last_scale(mention.text))


def rounding_of(mention: Mention) -> Decimal:
    """Return how far an amount may be from what it was before rounding: half its step, 0 where it is exact.

    Rounded are numbers with a fraction or of :data:`ROUNDED_DIGITS` digits before a scale word; «۲۰ هزار» is
    taken as it is written.
    """
    step = stated_step(mention)
    digits = len(value_of(mention).normalize().as_tuple().digits)
    scaled = step > 1 and digits >= ROUNDED_DIGITS
    return step * _HALF if scaled or has_fraction(mention) else Decimal(0)


def has_fraction(mention: Mention) -> bool:
    """Whether the number is written with a fraction («۸٫۴ میلیارد»), which papers round."""
    return _FRACTION.search(clean(mention.text)) is not None


def _last_scale(surface: str) -> Decimal:
    # «۳ هزار میلیارد» counts in 10^12, «۳ هزار و ۲۰۰ میلیارد» in 10^9, «۴۵ هزار و ۷۹۴ نفر» in ones.
    scale, follows_scale = Decimal(1), False
    for word in _NUMBER_WORD.findall(clean(surface)):
        factor = _SCALE_OF_WORD.get(word)
        if factor is not None:
            scale = scale * factor if follows_scale else factor
        elif word.isdigit() or word in _NUMERALS:
            scale = Decimal(1)
        follows_scale = factor is not None
    return scale


def is_one_sided(quantity: Quantity) -> bool:
    """Whether only one end is stated: more than, less than, at least, at most."""
    return quantity.modifier in ("more_than", "less_than", "at_least", "at_most")


def is_plausible(stated: Mention, computed: Decimal) -> bool:
    """Whether a computed value that does not agree may still be what is meant: not twice it, nor half."""
    value = value_of(stated)
    return value / MAX_SLIP < abs(computed) < value * MAX_SLIP


def comparable(one: Quantity | None, other: Quantity | None) -> bool:
    """Whether two quantities have positive values of one kind and unit."""
    key = measure(one)
    return key is not None and key == measure(other)


def measure(quantity: Quantity | None, *, jobs_are_people: bool = True) -> tuple[str, str] | None:
    """Return what quantities that may be compared share, None without a positive value.

    ``jobs_are_people`` makes one unit of :data:`JOB_UNITS`.
    """
    if quantity is None or quantity.value is None or quantity.value <= 0:
        return None
    unit = quantity.currency or quantity.unit or ""
    if quantity.kind == "percent":
        unit = ""  # «واحد درصد» is what percentages differ by
    return quantity.kind, "نفر" if jobs_are_people and unit in JOB_UNITS else unit


def value_of(mention: Mention) -> Decimal:
    """Return the value of a mention that has one (:func:`measure` is not None)."""
    value = mention.quantity.value if mention.quantity is not None else None
    return Decimal(0) if value is None else value


def make_check(kind: CheckKind, stated: Mention, computed: Decimal, right: bool) -> Check | None:
    """Return the check of a stated value, of a range its nearer end; None where JSON has no exact number."""
    quantity = stated.quantity
    value = None if quantity is None else quantity.value
    if quantity is not None and value is None and quantity.low is not None and quantity.high is not None:
        value = min(quantity.low, quantity.high, key=lambda end: abs(end - computed))
    rounded = (
        computed.quantize(COMPUTED_STEP, rounding=ROUND_HALF_EVEN) if computed.adjusted() < 12 else computed
    )
    if value is None or not is_exact_number(value) or not is_exact_number(rounded):
        return None
    return Check(kind=kind, stated=value, computed=rounded, agrees=right)
