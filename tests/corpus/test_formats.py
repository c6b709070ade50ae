"""Import and export lose nothing: both formats, each article of the repository, and any article at all."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings

from ie_model.corpus.gold_jsonl import article_from_line, line_from_article
from ie_model.corpus.json_text import digits_of, parse_json, stable_json
from ie_model.corpus.labelstudio_json import article_from_task, task_from_article
from ie_model.corpus.model import AnnotatedArticle, GoldMention, GoldValue
from ie_model.corpus.store import load_corpus
from ie_model.errors import CorpusError

from .making import NUMBERS, articles, bank_article

ROOT = Path(__file__).parents[2]


def through_label_studio(article: AnnotatedArticle) -> AnnotatedArticle:
    return article_from_task(parse_json(stable_json(task_from_article(article), indent=1), "x"), "x")


def through_gold(article: AnnotatedArticle) -> AnnotatedArticle:
    return article_from_line(line_from_article(article), "x")


@given(articles())
@settings(max_examples=150)
def test_label_studio_keeps_everything(article: AnnotatedArticle) -> None:
    assert through_label_studio(article) == article
    assert not through_label_studio(article).notes


@given(articles())
@settings(max_examples=150)
def test_gold_lines_keep_everything(article: AnnotatedArticle) -> None:
    assert through_gold(article) == article
    assert not through_gold(article).notes


@given(articles())
@settings(max_examples=50)
def test_the_same_article_gives_the_same_bytes(article: AnnotatedArticle) -> None:
    round_trip = through_label_studio(through_gold(article))
    assert stable_json(task_from_article(round_trip)) == stable_json(task_from_article(article))
    assert line_from_article(round_trip) == line_from_article(article)


@given(NUMBERS)
@settings(max_examples=50)
def test_digits_denote_the_number_exactly(number: Decimal) -> None:
    assert Decimal(digits_of(number)) == number
    assert "E" not in digits_of(number)


@pytest.fixture(scope="module")
def annotations() -> list[AnnotatedArticle]:
    return load_corpus([ROOT / "annotations"])


def test_every_annotated_article_survives_both_formats(annotations: list[AnnotatedArticle]) -> None:
    assert len(annotations) >= 245
    for article in annotations:
        assert through_label_studio(article) == article
        assert through_gold(article) == article
        assert through_gold(article).records == article.records


def test_every_annotation_file_is_what_we_would_write() -> None:
    files = [
        file for folder in ("seeds", "written") for file in (ROOT / "annotations" / folder).glob("*.json")
    ]
    assert len(files) == 1733
    for file in files:
        article = article_from_task(parse_json(file.read_text("utf-8"), str(file)), str(file))
        assert file.read_text("utf-8") == stable_json(task_from_article(article), indent=1) + "\n"


def test_the_annotated_seeds_are_the_seeds_byte_for_byte(annotations: list[AnnotatedArticle]) -> None:
    texts = {article.id: article.text for article in annotations}
    seeds = sorted((ROOT / "seeds").glob("*.txt"))
    assert len(seeds) == 5
    for seed in seeds:
        assert texts[seed.stem].encode("utf-8") == seed.read_bytes()


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1.30", GoldValue(Decimal("1.3"))),
        ("0.1", GoldValue(Decimal("0.1"))),
        ("121000000000", GoldValue(Decimal(121_000_000_000))),
        ("123456789012345678901234567890", GoldValue(Decimal("123456789012345678901234567890"))),
        ("1e3", GoldValue(Decimal(1000))),
        ("[5, 10.5]", GoldValue(low=Decimal(5), high=Decimal("10.5"))),
        ("null", None),
    ],
)
def test_gold_values_are_read_by_their_digits(written: str, value: GoldValue | None) -> None:
    line = (
        '{"id": "a", "text": "۵ نفر", "records": [["q"]], "mentions": [{"id": "q", "label": "AMOUNT",'
        f' "start": 0, "end": 5, "text": "۵ نفر", "quantity": {{"value": {written}}}}}]}}'
    )
    assert article_from_line(line, "x").mentions[0].value == value


@pytest.mark.parametrize(
    "value",
    [
        GoldValue(low=Decimal(5)),
        GoldValue(high=Decimal(5)),
        GoldValue(Decimal(5), low=Decimal(5), high=Decimal(6)),
    ],
    ids=["no high end", "no low end", "a value beside the range"],
)
def test_a_value_that_is_neither_number_nor_range_is_refused(value: GoldValue) -> None:
    article = AnnotatedArticle("a", "۵ نفر", (GoldMention("q", "AMOUNT", 0, 5, "۵ نفر", value),))
    for write in (line_from_article, task_from_article):
        with pytest.raises(CorpusError, match="the low and the high end"):
            write(article)


def test_further_keys_become_metadata_in_both_formats() -> None:
    task = task_from_article(bank_article())
    task["data"]["agency"] = "x"
    assert article_from_task(task, "x").meta == {"agency": "x"}
    line = json.loads(line_from_article(bank_article())) | {"agency": "x", "meta": {"day": 1.5}}
    assert article_from_line(json.dumps(line), "x").meta == {"agency": "x", "day": 1.5}


def test_metadata_that_contradicts_itself_is_refused() -> None:
    line = json.loads(line_from_article(bank_article())) | {"agency": "x", "meta": {"agency": "y"}}
    with pytest.raises(CorpusError, match=r"differs from 'meta\.agency'"):
        article_from_line(json.dumps(line), "x")
