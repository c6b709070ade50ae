"""Verb forms and their tense."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.persian.verbs import find_verbs


def tenses(sentence: str) -> list[tuple[str, str]]:
    return [(form.tense, form.verb) for form in find_verbs(sentence.split())]


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("وام پرداخت خواهد شد", [("future", "شد")]),
        ("وام پرداخت نخواهند کرد", [("future", "کرد")]),
        ("طرح افتتاح می شود", [("present", "شود")]),
        ("طرح افتتاح نمی شود", [("present", "شود")]),
        ("طرح افتتاح میشود", [("present", "شود")]),
        ("طرح افتتاح می شد", [("imperfect", "شد")]),
        ("طرح افتتاح میشد", [("imperfect", "شد")]),
        ("طرح افتتاح شد", [("past", "شد")]),
        ("طرح ها افتتاح نشدند", [("past", "نشدند")]),
        ("طرح افتتاح شده است", [("perfect", "شده")]),
        ("طرح افتتاح شده بود", [("pluperfect", "شده")]),
        ("اگر افتتاح شده باشد", [("perfect subjunctive", "شده")]),
        ("طرح افتتاح شده در استان", [("participle", "شده")]),
        ("باید افتتاح شود", [("must", "باید"), ("subjunctive", "شود")]),
        ("تا به نتیجه برسد", [("subjunctive", "رسد")]),
        ("که نشود", [("subjunctive", "شود")]),
        ("قرار است تحویل دهند", [("due", "قرار"), ("subjunctive", "دهند")]),
        ("استان سه بانک دارد", [("has", "دارد")]),
        ("این رقم کم نیست", [("is", "نیست")]),
        ("به نتیجه رسید", [("past", "رسید")]),
        ("به نتیجه می رسید", [("imperfect", "رسید")]),
        ("در استان می ماند", [("present", "ماند")]),
        ("می پیوندد", [("present", "پیوندد")]),
    ],
)
def test_a_form_is_known_by_stem_prefix_and_ending(sentence: str, found: list[tuple[str, str]]) -> None:
    assert tenses(sentence) == found


@pytest.mark.parametrize(
    "sentence", ["خرید کارخانه", "پرداخت وام", "ساخت راه", "راه سازی", "کارم", "تولید ورق", "بازار برنج", ""]
)
def test_nouns_that_look_like_forms_are_passed_over(sentence: str) -> None:
    assert tenses(sentence) == []


def test_a_form_of_two_words_is_one_and_its_place_is_the_first() -> None:
    forms = find_verbs(["گفت", "که", "وام", "داده", "خواهد", "شد", "و", "می", "رود"])
    assert [(form.place, form.tense) for form in forms] == [
        (0, "past"),
        (3, "participle"),
        (4, "future"),
        (7, "present"),
    ]


@pytest.mark.parametrize("word", ["خواهد", "می", "شده", "قرار"])
def test_a_form_that_is_cut_off_is_no_error(word: str) -> None:
    assert len(find_verbs([word])) <= 1


WORDS = ["می", "نمی", "خواهد", "شد", "شود", "شده", "است", "بود", "باید", "قرار", "کار", "داد", "دارد", "و"]


@given(st.lists(st.sampled_from(WORDS)))
def test_forms_are_in_order_and_do_not_overlap(words: list[str]) -> None:
    places = [form.place for form in find_verbs(words)]
    assert places == sorted(set(places))
    assert all(0 <= place < len(words) for place in places)
