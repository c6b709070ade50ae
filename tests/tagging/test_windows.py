"""Windows: cuts between sentences and never in a mention; gold comes back from gold through any windows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.corpus.store import load_corpus
from ie_model.schema import LABELS
from ie_model.tagging.decoding import decode, log_softmax
from ie_model.tagging.encoding import EncodedArticle, encode_article
from ie_model.tagging.tokenizers import load_tokenizer
from ie_model.tagging.windows import (
    Window,
    bio_labels,
    cut_windows,
    gold_tags,
    merge_windows,
    token_spans,
    unrepresentable_mentions,
)

from .making import NEWS, ROOT, gold, perfect_logits, unigram

TOKENIZER = unigram()
SIZES = st.tuples(st.integers(16, 40), st.integers(0, 8))
"""Tokens of a window and of overlap, as the config allows them."""


def encoded(text: str) -> EncodedArticle:
    return encode_article(text, TOKENIZER)


@st.composite
def annotated(draw: st.DrawFn) -> AnnotatedArticle:
    """An article with mentions of up to three words, none across a line."""
    text = draw(NEWS)
    article = encoded(text)
    starts = np.flatnonzero(article.word_starts).tolist()
    mentions: list[GoldMention] = []
    word = 0
    while word < len(starts):
        count = draw(st.integers(0, 3))
        last = word
        while last + 1 < min(word + count, len(starts)) and not article.line_starts[starts[last + 1]]:
            last += 1
        if count:
            after = starts[last + 1] if last + 1 < len(starts) else len(article)
            start, end = article.spans[starts[word]][0], article.spans[after - 1][1]
            label = draw(st.sampled_from(LABELS))
            mentions.append(GoldMention(f"m{word}", label, start, end, text[start:end]))
        word = last + 1 + draw(st.integers(0, 4))
    return AnnotatedArticle(id="a", text=text, mentions=tuple(mentions))


def cut(item: AnnotatedArticle, sizes: tuple[int, int]) -> tuple[EncodedArticle, list[Window]]:
    article = encoded(item.text)
    spans = [span for span in token_spans(article, item.mentions) if span is not None]
    return article, cut_windows(article, tokens=sizes[0], overlap=sizes[1], mentions=spans)


@settings(max_examples=200)
@given(annotated(), SIZES)
def test_windows_cover_every_token_in_order_within_their_size(
    item: AnnotatedArticle, sizes: tuple[int, int]
) -> None:
    article, windows = cut(item, sizes)
    covered = 0
    for window in windows:
        assert covered - sizes[1] <= window.start <= covered
        assert covered < window.end <= window.start + sizes[0]
        covered = window.end
    assert covered == len(article)


@settings(max_examples=200)
@given(annotated(), SIZES)
def test_no_border_lies_inside_a_mention_or_a_word(item: AnnotatedArticle, sizes: tuple[int, int]) -> None:
    article, windows = cut(item, sizes)
    borders = {border for window in windows for border in (window.start, window.end)} - {len(article)}
    for span in token_spans(article, item.mentions):
        assert span is not None
        assert not borders & set(range(span[0] + 1, span[1]))
    assert all(article.word_starts[border] for border in borders)


@settings(max_examples=200)
@given(NEWS, SIZES)
def test_a_cut_is_between_sentences_unless_a_sentence_is_too_long(text: str, sizes: tuple[int, int]) -> None:
    article = encoded(text)
    windows = cut_windows(article, tokens=sizes[0], overlap=sizes[1])
    covered = 0
    for window in windows[:-1]:
        possible = article.sentence_starts[covered + 1 : window.start + sizes[0] + 1]
        assert article.sentence_starts[window.end] or not possible.any()
        covered = window.end


@settings(max_examples=200)
@given(annotated(), SIZES, st.sampled_from(["span", "path"]))
def test_gold_comes_back_once_through_any_windows(
    item: AnnotatedArticle, sizes: tuple[int, int], label_by: str
) -> None:
    article, windows = cut(item, sizes)
    if not windows:
        return
    logits = perfect_logits(article, item, LABELS)
    merged = merge_windows(len(article), windows, [logits[w.start : w.end] for w in windows])
    spans = decode(log_softmax(merged), article, LABELS, label_by=label_by)  # type: ignore[arg-type]
    assert [(s.label, s.start, s.end) for s in spans] == [(m.label, m.start, m.end) for m in item.mentions]


def _lost(item: AnnotatedArticle, article: EncodedArticle) -> set[tuple[str, int, int]]:
    spans = decode(log_softmax(perfect_logits(article, item, LABELS)), article, LABELS)
    return {(m.label, m.start, m.end) for m in item.mentions} - {(s.label, s.start, s.end) for s in spans}


def test_the_seeds_come_back_whole() -> None:
    for item in load_corpus([ROOT / "annotations" / "seeds"]):
        article = encoded(item.text)
        assert unrepresentable_mentions(article, item) == []
        assert _lost(item, article) == set()


def test_what_the_real_tokenizer_cannot_represent_is_all_that_is_lost(offline_encoder_folder: Path) -> None:
    tokenizer = load_tokenizer(offline_encoder_folder)
    for item in load_corpus([ROOT / "annotations"]):
        article = encode_article(item.text, tokenizer)
        bad = unrepresentable_mentions(article, item)
        # One that shares a word with the next may take that with it.
        assert len(_lost(item, article)) <= 2 * len(bad)
        assert len(bad) <= 0.02 * len(item.mentions) + 1


def test_no_tokens_no_windows() -> None:
    assert cut_windows(encoded(" \n"), tokens=16, overlap=4) == []


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        pytest.param("بانک سپه. " * 3, [(0, 9)], id="all of it fits"),
        # Ten sentences of three tokens: five in a window, and one of them again.
        pytest.param("بانک سپه. " * 10, [(0, 15), (12, 27), (24, 30)], id="whole sentences shared"),
        pytest.param("بانک " * 30, [(0, 16), (12, 28), (24, 30)], id="a sentence longer than a window"),
    ],
)
def test_cut_windows(text: str, windows: list[tuple[int, int]]) -> None:
    cuts = cut_windows(encoded(text), tokens=16, overlap=4)
    assert [(window.start, window.end) for window in cuts] == windows


def test_a_word_longer_than_a_window_is_cut_all_the_same() -> None:
    article = encoded("ژ" * 40)
    windows = cut_windows(article, tokens=16, overlap=4)
    assert windows[-1].end == len(article)
    assert all(window.end - window.start <= 16 for window in windows)


def test_shared_tokens_get_the_mean() -> None:
    first, second = np.full((3, 2), 1.0), np.full((2, 2), 4.0)
    merged = merge_windows(4, [Window(0, 3), Window(2, 4)], [first, second])
    assert merged.tolist() == [[1, 1], [1, 1], [2.5, 2.5], [4, 4]]


def test_bio_labels() -> None:
    assert bio_labels(["X", "Y"]) == ["O", "B-X", "I-X", "B-Y", "I-Y"]


def test_gold_tags_mark_every_token_of_a_mention_and_pass_over_other_labels() -> None:
    item = gold("بانک سپه ژر تومان", ("سپه ژر", "INSTITUTION"), ("تومان", "OTHER"))
    tags = gold_tags(encoded(item.text), item, ["AMOUNT", "INSTITUTION"])
    assert tags.tolist() == [0, 3, 4, 4, 4, 0]  # بانک, سپه, ▁, ژ, ر, تومان


@pytest.mark.parametrize(
    ("text", "surface", "representable"),
    [
        ("بانک سپه", "بانک", True),
        ("۵۰میلیارد", "۵۰", True),
        ("تُومانِ خوب", "تُومانِ", True),
        ("½ تومان", "½ تومان", True),
        ("ﷲ", "ﷲ", True),
        ("«بانک»", "بانک", True),
        ("بانک", "بان", False),
        ("شرکت‌های", "شرکت", False),
        ("۱۲٫۵", "۱۲", False),
        ("بانک سپه ", "سپه ", False),
        ("بانک \u200c سپه", "\u200c", False),
    ],
)
def test_mentions_that_whole_words_give_are_representable(
    text: str, surface: str, representable: bool
) -> None:
    item = gold(text, (surface, "AMOUNT"))
    bad = unrepresentable_mentions(encoded(text), item)
    assert bad == ([] if representable else list(item.mentions))
