"""``change``: what a number grew or fell by, in its unit or in percent, against its two levels.

«از ۲۰۰ به ۲۵۰ میلیون دلار ... ۲۵ درصد رشد», «۲۰۰ واحد ... در مقایسه با ۲۳۰ واحد ... کاهش ۱۳ درصدی»,
«۲۱۰ میلیارد تومان معادل ۲۰٫۴ درصد افزایش ... به ۱۲۴۰ میلیارد تومان رسید», «از ۱۲٫۱ درصد به ۱۰٫۲ درصد ...
کاهش ۱٫۹ درصدی». The word of direction is part of what is stated: the computed change counts in its direction,
so that a «رشد ۲۵ درصدی» from 250 to 200 is computed as -20 and does not agree.

Which number is the earlier level follows from «از ... به ...», else from the direction. Numbers that do not
give the change are reported as a disagreement only where «از ... به ...» joins them, or where they come near
(:data:`NEAR`): other numbers of the record may be meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Final, NamedTuple

from ie_model.records.agreement import (
    ONE_SIDED_POINTS,
    agrees,
    amount_agrees,
    comparable,
    is_one_sided,
    is_plausible,
    make_check,
    measure,
    rounding_of,
    value_of,
)
from ie_model.records.wording import Wording
from ie_model.schema import PERCENTAGE, Check, Mention

#: A computed change so near the stated one, as a share of it, is meant by it though it does not agree.
NEAR: Final = Decimal("0.2")
#: More levels than a change is told of.
MAX_LEVELS: Final = 4
_HUNDRED: Final = Decimal(100)


class Change(NamedTuple):
    """A change in the stated direction; ``low`` and ``high`` before the rounding of its levels.

    ``sure`` where the wording joins the two levels.
    """

    value: Decimal
    low: Decimal
    high: Decimal
    sure: bool = False


def change_checks(quantities: Sequence[Mention], wording: Wording) -> Iterator[Check]:
    """Yield at most one check for each stated change of one record, in text order.

    Args:
        quantities: The record's quantity mentions in text order.
        wording: The words of the article.
    """
    known = [mention for mention in quantities if measure(mention.quantity) is not None]
    units = Counter(measure(mention.quantity) for mention in known if mention.label != PERCENTAGE)
    if len(known) < 3 or (max(units.values(), default=0) < 2 and len(known) - units.total() < 3):
        return
    directions = _directions(known, wording)
    levels = [mention for mention in known if not directions[mention.id]]
    deltas = [mention for mention in known if directions[mention.id]]
    if len(levels) > MAX_LEVELS:
        return
    found = [(delta, _check(delta, directions[delta.id], levels, deltas, wording)) for delta in deltas]
    fitting = {delta.label for delta, check in found if check is not None and check.agrees}
    for delta, check in found:
        # What one percentage is the change of, another is hardly a slip of.
        if check is not None and (check.agrees or delta.label not in fitting):
            yield check


def _directions(known: Sequence[Mention], wording: Wording) -> dict[str, int]:
    told = {mention.id: wording.direction(mention) for mention in known}
    found = dict(told)
    for one, other in pairwise(known):
        # «۲۱۰ میلیارد تومان معادل ۲۰ درصد افزایش»: both are the change.
        if not told[one.id] and told[other.id] and wording.equates(one, other, plainly=True):
            found[one.id] = told[other.id]
    return found


def _check(
    stated: Mention, direction: int, levels: Sequence[Mention], deltas: Sequence[Mention], wording: Wording
) -> Check | None:
    changes = list(_between_levels(stated, direction, levels, wording))
    if stated.label == PERCENTAGE:
        changes += _of_amounts(stated, direction, levels, deltas, wording)
    value = value_of(stated)
    nearest = sorted(changes, key=lambda change: abs(change.value - value))
    for change in nearest:
        if _fits(stated, change, alone=len(changes) == 1):
            return make_check("change", stated, change.value, True)
    for change in nearest:
        near = stated.label == PERCENTAGE and len(changes) == 1 and abs(change.value - value) <= NEAR * value
        if near or (change.sure and is_plausible(stated, change.value)):
            return make_check("change", stated, change.value, False)
    return None


def _fits(stated: Mention, change: Change, *, alone: bool) -> bool:
    quantity = stated.quantity
    if quantity is not None and quantity.kind == "percent":
        # «بیش از ۸ درصد» fits nearly anything: only so near without surer wording. «تا ۴۰ درصد» is no change.
        near = alone and abs(change.value - value_of(stated)) <= ONE_SIDED_POINTS
        sure = change.sure and quantity.modifier != "at_most"
        meant = sure or near or not is_one_sided(quantity)
        return meant and agrees(quantity, change.low, change.high)
    return amount_agrees(stated, change.value, rounding=change.high - change.value)


def _between_levels(
    stated: Mention, direction: int, levels: Sequence[Mention], wording: Wording
) -> Iterator[Change]:
    for first, second in combinations(levels, 2):
        if not comparable(first.quantity, second.quantity):
            continue
        from_to = wording.introduced_by(first) == "از" and wording.introduced_by(second) == "به"
        base, now = (first, second) if from_to else _in_time(first, second, direction)
        if stated.label == PERCENTAGE and first.label != PERCENTAGE:
            yield _relative(base, now, direction, sure=from_to)
        elif comparable(stated.quantity, first.quantity):
            yield _absolute(base, now, direction, sure=from_to)
            if stated.quantity is not None and stated.quantity.unit == "درصد":
                yield _relative(base, now, direction, sure=False)


def _in_time(one: Mention, other: Mention, direction: int) -> tuple[Mention, Mention]:
    low, high = sorted((one, other), key=value_of)
    return (low, high) if direction > 0 else (high, low)


def _absolute(base: Mention, now: Mention, direction: int, *, sure: bool) -> Change:
    value = (value_of(now) - value_of(base)) * direction
    blur = Decimal(0) if base.label == PERCENTAGE else rounding_of(base) + rounding_of(now)
    return Change(value, value - blur, value + blur, sure)


def _relative(base: Mention, now: Mention, direction: int, *, sure: bool) -> Change:
    start, end = value_of(base), value_of(now)
    start_blur, end_blur = rounding_of(base), rounding_of(now)
    ends = [
        ((end + end_sign * end_blur) / (start + start_sign * start_blur) - 1) * direction * _HUNDRED
        for start_sign, end_sign in ((1, -1), (-1, 1))
    ]
    return Change((end / start - 1) * direction * _HUNDRED, min(ends), max(ends), sure)


def _of_amounts(
    percent: Mention, direction: int, levels: Sequence[Mention], deltas: Sequence[Mention], wording: Wording
) -> Iterator[Change]:
    """Yield a change by an amount, in percent of the level it began from."""
    for delta in deltas:
        for level in levels:
            if delta.label == PERCENTAGE or not comparable(delta.quantity, level.quantity):
                continue
            sure = len(levels) == 1 and wording.equates(delta, percent)
            amount, now = value_of(delta), value_of(level)
            blur, level_blur = rounding_of(delta), rounding_of(level)
            base = now - amount * direction
            if base - level_blur - blur <= 0:
                continue
            yield Change(
                amount / base * _HUNDRED,
                (amount - blur) / (base + level_blur + blur) * _HUNDRED,
                (amount + blur) / (base - level_blur - blur) * _HUNDRED,
                sure,
            )
