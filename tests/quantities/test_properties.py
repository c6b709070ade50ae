"""What holds for every quantity, whatever its number, script and spacing; and that no text raises."""

from decimal import Decimal, localcontext
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ie_model.errors import IeModelError
from ie_model.quantities import Reading, read_quantity
from ie_model.quantities.slashes import slash_habit
from ie_model.schema import LABELS, Quantity, is_exact_number
from tests.persian.speller import SCALE_SPELLINGS, disguise, number_words, spell_anyhow, write

ZWNJ = "\u200c"
#: A busy machine must not fail a property.
ASCII = "0123456789"
SCRIPTS = {"persian": "۰۱۲۳۴۵۶۷۸۹", "arabic": "٠١٢٣٤٥٦٧٨٩"}
UNITS = ("تومان", "درصد", "نفر", "تن", "فقره طرح")

numbers = st.integers(min_value=0, max_value=10**15)
#: Evenly over the orders of magnitude.
sizes = st.integers(0, 15).flatmap(lambda power: st.integers(0, 10**power))
chances = st.integers(0, 2**32).map(Random)
surfaces = st.text(
    alphabet=st.sampled_from("0123456789۰۱۵٣٥.,،٬٫/\\-–%٪$½² \u200c\u200e\n()«»و تانیمصدهزارمیلیاردیونصدکيك"),
    max_size=40,
)


def read(surface: str, before: str = "", after: str = "") -> Reading:
    return read_quantity(before + surface + after, len(before), len(before) + len(surface))


@given(numbers, st.sampled_from(UNITS), st.sampled_from(sorted(SCRIPTS)))
def test_digits_of_any_script_are_equal(number: int, unit: str, script: str) -> None:
    ascii_surface = f"{number} {unit}"
    other = ascii_surface.translate(str.maketrans(ASCII, SCRIPTS[script]))
    assert read(other).quantity == read(ascii_surface).quantity
    assert read(other).quantity.value == number


@given(numbers, st.sampled_from(["٬", "،", ",", " "]))
def test_thousands_separators_change_nothing(number: int, separator: str) -> None:
    assert read(f"{number:,}".replace(",", separator) + " تن").quantity.value == number


@given(st.decimals(min_value=0, max_value=10**6, places=3), st.sampled_from(["٫", "/"]))
def test_decimal_signs_are_exact(number: Decimal, sign: str) -> None:
    assert read(str(number).replace(".", sign) + " درصد").quantity.value == number


@given(
    st.sampled_from(
        ["۵ میلیون تومان", "سی و پنج هزار نفر", "دو و نیم میلیارد ریال", "۴۵ هزار و ۷۹۴ تن", "پنجاه میلیارد"]
    ),
    st.lists(st.sampled_from(["", " ", "  ", ZWNJ]), min_size=6, max_size=6),
)
def test_spaces_and_zwnj_never_change_the_value(surface: str, gaps: list[str]) -> None:
    words = surface.split(" ")
    spaced = words[0] + "".join(gap + word for gap, word in zip(gaps, words[1:], strict=False))
    assert read(spaced).quantity.value == read(surface).quantity.value


@given(
    st.integers(min_value=1, max_value=999), st.sampled_from(["هزار", "میلیون", "میلیارد", "هزار میلیارد"])
)
def test_scales_are_monotonic(number: int, scale: str) -> None:
    small, large = (read(f"{n} {scale} نفر").quantity.value for n in (number, number + 1))
    assert small is not None
    assert large is not None
    assert number < small < large


@given(sizes, st.sampled_from(UNITS), chances)
def test_words_in_any_spelling_equal_digits(number: int, unit: str, rng: Random) -> None:
    written = f"{spell_anyhow(number, rng)} {disguise(unit, rng)}"
    assert read(written).quantity == read(f"{number} {unit}").quantity, repr(written)


def _either(number: int, rng: Random) -> list[str]:
    return [f"{number}"] if rng.random() < 0.5 else number_words(number, rng)


@given(st.lists(st.integers(0, 999), min_size=5, max_size=5), chances)
def test_digits_and_words_mix_at_every_scale(groups: list[int], rng: Random) -> None:
    """«۲ میلیارد و سیصد میلیون و ۴۵ هزار و ۷۹۴»."""
    words: list[str] = []
    for power, group in zip((12, 9, 6, 3, 0), groups, strict=True):
        if group:
            words += ["و"] if words else []
            words += _either(group, rng) + ([rng.choice(SCALE_SPELLINGS[power])] if power else [])
    value = sum(group * 1000 ** (4 - place) for place, group in enumerate(groups))
    if words:
        assert read(disguise(write(words, rng), rng) + " نفر").quantity.value == value


@given(st.integers(1, 999), st.integers(0, 999), st.sampled_from([6, 9]), chances)
def test_thousands_of_a_scale(high: int, low: int, power: int, rng: Random) -> None:
    """«یک هزار میلیارد», «۷ هزار و دویست میلیارد», «۷٫۲ هزار میلیارد»."""
    scale = rng.choice(SCALE_SPELLINGS[power])
    words = [*_either(high, rng), "هزار", *(["و", *_either(low, rng)] if low else []), scale]
    value = (high * 1000 + low) * 10**power
    assert read(write(words, rng) + " تومان").quantity.rials == value * 10
    assert read(disguise(f"{high}٫{low:03} هزار {scale}", rng)).quantity.value == value


