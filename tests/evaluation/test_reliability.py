"""What confidences are worth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.corpus.model import AnnotatedArticle, GoldMention, Relation
from ie_model.evaluation.reliability import (
    Outcome,
    confidence_of,
    mention_outcomes,
    record_outcomes,
    reliability,
)
from ie_model.schema import AMOUNT, INSTITUTION, TARGET, Extraction, Mention, ModelInfo, Record, text_sha256

TEXT = "بانک ملی ۲۰ نفر"
GOLD = AnnotatedArticle(
    id="a",
    text=TEXT,
    mentions=(GoldMention("i", INSTITUTION, 0, 8, TEXT[:8]), GoldMention("q", AMOUNT, 9, 15, TEXT[9:])),
    relations=(Relation("by", "q", "i"),),
)


def found(label: str, *, institutions: tuple[str, ...] = ("m1",), sure: float | None = 0.8) -> Extraction:
    mentions = (
        Mention(id="m1", label=INSTITUTION, start=0, end=8, text=TEXT[:8], confidence=sure),
        Mention(id="m2", label=label, start=9, end=15, text=TEXT[9:], confidence=sure),
    )
    record = Record(id="r1", start=0, end=15, amounts=("m2",), institutions=institutions, confidence=sure)
    return Extraction(
        id="a",
        text_sha256=text_sha256(TEXT),
        model=ModelInfo(name="x", version="1"),
        mentions=mentions,
        records=(record,),
    )


def test_a_mention_is_right_by_label_and_span_and_a_record_by_spans_and_names() -> None:
    assert mention_outcomes(GOLD, found(AMOUNT)) == [(0.8, True), (0.8, True)]
    assert mention_outcomes(GOLD, found(TARGET)) == [(0.8, True), (0.8, False)]
    assert record_outcomes(GOLD, found(TARGET)) == [(0.8, True)]
    assert record_outcomes(GOLD, found(AMOUNT, institutions=())) == [(0.8, False)]


def test_what_has_no_confidence_is_not_judged() -> None:
    one = found(AMOUNT, sure=None)
    assert confidence_of([GOLD], {"a": one}).mentions is None
    assert confidence_of([GOLD], {"a": one}).records is None
    assert confidence_of([GOLD], {}).records is None


def test_the_error_is_the_mean_distance_weighted_by_answers() -> None:
    outcomes = [Outcome(0.95, True)] * 3 + [Outcome(0.95, False)] + [Outcome(0.55, True)] * 4
    judged = reliability(outcomes)
    assert judged is not None
    assert [(one.low, one.answers, one.right) for one in judged.bins] == [(0.5, 4, 1.0), (0.9, 4, 0.75)]
    assert judged.error == pytest.approx((0.45 * 4 + 0.2 * 4) / 8)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_every_answer_is_in_one_bin(answers: list[tuple[float, bool]]) -> None:
    judged = reliability([Outcome(*answer) for answer in answers])
    assert judged is not None
    assert sum(one.answers for one in judged.bins) == len(answers) == judged.answers
    assert all(one.low <= one.confidence + 1e-9 and one.confidence <= one.high + 1e-9 for one in judged.bins)
    assert 0 <= judged.error <= 1


def test_certainty_is_in_the_last_bin() -> None:
    judged = reliability([Outcome(1.0, True), Outcome(0.0, False)])
    assert judged is not None
    assert judged.error == 0
    assert [one.high for one in judged.bins] == [0.1, 1.0]


def test_cuts_say_what_leaving_out_the_unsure_buys() -> None:
    outcomes = [Outcome(0.95, True)] * 6 + [Outcome(0.75, True)] * 2 + [Outcome(0.75, False)] * 2
    judged = reliability(outcomes)
    assert judged is not None
    by_least = {cut.confidence: cut for cut in judged.cuts}
    assert (by_least[0.5].right, by_least[0.5].left, by_least[0.5].recalled) == (0.8, 1.0, 1.0)
    assert (by_least[0.9].right, by_least[0.9].left, by_least[0.9].recalled) == (1.0, 0.6, 0.75)
    assert by_least.keys() == {0.5, 0.6, 0.7, 0.8, 0.9, 0.95}


def test_the_least_confidence_for_a_precision_keeps_as_many_as_it_can() -> None:
    sure = [Outcome(0.99, True)] * 50
    mixed = [Outcome(0.8, True)] * 45 + [Outcome(0.8, False)] * 5
    bad = [Outcome(0.3, False)] * 100
    judged = reliability(sure + mixed + bad)
    assert judged is not None
    assert judged.wanted.keys() == {"90%", "95%", "99%"}
    for_95, for_99 = judged.wanted["95%"], judged.wanted["99%"]
    assert for_95 is not None
    assert for_99 is not None
    # Answers that are equally sure are kept or left together.
    assert (for_95.confidence, for_95.right, for_95.left) == (0.8, 0.95, 0.5)
    assert (for_99.confidence, for_99.right, for_99.left) == (0.99, 1.0, 0.25)
    hopeless = reliability([Outcome(0.9, False)] * 3)
    assert hopeless is not None
    assert set(hopeless.wanted.values()) == {None}
