"""What the body of ``POST /webhook`` says: annotations made, changed or deleted, or the wish to train.

Of an event only that is kept which a correction needs. A project as Label Studio sends it holds the link that
lets people in and the password of its storage: both are dropped here and come into no file and no log.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ie_model.articles.rejects import quote
from ie_model.serve.errors import BadShapeError, BrokenBodyError

START_TRAINING: Final = "START_TRAINING"
#: Action to the key that its annotations are under.
WRITTEN: Final = {
    "ANNOTATION_CREATED": "annotation",
    "ANNOTATION_UPDATED": "annotation",
    "ANNOTATIONS_CREATED": "annotation",
}
DELETED: Final = {"ANNOTATIONS_DELETED": "annotations"}
#: What Label Studio 1.23 sends beside these; acknowledged and forgotten.
OF_NO_CONCERN: Final = frozenset(
    {
        *("PROJECT_CREATED", "PROJECT_UPDATED", "PROJECT_DELETED", "TASKS_CREATED", "TASKS_DELETED"),
        *("LABEL_LINK_CREATED", "LABEL_LINK_UPDATED", "LABEL_LINK_DELETED"),
    }
)
#: What a correction needs of an annotation beside its id.
KEPT: Final = (
    *("result", "was_cancelled", "ground_truth", "completed_by", "created_at", "updated_at", "lead_time"),
)
#: The greatest id that SQLite holds.
MAX_ID: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Written:
    """An annotation as it stands now."""

    annotation: int
    task: int
    project: int
    data: str
    """The task's data, JSON in ASCII."""
    body: str
    """The annotation, JSON in ASCII."""
    is_cancelled: bool
    updated: str
    """ISO 8601, or empty."""


@dataclass(frozen=True, slots=True)
class Event:
    """What is to be written into the ledger."""

    action: str
    written: tuple[Written, ...] = ()
    deleted: tuple[int, ...] = ()


def read_event(value: Mapping[str, Any]) -> Event | None:
    """Return what the body of a webhook says; None for an action of no concern.

    Raises:
        BadShapeError: An unknown action, or without what its action comes with.
        BrokenBodyError: Nested too deep, or a number that JSON has not.
    """
    action = value.get("action")
    if not isinstance(action, str) or action not in {*WRITTEN, *DELETED, *OF_NO_CONCERN, START_TRAINING}:
        raise BadShapeError(
            "an unknown action", where="action", found=quote(action), expected="one that Label Studio sends"
        )
    if action in DELETED:
        ids = _list(value, DELETED[action], many=True)
        return Event(action, deleted=tuple(_id(one, "id", DELETED[action]) for one in ids))
    if action in WRITTEN:
        many = action == "ANNOTATIONS_CREATED"
        annotations, tasks = _list(value, WRITTEN[action], many=many), _list(value, "task", many=many)
        known = {_id(task, "id", "task"): task for task in tasks}
        return Event(action, written=tuple(_written(one, known) for one in annotations))
    return Event(action) if action == START_TRAINING else None


def _list(value: Mapping[str, Any], key: str, *, many: bool) -> list[Mapping[str, Any]]:
    found = value.get(key)
    items: list[Any] = found if many and isinstance(found, list) else [found]
    if not all(isinstance(item, dict) for item in items):
        raise BadShapeError(
            "an event without what it is about",
            where=key,
            found=quote(found),
            expected="a list of objects" if many else "an object",
            mend="Let the webhook send its payload.",
        )
    return items


def _id(item: Mapping[str, Any], key: str, where: str) -> int:
    found = item.get(key)
    if isinstance(found, bool) or not isinstance(found, int) or not 0 < found <= MAX_ID:
        raise BadShapeError("no id", where=f"{where}.{key}", found=quote(found), expected="a whole number")
    return found


def _written(item: Mapping[str, Any], tasks: Mapping[int, Mapping[str, Any]]) -> Written:
    number = _id(item, "task", "annotation")
    task = tasks.get(number)
    if task is None or not isinstance(task.get("data"), dict) or not isinstance(item.get("result"), list):
        raise BadShapeError(
            "an annotation without its result or its task",
            where="annotation",
            expected="annotation.result, a list, and task.data, an object",
        )
    annotation = _id(item, "id", "annotation")
    updated = item.get("updated_at")
    return Written(
        annotation=annotation,
        task=number,
        project=_id(task, "project", "task"),
        data=_dump(task["data"]),
        body=_dump({"id": annotation, **{key: item[key] for key in KEPT if key in item}}),
        is_cancelled=bool(item.get("was_cancelled")),
        updated=updated if isinstance(updated, str) and updated.isascii() else "",
    )


def _dump(value: object) -> str:
    try:
        return json.dumps(value, allow_nan=False)  # ASCII: half a surrogate pair is told of by who reads it
    except (ValueError, RecursionError) as error:
        raise BrokenBodyError("a value that JSON cannot hold", where="body") from error
