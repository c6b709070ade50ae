"""Gold links among mentions as a tagger finds them."""

from hypothesis import given
from hypothesis import strategies as st

from ie_model.corpus.model import AnnotatedArticle, GoldMention, Relation
from ie_model.linking.predicted import PredictedSpan, carry_links
from ie_model.schema import AMOUNT, INSTITUTION, TARGET
from tests.linking.making import article

TEXT = "بانک ملی 5 میلیارد تومان برای 3 طرح و 40 نفر"


def span(label: str, surface: str) -> PredictedSpan:
    start = TEXT.index(surface)
    return PredictedSpan(label, start, start + len(surface))


def gold(label: str, surface: str, name: str) -> GoldMention:
    return GoldMention(name, label, *span(label, surface)[1:], surface)


GOLD = AnnotatedArticle(
    "a",
    TEXT,
    (
        gold(INSTITUTION, "بانک ملی", "i"),
        gold(AMOUNT, "5 میلیارد تومان", "money"),
        gold(AMOUNT, "3 طرح", "plans"),
        gold(AMOUNT, "40 نفر", "people"),
    ),
    (Relation("with", "money", "plans"), Relation("with", "plans", "people"), Relation("by", "plans", "i")),
)


def records(*spans: PredictedSpan) -> list[tuple[list[str], list[str]]]:
    carried = carry_links(GOLD, spans)
    text = {mention.id: mention.text for mention in carried.mentions}
    return [([text[q] for q in r.quantities], [text[i] for i in r.institutions]) for r in carried.records]


def test_a_record_stays_together_without_the_mention_that_joined_it() -> None:
    found = span(INSTITUTION, "بانک ملی"), span(AMOUNT, "5 میلیارد تومان"), span(AMOUNT, "40 نفر")
    assert records(*found) == [(["5 میلیارد تومان", "40 نفر"], ["بانک ملی"])]


def test_another_span_or_label_stands_for_what_it_overlaps_most() -> None:
    split = span(TARGET, "5 میلیارد"), span(AMOUNT, "تومان"), span(AMOUNT, "3 طرح")
    assert records(*split) == [(["5 میلیارد", "3 طرح"], []), (["تومان"], [])]


def test_an_institution_never_stands_for_a_quantity() -> None:
    assert records(span(INSTITUTION, "3 طرح"), span(AMOUNT, "40 نفر")) == [(["40 نفر"], [])]


def test_what_is_not_in_the_gold_belongs_to_no_record() -> None:
    found = span(AMOUNT, "3 طرح"), span(AMOUNT, "برای"), span(INSTITUTION, "نفر")
    assert records(*found) == [(["برای"], []), (["3 طرح"], [])]


def test_nothing_found_is_no_record() -> None:
    assert records() == []


@given(st.integers(0, 30))
def test_the_gold_mentions_themselves_keep_every_record(number: int) -> None:
    source = article(number)
    carried = carry_links(source, [PredictedSpan(m.label, m.start, m.end) for m in source.mentions])
    assert carried.text == source.text
    assert carried.records == source.records
