"""Folding: forms that differ by keyboard, encoding or typesetting become one; spelling habits stay apart."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ie_model.persian.folding import DIGITS, LETTERS, ZWNJ, fold, name_key

_MARKS = (
    "\u0640\u064b\u0650\u0651\u0653\u0655\u065f\u0670\u06d6\u06dc\u06df\u06e4\u06e7\u06e8\u06ea\u06ed"
    "\u00ad\u200b\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff"
)
_TEXTS = st.text(
    st.sampled_from([*LETTERS, *DIGITS, *_MARKS, ZWNJ, *"اآبکیه ۵5ﷲﻻﭘ½²\n\t،٪", "\u0653", "\u0654"])
    | st.characters(exclude_categories=("Cs",)),
    max_size=20,
)


@pytest.mark.parametrize(("old", "new"), [*LETTERS.items(), *DIGITS.items()])
def test_each_entry_of_the_table_folds(old: str, new: str) -> None:
    assert fold(f"ب{old}ب") == f"ب{new}ب"


@pytest.mark.parametrize("mark", _MARKS)
def test_what_is_not_read_is_dropped(mark: str) -> None:
    assert fold(f"ب{mark}ن") == "بن"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("ﮐﺘﺎب", "کتاب", id="presentation forms"),
        pytest.param("ﻻزم", "لازم", id="a ligature of two letters"),
        pytest.param("ﷲ", "الله", id="a ligature of a word"),
        pytest.param("۵۰ ﷼", "۵۰ ریال", id="the rial sign"),
        pytest.param("می‌شود", "می شود", id="ZWNJ is a space"),
        pytest.param("  بانک \n سپه\t", "بانک سپه", id="spaces collapse"),
        pytest.param("ا\u0653ب", "آب", id="a madda of its own composes"),
        pytest.param("ا\u064e\u0653ب", "آب", id="a madda composes across a vowel mark"),
        pytest.param("50 ۵۰", "50 ۵۰", id="ASCII and Persian digits stay"),
        pytest.param("", "", id="nothing"),
        pytest.param("\u200f\u200c", "", id="nothing that is read"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("first", "second"), [("هیئت", "هیات"), ("آب", "اب"), ("مسئول", "مسوول"), ("طهران", "تهران")]
)
def test_spelling_habits_stay_apart(first: str, second: str) -> None:
    assert fold(first) != fold(second)


@settings(max_examples=300)
@given(_TEXTS)
def test_folding_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@settings(max_examples=300)
@given(_TEXTS)
def test_nothing_foldable_is_left(text: str) -> None:
    folded = fold(text)
    assert not set(folded) & {*LETTERS, *DIGITS, *_MARKS, ZWNJ, "\n"}
    assert folded == folded.strip()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("صنعت، معدن و تجارت", "صنعت معدن و تجارت"),
        ("دستگاه‌های", "دستگاه های"),
        ("دستگاه های", "دستگاههای"),
        ("بانك ملي", "بانک ملی"),
        ("منطقه ۲۲", "منطقه 22"),
        ("منطقه ٢٢", "منطقه ۲۲"),
        ("«بانک سپه»", "بانک سپه"),
        ("بانک_سپه", "بانک سپه"),
    ],
)
def test_spellings_of_one_name_have_one_key(first: str, second: str) -> None:
    assert name_key(first) == name_key(second)


@pytest.mark.parametrize(("first", "second"), [("بانک ملی", "بانک ملت"), ("منطقه ۲", "منطقه ۲۲")])
def test_two_names_have_two_keys(first: str, second: str) -> None:
    assert name_key(first) != name_key(second)


@settings(max_examples=200)
@given(_TEXTS)
def test_a_key_is_its_own_key(text: str) -> None:
    assert name_key(name_key(text)) == name_key(text)
