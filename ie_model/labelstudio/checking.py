"""Whether Label Studio can show a prediction or an annotation, checked before it is sent.

The server takes unknown labels and offsets beyond the text without a word, and the page then shows
nothing, or a region elsewhere. Predictions pass ``LabelInterface.validate_prediction`` of Label Studio's own
client; before that everything is checked here, which says more, compares offsets with the text, and serves
annotations and programs without that client too. Whatever it refuses is refused here (a test compares them).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from ie_model.corpus.labelstudio_json import FROM_NAME, TO_NAME
from ie_model.extras import require
from ie_model.labelstudio.labelling import NOTES_NAME, RELATION_KINDS, labelling_config

EXTRA: Final = "annotate"

_DIRECTIONS: Final = ("left", "right", "bi")


def problems(results: Any, text: str, labels: Collection[str]) -> list[str]:
    """Return what is wrong with the ``result`` of a prediction or an annotation; empty if nothing is.

    Args:
        results: The list as it will be sent.
        text: The article; offsets are half-open code points into it.
        labels: Those of the project.
    """
    if not isinstance(results, list) or not all(isinstance(item, Mapping) for item in results):
        return ["'result' is a list of objects"]
    regions = [item for item in results if item.get("type") == "labels"]
    ids = Counter(str(item.get("id")) for item in regions)
    found = [f"{count} regions have the id {name!r}" for name, count in ids.items() if count > 1]
    for item in results:
        kind = item.get("type")
        if kind == "labels":
            found += _region(item, text, labels)
        elif kind == "relation":
            found += _relation(item, ids)
        elif not (kind == "textarea" and item.get("from_name") == NOTES_NAME):
            found.append(f"nothing in the labelling interface makes results of type {kind!r}")
    return found


class InterfaceCheck:
    """Label Studio's own check of predictions.

    Args:
        labels: Those of the project.

    Raises:
        MissingExtraError: The extra ``annotate`` is not installed.
    """

    def __init__(self, labels: Collection[str]) -> None:
        require(EXTRA, "label_studio_sdk")
        from label_studio_sdk.label_interface.interface import LabelInterface

        self._interface = LabelInterface(labelling_config(tuple(labels)))

    def problems(self, prediction: Mapping[str, Any]) -> list[str]:
        """Return what Label Studio's client says is wrong with ``prediction``; empty if nothing is."""
        validate: Callable[..., list[str]] = self._interface.validate_prediction
        return validate(dict(prediction), return_errors=True)


def prediction_problems(prediction: Any, text: str, labels: Collection[str]) -> list[str]:
    """Return what is wrong with an entry of ``predictions``: :func:`problems`, model version and score."""
    if not isinstance(prediction, Mapping):
        return ["a prediction is an object"]
    found = problems(prediction.get("result"), text, labels)
    version = prediction.get("model_version")
    if not isinstance(version, str) or not version:
        found.append("'model_version' is a string that is not empty")
    if not _is_share(prediction.get("score", 0)):
        found.append(f"the score is no number from 0 to 1: {prediction['score']!r}")
    return found


def _region(item: Mapping[str, Any], text: str, labels: Collection[str]) -> Iterator[str]:
    name, value = item.get("id"), item.get("value")
    if not isinstance(name, str) or not name:
        yield f"a region has no id: {name!r}"
    if (item.get("from_name"), item.get("to_name")) != (FROM_NAME, TO_NAME):
        tags = f"{item.get('from_name')!r}, {item.get('to_name')!r}"
        yield f"region {name}: no such tags in the interface: {tags}"
    if not _is_share(item.get("score", 0)):
        yield f"region {name}: the score is no number from 0 to 1: {item['score']!r}"
    if not isinstance(value, Mapping):
        yield f"region {name}: 'value' is an object"
        return
    yield from (f"region {name}: {reason}" for reason in _span(value, text))
    given = value.get("labels")
    if not isinstance(given, list) or len(given) != 1:
        yield f"region {name}: has not exactly one label: {given!r}"
    elif given[0] not in labels:
        yield f"region {name}: unknown label {given[0]!r}; the project has {', '.join(labels)}"


def _span(value: Mapping[str, Any], text: str) -> Iterator[str]:
    start, end = value.get("start"), value.get("end")
    if not all(isinstance(offset, int) and not isinstance(offset, bool) for offset in (start, end)):
        yield f"offsets are whole numbers, found {start!r} and {end!r}"
    elif not 0 <= int(start or 0) < int(end or 0) <= len(text):
        yield f"[{start}, {end}) is empty or leaves the article, which has {len(text)} characters"
    elif value.get("text") is not None and str(value["text"]).replace("\\n", "\n") != text[start:end]:
        yield f"[{start}, {end}) is {text[start:end]!r}, not {value['text']!r}"


def _relation(item: Mapping[str, Any], ids: Collection[str]) -> Iterator[str]:
    ends = item.get("from_id"), item.get("to_id")
    shown = f"relation {ends[0]} -> {ends[1]}"
    missing = [end for end in ends if not isinstance(end, str) or end not in ids]
    if missing:
        yield f"{shown}: leads to regions that are not there: {missing}"
    labels = item.get("labels", [])
    if not isinstance(labels, list) or any(label not in RELATION_KINDS for label in labels):
        yield f"{shown}: says {labels!r}, not one of {', '.join(RELATION_KINDS)}"
    if item.get("direction", "right") not in _DIRECTIONS:
        yield f"{shown}: has the direction {item['direction']!r}"


def _is_share(score: Any) -> bool:
    return isinstance(score, int | float) and not isinstance(score, bool) and 0 <= score <= 1
