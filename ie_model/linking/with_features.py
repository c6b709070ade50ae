"""Features of a pair of quantities, the earlier ``left``: do they state one fact?"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt

from ie_model.linking import words
from ie_model.linking.features import GAP_NAMES, Columns, Floats, Group, at_or, gap_features, gap_of
from ie_model.linking.layout import LABEL_CODES, Integers, Layout, begin_among, sums_of, value_key
from ie_model.schema import PERCENTAGE, TARGET

#: Two quantities farther apart than this are never in one record (98 % of the pairs in our corpus are not).
MAX_SENTENCES = 2
#: Quantities between two of one record, plus one; 99 % of the pairs in our corpus are within 4.
MAX_STEPS = 5

#: A stated percentage fits when it is within this many points of the computed one.
FIT_POINTS = 1.5
#: Quantities on either side of a pair that may complete its arithmetic.
NEAR = 3


def candidate_pairs(layout: Layout) -> Iterator[tuple[int, int]]:
    """Yield index pairs of quantities (earlier first) that may share a record."""
    places = layout.quantities
    for i, left in enumerate(places):
        for j in range(i + 1, min(i + 1 + MAX_STEPS, len(places))):
            if places[j].sentence - left.sentence > MAX_SENTENCES:
                break
            yield i, j


def _codes(texts: list[str]) -> Integers:
    # Equal texts, equal codes; 0 for the empty one.
    known = {"": 0}
    return np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.int64)


def _types(layout: Layout, i: Integers, j: Integers) -> Columns:
    label, kind = layout.labels, layout.kinds
    unit = _codes([place.unit for place in layout.quantities])
    item = _codes([place.item for place in layout.quantities])
    parts = [place.item.split() for place in layout.quantities]
    head = _codes([" ".join(own[:1]) for own in parts])
    length = np.array([len(own) for own in parts], dtype=np.int64)
    return [
        *(label[i] == code for code in range(3)),
        *(label[j] == code for code in range(3)),
        *(kind[i] == code for code in range(4)),
        *(kind[j] == code for code in range(4)),
        label[i] == label[j],
        kind[i] == kind[j],
        kind[i] * 4 + kind[j],
        (unit[i] > 0) & (unit[i] == unit[j]),
        (unit[i] == 0) * 1 + (unit[j] == 0),
        (item[i] > 0) & (item[i] == item[j]),
        (item[i] > 0) & (head[i] == head[j]),
        length[i],
        length[j],
    ]


TYPE_NAMES = words.as_tuple(
    "left_amount left_target left_percentage right_amount right_target right_percentage"
    " left_money left_count left_measure left_percent right_money right_count right_measure right_percent"
    " same_label same_kind kinds same_unit missing_units same_item same_item_head left_item_words"
    " right_item_words"
)


def _gap(layout: Layout, i: Integers, j: Integers) -> Columns:
    label, kind, spots = layout.labels, layout.kinds, layout.quantity_spots

    def between(marks: npt.NDArray[np.bool_]) -> Integers:
        sums = sums_of(marks)
        return sums[j] - sums[i + 1]

    like = np.array([between(kind == code) for code in range(4)]).reshape(4, len(i))
    pairs = np.arange(len(i))
    return [
        *gap_features(layout, spots.at(i), spots.at(j)),
        j - i,
        between(label == LABEL_CODES[PERCENTAGE]),
        between(label == LABEL_CODES[TARGET]),
        like[kind[i], pairs],
        like[kind[j], pairs],
    ]


GAP = (*GAP_NAMES, *words.as_tuple("steps percentages targets like_left like_right"))


def _sentence(layout: Layout, i: Integers, j: Integers) -> Columns:
    own = _own_sentence(layout)
    sentence = layout.quantity_spots.sentence
    left, right = ([column[side] for column in own] for side in (i, j))
    return [*left, *right, sentence[i], len(layout.sentences) - sentence[j], _alternates(layout, i, j)]


def _own_sentence(layout: Layout) -> Columns:
    """Where each quantity stands in its sentence, columns :data:`_OWN` of shape (quantities,)."""
    spots, kind = layout.quantity_spots, layout.kinds
    start, stop = layout.sentence_tokens[spots.sentence].T
    low, high = np.searchsorted(spots.first, start), np.searchsorted(spots.first, stop)
    sums = sums_of(kind == np.arange(4)[:, np.newaxis])
    of_kind = sums[:, high] - sums[:, low]
    return [
        high - low,
        of_kind[kind, np.arange(len(kind))],
        (of_kind > 0).sum(axis=0),
        np.searchsorted(spots.first, spots.first) - low,
        spots.first - start,
        stop - spots.stop,
        begin_among(layout.institution_spots, start, stop),
        layout.counts("verb", start, spots.first),
        layout.counts("verb", spots.stop, stop),
    ]


_OWN = words.as_tuple(
    "quantities like_it kinds rank words_before words_after institutions verbs_before verbs_after"
)
SENTENCE = (
    *(f"{side}_{name}" for side in ("left", "right") for name in _OWN),
    "sentence",
    "sentences_left",
    "alternates",
)


def _alternates(layout: Layout, i: Integers, j: Integers) -> Floats:
    """Above 0 where kinds alternate around the pair: count money | count money."""
    kind = layout.kinds
    one, other = kind[i], kind[j]
    after, after2 = (at_or(kind, i + step, -1) for step in (2, 3))
    before, before2 = (at_or(kind, i - step, -1) for step in (1, 2))
    forward = (after == one) & (after2 == other)
    backward = (before2 == one) & (before == other)
    crossed = (after == one) | (before == other)
    found = (forward | backward) * 1.0 - 0.5 * crossed
    return np.where((j == i + 1) & (one != other), found, 0.0)


def _neighbours(layout: Layout, i: Integers, j: Integers) -> Columns:
    spots = layout.quantity_spots
    columns: list[npt.NDArray[np.generic]] = []
    for near, far in ((i, i - 1), (j, j + 1)):
        known = (far >= 0) & (far < len(layout.quantities))
        first, stop = gap_of(spots.at(near), spots.at(np.where(known, far, near)))
        breaks = layout.counts("verb", first, stop) + 10 * layout.counts("stop", first, stop)
        columns += [
            np.where(known, np.minimum(stop - first, 99), 99),
            at_or(layout.kinds, far, -1),
            at_or(layout.labels, far, -1),
            np.where(known, breaks, 0),
        ]
    return columns


NEIGHBOURS = tuple(
    f"{side}_{name}" for side in ("previous", "next") for name in ("words", "kind", "label", "breaks")
)


def _arithmetic(layout: Layout, i: Integers, j: Integers) -> Columns:
    value = np.array([place.value for place in layout.quantities], dtype=np.float64)
    percent = layout.labels == LABEL_CODES[PERCENTAGE]
    item = _codes([place.item for place in layout.quantities])
    a, b = value[i], value[j]
    with np.errstate(all="ignore"):  # values that are unknown or 0 fit nothing
        known = (a > 0) & (b > 0)
        ratio = np.where(known, np.minimum(a, b) / np.maximum(a, b) * 100, np.nan)
        same = (item[i] == item[j]) & ~percent[i]
        fits, explains, adds_up = _fits_of_others(value, percent, i, j, ratio)
        return [
            np.where(a > 0, np.log10(a), -1.0),
            np.where(b > 0, np.log10(b), -1.0),
            np.where(known, np.log10(b / a), 0.0),
            a < b,
            a == b,
            np.where(same & known, ratio, -1.0),
            same & fits,
            explains,
            adds_up,
        ]


def _fits_of_others(
    value: Floats,
    percent: npt.NDArray[np.bool_],
    i: Integers,
    j: Integers,
    ratio: Floats,
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Whether a third quantity near each pair is its ratio, completes a share of the two, or adds up."""
    third = i[:, np.newaxis] + np.arange(-NEAR, MAX_STEPS + NEAR + 1)
    near = (third >= 0) & (third < len(value)) & (third <= j[:, np.newaxis] + NEAR)
    near &= (third != i[:, np.newaxis]) & (third != j[:, np.newaxis])
    c, is_percent = at_or(value, third, np.nan), at_or(percent, third, False)
    # One column, as many as there are third quantities, each against the pair's own.
    a, b, given = value[i, np.newaxis], value[j, np.newaxis], ratio[:, np.newaxis]
    stated = np.where(percent[i, np.newaxis], a, b)
    whole = np.where(percent[i, np.newaxis], b, a)
    fits = near & is_percent & (_close(c, given) | _close(c * given / 100, 100))
    shares = _close(c / whole * 100, stated) | _close(whole / c * 100, stated)
    one_percent = (percent[i] != percent[j])[:, np.newaxis]
    explains = near & ~is_percent & one_percent & (whole > 0) & (c > 0) & shares
    adds_up = near & (c > 0) & ((c == a + b) | (a + c == b) | (b + c == a))
    return np.any(fits, axis=1), np.any(explains, axis=1), np.any(adds_up, axis=1)


