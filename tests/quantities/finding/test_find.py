"""Finding quantities: every quantity of a case stands in [ ], and nothing else is one."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.persian.aligned import clean_aligned
from ie_model.persian.digits import clean
from ie_model.quantities import find_quantities, read_quantity
from ie_model.schema import AMOUNT, PERCENTAGE

CASES = Path(__file__).parent / "cases"


def _cases() -> list[Any]:
    params = []
    for path in sorted(CASES.glob("*.json")):
        for number, case in enumerate(json.loads(path.read_text(encoding="utf-8"))["cases"]):
            params.append(pytest.param(case["text"], id=f"{path.stem}-{number}-{case['text']}"))
    return params


def marked(text: str) -> str:
    """Put every quantity that is found in ``text`` in [ ]."""
    pieces, place = [], 0
    for found in find_quantities(text):
        pieces += [text[place : found.start], "[", text[found.start : found.end], "]"]
        place = found.end
    return "".join(pieces) + text[place:]


@pytest.mark.parametrize("text", _cases())
def test_case(text: str) -> None:
    assert marked(re.sub(r"[\[\]]", "", text)) == text


def test_there_are_at_least_140_cases() -> None:
    assert len(_cases()) >= 140


@pytest.mark.parametrize("text", _cases())
def test_arabic_letters_and_digits_change_nothing(text: str) -> None:
    plain = re.sub(r"[\[\]]", "", text)
    arabic = plain.translate(str.maketrans("یک۰۱۲۳۴۵۶۷۸۹", "يك٠١٢٣٤٥٦٧٨٩"))
    assert marked(arabic).translate(str.maketrans("يك٠١٢٣٤٥٦٧٨٩", "یک۰۱۲۳۴۵۶۷۸۹")) == text


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("۵ درصد از ۲۰ شرکت", [PERCENTAGE, AMOUNT]),
        ("نرخ در فارس ۱۲/۴ و در کرمان ۱۰/۲ درصد بود", [PERCENTAGE, PERCENTAGE]),
        ("از ۵ به ۷ درصد", [PERCENTAGE, PERCENTAGE]),
        ("۱۲/۵ میلیارد تومان و ۳ درصد", [AMOUNT, PERCENTAGE]),
        ("شاخص ۷/۵ شد", [AMOUNT]),
    ],
)
def test_labels(text: str, labels: list[str]) -> None:
    assert [found.label for found in find_quantities(text)] == labels


def test_every_quantity_is_read_as_its_span_reads() -> None:
    text = "حدود ۱۰، ۲۰ و ۳۰ میلیارد تومان، یعنی ۵ تا ۱۰ درصد، به ۴۵ نفر رسید"
    for found in find_quantities(text):
        assert found.reading == read_quantity(text, found.start, found.end, label=found.label)
        assert found.quantity is found.reading.quantity


def test_what_is_written_as_a_quantity_and_cannot_be_read_has_a_warning() -> None:
    (found,) = find_quantities("سرمایه آن ۳۵۷ میلیون و ۸۳۹ هزار و ۷۴۰ هزار ریال بود")
    assert found.quantity.value is None
    assert found.quantity.currency == "IRR"
    assert found.reading.warnings


def test_marks_that_are_not_read_keep_their_place() -> None:
    text = "تو\u0640لید\u064e ۵\u200f۰ ت\u0640ن ﷼"
    (found,) = find_quantities(text)
    assert text[found.start : found.end] == "۵\u200f۰ ت\u0640ن"


def test_nothing_crosses_a_line() -> None:
    assert marked("بودجه ۵\nمیلیارد تومان") == "بودجه [۵]\nمیلیارد تومان"


@given(st.text(max_size=80))
def test_spans_of_any_text_are_in_order_and_trimmed(text: str) -> None:
    end = 0
    for found in find_quantities(text):
        assert end <= found.start < found.end <= len(text)
        assert text[found.start : found.end].strip() == text[found.start : found.end]
        end = found.end


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0xFFFF), max_size=60))
def test_cleaning_with_offsets_is_cleaning(text: str) -> None:
    aligned = clean_aligned(text)
    assert aligned.text == clean(text)
    for place in range(len(aligned.text)):
        start, end = aligned.original(place, place + 1)
        assert end == start + 1
        assert aligned.text[place] in clean(text[start:end])


def test_the_digits_of_an_address_are_no_quantities() -> None:
    text = "https://example.ir/news/99%D8%A7 و ۲۰ درصد، www.example.ir/5"
    assert [text[one.start : one.end] for one in find_quantities(text)] == ["۲۰ درصد"]
