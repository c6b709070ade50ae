"""Tasks of the annotation loop into a project: new ones imported, what is there brought up to date.

A queue gives articles that the project has already a new ``priority`` and ``reason``; their annotations and
predictions are not touched. Running it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ie_model.errors import CorpusError
from ie_model.labelstudio.answers import UncertainError
from ie_model.labelstudio.client import LabelStudio
from ie_model.labelstudio.push import ATTEMPTS, CHUNK

UPDATED: Final = ("priority", "reason", "disagreements")
"""Keys of a task's data that are brought up to date."""

Task = dict[str, Any]


@dataclass(slots=True)
class Sent:
    """What was done: tasks imported, tasks whose data changed, tasks that were as they should be."""

    imported: int = 0
    updated: int = 0
    unchanged: int = 0


def send_tasks(client: LabelStudio, project: int, tasks: Sequence[Task], *, chunk: int = CHUNK) -> Sent:
    """Send ``tasks`` to a project; an article is known by ``data.id``.

    Args:
        client: The server.
        project: Number of the project.
        tasks: With distinct ids.
        chunk: Tasks of one request.

    Raises:
        CorpusError: The project has another text under an article's id; nothing was sent.
        LabelStudioError: The server is away for too long, or refuses.
    """
    there = _there(client, project)
    for task in tasks:
        known = there.get(task["data"]["id"])
        if known is not None and known["data"].get("text") != task["data"]["text"]:
            raise CorpusError(
                "the project has another text under this article id",
                where=f"article {task['data']['id']}",
                mend="Send these tasks to a project of their own.",
            )
    sent = Sent()
    for task in tasks:
        known = there.get(task["data"]["id"])
        if known is not None:
            _update(client, known, task["data"], sent)
    new = [task for task in tasks if task["data"]["id"] not in there]
    for first in range(0, len(new), chunk):
        _import(client, project, new[first : first + chunk])
    sent.imported = len(new)
    return sent


def _there(client: LabelStudio, project: int) -> dict[str, Mapping[str, Any]]:
    return {str(task["data"].get("id")): task for task in client.tasks(project)}


def _update(client: LabelStudio, known: Mapping[str, Any], data: Mapping[str, Any], sent: Sent) -> None:
    changes = {key: data[key] for key in UPDATED if key in data}
    if all(known["data"].get(key) == value for key, value in changes.items()):
        sent.unchanged += 1
        return
    client.patch(f"/api/tasks/{known['id']}/", {"data": {**known["data"], **changes}})
    sent.updated += 1


def _import(client: LabelStudio, project: int, tasks: Sequence[Task]) -> None:
    left = list(tasks)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            client.import_tasks(project, left)
        except UncertainError:
            if attempt == ATTEMPTS:
                raise
            arrived = _there(client, project)
            left = [task for task in left if task["data"]["id"] not in arrived]
        else:
            left = []
        if not left:
            return
