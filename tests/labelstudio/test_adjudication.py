"""What is not read alike is listed once a place, and becomes a task that shows all readings."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given

from ie_model.corpus.labelstudio_json import article_from_task
from ie_model.corpus.model import AnnotatedArticle
from ie_model.evaluation.facts import gold_facts
from ie_model.labelstudio.adjudication import AGREED, adjudication_tasks, agreed_part
from ie_model.labelstudio.checking import prediction_problems
from ie_model.labelstudio.disagreements import NOTHING, disagreements, places
from ie_model.schema import AMOUNT, LABELS, TARGET
from tests.evaluation.making import (
    BANK,
    EVERYTHING,
    FUND,
    JOINED,
    MONEY,
    PEOPLE,
    PLANS,
    SHARE,
    TEXT,
    Said,
    articles,
)
from tests.labelstudio.readings import annotation, read, side, task

SHORT = Said(AMOUNT, "۵۰ میلیارد")
AS_TARGET = Said(TARGET, "۵۰ میلیارد تومان")
SHORT_TARGET = Said(TARGET, "۵۰ میلیارد")


@pytest.mark.parametrize(
    ("other", "kind", "said"),
    [
        ([AS_TARGET], "label", "TARGET «۵۰ میلیارد تومان»"),
        ([SHORT], "borders", "AMOUNT «۵۰ میلیارد»"),
        ([SHORT_TARGET], "label and borders", "TARGET «۵۰ میلیارد»"),
        ([], "present or not", NOTHING),
        (
            [Said(AMOUNT, "۵۰"), Said(AMOUNT, "میلیارد تومان")],
            "label and borders",
            "AMOUNT «۵۰» + AMOUNT «میلیارد تومان»",
        ),
    ],
)
def test_one_place_is_one_disagreement(tmp_path: Path, other: list[Said], kind: str, said: str) -> None:
    (article,) = read(tmp_path, task([annotation(side(BANK, MONEY), 1), annotation(side(BANK, *other), 2)]))
    (found,) = disagreements(article)
    assert (found.kind, found.text) == (kind, "۵۰ میلیارد تومان")
    assert found.readings == {"1": "AMOUNT «۵۰ میلیارد تومان»", "2": said}


def test_three_annotators_at_one_place_are_one_disagreement(tmp_path: Path) -> None:
    sides = [side(MONEY), side(SHORT), side(MONEY)]
    (article,) = read(tmp_path, task([annotation(one, who) for who, one in enumerate(sides)]))
    (found,) = disagreements(article)
    assert list(found.readings) == ["0", "1", "2"]


def test_a_record_counts_where_the_mentions_are_agreed(tmp_path: Path) -> None:
    one = side(BANK, MONEY, PLANS, records=((BANK, MONEY, PLANS),))
    apart = side(BANK, MONEY, PLANS, records=((BANK, MONEY), (PLANS,)))
    (article,) = read(tmp_path, task([annotation(one, 1), annotation(apart, 2)]))
    (found,) = disagreements(article)
    assert found.kind == "record"
    assert found.readings == {
        "1": "«۵۰ میلیارد تومان» + «۲۰ طرح» by «بانک ملی»",
        "2": "«۵۰ میلیارد تومان» by «بانک ملی» | «۲۰ طرح»",
    }


def test_a_record_that_differs_because_a_mention_does_is_not_listed_twice(tmp_path: Path) -> None:
    one = side(BANK, MONEY, PLANS, records=((BANK, MONEY, PLANS),))
    other = side(BANK, SHORT, PLANS, records=((BANK, SHORT, PLANS),))
    (article,) = read(tmp_path, task([annotation(one, 1), annotation(other, 2)]))
    assert [found.kind for found in disagreements(article)] == ["borders"]


@given(articles(), articles())
def test_places_part_the_mentions_and_do_not_overlap(one: AnnotatedArticle, other: AnnotatedArticle) -> None:
    found = places({"1": one, "2": other})
    spans = sorted(found)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    marked = [span for variants in found.values() for span in variants["1"]]
    assert sorted(marked) == sorted(gold_facts(one).mentions)


@given(articles(), articles())
def test_what_is_agreed_is_said_by_both(one: AnnotatedArticle, other: AnnotatedArticle) -> None:
    agreed = gold_facts(agreed_part([one, other]))
    for facts in (gold_facts(one), gold_facts(other)):
        assert set(agreed.mentions) <= set(facts.mentions)
        assert agreed.with_pairs <= facts.with_pairs
        assert agreed.by_pairs <= facts.by_pairs
    assert gold_facts(agreed_part([one, one])) == gold_facts(one)


def test_a_task_shows_the_agreed_part_and_every_reading(tmp_path: Path) -> None:
    one = side(*EVERYTHING, records=JOINED)
    other = side(BANK, SHORT, PLANS, SHARE, PEOPLE, FUND, records=((BANK, SHORT, PLANS), (SHARE, PEOPLE)))
    exported = task([annotation(one, "ali@example.org"), annotation(other, "sara@example.org")])
    (made,) = adjudication_tasks(read(tmp_path, exported))
    assert made["data"]["id"] == "a"
    assert [one["model_version"] for one in made["predictions"]] == [AGREED, "reading 1", "reading 2"]
    agreed, *readings = [
        article_from_task({**made, "annotations": [{"result": item["result"]}]}, "task")
        for item in made["predictions"]
    ]
    assert [mention.text for mention in agreed.mentions] == [
        "بانک ملی",
        "۲۰ طرح",
        "۳۰ درصد",
        "۹۰ نفر",
        "بنیاد برکت",
    ]
    assert {len(record.quantities) for record in agreed.records} == {1, 2}
    assert {gold_facts(reading).mentions for reading in readings} == {
        gold_facts(one).mentions,
        gold_facts(other).mentions,
    }
    assert "example.org" not in str(made)
    assert [prediction_problems(one, TEXT, LABELS) for one in made["predictions"]] == [[], [], []]
    assert "borders" in made["data"]["disagreements"]


def test_the_same_export_in_any_order_gives_the_same_tasks(tmp_path: Path) -> None:
    tasks = [
        task([annotation(side(BANK), 1), annotation(side(MONEY), 2)], article=name)
        for name in ("b", "a", "c")
    ]
    tasks.append(task([annotation(side(BANK), 1), annotation(side(BANK), 2)], article="agreed"))
    turned = [{**one, "annotations": one["annotations"][::-1]} for one in reversed(tasks)]
    made = adjudication_tasks(read(tmp_path, *tasks))
    assert [one["data"]["id"] for one in made] == ["a", "b", "c"]
    assert made == adjudication_tasks(read(tmp_path, *turned))


def test_readings_are_numbered_in_an_order_that_does_not_tell_who_is_who(tmp_path: Path) -> None:
    tasks = [
        task([annotation(side(BANK), 1), annotation(side(MONEY), 2)], article=f"a{number}")
        for number in range(20)
    ]
    made = adjudication_tasks(read(tmp_path, *tasks))
    first = [one["predictions"][1]["result"][0]["value"]["labels"][0] for one in made]
    assert set(first) == {"INSTITUTION", "AMOUNT"}
