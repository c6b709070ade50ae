"""The labelling interface: right to left, readable, every label with its key, and what the corpus reads."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from ie_model.labelstudio.labelling import COLOURS, MORE_COLOURS, colour_of, labelling_config
from ie_model.schema import LABELS


def tree(labels=LABELS) -> ET.Element:
    return ET.fromstring(labelling_config(labels))  # noqa: S314 - our own XML


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_labels_and_relations_are_those_that_the_corpus_knows() -> None:
    view = tree()
    assert [label.get("value") for label in view.iter("Label")] == list(LABELS)
    assert [relation.get("value") for relation in view.iter("Relation")] == ["with", "by"]
    (labels,), (text,) = view.iter("Labels"), view.iter("Text")
    assert (labels.get("name"), labels.get("toName"), text.get("name"), text.get("value")) == (
        "label",
        "text",
        "text",
        "$text",
    )


def test_the_article_is_shown_right_to_left() -> None:
    holders = [view for view in tree().iter("View") if view.find("Text") is not None]
    assert ["direction: rtl" in view.get("style", "") for view in holders] == [True]


def test_there_is_a_place_for_notes() -> None:
    (notes,) = tree().iter("TextArea")
    assert (notes.get("name"), notes.get("toName")) == ("notes", "text")


@pytest.mark.parametrize("labels", [LABELS, (*LABELS, *(f"L{n}" for n in range(8)))], ids=["four", "twelve"])
def test_no_two_labels_share_a_hot_key(labels) -> None:
    keys = [label.get("hotkey") for label in tree(labels).iter("Label")]
    given = [key for key in keys if key is not None]
    assert len(given) == len(set(given)) == min(len(labels), 10)


@pytest.mark.parametrize("colour", [*COLOURS.values(), *MORE_COLOURS])
def test_colours_are_readable_with_white(colour: str) -> None:
    assert contrast(colour, "#ffffff") >= 4.5


def test_labels_of_a_config_get_colours_of_their_own() -> None:
    labels = (*LABELS, "DATE", "PLACE")
    assert len({colour_of(label, labels) for label in labels}) == 6


def test_a_label_s_name_cannot_break_the_interface() -> None:
    name = '<&">'
    assert [label.get("value") for label in tree((name,)).iter("Label")] == [name]


def test_equal_labels_give_equal_bytes() -> None:
    assert labelling_config(LABELS) == labelling_config(list(LABELS))


def test_label_studio_s_own_parser_takes_it() -> None:
    interface = pytest.importorskip("label_studio_sdk.label_interface", exc_type=ImportError)
    parsed = interface.LabelInterface(labelling_config())
    parsed.validate()
    assert set(parsed.get_control("label").labels) == set(LABELS)
