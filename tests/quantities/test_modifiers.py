"""Modifiers left and right of a span: one word a rule, and what the window and the clause leave out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.quantities import read_quantity
from ie_model.quantities.modifiers import (
    LEFT_WINDOW,
    RIGHT_WINDOW,
    Left,
    left_of_words,
    read_both,
    read_left,
    tail_modifier,
)
from ie_model.quantities.tables import modifier_tables

ZWNJ = "\u200c"
TABLE = modifier_tables()
NEGATED = {"more_than": "at_most", "less_than": "at_least"}


def modifier(before: str, after: str = "", surface: str = "۵ نفر") -> str:
    text = before + surface + after
    return read_quantity(text, len(before), len(before) + len(surface)).quantity.modifier


@pytest.mark.parametrize(("phrase", "name"), sorted(TABLE.phrases.items()))
def test_every_phrase_is_read_left_of_a_number(phrase: str, name: str) -> None:
    assert modifier(phrase + " ") == name
    assert modifier("گفت " + phrase + " مبلغ ") == name


@pytest.mark.parametrize(
    ("phrase", "name"), [(phrase, name) for phrase, name in sorted(TABLE.phrases.items()) if name in NEGATED]
)
def test_a_negation_turns_every_comparison_round(phrase: str, name: str) -> None:
    assert modifier("نباید " + phrase + " ") == NEGATED[name]
    assert modifier("نه " + phrase + " ") == NEGATED[name]
    assert modifier(phrase + " ", " نیست") == NEGATED[name]
    assert modifier(phrase + " ", " است") == name


@pytest.mark.parametrize("after", ["بیشتر", "بالاتر"])
@pytest.mark.parametrize("join", ["و", "یا", "و یا", "یا حتی"])
def test_and_more_is_at_least(join: str, after: str) -> None:
    if (join, after) != ("یا حتی", "بالاتر"):
        assert modifier("", f" {join} {after}") == "at_least"


@pytest.mark.parametrize(
    "behind", [" و بیشتر", " يا بيشتر", " به بالا", "\u00a0و بیشتر", " و\u00a0بیشتر", "  و بیشتر"]
)
def test_spacing_and_arabic_letters_behind(behind: str) -> None:
    expected = "exact" if behind.startswith("  ") else "at_least"
    assert modifier("", behind) == expected


@pytest.mark.parametrize("stop", [".", "،", "؛", ")", "\n", "»", " :"])
def test_a_clause_ends_what_is_read_behind(stop: str) -> None:
    assert modifier("", stop + " و بیشتر") == "exact"
    assert modifier("", " و بیشتر" + stop + " از") == "at_least"


def test_behind_a_bound_on_the_left_nothing_changes() -> None:
    assert modifier("حداقل ", " و کمتر") == "at_least"
    assert modifier("حداکثر ", " به بالا") == "at_most"
    assert modifier("تا ", " و بیشتر") == "at_most"


def test_an_early_or_cut_word_is_no_phrase() -> None:
    assert modifier("", " و بیشتری") == "exact"
    assert modifier("", " بهبالا") == "exact"
    far = " " * (RIGHT_WINDOW - 4)
    assert modifier("", far + "و بیشتر") == "exact"


def test_the_left_window_reads_no_word_it_cuts() -> None:
    # «حدود» cut from «محدود» would be «about».
    filler = "مبلغ " * 9
    before = "محدود " + filler
    assert len(before) > LEFT_WINDOW
    assert modifier(before) == "exact"
    assert modifier("حدود " + "مبلغ " * 6) == "about"


@pytest.mark.parametrize(
    ("before", "left"),
    [
        ("", Left()),
        ("حدود ", Left("about")),
        ("بین ", Left(between=True)),
        ("بین حدود ", Left("about", between=True)),
        ("از ", Left(than=True)),
        ("از مرز ", Left(than=True)),
        ("نباید از ", Left(than=True, negated=True)),
        ("بیش از ", Left("more_than")),
        ("تا ", Left("at_most")),
        ("از ۲ تا ", Left()),
        ("۲۰ درصد تا ", Left()),
        ("قرار شد تا ", Left()),
    ],
)
def test_what_stands_left(before: str, left: Left) -> None:
    assert read_left(before + "۵", len(before)) == left


@pytest.mark.parametrize(
    ("words", "name", "understood"),
    [
        (("حدود",), "about", True),
        (("بیش", "از"), "more_than", True),
        (("تا",), "at_most", True),
        (("از",), "exact", True),
        (("مبلغ",), "exact", True),
        (("تبصره",), "exact", False),
    ],
)
def test_words_of_the_surface_before_its_number(words: tuple[str, ...], name: str, understood: bool) -> None:
    left, known = left_of_words(words)
    assert (left.modifier, known) == (name, understood)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("نفر", "و", "بیشتر"), "at_least"),
        (("نفر", "به", "پایین"), "at_most"),
        (("نفر", "و", "کمتر", "از", "آن"), "at_most"),
        (("درصد", "بیشتر"), None),
        (("نفر",), None),
        ((), None),
    ],
)
def test_words_at_the_end_of_the_surface(words: tuple[str, ...], name: str | None) -> None:
    assert tail_modifier(words) == name


@given(
    st.text(alphabet="وی به بالایيكکمترشا ن.،\u200c\n", max_size=60),
    st.sampled_from(["", "از ", "بیش از ", "حدود "]),
)
def test_any_text_behind_gives_a_modifier_and_never_changes_the_value(after: str, before: str) -> None:
    text = before + "۵ نفر" + " " + after
    start = len(before)
    reading = read_quantity(text, start, start + 5)
    left = read_left(text, start)
    assert reading.quantity.value == 5 or reading.quantity.unit is None
    assert read_both(text, start + 5, left) == reading.quantity.modifier


@given(
    st.sampled_from(["بیشتر", "کمتر", "بالاتر"]), st.sampled_from(["درصد", "نفر", "تن"]), st.integers(1, 999)
)
def test_a_comparison_with_something_else_is_no_modifier(word: str, unit: str, number: int) -> None:
    surface = f"{number} {unit}"
    assert modifier("", f" {word} از پارسال", surface) == "exact"
    assert modifier("فروش ", f" {word} شد", surface) == "exact"


@given(st.sampled_from([" ", ZWNJ, ""]), st.sampled_from(["دست کم", "کم و بیش", "نزدیک به"]))
def test_spaces_within_a_phrase_do_not_matter(gap: str, phrase: str) -> None:
    assert modifier(phrase.replace(" ", gap) + " ") == modifier(phrase + " ")


def test_a_range_is_a_range_whatever_stands_around_it() -> None:
    assert modifier("بیش از ", " و بیشتر", "۵ تا ۱۰ نفر") == "range"


def test_the_surface_is_kept() -> None:
    text = "حدود ۵ نفر آمدند"
    assert read_quantity(text, 5, 10).surface == "۵ نفر"
    assert read_quantity(text, 11, 16).surface == "آمدند"
