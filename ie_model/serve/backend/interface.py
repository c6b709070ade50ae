"""Which tags of a project's labelling interface predictions are for.

Every request brings the project's interface. A project set up by ``ie-model labelstudio init`` has our names;
another one may call its tags otherwise or lack a label, and Label Studio refuses to open a task whose
prediction names what the project has not. So predictions are fitted to what is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree as ET

from ie_model.errors import ConfigError

#: Characters of an interface that are read; ours has two thousand.
MAX_CHARS = 200_000


@dataclass(frozen=True, slots=True)
class Interface:
    """A ``Labels`` tag over a ``Text`` tag.

    Attributes:
        from_name: Name of the ``Labels`` tag.
        to_name: Name of the ``Text`` tag.
        key: Key of the task's data that the text is under.
        labels: What can be labelled.
    """

    from_name: str
    to_name: str
    key: str
    labels: frozenset[str]

    def fit(self, prediction: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``prediction`` with this interface's names, without what it has no label for."""
        kept: list[dict[str, Any]] = []
        ids: set[str] = set()
        for item in prediction["result"]:
            if item["type"] == "labels" and self.labels.issuperset(item["value"]["labels"]):
                kept.append({**item, "from_name": self.from_name, "to_name": self.to_name})
                ids.add(item["id"])
        kept += [item for item in prediction["result"] if _joins(item, ids)]
        return {**prediction, "result": kept}


def within(prediction: Mapping[str, Any], drawn: list[tuple[int, int]]) -> dict[str, Any]:
    """Return what of ``prediction`` overlaps a span in ``drawn``, and the relations among that.

    A region that was drawn exactly so is left out: the annotator has it already, and its relations with it.
    """
    kept: list[dict[str, Any]] = []
    for item in prediction["result"]:
        if item["type"] != "relation":
            start, end = item["value"]["start"], item["value"]["end"]
            inside = any(start < other_end and other_start < end for other_start, other_end in drawn)
            if inside and (start, end) not in drawn:
                kept.append(item)
    ids = {item["id"] for item in kept}
    kept += [item for item in prediction["result"] if _joins(item, ids)]
    return {**prediction, "result": kept}


def _joins(item: Mapping[str, Any], ids: set[str]) -> bool:
    return item["type"] == "relation" and {item["from_id"], item["to_id"]} <= ids


@lru_cache(maxsize=16)
def read_interface(config: str) -> Interface:
    """Read a project's labelling interface.

    Raises:
        ConfigError: No XML, or without a ``Labels`` tag over a ``Text`` tag that shows a key of the data.
    """
    if len(config) > MAX_CHARS or "<!" in config.replace("<!--", ""):
        # Entities may unfold to any size; an interface has none.
        raise ConfigError("the labelling interface cannot be read", where="label_config")
    try:
        tree = ET.fromstring(config)  # noqa: S314 - bounded, and without declarations
    except (ET.ParseError, ValueError) as error:
        raise ConfigError("the labelling interface is no XML", where="label_config") from error
    tags = list(tree.iter())
    texts = {tag.get("name"): tag.get("value", "") for tag in tags if tag.tag == "Text"}
    for tag in tags:
        shown = texts.get(tag.get("toName"), "")
        from_name, to_name = tag.get("name"), tag.get("toName")
        if tag.tag == "Labels" and from_name and to_name and len(shown) > 1 and shown.startswith("$"):
            labels = frozenset(label.get("value", "") for label in tag.iter("Label"))
            return Interface(from_name, to_name, shown[1:], labels)
    raise ConfigError(
        "the labelling interface has no Labels tag over a Text tag",
        where="label_config",
        mend="Set the project up by: ie-model labelstudio init",
    )
