"""What a tagger says of spans it did not choose, from planted scores."""

from __future__ import annotations

import numpy as np
import pytest

from ie_model.schema import AMOUNT, LABELS, Mention
from ie_model.tagging.decoding import decode
from ie_model.tagging.doubts import near_misses, span_shares, touched
from ie_model.tagging.encoding import encode_article
from ie_model.tagging.tagger import Look
from tests.tagging.making import unigram

TEXT = "بانک ملی ۵۰ میلیارد تومان پرداخت کرد"
OUT, BEGIN, IN = 0, 1, 2  # of the first label, AMOUNT
MONEY = (TEXT.index("۵۰"), TEXT.index(" پرداخت"))


def look(chosen: dict[str, tuple[int, float]], mentions: tuple[Mention, ...] = ()) -> Look:
    """Every token is outside with 0.999 but those of the words given, with a class and its probability."""
    article = encode_article(TEXT, unigram())
    probabilities = np.full((len(article), 1 + 2 * len(LABELS)), 1e-4)
    probabilities[:, OUT] = 0.999
    for token, (start, end) in enumerate(article.spans):
        for word, (tag, probability) in chosen.items():
            place = TEXT.index(word)
            if place <= start and end <= place + len(word):
                probabilities[token] = 1e-4
                first = bool(article.word_starts[token])
                probabilities[token, tag if first or tag == OUT else IN] = probability
                probabilities[token, OUT if tag != OUT else BEGIN] = max(1e-4, 1 - probability)
    return Look(mentions, None, article, np.log(probabilities / probabilities.sum(axis=1, keepdims=True)))


def test_a_given_span_has_the_share_that_the_decoder_would_give_it() -> None:
    seen = look({"۵۰": (BEGIN, 0.9), "میلیارد": (IN, 0.9), "تومان": (IN, 0.9)})
    (found,) = decode(seen.log_probs, seen.article, LABELS)
    assert (found.start, found.end) == MONEY
    (shares,) = span_shares(seen, LABELS, [MONEY])
    assert shares[AMOUNT] == pytest.approx(found.confidence)
    assert sum(shares.values()) == pytest.approx(found.boundary_share)


def test_a_span_inside_a_word_can_never_be_found() -> None:
    seen = look({"۵۰": (BEGIN, 0.9)})
    assert span_shares(seen, LABELS, [(MONEY[0], MONEY[1] - 1)]) == [dict.fromkeys(LABELS, 0.0)]


def test_what_was_nearly_found_is_a_near_miss_with_its_extent() -> None:
    seen = look({"۵۰": (BEGIN, 0.3), "میلیارد": (IN, 0.4), "تومان": (IN, 0.4)})
    assert decode(seen.log_probs, seen.article, LABELS) == []
    (near,) = near_misses(seen, LABELS)
    assert (near.label, TEXT[near.start : near.end]) == (AMOUNT, "۵۰ میلیارد تومان")
    assert 0.05 < near.probability < 0.5


def test_what_was_found_is_no_near_miss() -> None:
    mention = Mention(id="m1", label=AMOUNT, start=MONEY[0], end=MONEY[1], text=TEXT[slice(*MONEY)])
    assert near_misses(look({"۵۰": (BEGIN, 0.3)}, (mention,)), LABELS) == []


def test_a_span_is_touched_by_a_mention_of_other_borders() -> None:
    seen = look({"میلیارد": (BEGIN, 0.6)})
    there, elsewhere = touched(seen, [MONEY, (0, 8)])
    assert there > 0.5
    assert elsewhere < 0.05


def test_an_article_without_tokens_has_no_doubts() -> None:
    empty = Look((), None, encode_article("", unigram()), np.zeros((0, 9)))
    assert near_misses(empty, LABELS) == []
    assert span_shares(empty, LABELS, [(0, 1)]) == [dict.fromkeys(LABELS, 0.0)]
    assert touched(empty, [(0, 1)]) == [0.0]
