"""What is measured on: chosen articles, and fresh text of the same kind."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.articles import Reject, read_articles
from ie_model.benchmark.articles import (
    MORE,
    BenchArticles,
    choose_articles,
    count_tokens,
    fresh_articles,
    fresh_text,
    write_articles,
)
from ie_model.benchmark.files import FreshFiles
from ie_model.errors import ArticleError, CorpusError
from tests.benchmark.conftest import SEEDS
from tests.tagging.making import ROOT

DIGITS = "0123456789٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"
TEXTS = st.text(alphabet="ابپ ۱۲۰5.؟\n", max_size=80)


def skeleton(text: str) -> Counter[str]:
    """What fresh text must keep: every character that is neither a digit of 1 to 9 nor white space."""
    return Counter(
        "9" if char in DIGITS and char not in "0٠۰" else char for char in text if not char.isspace()
    )


@given(TEXTS, st.integers(0, 500))
def test_fresh_text_has_the_same_characters_but_for_digits(text: str, variant: int) -> None:
    fresh = fresh_text(text, variant)
    assert skeleton(fresh) == skeleton(text)
    assert len(text) <= len(fresh) <= len(text) + 1
    assert fresh_text(text, variant) == fresh


def test_variant_zero_is_the_article_and_others_are_all_different(seeds: BenchArticles) -> None:
    text = seeds.articles[0].text
    variants = [fresh_text(text, variant) for variant in range(200)]
    assert variants[0] == text
    assert len(set(variants)) == len(variants)


def test_sentences_stay_apart() -> None:
    assert fresh_text("الف رفت. ب آمد.", 1) == "ب آمد.\nالف رفت. "


def test_more_articles_than_there_are_have_ids_and_text_of_their_own(seeds: BenchArticles) -> None:
    many = list(fresh_articles(seeds.articles, 17, variant=3))
    assert len(many) == 17
    assert len({article.id for article in many}) == 17
    assert len({article.text for article in many}) == 17


def test_what_is_written_is_what_predict_reads(seeds: BenchArticles, tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    write_articles(path, seeds.articles)
    read = list(read_articles([path]))
    assert not [item for item in read if isinstance(item, Reject)]
    assert [(item.id, item.text) for item in read if not isinstance(item, Reject)] == [
        (article.id, article.text) for article in seeds.articles
    ]


def test_tokens_are_counted_once_whatever_the_windows(files: FreshFiles) -> None:
    one, all_of_them = files.variant(0, 1), files.variant(0)
    assert one.articles == 1
    assert 0 < one.tokens < all_of_them.tokens
    tokenizer = files._tokenizer
    longer = [article.model_copy(update={"text": article.text * 2}) for article in files.chosen.articles]
    assert count_tokens(longer, tokenizer) == pytest.approx(2 * all_of_them.tokens, rel=0.01)


def test_a_file_of_a_variant_is_made_once(files: FreshFiles) -> None:
    assert files.variant(2) is files.variant(2)
    assert files.variant(2).path != files.variant(3).path
    assert files.new_output() != files.new_output()


# --- choosing ------------------------------------------------------------------------------------------


def test_a_checkout_has_articles_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    chosen = choose_articles(None)
    assert len(chosen.articles) == len(chosen.gold) == 5 + MORE
    assert len({article.id for article in chosen.articles}) == 5 + MORE
    assert [article.id for article in choose_articles(None, limit=3).articles] == [
        article.id for article in chosen.articles[:3]
    ]


def test_elsewhere_articles_must_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArticleError, match="--articles"):
        choose_articles(None)


def test_annotated_articles_bring_their_gold(tmp_path: Path) -> None:
    chosen = choose_articles(SEEDS, limit=2)
    assert [article.id for article in chosen.gold] == [article.id for article in chosen.articles]
    assert chosen.gold[0].mentions
    path = tmp_path / "gold.jsonl"
    path.write_text('{"id": "a", "text": "بانک", "mentions": [], "records": []}\n', encoding="utf-8")
    assert len(choose_articles(path).gold) == 1


def test_annotations_without_their_text_are_no_articles() -> None:
    with pytest.raises(CorpusError, match="text"):
        choose_articles(ROOT / "annotations/news.jsonl")


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    good = json.dumps({"id": "a", "text": "بانک ۲ نفر را پذیرفت."}, ensure_ascii=False)
    path.write_text(f"{good}\n{{broken\n", encoding="utf-8")
    chosen = choose_articles(path)
    assert [article.id for article in chosen.articles] == ["a"]
    assert chosen.gold == ()
    assert len(chosen.rejects) == 1
    assert "news.jsonl:2" in chosen.rejects[0]


@pytest.mark.parametrize(
    ("name", "content"), [("empty.txt", b""), ("broken.jsonl", b"{\n"), ("latin.txt", b"\xff\xfe\xfd")]
)
def test_nothing_to_measure_on_is_an_error(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ArticleError, match="no article"):
        choose_articles(tmp_path / name)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match=r"nowhere\.jsonl"):
        choose_articles(tmp_path / "nowhere.jsonl")
