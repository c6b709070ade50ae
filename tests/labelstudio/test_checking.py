"""What cannot be shown in Label Studio is found before it is sent: all that its own check finds, and more."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.labelstudio.checking import prediction_problems, problems
from ie_model.labelstudio.labelling import labelling_config
from ie_model.schema import LABELS
from tests.labelstudio.making import region

TEXT = "بانک ملی ۵۰ میلیارد تومان داد."


def good() -> dict[str, Any]:
    line = {"type": "relation", "from_id": "r1", "to_id": "r2", "labels": ["by"], "direction": "right"}
    regions = [region(TEXT, "۵۰ میلیارد تومان", score=0.5), region(TEXT, "بانک ملی", "INSTITUTION", "r2")]
    return {"model_version": "m", "score": 0.9, "result": [*regions, line]}


def test_a_good_prediction_has_no_problems() -> None:
    assert prediction_problems(good(), TEXT, LABELS) == []


def change(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    tree: Any = good()
    here = tree
    for key in path[:-1]:
        here = here[key]
    here[path[-1]] = value
    return dict(tree)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("model_version",), "", "model_version"),
        (("score",), 1.5, "from 0 to 1"),
        (("score",), True, "from 0 to 1"),
        (("result",), "x", "list of objects"),
        (("result", 0, "score"), "high", "from 0 to 1"),
        (("result", 0, "id"), None, "no id"),
        (("result", 0, "from_name"), "other", "no such tags"),
        (("result", 0, "type"), "choices", "nothing in the labelling interface"),
        (("result", 0, "value", "labels"), ["THING"], "unknown label 'THING'"),
        (("result", 0, "value", "labels"), [], "exactly one label"),
        (("result", 0, "value", "labels"), "AMOUNT", "exactly one label"),
        (("result", 0, "value", "end"), 900, "leaves the article"),
        (("result", 0, "value", "start"), 10, r"\[10, 25\) is"),
        (("result", 0, "value", "start"), 9.0, "whole numbers"),
        (("result", 0, "value", "start"), -1, "leaves the article"),
        (("result", 0, "value"), None, "'value' is an object"),
        (("result", 1, "id"), "r1", "2 regions have the id"),
        (("result", 2, "to_id"), "gone", "not there"),
        (("result", 2, "labels"), ["next"], "says"),
        (("result", 2, "direction"), "up", "direction"),
    ],
)
def test_each_mistake_is_named(path: tuple[Any, ...], value: Any, words: str) -> None:
    found = prediction_problems(change(path, value), TEXT, LABELS)
    assert any(re.search(words, reason) for reason in found), found


def test_notes_are_no_problem() -> None:
    note = {"type": "textarea", "from_name": "notes", "to_name": "text", "value": {"text": ["?"]}}
    assert problems([note], TEXT, LABELS) == []


KEYS = st.sampled_from(
    [("model_version",), ("score",), ("result",), *((("result", 0, key)) for key in good()["result"][0])]
    + [("result", 0, "value", key) for key in ("start", "end", "text", "labels")]
    + [("result", 2, key) for key in good()["result"][2]]
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 60),
    st.floats(allow_nan=False),
    st.text(max_size=3),
    st.lists(st.sampled_from(["AMOUNT", "THING", "with", 1]), max_size=2),
    st.just({}),
)


@given(KEYS, VALUES)
def test_whatever_label_studio_s_own_check_refuses_is_refused_here(path: tuple[Any, ...], value: Any) -> None:
    interface = pytest.importorskip("label_studio_sdk.label_interface", exc_type=ImportError)
    prediction = change(path, value)
    try:
        refused = interface.LabelInterface(labelling_config()).validate_prediction(
            copy.deepcopy(prediction), return_errors=True
        )
    except Exception as error:  # its own crash is a refusal too
        refused = [str(error)]
    if refused:
        assert prediction_problems(prediction, TEXT, LABELS) != [], refused
