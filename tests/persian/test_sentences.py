"""Sentences: within a line, at closing punctuation, not at decimals, initials and abbreviations."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ie_model.persian.sentences import line_spans, split_sentences

_TEXTS = st.lists(
    st.sampled_from([*"اب۵5.!?؟؛…»”\"')]«( \n\r\t\u2028\u200c\u0085،", "دکتر", "شد. "]), max_size=40
).map("".join)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("الف شد. ب شد.", ["الف شد.", "ب شد."], id="full stop"),
        pytest.param("چه شد؟ هیچ!", ["چه شد؟", "هیچ!"], id="question and exclamation"),
        pytest.param("شد؛ رفت… آمد", ["شد؛", "رفت…", "آمد"], id="semicolon and ellipsis"),
        pytest.param("شد!؟... رفت", ["شد!؟...", "رفت"], id="a run of them"),
        pytest.param("گفت «شد.» رفت", ["گفت «شد.»", "رفت"], id="closing quotation mark"),
        pytest.param("(شد.) رفت", ["(شد.)", "رفت"], id="closing bracket"),
        pytest.param("رشد 2.5 درصد شد", ["رشد 2.5 درصد شد"], id="decimal point"),
        pytest.param("نشانی a.ir است", ["نشانی a.ir است"], id="no space behind"),
        pytest.param("ا. ب رفت. آمد", ["ا. ب رفت.", "آمد"], id="initial"),
        pytest.param("1. شد.\n2. رفت.", ["1. شد.", "2. رفت."], id="list numbers that open a line"),
        pytest.param(
            "1. شد. 2. رفت.",
            ["1. شد.", "2. رفت."],
            id="list numbers within a line",
            marks=pytest.mark.xfail(strict=True, reason="only a number that opens the line is seen as one"),
        ),
        pytest.param("در بند 5. رفت", ["در بند 5.", "رفت"], id="a digit that ends a sentence"),
        pytest.param("سال ۱۳۵۰ ه.ش. بود", ["سال ۱۳۵۰ ه.ش. بود"], id="era"),
        pytest.param("دکتر. احمدی رفت", ["دکتر. احمدی رفت"], id="abbreviated title"),
        pytest.param("عنوان\nمتن شد. رفت", ["عنوان", "متن شد.", "رفت"], id="a line break ends"),
        pytest.param("الف\r\n\r\nب", ["الف", "ب"], id="Windows line breaks and an empty line"),
        pytest.param("الف\u2028ب", ["الف", "ب"], id="Unicode's own line break"),
        pytest.param(" \n\t ", [], id="nothing but space"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_split_sentences(text: str, found: list[str]) -> None:
    assert sentences(text) == found


@settings(max_examples=300)
@given(_TEXTS)
def test_spans_are_ordered_disjoint_and_stripped(text: str) -> None:
    before = 0
    for start, end in split_sentences(text):
        assert before <= start < end <= len(text)
        assert not text[start].isspace()
        assert not text[end - 1].isspace()
        before = end


@settings(max_examples=300)
@given(_TEXTS)
def test_every_character_but_space_is_in_a_sentence(text: str) -> None:
    covered = {place for start, end in split_sentences(text) for place in range(start, end)}
    assert all(char.isspace() for place, char in enumerate(text) if place not in covered)


@settings(max_examples=300)
@given(_TEXTS)
def test_no_sentence_crosses_a_line_break(text: str) -> None:
    assert all(len(text[start:end].splitlines()) == 1 for start, end in split_sentences(text))


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", []),
        ("الف", [(0, 3)]),
        ("الف\nب", [(0, 3), (4, 5)]),
        ("الف\r\nب\n", [(0, 3), (5, 6)]),
        ("\n\nب", [(0, 0), (1, 1), (2, 3)]),
    ],
)
def test_line_spans(text: str, spans: list[tuple[int, int]]) -> None:
    assert line_spans(text) == spans


@settings(max_examples=200)
@given(_TEXTS)
def test_lines_are_those_of_splitlines(text: str) -> None:
    assert [text[start:end] for start, end in line_spans(text)] == text.splitlines()
