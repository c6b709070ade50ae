"""The project's interface: predictions name only what it has."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.errors import ConfigError
from ie_model.labelstudio.labelling import labelling_config
from ie_model.schema import LABELS
from ie_model.serve.backend.interface import Interface, read_interface, within
from tests.serve.backend.making import payload

OTHER = """<View><Labels name="marks" toName="news"><Label value="AMOUNT"/><!-- no others --></Labels>
<Text name="news" value="$body"/></View>"""


def region(name: str, label: str, start: int, end: int) -> dict[str, Any]:
    value = {"start": start, "end": end, "text": "", "labels": [label]}
    return {"id": name, "type": "labels", "from_name": "label", "to_name": "text", "value": value}


def relation(source: str, target: str) -> dict[str, Any]:
    return {"type": "relation", "from_id": source, "to_id": target, "direction": "right", "labels": ["with"]}


PREDICTION = {
    "model_version": "m 1",
    "result": [
        region("a", "AMOUNT", 0, 5),
        region("b", "TARGET", 10, 15),
        region("c", "AMOUNT", 20, 25),
        relation("a", "b"),
        relation("a", "c"),
    ],
}


def ids(prediction: dict[str, Any]) -> list[str]:
    return [item.get("id") or f"{item['from_id']}-{item['to_id']}" for item in prediction["result"]]


def test_our_own_interface_takes_everything_as_it_is() -> None:
    ours = read_interface(labelling_config())
    assert ours == Interface("label", "text", "text", frozenset(LABELS))
    assert read_interface(payload("setup")["schema"]) == ours
    assert ours.fit(PREDICTION) == PREDICTION


def test_another_one_gets_its_own_names_and_only_its_labels() -> None:
    fitted = read_interface(OTHER).fit(PREDICTION)
    assert ids(fitted) == ["a", "c", "a-c"]
    assert {(item["from_name"], item["to_name"]) for item in fitted["result"][:2]} == {("marks", "news")}
    assert fitted["model_version"] == "m 1"
    assert read_interface(OTHER).key == "body"


@pytest.mark.parametrize(
    "config",
    [
        "",
        "<View></View>",
        "no xml",
        "<View>",
        '<View><Labels name="a" toName="b"/></View>',
        '<View><Labels name="a" toName="b"/><Text name="b" value="fixed text"/></View>',
        '<View><Labels name="a" toName="b"/><Image name="b" value="$image"/></View>',
        '<!DOCTYPE x [<!ENTITY e "boom">]>' + labelling_config(),
        "<View>" * 100_000,
        labelling_config() + " " * 300_000,
        "<View>\0</View>",
    ],
)
def test_what_takes_no_prediction_is_told(config: str) -> None:
    with pytest.raises(ConfigError, match="label_config"):
        read_interface(config)


@given(st.text())
def test_any_text_is_an_interface_or_refused(config: str) -> None:
    with pytest.raises(ConfigError):
        read_interface(config)


def test_only_what_lies_where_the_annotator_drew() -> None:
    assert ids(within(PREDICTION, [(0, 12)])) == ["a", "b", "a-b"]
    assert ids(within(PREDICTION, [(4, 6), (24, 30)])) == ["a", "c", "a-c"]
    assert ids(within(PREDICTION, [(5, 10)])) == []
    assert ids(within(PREDICTION, [(0, 5), (18, 30)])) == ["c"]  # the first is drawn already
