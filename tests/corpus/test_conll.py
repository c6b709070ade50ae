"""CoNLL-2003: tokens, sentences, and BIO labels that give the mentions back."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from ie_model.corpus.conll import conll_from_articles
from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.errors import CorpusError

from .making import articles, bank_article, mention


def rows(article: AnnotatedArticle) -> list[tuple[str, str]]:
    (text,) = conll_from_articles([article])
    lines = [line.split(" ") for line in text.splitlines() if line]
    assert lines[0] == ["-DOCSTART-", "-X-", "-X-", "O"]
    assert all(len(line) == 4 and line[1:3] == ["-X-", "-X-"] for line in lines)
    return [(line[0], line[3]) for line in lines[1:]]


def test_an_article_is_written_as_the_format_says() -> None:
    (text,) = conll_from_articles([bank_article()])
    assert text == (
        "-DOCSTART- -X- -X- O\n\n"
        "بانک -X- -X- B-INSTITUTION\nسپه -X- -X- I-INSTITUTION\n"
        "۵۰ -X- -X- B-AMOUNT\nمیلیارد -X- -X- I-AMOUNT\nتومان -X- -X- I-AMOUNT\nبرای -X- -X- O\n"
        "۱۲ -X- -X- B-AMOUNT\nطرح -X- -X- I-AMOUNT\nپرداخت -X- -X- O\nکرد -X- -X- O\n. -X- -X- O\n\n"
        "این -X- -X- O\nرقم -X- -X- O\n۳۵ -X- -X- B-PERCENTAGE\n٪ -X- -X- I-PERCENTAGE\n"
        "تعهد -X- -X- O\nاست -X- -X- O\n. -X- -X- O\n\n"
    )


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("می‌شود", ["می‌شود"]),
        ("مُحَمَّد", ["مُحَمَّد"]),
        ("۲٫۵٪", ["۲", "٫", "۵", "٪"]),
        ("«سپه»", ["«", "سپه", "»"]),
        ("a_b", ["a", "_", "b"]),
        ("سپه\u200c است", ["سپه", "است"]),
        ("\u200fسپه😀", ["سپه", "😀"]),
        ("۵۰میلیارد", ["۵۰میلیارد"]),
    ],
)
def test_tokens_are_words_with_their_marks_or_single_signs(text: str, tokens: list[str]) -> None:
    assert [token for token, _ in rows(AnnotatedArticle("a", text))] == tokens


def test_a_mention_inside_a_token_splits_it() -> None:
    text = "وام ۵۰میلیاردی داد"
    article = AnnotatedArticle("a", text, (mention(text, "۵۰میلیارد", "AMOUNT", "m"),))
    assert rows(article)[1:3] == [("۵۰میلیارد", "B-AMOUNT"), ("ی", "O")]


def test_neighbouring_mentions_each_begin() -> None:
    text = "۵طرح۷نفر"
    article = AnnotatedArticle(
        "a", text, (GoldMention("m", "AMOUNT", 0, 4, "۵طرح"), GoldMention("n", "AMOUNT", 4, 8, "۷نفر"))
    )
    assert [label for _, label in rows(article)] == ["B-AMOUNT", "B-AMOUNT"]


def test_a_mention_across_a_sentence_end_stays_in_one_block() -> None:
    text = "گروه آبان. سازان آمد. رفت."
    article = AnnotatedArticle("a", text, (mention(text, "گروه آبان. سازان", "INSTITUTION", "m"),))
    (written,) = conll_from_articles([article])
    assert [len(block.split("\n")) for block in written.strip().split("\n\n")] == [1, 6, 2]


@given(articles())
@settings(max_examples=80)
def test_labels_give_every_mention_back(article: AnnotatedArticle) -> None:
    spelled: list[tuple[str, str]] = []
    for token, label in rows(article):
        if label.startswith("B-"):
            spelled.append((label[2:], token))
        elif label.startswith("I-"):
            assert spelled
            assert spelled[-1][0] == label[2:]
            spelled[-1] = (spelled[-1][0], spelled[-1][1] + token)
    readable = [(gold.label, re.sub(r"[\s\u200c]", "", gold.text)) for gold in article.mentions]
    assert [(label, re.sub(r"\u200c", "", text)) for label, text in spelled] == [
        (label, text) for label, text in readable if text
    ]


@pytest.mark.parametrize(("start", "end"), [(4, 12), (0, 500)])
def test_overlaps_and_spans_outside_are_refused(start: int, end: int) -> None:
    bad = replace(bank_article().mentions[0], id="bad", start=start, end=end)
    with pytest.raises(CorpusError, match="overlap or lie outside"):
        list(conll_from_articles([bank_article(mentions=(*bank_article().mentions, bad))]))
