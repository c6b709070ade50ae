"""Annotations without text: nothing of an article is in them, and with its text they are whole again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings

from ie_model.corpus.gold_jsonl import line_from_article
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.standoff import join_texts, standoff_line
from ie_model.corpus.store import Reject
from ie_model.errors import ArticleError, CorpusError
from ie_model.schema import text_sha256
from tests.conftest import ROOT

from .making import articles, bank_article


def written(folder: Path, annotated: Sequence[AnnotatedArticle], texts: Sequence[str]) -> tuple[Path, Path]:
    """A standoff file of ``annotated`` and an article file of ``texts``, under other ids."""
    lines, news = folder / "standoff.jsonl", folder / "news.jsonl"
    lines.write_text("".join(f"{standoff_line(one)}\n" for one in annotated), "utf-8")
    rows = [json.dumps({"id": f"n{place}", "text": text}) for place, text in enumerate(texts)]
    news.write_text("".join(f"{row}\n" for row in rows), "utf-8")
    return lines, news


def joined(folder: Path, annotated: Sequence[AnnotatedArticle], texts: Sequence[str]) -> list[Any]:
    lines, news = written(folder, annotated, texts)
    return list(join_texts([lines], [news]))


@given(articles())
@settings(max_examples=50)
def test_the_line_has_no_text_and_the_texts_checksum(article: AnnotatedArticle) -> None:
    tree = json.loads(standoff_line(article))
    assert "text" not in tree
    assert tree["text_sha256"] == text_sha256(article.text)
    assert all("text" not in mention for mention in tree["mentions"])
    whole = json.loads(line_from_article(article))
    assert {key: tree[key] for key in ("id", "records", "relations")} == {
        key: whole[key] for key in ("id", "records", "relations")
    }


@given(articles())
@settings(max_examples=50)
def test_with_its_text_an_article_is_whole_again(
    tmp_path_factory: pytest.TempPathFactory, article: AnnotatedArticle
) -> None:
    assume(any(character.isalnum() for character in article.text))  # a reader gives no blank articles
    assert joined(tmp_path_factory.mktemp("one"), [article], [article.text]) == [article]


def test_articles_are_known_by_their_text_and_come_in_the_order_of_the_annotations(tmp_path: Path) -> None:
    first, second = bank_article("a"), bank_article("b", text=bank_article().text + " دوم")
    assert joined(tmp_path, [second, first], ["دیگر", first.text, second.text]) == [second, first]


def test_a_text_that_is_missing_or_was_changed_is_named(tmp_path: Path) -> None:
    first, second = bank_article("a"), bank_article("b", text=bank_article().text + " دوم")
    found = joined(tmp_path, [first, second], [first.text, second.text + "."])
    assert found[0] == first
    assert isinstance(found[1], Reject)
    assert found[1].article_id == "b"
    assert "standoff.jsonl:2" in str(found[1].error)
    assert text_sha256(second.text)[:12] in str(found[1].error)
    assert "--texts" in str(found[1].error)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param("{", "broken JSON", id="broken"),
        pytest.param("[]", "not annotations without text", id="no object"),
        pytest.param(line_from_article(bank_article()), "not annotations without text", id="with text"),
    ],
)
def test_other_lines_are_rejected_and_the_rest_goes_on(tmp_path: Path, line: str, reason: str) -> None:
    lines, news = written(tmp_path, [bank_article()], [bank_article().text])
    lines.write_text(f"{line}\n\n{lines.read_text('utf-8')}", "utf-8")
    reject, article = join_texts([lines], [news])
    assert isinstance(reject, Reject)
    assert reason in str(reject.error)
    assert article == bank_article()


@pytest.mark.parametrize(
    ("mention", "reason"),
    [
        pytest.param(
            {"id": "i", "label": "INSTITUTION", "start": "0", "end": 8}, "whole number", id="no number"
        ),
        pytest.param({"id": "i", "label": "INSTITUTION"}, "whole number", id="no offsets"),
        pytest.param(7, "list of dicts", id="no object"),
    ],
)
def test_a_malformed_mention_is_rejected_by_its_place(tmp_path: Path, mention: Any, reason: str) -> None:
    lines, news = written(tmp_path, [bank_article()], [bank_article().text])
    tree = {**json.loads(lines.read_text("utf-8")), "mentions": [mention], "records": [], "relations": []}
    lines.write_text(json.dumps(tree), "utf-8")
    (reject,) = join_texts([lines], [news])
    assert isinstance(reject, Reject)
    assert reject.article_id == "a1"
    assert reason in str(reject.error)


def test_the_annotated_news_of_the_repository_hold_no_text() -> None:
    lines = [json.loads(line) for line in (ROOT / "annotations/news.jsonl").read_text("utf-8").splitlines()]
    assert len({line["id"] for line in lines}) == len({line["text_sha256"] for line in lines}) == len(lines)
    for line in lines:
        assert set(line) == {"id", "meta", "mentions", "records", "relations", "text_sha256"}
        assert set(line["meta"]) == {"agency", "date", "origin"}
        for mention in line["mentions"]:
            assert set(mention) - {"quantity"} == {"id", "label", "start", "end"}
            assert len(mention.get("quantity", {}).get("unit") or "") < 30, "a word or two"
        ends = [0, *(mention["end"] for mention in line["mentions"])]
        starts = [mention["start"] for mention in line["mentions"]]
        assert all(end <= start for end, start in zip(ends, starts, strict=False)), (
            "in order, none overlapping"
        )


def test_files_that_are_not_there_are_told(tmp_path: Path) -> None:
    lines, news = written(tmp_path, [bank_article()], [bank_article().text])
    with pytest.raises(CorpusError, match=r"none\.jsonl"):
        list(join_texts([tmp_path / "none.jsonl"], [news]))
    with pytest.raises(ArticleError, match=r"none\.jsonl"):
        list(join_texts([lines], [tmp_path / "none.jsonl"]))
