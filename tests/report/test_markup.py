"""Whatever an article holds stays text: nothing breaks out of its element, attribute, title or option."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ie_model.report.markup import Safe, element, is_shown, joined, plain, text
from tests.report.making import parsed

#: Letters, and what HTML and bidi are made of, often.
HOSTILE = st.text(
    st.one_of(
        st.sampled_from("<>&\"'=/;-!\u202e\u2066\u2069\u2028\r\n\t\x00\x0b\x7f\x85\u200c\ufeff\U000e0041اب۱"),
        st.characters(codec="utf-8"),
    )
)
NASTY = (
    "</script><script>alert(1)</script>",
    "<!-- ",
    "]]>",
    "<![CDATA[",
    "&amp;&#60;script&#62;&lt",
    "\u202eabc",
    '" onload="x',
    "' autofocus '",
    "`",
    "\r\n\r",
    "\ud800",
    "</title><img src=x>",
)


def with_examples(function):  # type: ignore[no-untyped-def]
    for value in NASTY:
        function = example(value)(function)
    return function


@with_examples
@given(HOSTILE)
def test_text_is_read_back_exactly(value: str) -> None:
    node = parsed(element("p", value)).one("p")
    assert node.text == value
    assert {child.tag for child in node.children if not isinstance(child, str)} <= {"i"}


@with_examples
@given(HOSTILE)
def test_no_steering_character_reaches_the_page(value: str) -> None:
    assert not [char for char in element("p", value, title=value) if is_shown(char)]


@with_examples
@given(HOSTILE)
def test_an_attribute_holds_its_value_and_makes_no_other(value: str) -> None:
    node = parsed(element("p", title=value, id="x")).one("p")
    assert node.attributes == {"title": plain(value), "id": "x"}
    assert node.children == []


@with_examples
@pytest.mark.parametrize("tag", ["title", "option"])
@given(value=HOSTILE)
def test_where_no_element_can_stand_there_is_none(tag: str, value: str) -> None:
    node = parsed(element(tag, value)).one(tag)
    assert node.text == plain(value)


@given(st.lists(HOSTILE))
def test_children_stand_one_behind_another(values: list[str]) -> None:
    assert parsed(joined(*(element("b", value) for value in values))).text == "".join(values)


@pytest.mark.parametrize("kept", ["\u200c", "\u200d", "\u200e", "\u200f", "\u061c", "\xad", "\n", "\t"])
def test_what_persian_needs_stays(kept: str) -> None:
    assert text(f"می{kept}شود") == f"می{kept}شود"


SHOWN = {
    "right-to-left override": "\u202e",
    "right-to-left isolate": "\u2067",
    "end of an isolate": "\u2069",
    "line separator": "\u2028",
    "escape": "\x1b",
    "C1 control": "\x9b",
    "invisible tag": "\U000e0041",
    "lone surrogate": "\udcff",
    "private use": "\ue000",
}


@pytest.mark.parametrize("char", SHOWN.values(), ids=SHOWN.keys())
def test_what_steers_or_hides_is_shown_by_its_number(char: str) -> None:
    assert text(char) == f"<i class=x data-c={ord(char):04X}></i>"
    assert plain(char) == f"⟨U+{ord(char):04X}⟩"


def test_a_carriage_return_survives_the_parser() -> None:
    assert text("a\r\nb") == "a&#13;\nb"


def test_what_is_safe_stands_as_it_is() -> None:
    assert element("p", Safe("<b>1</b>"), None, "<") == "<p><b>1</b>&lt;</p>"


def test_attributes_are_short_where_they_can_be() -> None:
    assert element("input", id="f-x", disabled=True, hidden=False, value=None, aria_label="a b") == (
        '<input id=f-x disabled aria-label="a b">'
    )


@pytest.mark.parametrize("tag", ["script", "style"])
def test_text_cannot_stand_in_a_script(tag: str) -> None:
    with pytest.raises(ValueError, match=tag):
        element(tag, "alert(1)")
