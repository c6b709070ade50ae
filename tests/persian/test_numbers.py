"""Number words and digits: a small speller writes numbers in every way, the reader must read them back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.persian.digits import MAX_DIGITS, NumberError, clean, read_digits
from ie_model.persian.numbers import (
    DENOMINATORS,
    SCALES,
    WORDS,
    evaluate,
    number_prefixes,
    read_number,
    word_tokens,
)

ZWNJ = "\u200c"
#: A busy machine must not fail a property.
BELOW_20 = [
    "صفر",
    "یک",
    "دو",
    "سه",
    "چهار",
    "پنج",
    "شش",
    "هفت",
    "هشت",
    "نه",
    "ده",
    "یازده",
    "دوازده",
    "سیزده",
    "چهارده",
    "پانزده",
    "شانزده",
    "هفده",
    "هجده",
    "نوزده",
]
TENS = ["بیست", "سی", "چهل", "پنجاه", "شصت", "هفتاد", "هشتاد", "نود"]
HUNDREDS = ["صد", "دویست", "سیصد", "چهارصد", "پانصد", "ششصد", "هفتصد", "هشتصد", "نهصد"]
SPELLER_SCALES = [(10**12, "هزار میلیارد"), (10**9, "میلیارد"), (10**6, "میلیون"), (10**3, "هزار")]


def spell(number: int) -> str:
    """Write ``number`` in words, apart."""
    if number < 20:
        return BELOW_20[number]
    if number < 100:
        return _join(TENS[number // 10 - 2], number % 10)
    if number < 1000:
        return _join(HUNDREDS[number // 100 - 1], number % 100)
    scale, name = next((scale, name) for scale, name in SPELLER_SCALES if number >= scale)
    return _join(f"{spell(number // scale)} {name}", number % scale)


def _join(head: str, rest: int) -> str:
    return f"{head} و {spell(rest)}" if rest else head


@given(st.integers(0, 10**12 - 1))
def test_words_read_back(number: int) -> None:
    assert read_number(spell(number)) == number


@given(st.integers(0, 10**6 - 1), st.sampled_from(["", ZWNJ]))
def test_joined_words_read_back(number: int, gap: str) -> None:
    assert read_number(spell(number).replace(" ", gap)) == number


@given(st.integers(0, 10**6), st.sampled_from(["ك", "ک"]), st.sampled_from(["ي", "ى", "ی"]))
def test_arabic_letters_change_nothing(number: int, kaf: str, ye: str) -> None:
    assert read_number(spell(number).replace("ک", kaf).replace("ی", ye)) == number


@given(st.integers(1, 999), st.integers(1, 999), st.sampled_from([(6, "میلیون"), (9, "میلیارد")]))
def test_a_scale_multiplies_everything_smaller_before_it(high: int, low: int, scale: tuple[int, str]) -> None:
    number = high * 1000 + low
    assert read_number(f"{spell(number)} {scale[1]}") == number * 10 ** scale[0]


@given(st.integers(1, 999), st.integers(1, 999))
def test_words_and_digits_mix(high: int, low: int) -> None:
    assert (
        read_number(f"{high} هزار و {spell(low)}")
        == read_number(f"{spell(high)} هزار و {low}")
        == high * 1000 + low
    )


def test_every_spelling_has_its_value() -> None:
    for value, names in WORDS.items():
        assert {read_number(name) for name in names.split()} == {value}
    for power, names in SCALES.items():
        assert {read_number(f"دو {name}") for name in names.split()} == {2 * 10**power}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("دو و نیم میلیون", "2500000"),
        ("نیم", "0.5"),
        ("یک میلیون و نیم", "1500000"),
        ("سه چهارم", "0.75"),
        ("بیست و پنج صدم", "0.25"),
        ("یک و دو دهم", "1.2"),
        ("دو ممیز بیست و پنج", "2.25"),
        ("دو ممیز پنج میلیون", "2500000"),
        ("منفی دو", "-2"),
        ("سی صد", "300"),
        ("هزار هزار", None),
        ("دو سه", None),
        ("بیست و سی", None),
        ("یک سوم", None),
        ("پنج و", None),
        ("و پنج", None),
        ("میلیون و میلیارد", None),
        ("دو و نیم و نیم", None),
        ("ممیز", None),
        ("سوم", None),
        ("بیست صد", None),
        ("کتاب", None),
        ("", None),
    ],
)
def test_fractions_and_what_is_no_number(text: str, value: str | None) -> None:
    assert read_number(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize("word", ["دوده", "سیمان", "دولت", "هفته", "نهال", "کتاب", "هزارتو", "پنجره"])
def test_words_that_begin_like_numbers_are_none(word: str) -> None:
    assert word_tokens(word) == ()


@pytest.mark.parametrize(
    ("word", "splits"),
    [
        ("میلیاردتومانی", [(10**9, "تومانی", False)]),
        (f"بیست{ZWNJ}لیتری", [(20, "لیتری", True)]),
        (
            f"پنجاه{ZWNJ}میلیارد{ZWNJ}تومانی",
            [
                (50 * 10**9, "تومانی", True),
                (50, f"میلیارد{ZWNJ}تومانی", True),
                (5, f"اه{ZWNJ}میلیارد{ZWNJ}تومانی", False),
            ],
        ),
        ("هزاردولت", [(1002, "لت", False), (1000, "دولت", False)]),
        ("تومان", []),
    ],
)
def test_a_number_is_split_from_the_word_behind_it(word: str, splits: list[tuple[int, str, bool]]) -> None:
    assert [(evaluate(parts).value, rest, cut) for parts, rest, cut in number_prefixes(word)] == splits


@pytest.mark.parametrize(
    ("text", "scale", "inner", "outer"),
    [
        ("پنج", 1, 1, 1),
        ("هفت میلیون", 10**6, 1, 10**6),
        ("دویست و پنجاه هزار", 1000, 1, 1000),
        ("سه میلیون و دویست هزار", 10**6, 1, 10**6),
        ("هفت هزار میلیارد", 10**12, 1000, 10**9),
        ("نه هزار و دویست میلیارد", None, 1000, 10**9),
    ],
)
def test_a_number_knows_its_scale(text: str, scale: int | None, inner: int, outer: int) -> None:
    parts = [part for word in clean(text).split() for part in word_tokens(word)]
    number = evaluate(parts)
    assert (number.scale, number.inner, number.outer) == (scale, inner, outer)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1250", "1250"),
        ("1,250", "1250"),
        ("1٬250٬000", "1250000"),
        ("1,250.5", "1250.5"),
        ("1.250,5", "1250.5"),
        ("4,2", "4.2"),
        ("0,125", "0.125"),
        ("2٫125", "2.125"),
        ("28/5", "28.5"),
        ("1,250/5", "1250.5"),
        ("1,2,3", None),
        ("1,,2", None),
        ("1/2/3", None),
        ("1234,567", None),
        ("1,25/3.5", None),
    ],
)
def test_separators(written: str, value: str | None) -> None:
    if value is None:
        with pytest.raises(NumberError):
            read_digits(written)
    else:
        assert read_digits(written)[0] == Decimal(value)


def test_a_reversed_slash_swaps_the_sides() -> None:
    assert read_digits("5/28", reversed_slash=True)[0] == read_digits("28/5")[0] == Decimal("28.5")


def test_one_point_before_three_digits_is_doubtful() -> None:
    assert read_digits("1.743")[1] is not None
    assert read_digits("1.74")[1] is None


def test_a_run_of_too_many_digits_is_no_number() -> None:
    assert read_digits("1" * MAX_DIGITS)[0] > 0
    with pytest.raises(NumberError, match="too many digits"):
        read_digits("1" * (MAX_DIGITS + 1))


@pytest.mark.parametrize(
    ("written", "cleaned"),
    [
        ("ي", "ی"),
        ("كـتاب", "کتاب"),
        ("٣۴5", "345"),
        ("﷼", "ریال"),
        ("۲½", "2½"),
        ("ﺗﻮﻣﺎﻥ", "تومان"),
        ("\u200f۵", "5"),
    ],
)
def test_clean_gives_one_form(written: str, cleaned: str) -> None:
    assert clean(written) == cleaned


def test_denominators_are_positive() -> None:
    assert min(DENOMINATORS) > 1
