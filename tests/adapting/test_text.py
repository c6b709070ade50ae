"""What the encoder reads: articles chosen with reason, every token once and in order, words numbered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.adapting.config import TextConfig
from ie_model.adapting.text import NO_WORD, cut_blocks, read_texts
from ie_model.articles import RejectCode
from ie_model.errors import ArticleError, CorpusError, IeModelError
from ie_model.tagging.encoders import special_ids
from tests.adapting.making import news, write_news
from tests.tagging.making import NEWS, unigram, wordpiece

TOKENIZERS = {"unigram": unigram(), "wordpiece": wordpiece()}


def config(articles: Path, **changes: Any) -> TextConfig:
    return TextConfig.model_validate({"articles": [str(articles)], "held_out": 2, **changes})


# --- blocks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TOKENIZERS)
@given(texts=st.lists(NEWS.filter(str.strip), min_size=1, max_size=6), length=st.integers(16, 48))
def test_blocks_hold_every_token_once_and_in_order(kind: str, texts: list[str], length: int) -> None:
    tokenizer = TOKENIZERS[kind]
    special = special_ids(tokenizer)
    # Each token with the word that it belongs to: (article, place), None for the separator behind it.
    stream: list[tuple[int, tuple[int, int] | None]] = []
    for place, text in enumerate(texts):
        encoding = tokenizer.encode(text, add_special_tokens=False)
        stream += [
            (token, (place, word)) for token, word in zip(encoding.ids, encoding.word_ids, strict=True)
        ]
        stream += [(token, None) for token in special.after]
    inner = length - len(special.before) - len(special.after)
    if len(stream) < inner:
        with pytest.raises(IeModelError, match=rf"too little text.*{len(stream)} tokens.*{inner}"):
            cut_blocks(texts, tokenizer, length)
        return

    blocks = cut_blocks(texts, tokenizer, length)
    assert blocks.ids.shape == blocks.words.shape == (len(stream) // inner, length)
    for row, (ids, words) in enumerate(zip(blocks.ids.tolist(), blocks.words.tolist(), strict=True)):
        part = stream[row * inner : (row + 1) * inner]
        assert ids == [*special.before, *(token for token, _ in part), *special.after]
        numbers = words[len(special.before) : length - len(special.after)]
        assert {*words[: len(special.before)], *words[length - len(special.after) :]} == {NO_WORD}
        assert [number == NO_WORD for number in numbers] == [word is None for _, word in part]
        # The same number for the same word and a higher one for the next, from 0 in each block.
        named = [(number, word) for number, (_, word) in zip(numbers, part, strict=True) if word is not None]
        assert not named or named[0][0] == 0
        pairs = dict.fromkeys(named)
        assert len(pairs) == len({number for number, _ in pairs}) == len({word for _, word in pairs})
        assert [number for number, _ in pairs] == sorted(number for number, _ in pairs)


def test_no_text_makes_no_block() -> None:
    with pytest.raises(IeModelError, match="no text"):
        cut_blocks([], unigram(), 32)


def test_special_tokens_written_in_an_article_are_words_like_others() -> None:
    text = "بانک <s> </s> <mask> [MASK] سپه " * 8
    ids = cut_blocks([text], unigram(), 32).ids[:, 1:-1]
    assert not np.isin(ids, [unigram().token_to_id(name) for name in ("<s>", "<mask>")]).any()


# --- articles ------------------------------------------------------------------------------------------


def gold_file(path: Path, texts: list[str]) -> Path:
    lines = [
        json.dumps({"id": f"g{place}", "text": text, "mentions": [], "records": []}, ensure_ascii=False)
        for place, text in enumerate(texts)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_near_copies_of_annotated_articles_are_left_out(tmp_path: Path) -> None:
    texts = news(12, sentences=8)
    copied, half_copied = texts[3], texts[7]
    # As agencies print each other's news: another spelling, some words changed, a paragraph of their own.
    edited = copied.replace("ی", "ي").replace("کارشناسان", "صاحب‌نظران")
    other = news(1, seed=99, sentences=8)[0]
    annotated = gold_file(
        tmp_path / "gold.jsonl", [f"{edited} پایان خبر.", half_copied[: len(half_copied) // 2] + other[:100]]
    )
    articles = write_news(tmp_path / "news.jsonl", texts)
    found = read_texts(config(articles, exclude=[str(annotated)]))
    assert found.excluded == 2
    assert {copied, half_copied} & {*found.train, *found.held_out} == set()
    assert read_texts(config(articles)).excluded == 0


def test_the_articles_with_most_quantities_for_their_length_are_kept_in_their_order(tmp_path: Path) -> None:
    dense = ["تومان ۵ میلیارد. ۷ درصد، ۱۲ هزار نفر", "۳ طرح، ۴۰ واحد و ۲ میلیون دلار در سه استان"]
    thin = ["هوا خوب است و مردم در باغ‌ها به گردش رفته‌اند " * 3 + "۵ درصد", "خبری نیست که نیست " * 5]
    articles = write_news(tmp_path / "news.jsonl", [thin[0], dense[0], thin[1], dense[1]])
    found = read_texts(config(articles, densest=0.5, held_out=1))
    assert [*found.held_out, *found.train] == dense
    assert len(read_texts(config(articles, densest=0.75, held_out=1)).train) == 2


def test_held_out_articles_are_taken_evenly_and_not_trained_on(tmp_path: Path) -> None:
    texts = news(20)
    found = read_texts(config(write_news(tmp_path / "news.jsonl", texts), held_out=4))
    assert found.held_out == texts[::5]
    assert found.train == [text for text in texts if text not in found.held_out]


def test_what_cannot_be_read_is_told_with_its_reason_and_the_rest_is_read(tmp_path: Path) -> None:
    texts = news(6)
    path = write_news(tmp_path / "news.jsonl", texts)
    path.write_text('{"text": ""}\n' + path.read_text(encoding="utf-8") + "{broken\n", encoding="utf-8")
    found = read_texts(config(path))
    assert [(reject.code, reject.line) for reject in found.rejects] == [
        (RejectCode.EMPTY, 1),
        (RejectCode.BROKEN_JSON, 8),
    ]
    assert sorted([*found.train, *found.held_out]) == sorted(texts)


def test_too_few_articles_are_one_clear_error(tmp_path: Path) -> None:
    texts = news(3)
    path = write_news(tmp_path / "news.jsonl", [texts[0], "", *texts[1:]])
    annotated = gold_file(tmp_path / "gold.jsonl", texts[1:])
    with pytest.raises(IeModelError) as caught:
        read_texts(config(path, exclude=[str(annotated)]))
    reason = f"1, 2 excluded, 1 rejected (the first, {path}:2: the article is empty)"
    assert (caught.value.found, caught.value.expected) == (reason, "more than text.held_out=2")


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"articles": ["nowhere.jsonl"]}, ArticleError), ({"exclude": ["nowhere.jsonl"]}, CorpusError)],
    ids=["articles", "exclude"],
)
def test_a_path_that_does_not_exist_is_named(
    tmp_path: Path, changes: dict[str, list[str]], error: type[IeModelError]
) -> None:
    articles = write_news(tmp_path / "news.jsonl", news(4))
    with pytest.raises(error, match=r"nowhere\.jsonl"):
        read_texts(config(articles).model_copy(update={key: tuple(paths) for key, paths in changes.items()}))
