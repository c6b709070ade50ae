"""A hundred thousand strings, none of them chosen: no reader raises, and no reading is a guess."""

import random
from collections.abc import Callable

import pytest

from ie_model.quantities import find_quantities, read_quantity
from ie_model.schema import LABELS, is_exact_number

SEED = 20240320
STRINGS_PER_KIND = 25_000

NUMBER_WORDS = (
    "یک دو سه پنج هفت نه ده یازده بیست سی پنجاه نود صد یکصد دویست پانصد هزار میلیون ملیون میلیارد تریلیون "
    "نیم سوم چهارم دهم صدم هزارم ممیز منفی ۵ ۱۲ ۳۰۰ ۱۲۵۰ ٧٫٢ 45 3.5 5/28 1,250 1,250,000 ۰٫۲۵ ½ ² ۲½ 007 १२"
)
OTHER_WORDS = (
    "و تا الی یا بین از به حدود بیش حداقل دست‌کم نزدیک درصد ٪ % تومان ریال دلار $ € سنت همت نفر فقره طرح تن "
    "هکتار متر مربع کیلووات‌ساعت واحد تولیدی روستای تومانی میلیاردتومانی پنجاه‌میلیاردتومانی سال مهر تبصره "
    "ماده رتبه صدها چند شد. است، گفت: « » ( ) بیشتر بالا"
)
NUMBERS, WORDS = NUMBER_WORDS.split(), OTHER_WORDS.split()
SIGNS = [
    *".,،٬٫/\\-–—٪%$«»()[]؛؟!'’\n\t\u00a0\u0640\u064b\u0651\u200b\u200c\u200d\u200e\u200f\u202b\u2066\ufeff"
]
JOINS = ["", " ", " ", " ", " ", "  ", "\u200c", "\u200e", "\n", "، ", "-", "/"]
PHRASES = [
    "بیش از ۱۲۱ میلیارد و ۳۰۰ میلیون تومان وام به ۴۵ هزار و ۷۹۴ نفر پرداخت شد",
    "از ۵ تا ۱۰ درصد، یعنی بین بیست و سی‌وپنج هزار تن، کاسته می‌شود",
    "سهم آن به ترتیب ۱۰، ۲۰ و ۳۰ میلیارد ریال و نرخ آن 28/5 درصد بود",
    "دو و نیم میلیون دلار و ۴۲ سنت برای 2,089 فقره طرح ۲۳۰ مگاواتی",
    "هزار و دویست و پنجاه میلیارد تومان (۷٫۲ همت) تا سقف یک میلیون و دویست هزار میلیارد",
    "نه کمتر از سه چهارم واحدهای صنعتی، ۵۰نفر و بیشتر، در سال ۱۴۰۲",
]


def any_unicode(rng: random.Random) -> str:
    planes = (0x80, 0x700, 0x10000, 0x110000)
    return "".join(chr(rng.randrange(rng.choice(planes))) for _ in range(rng.randrange(1, 24)))


def tokens(rng: random.Random) -> str:
    pools = (NUMBERS, NUMBERS, WORDS, SIGNS)
    return "".join(rng.choice(rng.choice(pools)) + rng.choice(JOINS) for _ in range(rng.randrange(1, 14)))


def mutated(rng: random.Random) -> str:
    """A phrase with some of its characters taken out, doubled, swapped or replaced."""
    letters = [*rng.choice(PHRASES)]
    for _ in range(rng.randrange(1, 9)):
        place = rng.randrange(len(letters))
        letters[place] = rng.choice(
            (
                "",
                letters[place] * 2,
                letters[place - 1],
                rng.choice(SIGNS),
                rng.choice(NUMBERS),
                chr(rng.randrange(0x2100)),
            )
        )
    return "".join(letters) or " "


def letters(rng: random.Random) -> str:
    """Letters of number words in any order: what joined writing may look like."""
    return "".join(rng.choices("یکدوسهچارپنجشتبنزصمل و و \u200c۰۵8،.", k=rng.randrange(1, 40)))


KINDS = {make.__name__: make for make in (any_unicode, tokens, mutated, letters)}


def check_read_quantity(text: str, rng: random.Random) -> None:
    """Any span of ``text`` has an exact value, an exact range, or a warning."""
    start = rng.randrange(len(text)) if rng.random() < 0.5 else 0
    end = rng.randrange(start + 1, len(text) + 1) if rng.random() < 0.5 else len(text)
    reading = read_quantity(text, start, end, label=rng.choice((None, *LABELS)))
    quantity = reading.quantity
    assert (quantity.low is None) == (quantity.high is None)
    if quantity.low is not None and quantity.high is not None:
        assert quantity.value is None
        assert quantity.low < quantity.high
        assert is_exact_number(quantity.low)
        assert is_exact_number(quantity.high)
    elif quantity.value is None:
        assert reading.warnings
    else:
        assert is_exact_number(quantity.value)


def check_find_quantities(text: str, rng: random.Random) -> None:
    """Spans are in order, trimmed and within a line, and each is read."""
    before = 0
    for found in find_quantities(text):
        surface = text[found.start : found.end]
        assert before <= found.start < found.end <= len(text)
        assert surface == surface.strip()
        assert len(surface.splitlines()) == 1
        assert found.quantity.value is not None or found.quantity.low is not None or found.reading.warnings
        before = found.end


#: What every string is put to; a check takes the text and a source of chance, and asserts.
CHECKS: tuple[Callable[[str, random.Random], None], ...] = (
    check_read_quantity,
    check_find_quantities,
)


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_no_string_breaks_a_reader(check: Callable[[str, random.Random], None], kind: str) -> None:
    rng = random.Random(f"{SEED} {kind}")
    for _ in range(STRINGS_PER_KIND):
        text = KINDS[kind](rng)
        try:
            check(text, rng)
        except Exception as error:
            error.add_note(f"the text is {text!r}")
            raise


@pytest.mark.parametrize("kind", ["tokens", "mutated", "letters"])
def test_the_strings_reach_the_grammar(kind: str) -> None:
    """Both outcomes are frequent: the fuzz is no test of refusals alone."""
    rng = random.Random(f"{SEED} {kind}")
    readings = [read_quantity(text, 0, len(text)) for text in (KINDS[kind](rng) for _ in range(2_000))]
    read = sum(reading.quantity.value is not None or reading.quantity.low is not None for reading in readings)
    assert 100 < read < 1_950


def test_there_are_a_hundred_thousand_strings() -> None:
    assert len(KINDS) * STRINGS_PER_KIND >= 100_000
