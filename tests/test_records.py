"""Records from mentions and links: roles, spans, confidence, checks, repeats."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.linking import LinkedRecord
from ie_model.records import agrees, build_records
from ie_model.schema import Mention, Quantity

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


def checks_of(*quantities: tuple[str, Quantity | None]) -> list[tuple[str, float, float, bool]]:
    """Checks of one record that holds ``(label letter, quantity)`` in this order."""
    text = " ".join(f"q{number}" for number in range(len(quantities)))
    mentions = [
        place(text, f"q{number}", f"{letter}{number}", quantity)
        for number, (letter, quantity) in enumerate(quantities)
    ]
    link = LinkedRecord(tuple(mention.id for mention in mentions), (), 1.0)
    (record,) = build_records(text, mentions, [link])
    return [(one.kind, float(one.stated), float(one.computed), one.agrees) for one in record.checks]


PROGRESS = {
    "48 583 of 45 794 is 106 percent": (48583, 45794, percent(106), 106.09, True),
    "10 of 18 thousand is not about 60 percent": (10000, 18000, percent(60, "about"), 55.56, False),
    "10 of 18 thousand is about 57 percent": (10000, 18000, percent(57, "about"), 55.56, True),
    "rounded up": (2, 3, percent(67), 66.67, True),
    "cut off": (2, 3, percent(66), 66.67, True),
    "a point too many": (2, 3, percent(68), 66.67, False),
    "decimals are held to their digits": (2, 3, percent("66.7"), 66.67, True),
    "and not to fewer": (2, 3, percent("66.2"), 66.67, False),
    "more than half": (6, 10, percent(50, "more_than"), 60.0, True),
    "not more than 70": (6, 10, percent(70, "more_than"), 60.0, False),
    "at least 60": (6, 10, percent(60, "at_least"), 60.0, True),
    "less than 70": (6, 10, percent(70, "less_than"), 60.0, True),
    "at most 50": (6, 10, percent(50, "at_most"), 60.0, False),
}


@pytest.mark.parametrize("case", PROGRESS, ids=str)
def test_progress(case):
    achieved, target, stated, computed, right = PROGRESS[case]
    found = checks_of(("t", people(target)), ("a", people(achieved)), ("p", stated))
    assert found == [("progress", float(stated.value), computed, right)]


RANGE = Quantity(kind="count", low=Decimal(3), high=Decimal(5), modifier="range", unit="نفر", item="نفر")
UNREAD = Quantity(kind="count", unit="نفر")
UNCHECKED = {
    "no percentage": (("a", people(1)), ("t", people(2))),
    "two percentages": (("a", people(1)), ("t", people(2)), ("p", percent(50)), ("p", percent(3))),
    "two targets": (("a", people(1)), ("t", people(2)), ("t", people(3)), ("p", percent(50))),
    "another unit": (("a", people(1)), ("t", people(2, unit="طرح")), ("p", percent(50))),
    "nothing to divide by": (("a", people(1)), ("t", people(0)), ("p", percent(50))),
    "a range": (("a", RANGE), ("t", people(10)), ("p", percent(50))),
    "an unread amount": (("a", UNREAD), ("t", people(10)), ("p", percent(50))),
    "an unknown percentage": (("a", people(1)), ("t", people(2)), ("p", None)),
    "equal amounts": (("a", people(5)), ("a", people(5)), ("p", percent(100))),
}


@pytest.mark.parametrize("case", UNCHECKED, ids=str)
def test_no_check_where_the_numbers_do_not_say(case):
    assert checks_of(*UNCHECKED[case]) == []


def test_jobs_reach_a_target_of_people():
    found = checks_of(("t", people(45794)), ("a", people(48583, unit="شغل")), ("p", percent(106)))
    assert found == [("progress", 106.0, 106.09, True)]


SHARES = {
    "part of whole": ("۴۰ نفر از ۱۲۰ نفر، یعنی ۳۳ درصد، ماندند.", [(33.0, 33.33, True)]),
    "whole, then part": ("از مجموع ۱۲۰ نفر تنها ۴۰ نفر یا ۳۳ درصد ماندند.", [(33.0, 33.33, True)]),
    "another share is stated": ("از ۱۲۰ نفر ۴۰ نفر معادل ۵۰ درصد ماندند.", [(50.0, 33.33, False)]),
    "a fall": ("از ۱۲۰ نفر به ۴۰ نفر با ۶۷ درصد کاهش رسید.", []),
    "a comparison": ("۴۰ نفر از ۱۲۰ نفر، ۶۷ درصد نسبت به پارسال کمتر.", []),
    "no whole is named": ("۴۰ نفر در برابر ۱۲۰ نفر، ۶۷ درصد کمتر.", []),
}


@pytest.mark.parametrize("case", SHARES, ids=str)
def test_share(case):
    sentence, expected = SHARES[case]
    stated = next(number for number in ("۳۳", "۵۰", "۶۷") if f"{number} درصد" in sentence)
    mentions = [
        place(sentence, "۴۰ نفر", "a1", people(40)),
        place(sentence, "۱۲۰ نفر", "a2", people(120)),
        place(sentence, f"{stated} درصد", "p1", percent(int(stated))),
    ]
    (record,) = build_records(sentence, mentions, [LinkedRecord(("a1", "a2", "p1"), (), 1.0)])
    assert [one.kind for one in record.checks] == ["share"] * len(expected)
    assert [(float(one.stated), float(one.computed), one.agrees) for one in record.checks] == expected


@pytest.mark.parametrize(
    ("computed", "right"), [("4.5", True), ("5", True), ("10.9", True), ("3.9", False), ("11.2", False)]
)
def test_a_stated_range_holds_what_lies_in_it(computed, right):
    stated = Quantity(kind="percent", low=Decimal(5), high=Decimal(10), modifier="range", unit="درصد")
    assert agrees(stated, Decimal(computed)) is right


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_a_percentage_computed_from_the_amounts_always_agrees(achieved, target):
    exact = (Decimal(achieved) / Decimal(target) * 100).quantize(Decimal("0.01"))
    found = checks_of(("t", people(target)), ("a", people(achieved)), ("p", percent(exact)))
    assert [one[3] for one in found] == [True]


TEXT = "بانک ملی خبر داد. هدف ۱۸ نفر بود. بهزیستی ۱۰ نفر را گرفت. پایان."


def mentions_of_text(**more: object) -> list[Mention]:
    return [
        place(TEXT, "بانک ملی", "i1", **more),
        place(TEXT, "۱۸ نفر", "t1", people(18), **more),
        place(TEXT, "بهزیستی", "i2", **more),
        place(TEXT, "۱۰ نفر", "a1", people(10), **more),
    ]


def test_roles_and_span():
    (record,) = build_records(TEXT, mentions_of_text(), [LinkedRecord(("t1", "a1"), ("i1", "i2"), 0.9)])
    assert (record.id, record.amounts, record.targets, record.percentages) == ("r1", ("a1",), ("t1",), ())
    assert record.institutions == ("i1", "i2")
    assert TEXT[record.start : record.end] == "هدف ۱۸ نفر بود. بهزیستی ۱۰ نفر را گرفت."
    assert (record.period, record.repeats, record.checks) == (None, None, ())


def test_sentences_may_be_given():
    links = [LinkedRecord(("a1",), (), 1.0)]
    (record,) = build_records(TEXT, mentions_of_text(), links, sentences=[(0, len(TEXT))])
    assert (record.start, record.end) == (0, len(TEXT))


def test_a_mention_outside_all_sentences_is_its_own_span():
    mentions = mentions_of_text()
    (record,) = build_records(TEXT, mentions, [LinkedRecord(("a1",), ("i2",), 1.0)], sentences=[])
    assert (record.start, record.end) == (mentions[3].start, mentions[3].end)


def test_records_come_in_order_of_their_first_quantity():
    links = [LinkedRecord(("a1",), (), 1.0), LinkedRecord(("t1",), (), 1.0)]
    records = build_records(TEXT, mentions_of_text(), links)
    assert [(record.id, record.quantities) for record in records] == [("r1", ("t1",)), ("r2", ("a1",))]


def test_confidence_is_the_links_times_the_mentions():
    link = LinkedRecord(("t1", "a1"), ("i2",), 0.8)
    (record,) = build_records(TEXT, mentions_of_text(confidence=0.5), [link])
    assert record.confidence == pytest.approx(0.8 * 0.5**3)


def test_confidence_is_unknown_when_a_mention_has_none():
    mentions = mentions_of_text(confidence=0.5)
    mentions[1] = mentions[1].model_copy(update={"confidence": None})
    (record,) = build_records(TEXT, mentions, [LinkedRecord(("t1", "a1"), (), 0.8)])
    assert record.confidence is None


def test_a_link_to_an_unknown_mention_is_refused():
    with pytest.raises(KeyError, match="a9"):
        build_records(TEXT, mentions_of_text(), [LinkedRecord(("a9",), (), 1.0)])


def test_no_links_no_records():
    assert build_records("", [], []) == ()


REPEATS = {
    "the same fact": (("a", people(10)), ("a", people(10)), (), (), "r1"),
    "written with other digits": (("a", people(10)), ("a", people("10.0")), (), (), "r1"),
    "another value": (("a", people(10)), ("a", people(11)), (), (), None),
    "another unit": (("a", people(10)), ("a", people(10, unit="طرح")), (), (), None),
    "a target is not yet an amount": (("t", people(10)), ("a", people(10)), (), (), None),
    "a range": (("a", RANGE), ("a", RANGE), (), (), "r1"),
    "unread values repeat nothing": (("a", UNREAD), ("a", UNREAD), (), (), None),
    "a lone percentage recurs by chance": (("p", percent(5)), ("p", percent(5)), (), (), None),
    "by the same": (("a", people(10)), ("a", people(10)), ("x",), ("x",), "r1"),
    "by others": (("a", people(10)), ("a", people(10)), ("x",), ("y",), None),
    "by one, then by none named": (("a", people(10)), ("a", people(10)), ("x",), (), "r1"),
}


@pytest.mark.parametrize("case", REPEATS, ids=str)
def test_repeats(case):
    first, second, owners, other_owners, expected = REPEATS[case]
    text = "q0 x y. q1 x y."
    mentions = [place(text, "q0", first[0] + "0", first[1]), place(text, "q1", second[0] + "1", second[1])]
    mentions += [place(text, "x", "ix"), place(text, "y", "iy")]
    links = [
        LinkedRecord((mentions[0].id,), tuple("i" + name for name in owners), 1.0),
        LinkedRecord((mentions[1].id,), tuple("i" + name for name in other_owners), 1.0),
    ]
    assert [record.repeats for record in build_records(text, mentions, links)] == [None, expected]
