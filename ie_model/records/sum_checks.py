"""``sum``: a total against its listed parts, across records.

By the annotation guide a total stands in a record of its own beside its breakdown, so parts are looked for
among the quantities of one unit in the sentence of the total and the next :data:`SENTENCES_ON`, where the
wording says that they are parts: «۴۰ طرح شامل ۲۵ طرح صنعتی و ۱۵ طرح معدنی», «از این تعداد ...», «از مجموع
۸۸ میلیارد تومان ...», or before it «... که در مجموع ۹۰ میلیارد تومان می‌شود».

Such a list need not be complete («از ۶۶ مصوبه ۲۹ مصوبه اجرا شده و ۱۱ مصوبه ابلاغ نشده است»), so the check is
made only where the parts give the total, or nearly (:data:`NEAR`): then the list is meant to be complete, and
a difference is the article's slip. Behind «شامل» the difference may be larger (:data:`NEAR_ALL`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from ie_model.records.agreement import amount_agrees, make_check, measure, rounding_of, value_of
from ie_model.records.wording import Wording, check_words
from ie_model.schema import PERCENTAGE, Check, Mention

#: Sentences behind the total's in which its parts may stand.
SENTENCES_ON: Final = 2
#: Parts of one total that are looked at.
MAX_PARTS: Final = 12
#: Code points between neighbours of one list.
MAX_GAP: Final = 400
#: Parts that miss the total by so little, as a share of it, are its parts though they do not give it ...
NEAR: Final = Decimal("0.03")
#: ... and behind «شامل» by so little.
NEAR_ALL: Final = Decimal("0.1")
#: Words before a total in which «مجموع» stands.
WORDS_BEFORE: Final = 4
#: Words behind a part in which «آن», «دیگر» and the like make it one.
WORDS_BEHIND: Final = 2

#: «از ۱۱۵۲ شهر ۱۱۱۳ شهر ... که از این تعداد ۳۱ شهر»: a part of a part.
_PART_OF_PART = re.compile(r"\bکه (?:\w+ ){0,3}از (?:این|آن|میان)\b")


class Place(NamedTuple):
    """A quantity and the number of its sentence."""

    mention: Mention
    sentence: int


def sum_checks(places: Sequence[Place], wording: Wording) -> Iterator[tuple[str, Check]]:
    """Yield the id of each total with its check.

    Args:
        places: All quantities of an article in text order.
        wording: The words of the article.
    """
    groups: dict[tuple[str, str], list[Place]] = {}
    for place in places:
        key = measure(place.mention.quantity, jobs_are_people=False)
        if key is not None and place.mention.label != PERCENTAGE:
            groups.setdefault(key, []).append(place)
    for group in groups.values():
        for number in range(len(group)):
            check = _parts_behind(group, number, wording) or _parts_before(group, number, wording)
            if check is not None:
                yield group[number].mention.id, check


def _parts_behind(group: Sequence[Place], number: int, wording: Wording) -> Check | None:
    total = group[number]
    parts = _giving(total, _neighbours(total, group[number + 1 : number + 1 + MAX_PARTS]))
    if not parts or not all(_is_part(part, wording) for part in parts):
        return None
    between = [wording.gap(one.mention, other.mention) for one, other in pairwise(parts)]
    if any(map(_PART_OF_PART.search, between)):
        return None
    words = check_words()
    gap = wording.gap(total.mention, parts[0].mention)
    if words.includes.search(gap) is not None:
        return _check(total, parts, NEAR_ALL)
    if words.of_these.search(gap) is not None or wording.introduced_by(total.mention) == "از":
        # Where «از این میزان» stands again, it may be of a part.
        again = any(map(words.of_these.search, between))
        return _check(total, parts, Decimal(0) if again else NEAR)
    behind = (" ".join(wording.after(part.mention)[:WORDS_BEHIND]) for part in parts)
    if parts[0].sentence == parts[-1].sentence and any(map(words.parts_of_it.search, behind)):
        return _check(total, parts, Decimal(0))
    return None


def _parts_before(group: Sequence[Place], number: int, wording: Wording) -> Check | None:
    total = group[number]
    parts = _giving(total, _neighbours(total, group[max(0, number - MAX_PARTS) : number][::-1]))
    if not parts or check_words().altogether.isdisjoint(wording.before(total.mention)[-WORDS_BEFORE:]):
        return None
    return _check(total, parts, NEAR)


def _neighbours(total: Place, places: Sequence[Place]) -> list[Place]:
    """Return the places next to ``total`` that may be its parts, the nearest first."""
    found: list[Place] = []
    previous = total
    for place in places:
        first, second = sorted((previous.mention, place.mention), key=lambda mention: mention.start)
        if second.start - first.end > MAX_GAP or abs(place.sentence - total.sentence) > SENTENCES_ON:
            break
        if value_of(place.mention) >= value_of(total.mention):
            break
        found.append(place)
        previous = place
    return found


def _giving(total: Place, parts: Sequence[Place]) -> Sequence[Place]:
    """Return the first parts that give the total, else those in one sentence where they come near it."""
    whole = value_of(total.mention)
    sums = list(accumulate(value_of(part.mention) for part in parts))
    if whole in sums[1:]:
        return parts[: sums.index(whole) + 1]
    # What the next sentence counts may be of something else: parts that miss the total stand in one.
    count = sum(part.sentence == parts[0].sentence for part in parts)
    if count < 2 or abs(sums[count - 1] - whole) > NEAR_ALL * whole:
        return ()
    return parts[:count]


def _is_part(place: Place, wording: Wording) -> bool:
    return wording.introduced_by(place.mention) not in ("از", "به") and not wording.direction(place.mention)


def _check(total: Place, parts: Sequence[Place], near: Decimal) -> Check | None:
    whole = value_of(total.mention)
    computed = sum((value_of(part.mention) for part in parts), Decimal(0))
    if abs(computed - whole) > near * whole:
        return None
    rounding = sum((rounding_of(part.mention) for part in parts), Decimal(0))
    return make_check("sum", total.mention, computed, amount_agrees(total.mention, computed, rounding))
