"""The number grammar's second opinion on the tagger's quantities."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.config import DecodingConfig
from ie_model.schema import AMOUNT, INSTITUTION, LABELS, TARGET
from ie_model.tagging.decoding import TaggedSpan
from ie_model.tagging.grammar import weigh

TEXT = "بانک ملی مبلغ ۵۰ میلیارد تومان به ۱۲۰ طرح صنعتی پرداخت کرد."
MONEY, PLANS = "۵۰ میلیارد تومان", "۱۲۰ طرح صنعتی"
UNSURE, SURE = 0.5, 0.99


def span(surface: str, label: str = AMOUNT, sure: float = UNSURE) -> TaggedSpan:
    start = TEXT.index(surface)
    return TaggedSpan(start, start + len(surface), label, sure)


def weighed(*spans: TaggedSpan, **decoding: float) -> list[tuple[str, str, str | None]]:
    found = weigh(TEXT, spans, DecodingConfig(**decoding))  # type: ignore[arg-type]
    return [(TEXT[one.span.start : one.span.end], one.span.label, one.agreement) for one in found]


@pytest.mark.parametrize("sure", [UNSURE, SURE])
def test_a_quantity_that_the_grammar_finds_too_is_left_as_it_is(sure: float) -> None:
    assert weighed(span(MONEY, TARGET, sure)) == [(MONEY, TARGET, "same")]


@pytest.mark.parametrize("cut", ["۵۰ میلیارد", "میلیارد تومان", "مبلغ ۵۰ میلیارد تومان"])
def test_an_unsure_quantity_takes_the_borders_of_the_grammar_and_keeps_its_label(cut: str) -> None:
    assert weighed(span(cut, TARGET)) == [(MONEY, TARGET, "moved")]


@pytest.mark.parametrize("decoding", [{}, {"snap_below": 0.0}])
def test_a_sure_quantity_keeps_its_borders(decoding: dict[str, float]) -> None:
    sure = UNSURE if decoding else SURE
    assert weighed(span("۵۰ میلیارد", sure=sure), **decoding) == [("۵۰ میلیارد", AMOUNT, "other")]


def test_two_halves_of_one_quantity_become_one() -> None:
    assert weighed(span("۵۰ میلیارد"), span("تومان", TARGET)) == [(MONEY, AMOUNT, "moved")]


def test_what_reaches_over_two_quantities_is_left() -> None:
    both = TEXT[TEXT.index(MONEY) : TEXT.index(PLANS) + len(PLANS)]
    assert weighed(span(both)) == [(both, AMOUNT, "other")]


@pytest.mark.parametrize("neighbour", [span("میلیارد", sure=SURE), span("تومان", INSTITUTION)])
def test_borders_do_not_move_over_another_mention(neighbour: TaggedSpan) -> None:
    first = ("۵۰", AMOUNT, "other")
    assert weighed(span("۵۰"), neighbour)[0] == first
    assert len(weighed(span("۵۰"), neighbour)) == 2


@pytest.mark.parametrize(
    ("sure", "drop_below", "left"),
    [
        pytest.param(UNSURE, 0.8, [], id="unsure"),
        pytest.param(SURE, 0.8, [("صنعتی پرداخت", AMOUNT, "none")], id="sure"),
        pytest.param(UNSURE, 0.0, [("صنعتی پرداخت", AMOUNT, "none")], id="never dropped"),
    ],
)
def test_where_the_grammar_finds_nothing_an_unsure_quantity_is_dropped(
    sure: float, drop_below: float, left: list[tuple[str, str, str]]
) -> None:
    other = "بانک ملی مبلغ را به طرح صنعتی پرداخت کرد."
    start = other.index("صنعتی")
    one = TaggedSpan(start, start + len("صنعتی پرداخت"), AMOUNT, sure)
    found = weigh(other, [one], DecodingConfig(drop_below=drop_below))
    assert [(other[w.span.start : w.span.end], w.span.label, w.agreement) for w in found] == left


def test_institutions_are_not_the_grammars_business_but_are_counted() -> None:
    text = "بانک ملی و بانک سپه و بانک ملی"
    places = [(0, 8), (11, 19), (22, 30)]
    found = weigh(text, [TaggedSpan(*place, INSTITUTION, UNSURE) for place in places], DecodingConfig())
    assert [(one.agreement, one.repeats) for one in found] == [(None, 2), (None, 1), (None, 2)]


def test_nothing_within_an_address_is_a_mention() -> None:
    text = "به گزارش https://example.ir/%D8%A7 بانک ملی ۵۰ نفر"
    spans = [
        TaggedSpan(text.index("8"), text.index("8") + 1, AMOUNT, SURE),
        TaggedSpan(text.index("example"), text.index(".ir"), INSTITUTION, SURE),
        TaggedSpan(text.index("بانک"), text.index(" ۵۰"), INSTITUTION, SURE),
    ]
    (kept,) = weigh(text, spans, DecodingConfig())
    assert text[kept.span.start : kept.span.end] == "بانک ملی"


@pytest.mark.parametrize(("sure", "kept"), [(0.69, 0), (0.7, 1)])
def test_names_less_sure_than_asked_are_dropped_and_not_counted(sure: float, kept: int) -> None:
    text = "بانک ملی و بانک ملی"
    spans = [TaggedSpan(0, 8, INSTITUTION, SURE), TaggedSpan(11, 19, INSTITUTION, sure)]
    found = weigh(text, spans, DecodingConfig(drop_unsure={INSTITUTION: 0.7}))
    assert [one.repeats for one in found] == [1 + kept] * (1 + kept)


@given(
    st.lists(st.tuples(st.integers(0, len(TEXT)), st.sampled_from(LABELS), st.floats(0.01, 0.99)), max_size=8)
)
def test_mentions_never_overlap_and_stay_in_order(cuts: list[tuple[int, str, float]]) -> None:
    places = sorted({place for place, _, _ in cuts})
    spans = [
        TaggedSpan(start, end, cut[1], cut[2])
        for (start, end), cut in zip(itertools.pairwise(places), cuts, strict=False)
    ]
    found = [one.span for one in weigh(TEXT, spans, DecodingConfig())]
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))
    named = [one for one in spans if one.label == INSTITUTION]
    assert [one for one in found if one.label == INSTITUTION] == named
