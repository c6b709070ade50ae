"""Decoding: the best legal path over whole words, and a label over the whole span."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ie_model.tagging.decoding import WordScores, decode, log_softmax, score_words
from ie_model.tagging.encoding import EncodedArticle, encode_article
from ie_model.tagging.windows import bio_labels

from .making import NEWS, unigram

LABELS = ("AMOUNT", "INSTITUTION")
TAGS = bio_labels(LABELS)
TOKENIZER = unigram()


def encoded(text: str) -> EncodedArticle:
    return encode_article(text, TOKENIZER)


def sure(tags: list[str], margin: float = 9.0) -> np.ndarray:
    """Log probabilities that prefer ``tags``."""
    logits = np.zeros((len(tags), len(TAGS)))
    logits[np.arange(len(tags)), [TAGS.index(tag) for tag in tags]] = margin
    return log_softmax(logits)


def found(text: str, log_probs: np.ndarray, label_by: str = "span") -> list[tuple[str, str]]:
    spans = decode(log_probs, encoded(text), LABELS, label_by=label_by)  # type: ignore[arg-type]
    return [(text[span.start : span.end], span.label) for span in spans]


BOTH = pytest.mark.parametrize("label_by", ["span", "path"])


@BOTH
@pytest.mark.parametrize(
    ("text", "tags", "mentions"),
    [
        pytest.param("بانک سپه کرد", "O O O", [], id="nothing"),
        pytest.param(
            "بانک سپه کرد", "B-INSTITUTION I-INSTITUTION O", [("بانک سپه", "INSTITUTION")], id="one"
        ),
        pytest.param(
            "بانک سپه کرد",
            "B-INSTITUTION B-INSTITUTION O",
            [("بانک", "INSTITUTION"), ("سپه", "INSTITUTION")],
            id="two",
        ),
        pytest.param("بانک سپه کرد", "O O B-AMOUNT", [("کرد", "AMOUNT")], id="the last word"),
        pytest.param(
            "بانک سپه\nکرد", "O B-AMOUNT I-AMOUNT", [("سپه", "AMOUNT")], id="a line break ends a mention"
        ),
        pytest.param(
            "بانک سپه. کرد",
            "O B-AMOUNT I-AMOUNT I-AMOUNT",
            [("سپه. کرد", "AMOUNT")],
            id="a full stop does not",
        ),
        pytest.param("هزار تومان", "B-AMOUNT I-AMOUNT", [("هزار تومان", "AMOUNT")], id="the whole text"),
    ],
)
def test_decode(text: str, tags: str, mentions: list[tuple[str, str]], label_by: str) -> None:
    log_probs = sure(tags.split())
    if "\n" in text:  # I across a line is impossible: what is left is O, or a mention of its own
        log_probs[2, TAGS.index("O")] = log_probs[2].max() - 1
    assert found(text, log_probs, label_by) == mentions


@BOTH
def test_no_words_no_mentions(label_by: str) -> None:
    assert found("", np.zeros((0, len(TAGS))), label_by) == []


def test_a_label_is_decided_over_the_whole_span_not_by_the_first_token() -> None:
    text = "بانک سپه کشور"
    log_probs = sure(["B-AMOUNT", "I-INSTITUTION", "I-INSTITUTION"], margin=3.0)
    assert found(text, log_probs) == [("بانک سپه کشور", "INSTITUTION")]


@BOTH
def test_a_mention_never_begins_or_ends_inside_a_word(label_by: str) -> None:
    text = "۱۲٬۵۰۰ تومان"
    article = encoded(text)
    assert len(article) > 4
    tags = ["O"] * len(article)
    tags[2:4] = ["B-AMOUNT", "I-AMOUNT"]
    words = {"۱۲٬۵۰۰", "تومان", "۱۲٬۵۰۰ تومان"}
    assert {surface for surface, _ in found(text, sure(tags), label_by)} <= words


def test_confidence_is_high_where_the_scores_are_sure_and_low_where_not() -> None:
    article = encoded("بانک سپه کرد")
    tags = ["B-INSTITUTION", "I-INSTITUTION", "O"]
    (certain,) = decode(sure(tags, 12.0), article, LABELS)
    (unsure,) = decode(sure(tags, 2.0), article, LABELS)
    assert 0.99 < certain.confidence <= 1
    assert 0 < unsure.confidence < 0.7


# --- against the plain way: every legal path -------------------------------------------------------------


def best_path(scores: WordScores) -> float:
    """The best score of all legal paths, each tried: 0 is O, 1 + i is B, 1 + count + i is I of label i."""
    words, count = scores.begin.shape
    best = -np.inf
    for path in itertools.product(range(1 + 2 * count), repeat=words):
        legal = all(
            state <= count
            or (word > 0 and not scores.breaks[word] and path[word - 1] in (state, state - count))
            for word, state in enumerate(path)
        )
        if legal:
            best = max(best, path_score(scores, path))
    return best


def path_score(scores: WordScores, path: tuple[int, ...]) -> float:
    table = np.concatenate([scores.outside[:, None], scores.begin, scores.inside], axis=1)
    return float(table[np.arange(len(path)), list(path)].sum())


def path_of(
    scores: WordScores, article: EncodedArticle, spans: list[tuple[int, int, int]]
) -> tuple[int, ...]:
    """The path that gives ``spans`` (start, end, label index)."""
    count = scores.begin.shape[1]
    path = [0] * len(scores.starts)
    for start, end, label in spans:
        inside = [w for w, token in enumerate(scores.starts) if start <= article.spans[token][0] < end]
        path[inside[0]] = 1 + label
        for word in inside[1:]:
            path[word] = 1 + count + label
    return tuple(path)


_FEW_WORDS = st.lists(st.sampled_from(["بانک", "سپه", "۲٫۵", "می‌شود", ".", "\n", "ژرف"]), max_size=5).map(
    " ".join
)


@settings(max_examples=60)
@given(text=_FEW_WORDS, seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([0.5, 2.0, 8.0]))
def test_the_labelled_path_is_the_best_of_all_legal_paths(text: str, seed: int, scale: float) -> None:
    article = encoded(text)
    logits = np.random.default_rng(seed).normal(scale=scale, size=(len(article), len(TAGS)))
    log_probs = log_softmax(logits)
    spans = decode(log_probs, article, LABELS, label_by="path")
    if not len(article):
        assert spans == []
        return
    scores = score_words(log_probs, article)
    path = path_of(scores, article, [(s.start, s.end, LABELS.index(s.label)) for s in spans])
    assert path_score(scores, path) == pytest.approx(best_path(scores))


@settings(max_examples=60)
@given(text=_FEW_WORDS, seed=st.integers(0, 2**32 - 1))
def test_boundaries_are_the_best_with_the_labels_pooled(text: str, seed: int) -> None:
    article = encoded(text)
    if not len(article):
        return
    log_probs = log_softmax(np.random.default_rng(seed).normal(scale=3, size=(len(article), len(TAGS))))
    spans = decode(log_probs, article, LABELS)
    scores = score_words(log_probs, article)
    pooled = WordScores(
        scores.starts,
        scores.outside,
        np.logaddexp.reduce(scores.begin, axis=1)[:, None],
        np.logaddexp.reduce(scores.inside, axis=1)[:, None],
        scores.breaks,
    )
    path = path_of(pooled, article, [(s.start, s.end, 0) for s in spans])
    assert path_score(pooled, path) == pytest.approx(best_path(pooled))


@settings(max_examples=100)
@given(text=NEWS, seed=st.integers(0, 2**32 - 1), label_by=st.sampled_from(["span", "path"]))
def test_mentions_are_in_order_apart_and_on_one_line(text: str, seed: int, label_by: str) -> None:
    article = encoded(text)
    logits = np.random.default_rng(seed).normal(scale=3, size=(len(article), len(TAGS)))
    before = 0
    for span in decode(log_softmax(logits), article, LABELS, label_by=label_by):  # type: ignore[arg-type]
        assert before <= span.start < span.end <= len(text)
        assert "\n" not in text[span.start : span.end]
        assert span.label in LABELS
        assert 0 <= span.confidence <= 1
        before = span.end


def test_word_scores_pool_the_tokens_of_a_word() -> None:
    article = encoded("ژر بانک")  # the mark ▁, ژ, ر and one piece for the second word
    assert article.word_starts.tolist() == [True, False, False, True]
    log_probs = log_softmax(np.random.default_rng(1).normal(size=(4, len(TAGS))))
    scores = score_words(log_probs, article)
    assert scores.starts.tolist() == [0, 3]
    assert scores.outside[0] == pytest.approx(log_probs[:3, 0].sum())
    assert scores.inside[0, 1] == pytest.approx(log_probs[:3, 4].sum())
    assert scores.begin[0, 1] == pytest.approx(log_probs[0, 3] + log_probs[1:3, 4].sum())


@pytest.mark.parametrize("shift", [0.0, 1e4, -1e4])
def test_log_softmax_is_normalised_and_stable(shift: float) -> None:
    logits = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]], dtype=np.float32) + np.float32(shift)
    log_probs = log_softmax(logits)
    assert log_probs.dtype == np.float64
    assert np.exp(log_probs).sum(axis=-1) == pytest.approx([1, 1])
    assert np.exp(log_probs[1]) == pytest.approx([1 / 3] * 3)
