"""Features of a pair of quantities: do they state one fact?"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator

from ie_model.linking import words
from ie_model.linking.features import GAP_NAMES, Group, gap_features, gap_of
from ie_model.linking.layout import Layout, value_key
from ie_model.schema import AMOUNT, PERCENTAGE, TARGET

#: Two quantities farther apart than this are never in one record (98 % of the pairs in our corpus are not).
MAX_SENTENCES = 2
#: Quantities between two of one record, plus one; 99 % of the pairs in our corpus are within 4.
MAX_STEPS = 5

LABEL_CODES = {AMOUNT: 0, TARGET: 1, PERCENTAGE: 2}
#: A stated percentage fits when it is within this many points of the computed one.
FIT_POINTS = 1.5


def candidate_pairs(layout: Layout) -> Iterator[tuple[int, int]]:
    """Yield index pairs of quantities (earlier first) that may share a record."""
    places = layout.quantities
    for i, left in enumerate(places):
        for j in range(i + 1, min(i + 1 + MAX_STEPS, len(places))):
            if places[j].sentence - left.sentence > MAX_SENTENCES:
                break
            yield i, j


def _types(layout: Layout, i: int, j: int) -> list[float]:
    left, right = layout.quantities[i], layout.quantities[j]
    labels = LABEL_CODES[left.mention.label], LABEL_CODES[right.mention.label]
    return [
        *(float(labels[0] == code) for code in range(3)),
        *(float(labels[1] == code) for code in range(3)),
        *(float(left.kind == code) for code in range(4)),
        *(float(right.kind == code) for code in range(4)),
        float(labels[0] == labels[1]),
        float(left.kind == right.kind),
        float(left.kind * 4 + right.kind),
        float(bool(left.unit) and left.unit == right.unit),
        float(not left.unit) + float(not right.unit),
        float(bool(left.item) and left.item == right.item),
        float(bool(left.item) and left.item.split()[:1] == right.item.split()[:1]),
        len(left.item.split()),
        len(right.item.split()),
    ]


TYPE_NAMES = words.as_tuple(
    "left_amount left_target left_percentage right_amount right_target right_percentage"
    " left_money left_count left_measure left_percent right_money right_count right_measure right_percent"
    " same_label same_kind kinds same_unit missing_units same_item same_item_head left_item_words"
    " right_item_words"
)


def _gap(layout: Layout, i: int, j: int) -> list[float]:
    places = layout.quantities
    between = places[i + 1 : j]
    kinds = [place.kind for place in between]
    return [
        *gap_features(layout, places[i], places[j]),
        j - i,
        sum(place.mention.label == PERCENTAGE for place in between),
        sum(place.mention.label == TARGET for place in between),
        kinds.count(places[i].kind),
        kinds.count(places[j].kind),
    ]


GAP = (*GAP_NAMES, *words.as_tuple("steps percentages targets like_left like_right"))


def _sentence(layout: Layout, i: int, j: int) -> list[float]:
    places = layout.quantities
    left, right = places[i], places[j]
    firsts = layout.quantity_firsts
    numbers: list[float] = []
    for place in (left, right):
        start, stop = layout.sentence_tokens[place.sentence]
        low, high = bisect_left(firsts, start), bisect_left(firsts, stop)
        kinds = [other.kind for other in places[low:high]]
        numbers += [
            high - low,
            kinds.count(place.kind),
            len(set(kinds)),
            firsts.index(place.first, low) - low if high > low else 0,
            place.first - start,
            stop - place.stop,
            layout.institutions_between(start, stop),
            layout.count("verb", start, place.first),
            layout.count("verb", place.stop, stop),
        ]
    alternates = _alternates(layout, i, j)
    return [*numbers, float(left.sentence), len(layout.sentences) - right.sentence, alternates]


_OWN = words.as_tuple(
    "quantities like_it kinds rank words_before words_after institutions verbs_before verbs_after"
)
SENTENCE = (
    *(f"{side}_{name}" for side in ("left", "right") for name in _OWN),
    "sentence",
    "sentences_left",
    "alternates",
)


def _alternates(layout: Layout, i: int, j: int) -> float:
    """Above 0 where kinds alternate around the pair: count money | count money."""

    def kind(k: int) -> int:
        return layout.quantities[k].kind if 0 <= k < len(layout.quantities) else -1

    if j != i + 1 or kind(i) == kind(j):
        return 0.0
    forward = kind(i + 2) == kind(i) and kind(i + 3) == kind(j)
    backward = kind(i - 2) == kind(i) and kind(i - 1) == kind(j)
    crossed = kind(i + 2) == kind(i) or kind(i - 1) == kind(j)
    return float(forward or backward) - 0.5 * float(crossed)


def _neighbours(layout: Layout, i: int, j: int) -> list[float]:
    places = layout.quantities
    numbers: list[float] = []
    for near, far in ((i, i - 1), (j, j + 1)):
        if not 0 <= far < len(places):
            numbers += [99.0, -1.0, -1.0, 0.0]
            continue
        first, stop, _ = gap_of(*sorted((places[near], places[far]), key=lambda p: p.first))
        numbers += [
            min(stop - first, 99),
            places[far].kind,
            LABEL_CODES[places[far].mention.label],
            layout.count("verb", first, stop) + 10.0 * layout.count("stop", first, stop),
        ]
    return numbers


NEIGHBOURS = tuple(
    f"{side}_{name}" for side in ("previous", "next") for name in ("words", "kind", "label", "breaks")
)


def _arithmetic(layout: Layout, i: int, j: int) -> list[float]:
    places = layout.quantities
    left, right = places[i], places[j]
    a, b = left.value, right.value
    both = a > 0 and b > 0
    near = [places[k] for k in range(max(0, i - 3), min(len(places), j + 4)) if k not in (i, j)]
    others = [(place.mention.label, place.value) for place in near]
    same = left.item == right.item and left.mention.label != PERCENTAGE
    ratio = min(a, b) / max(a, b) * 100 if both else math.nan
    fits = any(
        label == PERCENTAGE and (abs(p - ratio) < FIT_POINTS or abs(p * ratio / 100 - 100) < FIT_POINTS)
        for label, p in others
    )
    explains = _is_share_of_pair(left.mention.label, a, right.mention.label, b, others)
    return [
        math.log10(a) if a > 0 else -1.0,
        math.log10(b) if b > 0 else -1.0,
        math.log10(b / a) if both else 0.0,
        float(a < b),
        float(a == b),
        ratio if same and both else -1.0,
        float(same and fits),
        float(explains),
        float(any(c > 0 and (c == a + b or a + c == b or b + c == a) for _, c in others)),
    ]


ARITHMETIC = words.as_tuple("left_log right_log log_ratio rises equal ratio_of_same fits explains adds_up")


def _is_share_of_pair(
    left_label: str, a: float, right_label: str, b: float, others: list[tuple[str, float]]
) -> bool:
    # One of the pair is a percentage; with a third quantity the other gives that percentage.
    if (left_label == PERCENTAGE) == (right_label == PERCENTAGE):
        return False
    percent, value = (a, b) if left_label == PERCENTAGE else (b, a)
    if not value > 0:
        return False
    return any(
        label != PERCENTAGE
        and c > 0
        and (abs(c / value * 100 - percent) < FIT_POINTS or abs(value / c * 100 - percent) < FIT_POINTS)
        for label, c in others
    )


def _repetition(layout: Layout, i: int, j: int) -> list[float]:
    places, of_value = layout.quantities, layout.indices_of_value
    left, right = (
        [k for k in (of_value.get(key, []) if key else []) if k not in (i, j)]
        for key in (value_key(places[i]), value_key(places[j]))
    )
    together = any(abs(k - other) <= 2 for k in left for other in right)
    return [len(left), len(right), float(together), len(places)]


WITH_GROUPS = (
    Group("types", tuple(TYPE_NAMES), _types),
    Group("gap", GAP, _gap),
    Group("sentence", SENTENCE, _sentence),
    Group("neighbours", NEIGHBOURS, _neighbours),
    Group("arithmetic", tuple(ARITHMETIC), _arithmetic),
    Group("repetition", ("left_again", "right_again", "together_again", "quantities"), _repetition),
)
