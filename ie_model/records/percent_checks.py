"""``progress`` (achieved of target) and ``share`` (part of whole) against a stated percentage.

A record may hold more than one pair of numbers and more than one percentage. The numbers tell first: a pair
that gives the percentage is what it was computed from. Where none does, a check needs the wording to say that
the percentage is of just these two: «۱۰ هزار نفر، یعنی ۶۰ درصد تعهد», «از ۱۲۰ واحد ۴۰ واحد معادل ۵۰ درصد».
A percentage of growth or fall is never a share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Final, NamedTuple

from ie_model.records.agreement import (
    ONE_SIDED_POINTS,
    CheckKind,
    agrees,
    comparable,
    has_fraction,
    is_one_sided,
    is_plausible,
    make_check,
    stated_step,
    value_of,
)
from ie_model.records.wording import Wording, check_words
from ie_model.schema import AMOUNT, PERCENTAGE, TARGET, Check, Mention

#: Within so many words behind a percentage stands «باقی مانده».
WORDS_OF_REMAINING: Final = 7
#: «از» stands so few words before the whole of a share («۴۰ واحد از مجموع ۱۲۰ واحد»).
WORDS_AFTER_FROM: Final = 3
_HALF: Final = Decimal("0.5")
_HUNDRED: Final = Decimal(100)


class Ratio(NamedTuple):
    """A part of a whole in percent; ``low`` and ``high`` before the rounding of both."""

    kind: CheckKind
    part: Mention
    whole: Mention
    percent: Decimal
    low: Decimal
    high: Decimal


def percent_checks(quantities: Sequence[Mention], wording: Wording) -> Iterator[Check]:
    """Yield at most one check for each percentage of one record, in text order.

    Args:
        quantities: The record's quantity mentions in text order.
        wording: The words of the article.
    """
    ratios = [*_progress_ratios(quantities), *_share_ratios(quantities)]
    if not ratios:
        return
    percents = [
        mention
        for mention in quantities
        if mention.label == PERCENTAGE and mention.quantity is not None and not wording.direction(mention)
    ]
    fitting = {percent.id: _fitting(percent, ratios, wording) for percent in percents}
    for percent in percents:
        ratio = fitting[percent.id]
        if ratio is not None:
            check = make_check(ratio.kind, percent, ratio.percent, True)
        else:
            # What one percentage is of, another is hardly a slip of.
            check = _disagreement(percent, [one for one in ratios if one not in fitting.values()], wording)
        if check is not None:
            yield check


def _progress_ratios(quantities: Sequence[Mention]) -> Iterator[Ratio]:
    amounts = [mention for mention in quantities if mention.label == AMOUNT]
    for target in (mention for mention in quantities if mention.label == TARGET):
        reached = [amount for amount in amounts if comparable(amount.quantity, target.quantity)]
        for amount in reached:
            yield _ratio("progress", amount, target)
        if len(reached) == 2:
            yield _ratio("progress", reached[0], target, also=reached[1])


def _share_ratios(quantities: Sequence[Mention]) -> Iterator[Ratio]:
    amounts = [mention for mention in quantities if mention.label == AMOUNT]
    for one, other in combinations(amounts, 2):
        if comparable(one.quantity, other.quantity) and value_of(one) != value_of(other):
            part, whole = sorted((one, other), key=value_of)
            yield _ratio("share", part, whole)


def _ratio(kind: CheckKind, part: Mention, whole: Mention, also: Mention | None = None) -> Ratio:
    parts = [part] if also is None else [part, also]
    value, base = sum(map(value_of, parts), Decimal(0)), value_of(whole)
    blur, base_blur = sum(map(_blur, parts), Decimal(0)), _blur(whole)
    return Ratio(
        kind,
        part,
        whole,
        value / base * _HUNDRED,
        (value - blur) / (base + base_blur) * _HUNDRED,
        (value + blur) / (base - base_blur) * _HUNDRED,
    )


def _start(mention: Mention) -> int:
    return mention.start


def _blur(mention: Mention) -> Decimal:
    # «۸٫۴ میلیارد» stands for 8.35 to 8.45; «۱۰ هزار» is taken as it is written.
    return stated_step(mention) * _HALF if has_fraction(mention) else Decimal(0)


def _fitting(percent: Mention, ratios: Sequence[Ratio], wording: Wording) -> Ratio | None:
    stated = percent.quantity
    if stated is None:
        return None
    value = stated.value or Decimal(0)
    fitting = (ratio for ratio in ratios if agrees(stated, ratio.low, ratio.high))
    for ratio in sorted(fitting, key=lambda ratio: abs(ratio.percent - value)):
        near = abs(ratio.percent - value) <= ONE_SIDED_POINTS
        if _is_said(percent, ratio, wording):
            return ratio
        # Some pair of numbers gives a whole percentage by chance.
        told = stated.value != stated.value.to_integral_value() if stated.value is not None else False
        if ratio.kind == "share" and wording.is_compared(min(ratio.part, ratio.whole, key=_start), percent):
            continue
        if (near or not is_one_sided(stated)) and (told or _may_be_said(percent, ratio, wording)):
            return ratio
    return None


def _disagreement(percent: Mention, ratios: Sequence[Ratio], wording: Wording) -> Check | None:
    if not check_words().remaining.isdisjoint(wording.after(percent)[:WORDS_OF_REMAINING]):
        return _remaining(percent, ratios)
    said = [ratio for ratio in ratios if _is_said(percent, ratio, wording)]
    if len(said) != 1 or not is_plausible(percent, said[0].percent):
        return None
    return make_check(said[0].kind, percent, said[0].percent, False)


def _remaining(percent: Mention, ratios: Sequence[Ratio]) -> Check | None:
    # «۴۰ درصد باقی مانده است»: of the target, what is not reached.
    progress = [ratio for ratio in ratios if ratio.kind == "progress" and ratio.percent <= _HUNDRED]
    if len(progress) != 1 or percent.quantity is None:
        return None
    ratio = progress[0]
    right = agrees(percent.quantity, _HUNDRED - ratio.high, _HUNDRED - ratio.low)
    return make_check("progress", percent, _HUNDRED - ratio.percent, right)


def _is_said(percent: Mention, ratio: Ratio, wording: Wording) -> bool:
    """Whether the wording says that ``percent`` is of these two numbers."""
    if ratio.kind == "progress":
        return wording.equates(ratio.part, percent) or _tells_reaching(percent, wording)
    if not wording.equates(ratio.part, percent) or "کل" in wording.after(percent)[:2]:
        return False  # «۹ منطقه یعنی ۴۲ درصد کل جمعیت» is no share of the regions
    if ratio.whole.start > ratio.part.start:
        return _follows_from(ratio.whole, wording) and not wording.names_percent_of(percent)
    return (
        _follows_from(ratio.whole, wording)
        or wording.names_percent_of(percent)
        or wording.points_back(ratio.whole, percent)
    )


def _may_be_said(percent: Mention, ratio: Ratio, wording: Wording) -> bool:
    """Whether anything in the wording makes ``percent`` one of ``ratio``'s whole."""
    if wording.is_of_a_whole(percent) or wording.equates(ratio.part, percent):
        return True
    return _follows_from(ratio.whole, wording) or wording.points_back(ratio.whole, percent)


def _tells_reaching(percent: Mention, wording: Wording) -> bool:
    return not check_words().reaching.isdisjoint(wording.clause_around(percent))


def _follows_from(whole: Mention, wording: Wording) -> bool:
    # «از ۱۲۰ واحد», «از مجموع ۱۲۰ واحد», «از کل حدود ۱۲۰ واحد»; in «از این تعداد ۱۲۰ واحد» it is a part.
    words = wording.before(whole)[-WORDS_AFTER_FROM:]
    return "از" in words and check_words().anaphora.isdisjoint(words)
