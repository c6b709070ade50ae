"""Gold lines: what is refused, and what is noted because relations cannot say it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ie_model.corpus.gold_jsonl import article_from_line, line_from_article
from ie_model.corpus.model import GoldRecord, Relation
from ie_model.errors import CorpusError

from .making import bank_article


def gold_tree(**changes: Any) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(line_from_article(bank_article()))
    del tree["relations"]
    return {**tree, **changes}


def read(tree: dict[str, Any]) -> Any:
    return article_from_line(json.dumps(tree), "gold.jsonl:7")


def test_records_become_the_fewest_relations() -> None:
    article = read(gold_tree(records=[["q3"], ["i1", "q2", "q1"]]))
    assert article.relations == (Relation("with", "q1", "q2"), Relation("by", "q1", "i1"))
    assert article.records == (GoldRecord(("q1", "q2"), ("i1",)), GoldRecord(("q3",), ()))
    assert not article.notes


def test_given_relations_are_kept_as_they_were_drawn() -> None:
    drawn = [["with", "q2", "q1"], ["by", "q2", "i1"]]
    assert read(gold_tree(relations=drawn)).relations == tuple(Relation(*item) for item in drawn)


@pytest.mark.parametrize(
    ("records", "codes"),
    [
        ([["q1", "q2", "i1"]], ["quantity-in-no-record"]),
        ([["q1", "q2"], ["q2", "q3"]], ["quantity-in-two-records"]),
        ([["q1", "q1"], ["q2"], ["q3"]], ["quantity-in-two-records"]),
        ([["q1"], ["q2"], ["q3", "m9"]], ["dangling-record"]),
        ([["q1"], ["q2"], ["q3"], ["i1"]], ["record-without-quantity"]),
        ([["q1"], ["q2"], ["q3"], []], ["record-without-quantity"]),
        ([], ["quantity-in-no-record"] * 3),
    ],
)
def test_records_that_relations_cannot_say_are_noted_as_errors(
    records: list[list[str]], codes: list[str]
) -> None:
    notes = read(gold_tree(records=records)).notes
    assert [note.code for note in notes] == codes
    assert {note.severity for note in notes} == {"error"}
    assert all(note.where.startswith("gold.jsonl:7") for note in notes)


def test_records_and_relations_that_disagree_are_noted() -> None:
    notes = read(gold_tree(relations=[["with", "q1", "q3"]])).notes
    assert [note.code for note in notes] == ["records-disagree"]


def test_mentions_without_records_are_a_warning() -> None:
    tree = gold_tree()
    del tree["records"]
    article = read(tree)
    assert [(note.code, note.severity) for note in article.notes] == [("no-records", "warning")]
    assert len(article.records) == 3


def test_mentions_come_in_text_order() -> None:
    tree = gold_tree()
    article = read({**tree, "mentions": tree["mentions"][::-1]})
    assert [mention.id for mention in article.mentions] == ["i1", "q1", "q2", "q3"]


def with_mention(**changes: Any) -> dict[str, Any]:
    tree = gold_tree()
    tree["mentions"][1].update(changes)
    return tree


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (gold_tree(id=None), "needs 'id'"),
        (gold_tree(text=""), "needs 'text'"),
        (gold_tree(text=["x"]), "needs 'text'"),
        (gold_tree(mentions={}), "'mentions' is a list"),
        (gold_tree(records=[[1]]), "list of mention ids"),
        (gold_tree(relations=[["near", "q1", "q2"]]), "cannot read a relation"),
        (gold_tree(relations=[["with", "q1"]]), "cannot read a relation"),
        (gold_tree(meta=[]), "'meta' is an object"),
        (with_mention(id="i1"), "2 mentions have the id 'i1'"),
        (with_mention(start=-1), "an offset is a whole number"),
        (with_mention(start=1.5), "an offset is a whole number"),
        (with_mention(end="12"), "an offset is a whole number"),
        (with_mention(text=None), "needs 'text', the span's own"),
        (with_mention(label=None), "needs 'label'"),
        (with_mention(quantity=[1]), "'quantity' is an object"),
        (with_mention(quantity={"value": [1]}), r"a range is \[low, high\]"),
        (with_mention(quantity={"value": True}), "a value is a number"),
        (with_mention(quantity={"value": 10**45}), "no JSON number denotes exactly"),
        (with_mention(quantity={"unit": 3}), "'unit' is a string"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_a_line_that_breaks_the_format_is_refused(tree: dict[str, Any], message: str) -> None:
    with pytest.raises(CorpusError, match=message) as caught:
        read(tree)
    assert "gold.jsonl:7" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "broken JSON"),
        ("[]", "a gold line is a JSON object"),
        ('{"id": NaN}', "NaN is not a JSON number"),
        ('{"id": "a", "text": "\\ud800"}', "half a surrogate pair"),
        ("[" * 100_000, "broken JSON"),
        ('{"id": "a", "text": "x", "day": 1e999}', "beyond 64-bit floats"),
        ('{"id": "a", "text": "x", "mentions": [{"id": "q", "label": "AMOUNT", "start": 0, "end": 1,'
         ' "text": "x", "quantity": {"value": 0.12345678901234567890}}]}', "no JSON number denotes exactly"),
    ],
)  # fmt: skip
def test_json_that_cannot_be_kept_exactly_is_refused(line: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        article_from_line(line, "gold.jsonl:7")
