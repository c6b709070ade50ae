"""All number words from 0 to 10^15, in every spelling, spacing and letter form."""

from decimal import Decimal
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ie_model.persian.numbers import SCALES, WORDS, read_number
from tests.persian.speller import SCALE_SPELLINGS, SPELLINGS, ZWNJ, number_words, spell_anyhow, write

relaxed = settings(max_examples=300)
chances = st.integers(0, 2**32).map(Random)
#: Evenly over the orders of magnitude, not only large.
numbers = st.integers(0, 15).flatmap(lambda power: st.integers(0, 10**power))


def test_the_speller_knows_every_spelling_of_the_lexicon() -> None:
    assert {n: set(names.split()) for n, names in WORDS.items()} == {
        n: {name for name in names if " " not in name} for n, names in SPELLINGS.items() if n != 100
    }
    assert {n: set(names.split()) for n, names in SCALES.items()} == {
        n: set(names) for n, names in SCALE_SPELLINGS.items()
    }


@pytest.mark.parametrize("gap", [" ", "  ", ZWNJ, ""], ids=["space", "spaces", "half space", "joined"])
def test_every_number_below_a_thousand_in_every_gap(gap: str) -> None:
    for number in range(1000):
        written = gap.join(number_words(number, Random(number)))
        assert read_number(written) == number, written


def test_every_spelling_before_every_scale_in_every_gap() -> None:
    scales = [(power, name) for power, names in SCALE_SPELLINGS.items() for name in names]
    words = [(value, name) for value, names in SPELLINGS.items() for name in names if value]
    for (value, word), (power, scale), gap in product(words, scales, (" ", ZWNJ, "")):
        written = gap.join((*word.split(), scale))
        assert read_number(written) == value * 10**power, written
        # «و» behind a scale may be joined too, or be left out.
        for rest in (1, 11, 300):
            tail = SPELLINGS[rest][0]
            assert read_number(f"{written}{gap}و{gap}{tail}") == value * 10**power + rest, written
            assert read_number(f"{written}{gap}{tail}") == value * 10**power + rest, (written, gap, tail)


@relaxed
@given(numbers, chances)
def test_a_number_reads_back_however_it_is_written(number: int, rng: Random) -> None:
    written = spell_anyhow(number, rng)
    assert read_number(written) == number, repr(written)


@relaxed
@given(numbers, chances, chances)
def test_gaps_change_nothing(number: int, rng: Random, other: Random) -> None:
    words = number_words(number, rng)
    assert read_number(write(words, rng)) == read_number(write(words, other)) == read_number(" ".join(words))


@relaxed
@given(st.integers(0, 10**6 - 1), st.integers(0, 10**9 - 1), chances)
def test_milliards_in_thousands_and_what_follows(milliards: int, rest: int, rng: Random) -> None:
    words = [*number_words(milliards + 1, rng), "میلیارد"]
    if rest:
        words += ["و", *number_words(rest, rng)]
    assert read_number(write(words, rng)) == (milliards + 1) * 10**9 + rest


@relaxed
@given(st.integers(1, 10**6), chances)
def test_a_minus_turns_the_sign(number: int, rng: Random) -> None:
    assert read_number(f"منفی {spell_anyhow(number, rng)}") == -number


@relaxed
@given(st.integers(1, 999), st.sampled_from(sorted(SCALE_SPELLINGS)), chances)
def test_halves(number: int, power: int, rng: Random) -> None:
    scale = rng.choice(SCALE_SPELLINGS[power])
    value = (number + Decimal("0.5")) * 10**power
    assert read_number(write([*number_words(number, rng), "و", "نیم", scale], rng)) == value
    assert read_number(write([*number_words(number, rng), scale, "و", "نیم"], rng)) == value
    assert read_number(write(["نیم", scale], rng)) == Decimal("0.5") * 10**power


@relaxed
@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(1, 999), chances)
def test_decimal_fractions(tens: int, places: int, numerator: int, rng: Random) -> None:
    # Behind a whole number that ends in seven, the numerator can begin at one place only.
    whole = tens * 10 + 7
    numerator = numerator % 10**places or 1
    number, numerator_words = (write(number_words(n, rng), rng) for n in (whole, numerator))
    written = f"{number} و {numerator_words} {('دهم', 'صدم', 'هزارم')[places - 1]}"
    value = whole + Decimal(numerator).scaleb(-places)
    if places == 3 and (numerator == 10 or numerator % 100 == 0):
        assert read_number(written) in (None, value), "«ده هزارم» and «چهار صد هزارم» have two readings"
    else:
        assert read_number(written) == value, written


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("دو ممیز صفر پنج", "2.05"),
        ("دو ممیز صفر صفر پنج میلیون", "2005000"),
        ("2 ممیز 05", "2.05"),
        ("دوممیزپنج", "2.5"),
        ("پنج ده هزارم", "0.0005"),
        (f"پنج ده{ZWNJ}هزارم", "0.0005"),
        (f"پنج صد{ZWNJ}هزارم", "0.00005"),
        ("دوازده صد هزارم", "0.00012"),
        ("سه و هفت ده هزارم", "3.0007"),
        ("صد و ده هزارم", "0.11"),
        ("سیصد هزارم", "0.3"),
        ("پنج صد هزارم", None),
        ("سی صد هزارم", None),
        ("ده هزارم", None),
        (f"ده{ZWNJ}هزارم", None),
        ("صد هزارم", None),
        ("یکصدهزارم", None),
        ("بیست و پنج صدم", "0.25"),
        ("سه و بیست و پنج صدم", "3.25"),
        ("صد و بیست و پنج صدم", None),
        ("پنج چهارم", None),
        ("دهملیون", "10000000"),
        ("پنجملیارد", "5000000000"),
        ("سهمیلیونیکصدهزار", "3100000"),
        ("دو میلیاردیازده", "2000000011"),
    ],
)
def test_where_words_run_together(text: str, value: str | None) -> None:
    assert read_number(text) == (None if value is None else Decimal(value))