def _close(one: Floats, other: Floats | float) -> npt.NDArray[np.bool_]:
    return np.asarray(abs(one - other) < FIT_POINTS, dtype=np.bool_)


ARITHMETIC = words.as_tuple("left_log right_log log_ratio rises equal ratio_of_same fits explains adds_up")


#: A quantity is within two places of five, itself counted: among so many close pairs one is without two given
#: quantities.
_ENOUGH = 4 * 5 + 1


def _close_pairs(left: Sequence[int], right: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield places of two values, each from its own list, that are at most two apart; both lists ascend."""
    few, many = sorted((left, right), key=len)
    for one in few:
        first = bisect_left(many, one - 2)
        yield from ((one, other) for other in many[first : first + 5] if other <= one + 2)


def _repetition(layout: Layout, i: Integers, j: Integers) -> Columns:
    of_value = layout.indices_of_value
    # By quantity: the others of its value.
    same = [of_value.get(key, []) if key else [] for key in map(value_key, layout.quantities)]
    numbers = []
    close: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for one, other in zip(i.tolist(), j.tolist(), strict=True):
        left, right = same[one], same[other]
        # Of equal value they are the same list: both are in it twice.
        own = 2 if left is right else 1
        lists = id(left), id(right)
        if lists not in close:
            close[lists] = list(islice(_close_pairs(left, right), _ENOUGH))
        others = any(not {one, other} & set(pair) for pair in close[lists])
        numbers.append((max(0, len(left) - own), max(0, len(right) - own), others))
    columns = np.array(numbers, dtype=np.int64).reshape(len(i), 3).T
    return [*columns, np.full(len(i), len(layout.quantities))]


def _parallel(layout: Layout, i: Integers, j: Integers) -> Columns:
    spots = layout.quantity_spots
    tokens = _codes([*layout.tokens, ""])  # a place outside the article is the empty token

    def same(left: Integers, right: Integers) -> npt.NDArray[np.bool_]:
        one, other = (at_or(tokens, index, 0) for index in (left, right))
        return np.asarray((one > 0) & (one == other))

    return [
        same(spots.first[i] - 1, spots.first[j] - 1),
        same(spots.first[i] - 2, spots.first[j] - 2),
        same(spots.stop[i], spots.stop[j]),
        same(spots.stop[i] + 1, spots.stop[j] + 1),
        same(spots.stop[i] - 1, spots.stop[j] - 1),
    ]


PARALLEL = words.as_tuple("same_before same_before2 same_after same_after2 same_last")


WITH_GROUPS = (
    Group("types", tuple(TYPE_NAMES), _types),
    Group("gap", GAP, _gap),
    Group("sentence", SENTENCE, _sentence),
    Group("neighbours", NEIGHBOURS, _neighbours),
    Group("arithmetic", tuple(ARITHMETIC), _arithmetic),
    Group("repetition", ("left_again", "right_again", "together_again", "quantities"), _repetition),
    Group("parallel", PARALLEL, _parallel),
)
