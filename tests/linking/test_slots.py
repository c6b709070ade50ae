"""Words around and between the mentions of a pair."""

import numpy as np
import pytest

from ie_model.linking.layout import Spots, lay_out
from ie_model.linking.scorers import by_table, with_table
from ie_model.linking.slots import GAP_WORDS, Sides, slot_matrix, slot_words
from ie_model.linking.training import gold_mentions
from tests.linking.making import article, mention

TEXT = "از سوی بانک ملی 5 میلیارد تومان برای خرید 3 دستگاه"


def one_pair(text, left, right, mark=""):
    layout = lay_out(text, [mention(text, left, "AMOUNT", "a"), mention(text, right, "AMOUNT", "b")])
    first, second = (layout.quantity_spots.at(np.array([place])) for place in (0, 1))
    return layout, Sides(first, second, np.array([mark]))


def test_words_of_each_slot():
    layout, sides = one_pair(TEXT, "5 میلیارد تومان", "3 دستگاه")
    assert slot_words(layout, sides) == [
        frozenset(
            {
                ("before", "ملی"), ("before2", "بانک"), ("left_last", "تومان"), ("right_last", "دستگاه"),
                ("gap_first", "برای"), ("gap_last", "خرید"), ("gap_last2", "برای"), ("between", "برای"),
                ("between", "خرید"),
            }
        )
    ]  # fmt: skip


def test_chosen_words_become_columns():
    layout, sides = one_pair(TEXT, "5 میلیارد تومان", "3 دستگاه")
    chosen = (
        ("before", "از"),
        ("gap_last", "خرید"),
        ("between", "خرید"),
        ("between", "از"),
        ("after", "خرید"),
    )
    assert slot_matrix(layout, sides, chosen).tolist() == [[0.0, 1.0, 1.0, 0.0, 0.0]]


def test_a_mark_keeps_the_slots_of_both_orders_apart():
    layout, sides = one_pair(TEXT, "5 میلیارد تومان", "3 دستگاه", mark="q_")
    chosen = (("q_gap_last", "خرید"), ("i_gap_last", "خرید"))
    assert slot_matrix(layout, sides, chosen).tolist() == [[1.0, 0.0]]


def test_of_a_long_gap_the_end_is_read():
    text = f"5 نفر {'اول ' * GAP_WORDS}{'دوم ' * GAP_WORDS}7 نفر"
    layout, sides = one_pair(text, "5 نفر", "7 نفر")
    assert {word for slot, word in slot_words(layout, sides)[0] if slot == "between"} == {"دوم"}
    assert slot_matrix(layout, sides, (("between", "اول"), ("between", "دوم"))).tolist() == [[0.0, 1.0]]


def test_no_pair_has_no_row():
    layout, _ = one_pair(TEXT, "5 میلیارد تومان", "3 دستگاه")
    none = Spots(*(np.zeros((6, 0), dtype=np.int64)))
    assert slot_matrix(layout, Sides(none, none, np.zeros(0, dtype=np.str_)), (("after", "از"),)).shape == (
        0,
        1,
    )


@pytest.mark.parametrize("make", [with_table, by_table])
@pytest.mark.parametrize("number", range(8))
def test_columns_say_what_the_words_say(make, number):
    source = article(number, sentences=8)
    table = make(lay_out(source.text, gold_mentions(source)))
    words = table.slot_words()
    chosen = tuple(sorted(frozenset().union(*words)))
    expected = [[float(slot in present) for slot in chosen] for present in words]
    assert slot_matrix(table.layout, table.sides, chosen).tolist() == expected
