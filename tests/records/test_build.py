"""Records from mentions and links: roles, spans, confidence, checks, repeats."""

from decimal import Decimal

import pytest

from ie_model.linking import LinkedRecord
from ie_model.records import build_records
from ie_model.schema import Mention, Quantity, Record

LABELS = {"a": "AMOUNT", "t": "TARGET", "p": "PERCENTAGE", "i": "INSTITUTION"}


def people(value: str | int, modifier: str = "exact", unit: str = "نفر") -> Quantity:
    return Quantity(kind="count", value=Decimal(value), modifier=modifier, unit=unit, item=unit)


def percent(value: str | int, modifier: str = "exact") -> Quantity:
    return Quantity(kind="percent", value=Decimal(value), modifier=modifier, unit="درصد")


def place(text: str, surface: str, name: str, quantity: Quantity | None = None, **more: object) -> Mention:
    start = text.index(surface)
    return Mention(
        id=name,
        label=LABELS[name[0]],
        start=start,
        end=start + len(surface),
        text=surface,
        quantity=quantity,
        **more,
    )


def records_of(
    text: str, mentions: list[Mention], links: list[LinkedRecord], **more: object
) -> tuple[Record, ...]:
    return build_records(text, mentions, links, **more).records


TEXT = "بانک ملی خبر داد. هدف ۱۸ نفر بود. بهزیستی ۱۰ نفر را گرفت. پایان."


def mentions_of_text(**more: object) -> list[Mention]:
    return [
        place(TEXT, "بانک ملی", "i1", **more),
        place(TEXT, "۱۸ نفر", "t1", people(18), **more),
        place(TEXT, "بهزیستی", "i2", **more),
        place(TEXT, "۱۰ نفر", "a1", people(10), **more),
    ]


def test_roles_and_span():
    (record,) = records_of(TEXT, mentions_of_text(), [LinkedRecord(("t1", "a1"), ("i1", "i2"), 0.9)])
    assert (record.id, record.amounts, record.targets, record.percentages) == ("r1", ("a1",), ("t1",), ())
    assert record.institutions == ("i1", "i2")
    assert TEXT[record.start : record.end] == "هدف ۱۸ نفر بود. بهزیستی ۱۰ نفر را گرفت."
    assert (record.period, record.repeats, record.checks) == (None, None, ())


def test_sentences_may_be_given():
    links = [LinkedRecord(("a1",), (), 1.0)]
    (record,) = records_of(TEXT, mentions_of_text(), links, sentences=[(0, len(TEXT))])
    assert (record.start, record.end) == (0, len(TEXT))


def test_a_mention_outside_all_sentences_is_its_own_span():
    mentions = mentions_of_text()
    (record,) = records_of(TEXT, mentions, [LinkedRecord(("a1",), ("i2",), 1.0)], sentences=[])
    assert (record.start, record.end) == (mentions[3].start, mentions[3].end)


def test_records_come_in_order_of_their_first_quantity():
    links = [LinkedRecord(("a1",), (), 1.0), LinkedRecord(("t1",), (), 1.0)]
    records = records_of(TEXT, mentions_of_text(), links)
    assert [(record.id, record.quantities) for record in records] == [("r1", ("t1",)), ("r2", ("a1",))]


def test_confidence_is_the_links_times_the_mentions():
    link = LinkedRecord(("t1", "a1"), ("i2",), 0.8)
    (record,) = records_of(TEXT, mentions_of_text(confidence=0.5), [link])
    assert record.confidence == pytest.approx(0.8 * 0.5**3)


def test_confidence_is_unknown_when_a_mention_has_none():
    mentions = mentions_of_text(confidence=0.5)
    mentions[1] = mentions[1].model_copy(update={"confidence": None})
    (record,) = records_of(TEXT, mentions, [LinkedRecord(("t1", "a1"), (), 0.8)])
    assert record.confidence is None


def test_a_link_to_an_unknown_mention_is_refused():
    with pytest.raises(KeyError, match="a9"):
        records_of(TEXT, mentions_of_text(), [LinkedRecord(("a9",), (), 1.0)])


def test_no_links_no_records():
    assert records_of("", [], []) == ()


def test_a_record_is_checked():
    text = "هدف ۱۸ نفر بود و ۱۰ نفر، یعنی ۶۰ درصد هدف، آمدند."
    mentions = [
        place(text, "۱۸ نفر", "t1", people(18)),
        place(text, "۱۰ نفر", "a1", people(10)),
        place(text, "۶۰ درصد", "p1", percent(60)),
    ]
    (record,) = records_of(text, mentions, [LinkedRecord(("t1", "a1", "p1"), (), 1.0)])
    assert [(one.kind, float(one.computed), one.agrees) for one in record.checks] == [
        ("progress", 55.56, False)
    ]


def test_a_record_names_the_earlier_one_that_it_repeats():
    text = "ورود ۱۲۴ نفر. امروز ۱۲۴ تن آمدند."
    mentions = [place(text, "۱۲۴ نفر", "a1", people(124)), place(text, "۱۲۴ تن", "a2", people(124))]
    links = [LinkedRecord(("a1",), (), 1.0), LinkedRecord(("a2",), (), 1.0)]
    assert [record.repeats for record in records_of(text, mentions, links)] == [None, "r1"]
