"""Marks around mentions: every character stays where it is, however mentions cross."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ie_model.report.evidence.marked import marked
from ie_model.schema import AMOUNT, INSTITUTION, Mention
from tests.report.making import Node, parsed

TEXT = "بانک ملی ۵۰ میلیارد تومان داد"


def mention(start: int, end: int, label: str = AMOUNT) -> Mention:
    return Mention(id=f"{start}-{end}", label=label, start=start, end=end, text="")


def pieces_of(page: Node, id: str) -> str:
    """The text of a mention's pieces: the one that has its id, and those that name it."""
    return "".join(
        mark.text
        for mark in page.all("mark")
        if id in (mark.attributes.get("id"), mark.attributes.get("data-of"))
    )


def test_a_mention_is_one_mark() -> None:
    assert (
        marked(TEXT, [mention(0, 8, INSTITUTION)], ["m1"])
        == f"<mark id=m1 class=I>{TEXT[:8]}</mark>{TEXT[8:]}"
    )


def test_an_unknown_label_has_its_own_class() -> None:
    assert "class=O" in marked(TEXT, [mention(0, 4, "DATE")], ["m1"])


def test_mentions_in_one_another_nest() -> None:
    page = parsed(marked(TEXT, [mention(9, 20), mention(9, 11), mention(12, 20)], ["a", "b", "c"]))
    assert [pieces_of(page, name) for name in "abc"] == [TEXT[9:20], TEXT[9:11], TEXT[12:20]]


def test_mentions_that_cross_are_cut() -> None:
    page = parsed(marked(TEXT, [mention(0, 12), mention(9, 20)], ["a", "b"]))
    assert [pieces_of(page, name) for name in "ab"] == [TEXT[:12], TEXT[9:20]]


def test_a_mention_behind_the_text_is_left_out() -> None:
    assert marked("کوتاه", [mention(2, 99), mention(50, 60)], ["a", "b"]) == "کو<mark id=a class=A>تاه</mark>"


@given(st.text(max_size=60), st.data())
def test_the_text_stays_and_every_mention_is_found_again(text: str, data: st.DataObject) -> None:
    spans = data.draw(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), max_size=8))
    mentions = [mention(start, start + length) for start, length in spans]
    ids = [f"m{n}" for n in range(len(mentions))]
    page = parsed(marked(text, mentions, ids))
    assert page.text == text
    for name, one in zip(ids, mentions, strict=True):
        assert pieces_of(page, name) == text[one.start : one.end]
    named = [mark.attributes["id"] for mark in page.all("mark") if "id" in mark.attributes]
    assert len(named) == len(set(named))
