"""AMOUNT or TARGET from the words and verbs of the sentence."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import load_corpus
from ie_model.errors import ModelError
from ie_model.schema import AMOUNT, INSTITUTION, LABELS, TARGET
from ie_model.tagging.decoding import TaggedSpan
from ie_model.tagging.goal_training import train_goals
from ie_model.tagging.goals import GoalReader, Sentences, load_goals

from .making import ROOT, gold

TEXT = "بانک ملی ۵۰ وام پرداخت کرد. سال آینده ۸۰ وام پرداخت خواهد شد."


def features(surface: str, text: str = TEXT) -> dict[str, float]:
    start = text.index(surface)
    return Sentences(text).features(start, start + len(surface))


def span(surface: str, label: str = AMOUNT, *, share: float = 0.7, lead: float = 2.0) -> TaggedSpan:
    """A span of one token for whose label the tagger has ``lead`` more than for the other of the two."""
    start = TEXT.index(surface)
    other = TARGET if label == AMOUNT else AMOUNT
    scores = {label: -0.1, other: -0.1 - lead}
    shares = {label: share, other: 0.9 - share}
    return TaggedSpan(
        start,
        start + len(surface),
        label,
        share,
        label_scores=tuple(scores.get(one, -9.0) for one in LABELS),
        shares=tuple(shares.get(one, 0.05) for one in LABELS),
    )


def test_features_say_words_by_side_and_the_tense_of_verbs() -> None:
    paid, planned = features("۵۰ وام"), features("۸۰ وام")
    assert paid["VM:past:کرد"] == 1
    assert paid["VM:پرداخت"] == 1, "the noun of a light verb stands before it"
    assert planned["VM:future"] == planned["AV:future"] == 1
    assert {"L:ملی", "L0:ملی", "LB:بانک_ملی", "R:پرداخت", "RB:پرداخت_کرد", "E:کرد", "S:بانک", "I:#"} <= set(
        paid
    )
    assert "L:بانک" not in planned, "another sentence"
    assert paid["R:پرداخت"] > paid["R:کرد"]


def test_spelling_does_not_matter() -> None:
    assert features("۵۰ وام", TEXT.replace("ی", "ي").replace("ک", "ك")) == features("۵۰ وام")
    joined = "سال آینده ۸۰ وام پرداخت می\u200cشود."
    assert features("۸۰ وام", joined) == features("۸۰ وام", joined.replace("\u200c", " "))


READER = GoalReader({"VM:future": 6.0, "VM:past": -6.0})


def relabelled(*spans: TaggedSpan, reader: GoalReader = READER) -> list[TaggedSpan]:
    return reader.relabel(TEXT, spans, LABELS)


def test_a_sure_sentence_outweighs_an_unsure_tagger_and_the_other_way_round() -> None:
    assert relabelled(span("۸۰ وام", lead=2.0))[0].label == TARGET
    assert relabelled(span("۸۰ وام", lead=9.0))[0].label == AMOUNT
    assert relabelled(span("۵۰ وام", TARGET, lead=2.0))[0].label == AMOUNT


def test_the_share_of_the_two_labels_is_parted_anew() -> None:
    (found,) = relabelled(span("۸۰ وام", lead=2.0))
    chance = 1 / (1 + math.exp(-(0.5 * 6.0 - 0.5 * 2.0)))
    assert found.label_share == pytest.approx(0.9 * chance)
    assert (found.start, found.end) == (span("۸۰ وام").start, span("۸۰ وام").end)


def test_what_knows_nothing_and_other_labels_change_nothing() -> None:
    spans = [span("۸۰ وام"), TaggedSpan(0, 8, INSTITUTION, 0.9)]
    assert relabelled(*spans, reader=GoalReader()) == spans
    assert relabelled(*spans)[1] is spans[1]
    assert READER.relabel(TEXT, spans, ("ORG", "PER")) == spans


def test_training_learns_what_tells_them_apart() -> None:
    articles = [
        gold(f"{n} وام پرداخت {verb}.", (f"{n} وام", label), id=f"{n}{verb}")
        for n in range(20, 50)
        for verb, label in (("خواهد شد", TARGET), ("شد", AMOUNT))
    ]
    reader = train_goals(articles)
    assert reader.log_odds(features("۸۰ وام")) > 1
    assert reader.log_odds(features("۵۰ وام", "۵۰ وام پرداخت شد.")) < -1
    assert all(abs(weight) >= 0.08 for weight in reader.weights.values())


@pytest.mark.parametrize("articles", [[], [gold("۲۰ وام", ("۲۰ وام", AMOUNT))]], ids=["none", "one label"])
def test_nothing_to_tell_apart_teaches_nothing(articles: list[AnnotatedArticle]) -> None:
    assert train_goals(articles) == GoalReader()


def test_a_reader_is_equal_after_writing(tmp_path: Path) -> None:
    reader = train_goals(load_corpus([ROOT / "annotations/seeds"]))
    assert reader.weights
    reader.save(tmp_path / "goals.json")
    assert load_goals(tmp_path / "goals.json") == reader
    assert load_goals(tmp_path / "none.json") == GoalReader()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "damaged"),
        ("[]", "damaged"),
        ('{"format": 1, "offset": 0}', "damaged"),
        ('{"format": 1, "offset": 0, "weights": {"a": "b"}}', "damaged"),
        (json.dumps({"format": 9, "offset": 0, "weights": {}}), "another format; found 9; expected 1"),
    ],
)
def test_a_damaged_reader_is_told(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "goals.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        load_goals(tmp_path / "goals.json")
    assert told in str(caught.value)
    assert str(tmp_path) in str(caught.value)


@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_any_text_has_features(text: str, one: int, two: int) -> None:
    start, end = sorted((min(one, len(text)), min(two, len(text))))
    values = Sentences(text).features(start, end)
    assert all(0 < value <= 1 for value in values.values())
