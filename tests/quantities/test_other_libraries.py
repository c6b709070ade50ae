"""Numbers that other people's libraries write, read back: num2words, num2fawords and persiantools.

Whole numbers must agree without exception. For decimals and ordinals every disagreement is described by a
predicate on what was written, and the counts show that none of the descriptions is empty.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import NamedTuple

import num2fawords
import num2words
import pytest
from persiantools import digits

from ie_model.persian.numbers import read_number
from ie_model.quantities import read_quantity

SEED = 20240320
SMALL = 2_000
PER_MAGNITUDE = 1_550
DECIMALS = 4_000
MAX_PLACES = 5

Speller = Callable[[int], str]
SPELLERS: dict[str, Speller] = {
    "num2words": partial(num2words.num2words, lang="fa"),
    "num2fawords": num2fawords.words,
    "persiantools": digits.to_word,
}
#: persiantools stops below 10^15.
LARGEST = {"num2words": 10**15, "num2fawords": 10**15, "persiantools": 10**15 - 1}
ORDINALS: dict[str, Speller] = {
    "num2words": partial(num2words.num2words, lang="fa", to="ordinal"),
    "num2fawords": num2fawords.ordinal_words,
}
every_speller = pytest.mark.parametrize("name", sorted(SPELLERS))


def whole_numbers(largest: int) -> list[int]:
    """All small numbers, as many of every order of magnitude, and the neighbours of powers of ten."""
    rng = random.Random(SEED)
    numbers = list(range(SMALL))
    for power in range(3, 15):
        numbers += (rng.randrange(10**power, 10 ** (power + 1)) for _ in range(PER_MAGNITUDE))
        # Round numbers have few words, and products of scales among them.
        numbers += (rng.randrange(1, 1000) * 10**power for _ in range(50))
    numbers += (10**power + step for power in range(1, 16) for step in (-1, 0, 1))
    return [number for number in numbers if number <= largest]


def read_as_quantity(words: str) -> Decimal | None:
    surface = f"{words} تومان"
    return read_quantity(surface, 0, len(surface)).quantity.value


@every_speller
def test_every_whole_number_agrees(name: str) -> None:
    spell = SPELLERS[name]
    numbers = whole_numbers(LARGEST[name])
    assert len(numbers) >= 20_000
    written = [(number, spell(number)) for number in numbers]
    assert [(number, words) for number, words in written if read_number(words) != number] == []
    assert [(number, words) for number, words in written if read_as_quantity(words) != number] == []


@every_speller
def test_every_negative_number_agrees(name: str) -> None:
    for number in random.Random(SEED).sample(whole_numbers(LARGEST[name])[1:], 2_000):
        words = SPELLERS[name](-number)
        assert read_number(words) == read_as_quantity(words) == -number


def test_the_names_of_large_scales_differ_but_not_their_values() -> None:
    assert SPELLERS["num2words"](10**12) == SPELLERS["persiantools"](10**12) == "یک تریلیون"
    assert SPELLERS["num2fawords"](10**12) == "یک بیلیون"
    assert SPELLERS["num2words"](10**15) == "یک تریلیارد"
    assert SPELLERS["num2fawords"](10**15) == "یک بیلیارد"
    with pytest.raises(digits.OutOfRangeException):
        digits.to_word(10**15)


class Written(NamedTuple):
    """A decimal fraction: «سه و [بیست و پنج] صدم»."""

    whole: int
    numerator: int
    places: int

    @property
    def value(self) -> Decimal:
        return self.whole + Decimal(self.numerator).scaleb(-self.places)


def decimals() -> Iterator[Written]:
    rng = random.Random(SEED)
    for _ in range(DECIMALS):
        places = rng.randrange(1, MAX_PLACES + 1)
        numerator = rng.randrange(1, 10 ** rng.randrange(1, places + 1))
        if numerator % 10:  # with a zero at its end it would have fewer places
            yield Written(rng.choice((0, rng.randrange(10 ** rng.randrange(1, 7)))), numerator, places)


def spell_decimal(name: str, written: Written) -> str | None:
    """What the library makes of it; None where it can write no float so small."""
    if name == "persiantools":
        return digits.to_word(float(written.value)) if written.value >= Decimal("0.0001") else None
    return str(
        num2words.num2words(written.value, lang="fa")
        if name == "num2words"
        else num2fawords.words(written.value)
    )


def whole_value(spell: Speller, words: str) -> int | None:
    """The number that the library writes as just these words, found by adding them up; None for none."""
    atoms = {spell(n): n for n in (*range(1, 20), *range(20, 100, 10), *range(100, 1000, 100))}
    scales = {"هزار": 10**3, "میلیون": 10**6}
    total = group = 0
    for word in words.replace(" و ", " ").split():
        if word in scales:
            total, group = total + (group or 1) * scales[word], 0
        else:
            group += atoms[word]
    return total + group if spell(total + group) == words else None


def readings(spell: Speller, written: Written) -> list[Decimal]:
    """Every decimal that the words can mean, the one without a whole part first."""
    denominator = 10**written.places
    pieces = spell(written.numerator).split(" و ")
    if written.whole:
        pieces = spell(written.whole).split(" و ") + pieces
    found = []
    for start in range(len(pieces)):
        whole = whole_value(spell, " و ".join(pieces[:start])) if start else 0
        numerator = whole_value(spell, " و ".join(pieces[start:]))
        if whole is not None and numerator is not None and numerator < denominator:
            found.append(whole + Decimal(numerator) / denominator)
            if not start:
                break
    return found


def why(name: str, written: Written) -> tuple[str, Decimal | None]:
    """The class of a decimal, and what ours must read."""
    if name == "num2words" and written.numerator == 5:
        # It writes 2.05 and 2.005 as «دو و نیم».
        return ("agrees" if written.places == 1 else "theirs: a half"), written.whole + Decimal("0.5")
    if name == "num2words" and written.places > 3:
        return "theirs: «دهم هزارم»", None
    last = SPELLERS[name](written.numerator).split()[-1]
    if written.places == 5 and (whole_value(SPELLERS[name], last) or 100) in (*range(1, 10), 30):
        return "ambiguous: «پنج صد هزارم»", None
    possible = readings(SPELLERS[name], written)
    if len(possible) > 1:
        return "ambiguous: «صد و بیست و پنج صدم»", None
    same = possible[0] == written.value
    return ("agrees" if same else "ambiguous, read as one fraction: «بیست و پنج صدم»"), possible[0]


@every_speller
def test_decimals_agree_or_are_of_a_known_class(name: str) -> None:
    counts: Counter[str] = Counter()
    for written in decimals():
        words = spell_decimal(name, written)
        if words is None:
            continue
        reason, expected = why(name, written)
        counts[reason] += 1
        assert read_number(words) == read_as_quantity(words) == expected, (written, words, reason)
    ambiguous = {
        "agrees",
        "ambiguous: «صد و بیست و پنج صدم»",
        "ambiguous, read as one fraction: «بیست و پنج صدم»",
    }
    theirs = {"theirs: a half", "theirs: «دهم هزارم»"}
    assert set(counts) == ambiguous | (theirs if name == "num2words" else {"ambiguous: «پنج صد هزارم»"})
    assert counts["agrees"] > DECIMALS // 3


@pytest.mark.parametrize(
    ("written", "words", "read"),
    [
        ("123.456", "یکصد و بیست و سه و چهارصد و پنجاه و شش هزارم", "123.456"),
        ("0.0246", "دویست و چهل و شش ده هزارم", "0.0246"),
        ("20.05", "بیست و پنج صدم", "0.25"),
        ("120.05", "یکصد و بیست و پنج صدم", None),
        ("0.00005", "پنج صد هزارم", None),
        ("0.00012", "دوازده صد هزارم", "0.00012"),
        ("0.010", "ده هزارم", None),
    ],
)
def test_decimals_of_num2fawords(written: str, words: str, read: str | None) -> None:
    assert num2fawords.words(Decimal(written)) == words
    assert read_number(words) == (None if read is None else Decimal(read))


def test_persiantools_writes_no_small_float() -> None:
    with pytest.raises(ValueError, match="unpack"):
        digits.to_word(0.00001)


@pytest.mark.parametrize("denominator", [2, 3, 4, 5, 6, 7, 8, 9, 10])
def test_proper_fractions_are_exact_or_unread(denominator: int) -> None:
    for numerator in range(1, 2 * denominator):
        fraction = Fraction(numerator, denominator)
        if fraction.denominator == 1:
            continue
        exact = fraction.denominator in (2, 4, 5, 8, 10)
        words = num2fawords.words(fraction)
        expected = Decimal(numerator) / denominator if exact and numerator < denominator else None
        assert read_number(words) == expected, words


@pytest.mark.parametrize("name", sorted(ORDINALS))
def test_ordinals_are_no_numbers(name: str) -> None:
    """But «سه هزارم» is both the 3000th and 3/1000, and «یکصدم» both the 100th and 1/100."""
    unlike = {}
    rng = random.Random(SEED)
    for number in (*range(1, 5_000), *(rng.randrange(1, 1000) * 1000 for _ in range(300))):
        thousands, rest = divmod(number, 1000)
        words = ORDINALS[name](number)
        found = read_number(words)
        if not rest and thousands not in (10, 100) and words.endswith(" هزارم"):
            assert found == Decimal(thousands) / 1000, words
        elif found is not None:
            unlike[number] = found
    hundredths = {100 + 1000 * n: 1000 * n + Decimal("0.01") for n in range(5)}
    assert unlike == (hundredths if name == "num2fawords" else {})
