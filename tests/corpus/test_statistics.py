"""The corpus table: counts by source and in all."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ie_model.corpus.model import AnnotatedArticle, GoldMention, GoldValue
from ie_model.corpus.statistics import corpus_statistics, source_of

from .making import TEXT, bank_article


def test_counts_of_one_article() -> None:
    counts = corpus_statistics([bank_article(source="x/a1.json")]).sources["x"]
    assert counts.to_json() == {
        "articles": 1,
        "words": 15,
        "characters": len(TEXT),
        "mentions": {"AMOUNT": 2, "TARGET": 0, "PERCENTAGE": 1, "INSTITUTION": 1},
        "records": 2,
        "joined": 1,
        "attributed": 1,
        "relations": {"with": 1, "by": 1},
        "values": {"whole": 3, "fraction": 0, "range": 0, "none": 0},
    }


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (GoldValue(Decimal("5.0")), "whole"),
        (GoldValue(Decimal("5.5")), "fraction"),
        (GoldValue(low=Decimal(5), high=Decimal(6)), "range"),
        (GoldValue(unit="نفر"), "none"),
        (None, "none"),
    ],
)
def test_values_are_counted_by_kind(value: GoldValue | None, kind: str) -> None:
    article = AnnotatedArticle("a", "۵ نفر", (GoldMention("m", "AMOUNT", 0, 5, "۵ نفر", value),))
    assert [name for name, count in corpus_statistics([article]).total.values.items() if count] == [kind]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("x/seeds/a.json", "x/seeds"),
        ("x/gold.jsonl:12", "x/gold.jsonl"),
        ("x/export.json[3]", "x/export.json"),
    ],
)
def test_a_source_is_a_folder_of_tasks_or_a_file_of_many(source: str, name: str) -> None:
    assert source_of(AnnotatedArticle("a", "x", source=source)) == name


def test_sources_add_up_to_the_total() -> None:
    table = corpus_statistics([bank_article(str(n), source=f"f{n % 2}/{n}.json") for n in range(5)])
    assert {source: counts.articles for source, counts in table.sources.items()} == {"f0": 3, "f1": 2}
    assert table.total.articles == 5
    assert table.total.words == sum(counts.words for counts in table.sources.values())
    assert list(table.to_json()) == ["sources", "total"]