@given(st.integers(0, 999), st.integers(0, 999), chances)
def test_hemmat_is_a_thousand_milliard_tomans(whole: int, thousandths: int, rng: Random) -> None:
    quantity = read(disguise(f"{whole}٫{thousandths:03} همت", rng)).quantity
    assert quantity.value == (whole * 1000 + thousandths) * 10**9
    assert (quantity.currency, quantity.rials) == ("IRT", quantity.value * 10)
    assert read(f"{spell_anyhow(whole, rng)} همت").quantity.value == whole * 10**12


@given(st.integers(1, 999), chances)
def test_halves_in_digits_and_words(number: int, rng: Random) -> None:
    scale = rng.choice(["هزار", "میلیون", "میلیارد"])
    words, value = _either(number, rng), (number * 2 + 1) * read(f"نیم {scale} تن").quantity.value
    assert read(write([*words, "و", "نیم", scale], rng) + " تن").quantity.value == value
    assert read(write([*words, scale, "و", "نیم"], rng) + " تن").quantity.value == value
    assert read(disguise(f"{number}٫5 {scale} تن", rng)).quantity.value == value


@pytest.mark.parametrize(
    "surface",
    [
        "121 میلیارد تومان",
        "۱۲۳۴۵۶۷۸۹ هزار نفر",
        "سه و نیم میلیون تن",
        "۱۲ تا ۱۳ هزار نفر",
        "۶۹ دلار و ۴۲ سنت",
        "۱۲۳۴٫۵ تا ۱۳۰۰ میلیون نفر",
    ],
)
def test_the_precision_of_the_caller_changes_nothing(surface: str) -> None:
    plain = read(surface)
    with localcontext() as context:
        context.prec = 3
        assert read(surface) == plain


def test_no_end_of_a_range_is_rounded() -> None:
    assert read(f"1.{'0' * 30}1 تا 2 میلیون نفر").warnings


def test_a_zero_behind_a_spoken_point_counts() -> None:
    assert read("۲ ممیز ۰۵ درصد").quantity.value == Decimal("2.05")


@given(st.integers(min_value=1, max_value=10**9))
def test_rials_are_ten_times_tomans(number: int) -> None:
    assert read(f"{number} تومان").quantity.rials == number * 10
    assert read(f"{number} ریال").quantity.rials == number
    assert read(f"{number} دلار").quantity.rials is None


@given(st.integers(1, 500), st.integers(1, 499), st.sampled_from(["هزار", "میلیون", "میلیارد"]))
def test_a_scale_reaches_back_over_a_range(low: int, more: int, scale: str) -> None:
    quantity = read(f"{low} تا {low + more} {scale} تومان").quantity
    assert quantity.low == read(f"{low} {scale}").quantity.value
    assert quantity.high == read(f"{low + more} {scale}").quantity.value
    assert (quantity.value, quantity.rials, quantity.modifier) == (None, None, "range")


@settings(max_examples=600)
@given(surfaces, st.text(max_size=12), st.text(max_size=12), st.sampled_from([None, *LABELS]))
def test_no_text_raises(surface: str, before: str, after: str, label: str | None) -> None:
    text = before + surface + "." + after
    reading = read_quantity(text, len(before), len(before) + len(surface) + 1, label=label)
    quantity = reading.quantity
    stated = [number for number in (quantity.value, quantity.low, quantity.high) if number is not None]
    assert all(is_exact_number(number) for number in stated)
    assert (quantity.low is None) == (quantity.high is None)
    assert stated or reading.warnings
    # What JSON carries is what was read.
    assert Quantity.model_validate_json(quantity.model_dump_json()) == quantity


@given(st.text(min_size=1, max_size=60), st.data())
def test_no_span_of_any_text_raises(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert isinstance(read_quantity(text, start, end), Reading)


@pytest.mark.parametrize(
    "surface", ["چهارده" * 400, "۱" * 5000, "۵ " * 3000, "و" * 2000, "/" * 999, "۱،" * 2000]
)
def test_long_surfaces_cost_no_time_and_give_no_value(surface: str) -> None:
    reading = read(surface)
    assert reading.quantity.value is None
    assert reading.warnings
    assert len(reading.warnings[0]) < 200


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (0, 0), (3, 2), (0, 6)])
def test_a_wrong_span_is_a_clear_error(start: int, end: int) -> None:
    with pytest.raises(IeModelError, match="no span of the text"):
        read_quantity("۵ نفر", start, end)


def test_the_label_breaks_only_ties_of_kind() -> None:
    bare = read_quantity("سهم آن ۵ است", 7, 8, label="PERCENTAGE").quantity
    assert (bare.kind, bare.unit) == ("percent", "درصد")
    assert read_quantity("۵ تن", 0, 4, label="PERCENTAGE").quantity.kind == "measure"


def test_the_parsed_layer_is_kept() -> None:
    phrase = read("حدود ۷٫۲ هزار میلیارد تومان").phrase
    assert phrase is not None
    assert phrase.number.value == Decimal("7.2") * 10**12
    assert phrase.number.scale == 10**12
    assert phrase.lead == ("حدود",)
    assert phrase.unit is not None
    assert phrase.unit.name == "تومان"


@pytest.mark.parametrize(
    ("text", "is_reversed", "certain"),
    [
        ("نرخ تورم ۱۲/۸ درصد است", False, True),
        ("نرخ تورم ۸ درصد است", False, True),
        ("نرخ بيكاري كشور 8/12 و 6/14 است", True, True),
        ("نرخ بيكاري كشور 12/8 و 14/6 است", False, False),
        ("نرخ بيكاري كشور 12/8 و 14/6 و 11/7 است", False, True),
        ("نرخ رشد 05/3 و 7/0 است", True, True),
    ],
)
def test_the_slash_habit_of_an_article(text: str, is_reversed: bool, certain: bool) -> None:
    assert slash_habit(text) == (is_reversed, certain)
