"""The index of a pulled folder: which task of which project an article came from.

It stands in a hidden file beside the articles, where what reads a corpus passes it over, because numbers of
a server are no part of an annotated article. With it every article has a link to its task.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ie_model.corpus.json_text import stable_json
from ie_model.errors import CorpusError
from ie_model.files import write_whole

INDEX: Final = ".labelstudio.json"
"""Its name in the folder."""


@dataclass(frozen=True, slots=True)
class Index:
    """Where the articles of a folder came from.

    Args:
        url: Address of the server, without a slash at the end.
        project: Number of the project.
        tasks: Number of an article's task; the first where it has several.
    """

    url: str
    project: int
    tasks: Mapping[str, int]

    def link(self, article_id: str) -> str | None:
        """Return the address of an article's task; None if it came from elsewhere."""
        number = self.tasks.get(article_id)
        return None if number is None else task_link(self.url, self.project, number)


def task_link(url: str, project: int, task: int) -> str:
    """Return the address at which a browser opens a task."""
    return f"{url}/projects/{project}/data?task={task}"


def write_index(index: Index, folder: Path) -> None:
    """Write ``index`` into ``folder``.

    Raises:
        OutputError: It cannot be written.
    """
    tree = {"url": index.url, "project": index.project, "tasks": dict(index.tasks)}
    write_whole(folder / INDEX, stable_json(tree, indent=1) + "\n")


def read_index(folder: Path) -> Index | None:
    """Return the index of ``folder``; None if it was not pulled.

    Raises:
        CorpusError: The file is there and is no index.
    """
    path = folder / INDEX
    if not path.is_file():
        return None
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        tasks = {str(name): int(number) for name, number in tree["tasks"].items()}
        return Index(str(tree["url"]), int(tree["project"]), tasks)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise CorpusError(
            "not the index of a pulled folder", where=str(path), mend="Delete it and pull again."
        ) from error
