"""Encoded articles: surfaces into the article as given, and where words, sentences and lines begin."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given, settings

from ie_model.persian.sentences import line_spans, split_sentences
from ie_model.tagging.encoding import EncodedArticle, encode_article, own_surfaces

from .making import NEWS, TEXTS, unigram

TOKENIZER = unigram()


def encoded(text: str) -> EncodedArticle:
    return encode_article(text, TOKENIZER)


def words(article: EncodedArticle) -> list[str]:
    """The text of each word, from its first token's start to its last token's end."""
    starts = [token for token in range(len(article)) if article.word_starts[token]]
    return [
        article.text[article.spans[first][0] : article.spans[after - 1][1]]
        for first, after in itertools.pairwise([*starts, len(article)])
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("بانک سپه", ["بانک", "سپه"], id="spaces"),
        pytest.param("۵۰میلیارد", ["۵۰", "میلیارد"], id="digits glued to letters"),
        pytest.param("میلیارد۵۰", ["میلیارد", "۵۰"], id="letters glued to digits"),
        pytest.param("۱۲٬۵۰۰ تومان", ["۱۲٬۵۰۰", "تومان"], id="thousands sign"),
        pytest.param("1,250 و 2.5 و ۲٫۵", ["1,250", "و", "2.5", "و", "۲٫۵"], id="comma and decimal signs"),
        pytest.param("۵/۲۸ و ۱۴:۳۰", ["۵/۲۸", "و", "۱۴:۳۰"], id="slash and colon"),
        pytest.param("۵۰، ۶۰", ["۵۰", "،", "۶۰"], id="a comma of the sentence"),
        pytest.param("۵۰.", ["۵۰", "."], id="a full stop behind digits"),
        pytest.param(".۵", [".", "۵"], id="a sign with no digit before"),
        pytest.param("12,.5", ["12", ",", ".", "5"], id="two signs"),
        pytest.param("می‌شود", ["می‌شود"], id="ZWNJ joins"),
        pytest.param("شرکت‌های «سپه»", ["شرکت‌های", "«", "سپه", "»"], id="quotation marks"),
        pytest.param("تُومانِ بانک", ["تُومانِ", "بانک"], id="vowel marks belong to the word"),
        pytest.param("تومـــان", ["تومـــان"], id="tatweel"),
        pytest.param("بان\u200dک", ["بان\u200dک"], id="zero-width joiner"),
        pytest.param("۵۰٪", ["۵۰", "٪"], id="percent sign"),
        pytest.param("«««", ["«", "«", "«"], id="each sign is a word"),
        pytest.param("ﷲ ½ ﻻ", ["ﷲ", "½", "ﻻ"], id="one character of several letters"),
        pytest.param("بانک\nسپه", ["بانک", "سپه"], id="line break"),
        pytest.param("a5", ["a", "5"], id="Latin letter and digit"),
        pytest.param("😀بانک", ["😀", "بانک"], id="emoji"),
        pytest.param(" \u200c\n", [], id="nothing that is read"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert words(encoded(text)) == found


def starting(article: EncodedArticle, marks: list[bool]) -> list[str]:
    return [article.text[article.spans[i][0] :][:4] for i in range(len(article)) if marks[i]]


def test_sentences_and_lines_begin_at_tokens() -> None:
    article = encoded("بانک سپه. طرح ۵۰ شد؟\n\n«کشور» کرد")
    assert starting(article, list(article.sentence_starts)) == ["بانک", "طرح ", "«کشو"]
    assert starting(article, list(article.line_starts)) == ["بانک", "«کشو"]


def test_a_word_mark_of_its_own_has_an_empty_surface() -> None:
    tokenizer = unigram(["بانک"])
    encoding = tokenizer.encode("ژرف", add_special_tokens=False)
    assert encoding.tokens[0] == "▁"
    assert own_surfaces(encoding.offsets)[:2] == [(0, 0), (0, 1)]
    article = encode_article("ژرف بانک", tokenizer)
    assert article.word_starts.tolist() == [True, False, False, False, True]


@settings(max_examples=300)
@given(TEXTS | NEWS)
def test_spans_lie_in_the_text_in_order(text: str) -> None:
    article = encoded(text)
    assert len(article.ids) == len(article.spans) == len(article.word_starts)
    assert all(0 <= start <= end <= len(text) for start, end in article.spans)
    starts = [start for start, _ in article.spans]
    assert starts == sorted(starts)


@settings(max_examples=300)
@given(TEXTS | NEWS)
def test_starts_are_nested(text: str) -> None:
    article = encoded(text)
    assert not (article.line_starts & ~article.sentence_starts).any()
    assert not (article.sentence_starts & ~article.word_starts).any()
    if len(article):
        assert article.line_starts[0]


@settings(max_examples=300)
@given(TEXTS | NEWS)
def test_every_line_with_tokens_begins_once(text: str) -> None:
    article = encoded(text)
    starts = [start for start, _ in article.spans]
    with_tokens = sum(any(a <= start < b for start in starts) for a, b in line_spans(text))
    assert article.line_starts.sum() == with_tokens
    assert article.sentence_starts.sum() <= len(split_sentences(text))


@settings(max_examples=300)
@given(TEXTS | NEWS)
def test_words_never_cross_a_line_and_hold_no_outer_space(text: str) -> None:
    for word in words(encoded(text)):
        assert len(word.splitlines()) <= 1
        assert word == word.strip()


@settings(max_examples=300)
@given(TEXTS | NEWS)
def test_surfaces_end_behind_their_vowel_marks(text: str) -> None:
    for start, end in encoded(text).spans:
        if start < end < len(text):
            assert unicodedata.category(text[end]) != "Mn"
