"""Articles into a project, with pre-annotations: in chunks, never the same article twice.

What is there already is read from the server before anything is sent, by our own id in the task's data. A
chunk that broke off (the server restarted, a timeout) may have arrived: what is there is read again, and only
what is missing is sent again. So a push can be stopped at any moment and run again.

Two pushes at the same time can still make an article twice: Label Studio has no unique key for tasks.
:func:`push` counts such articles at the end, and pull joins them again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from ie_model.articles import Located, Place
from ie_model.batch import ArticleExtractor
from ie_model.batch.protocol import extract_guarded
from ie_model.corpus.store import Reject
from ie_model.errors import LabelStudioError
from ie_model.labelstudio.answers import RefusedError, UncertainError
from ie_model.labelstudio.checking import InterfaceCheck, prediction_problems, problems
from ie_model.labelstudio.client import LabelStudio
from ie_model.labelstudio.outgoing import Outgoing
from ie_model.labelstudio.predictions import prediction_from_extraction
from ie_model.labelstudio.project import Project
from ie_model.labelstudio.rejects import refuse
from ie_model.schema import Extraction

CHUNK: Final = 50
"""Tasks of one request: about a megabyte, one to three seconds of the server's work."""
ATTEMPTS: Final = 3
"""Times that a chunk is sent when the connection breaks off or the server fails, before it is halved."""
SHOWN: Final = 3
"""Reasons of one reject; where there are more they are of a kind."""


@dataclass(slots=True)
class PushReport:
    """What a push did.

    Attributes:
        sent: Articles that are new on the server.
        there: Articles that were there already.
        held_back: Of these, the ones with annotations, which therefore were not sent.
        predictions: Pre-annotations among what was sent.
        annotations: Annotations among what was sent.
        rejects: What was not sent, and what the server refused.
        twice: Articles that the server has in more than one task.
    """

    sent: int = 0
    there: int = 0
    held_back: int = 0
    predictions: int = 0
    annotations: int = 0
    rejects: list[Reject] = field(default_factory=list)
    twice: tuple[str, ...] = ()


Observer = Callable[[PushReport], None]


def push(
    client: LabelStudio,
    project: Project,
    items: Iterable[Outgoing | Reject],
    *,
    extractor: ArticleExtractor | None = None,
    chunk: int = CHUNK,
    observe: Observer | None = None,
) -> PushReport:
    """Send ``items`` to ``project`` and return what became of them.

    Args:
        client: The server.
        project: Its labels are those that annotations and predictions may have.
        items: As :func:`ie_model.labelstudio.outgoing.read_outgoing` yields them; read lazily.
        extractor: Makes the pre-annotations; None for none.
        chunk: Tasks of one request.
        observe: Called after every chunk.

    Raises:
        MissingExtraError: There is an extractor, and the extra ``annotate`` is not installed.
        LabelStudioError: The server is away for too long, refuses the token, or the project is gone. What
            was sent until then is there, and is passed over by the next push.
    """
    return _Push(client, project, extractor, observe).run(items, chunk)


class _Push:
    def __init__(
        self,
        client: LabelStudio,
        project: Project,
        extractor: ArticleExtractor | None,
        observe: Observer | None,
    ) -> None:
        self._client = client
        self._project = project
        self._extractor = extractor
        self._check = None if extractor is None else InterfaceCheck(project.labels)
        self._observe = observe
        self._report = PushReport()
        self._there = known_articles(client, project.id)
        self._users = frozenset(client.users().values())
        self._taken: dict[str, str] = {}

    def run(self, items: Iterable[Outgoing | Reject], chunk: int) -> PushReport:
        stream = self._new(items)
        while batch := list(islice(stream, chunk)):
            tasks = self._tasks(batch)
            self._send(list(tasks))
            if self._observe is not None:
                self._observe(self._report)
        self._report.twice = tuple(sorted(name for name, texts in self._there.items() if len(texts) > 1))
        return self._report

    def _new(self, items: Iterable[Outgoing | Reject]) -> Iterator[Outgoing]:
        for item in items:
            if isinstance(item, Reject):
                self._report.rejects.append(item)
            elif (reason := self._reason_to_refuse(item)) is not None:
                self._report.rejects.append(refuse(item.source, reason, item.article.id))
            elif item.article.id in self._there:
                self._report.there += 1
                self._report.held_back += bool(item.annotations)
            else:
                yield item
            if not isinstance(item, Reject):
                self._taken.setdefault(item.article.id, item.source)

    def _reason_to_refuse(self, item: Outgoing) -> str | None:
        name = item.article.id
        if name in self._taken:
            return f"the article id occurs twice: in {self._taken[name]} too"
        if name in self._there and digest(item.article.text) not in self._there[name]:
            return "the project has another text under this article id"
        if unknown := sorted(item.annotators - self._users):
            return f"the server has no user {', '.join(unknown)}, who annotated it"
        found = [
            reason
            for annotation in item.annotations
            if not annotation["was_cancelled"]
            for reason in problems(annotation["result"], item.article.text, self._project.labels)
        ]
        return "; ".join(found[:SHOWN]) or None

    def _tasks(self, batch: Sequence[Outgoing]) -> Iterator[tuple[Outgoing, dict[str, Any]]]:
        if self._extractor is None or self._check is None:
            yield from ((item, item.task()) for item in batch)
            return
        located = [Located(item.article, Place(item.source)) for item in batch]
        for item, found in zip(batch, extract_guarded(self._extractor, located), strict=True):
            if isinstance(found, Extraction):
                prediction = prediction_from_extraction(found)
                wrong = prediction_problems(prediction, item.article.text, self._project.labels)
                wrong = wrong or self._check.problems(prediction)
                reason = f"the pre-annotation cannot be shown: {'; '.join(wrong[:SHOWN])}"
            else:
                wrong, reason = [found.reason], f"{found.reason}: {found.found}"
            if wrong:
                self._report.rejects.append(refuse(item.source, reason, item.article.id))
            else:
                yield item, item.task(prediction)

    def _send(self, tasks: list[tuple[Outgoing, dict[str, Any]]]) -> None:
        failure: LabelStudioError | None = None
        for _ in range(ATTEMPTS):
            if not tasks:
                return
            try:
                self._client.import_tasks(self._project.id, [task for _, task in tasks])
            except UncertainError as error:
                failure = error
                tasks = self._missing(tasks)
            except RefusedError as error:
                failure = error
                break
            else:
                for sent in tasks:
                    self._count(*sent)
                return
        if tasks and failure is not None:
            self._one_by_one(tasks, failure)

    def _missing(self, tasks: list[tuple[Outgoing, dict[str, Any]]]) -> list[tuple[Outgoing, dict[str, Any]]]:
        """Look on the server which of ``tasks`` have arrived; return the others."""
        self._there = known_articles(self._client, self._project.id)
        missing = []
        for item, task in tasks:
            if item.article.id in self._there:
                self._count(item, task)
            else:
                missing.append((item, task))
        return missing

    def _one_by_one(self, tasks: list[tuple[Outgoing, dict[str, Any]]], error: LabelStudioError) -> None:
        """Find those that the server refuses, or fails on; it says so of a whole chunk only."""
        if len(tasks) == 1:
            item, _ = tasks[0]
            what = "refuses it" if isinstance(error, RefusedError) else "fails on it"
            reason = f"the server {what}: {error.what}"
            self._report.rejects.append(refuse(item.source, reason, item.article.id))
            return
        middle = len(tasks) // 2
        self._send(tasks[:middle])
        self._send(tasks[middle:])

    def _count(self, item: Outgoing, task: dict[str, Any]) -> None:
        self._there.setdefault(item.article.id, [digest(item.article.text)])
        self._report.sent += 1
        self._report.annotations += len(item.annotations)
        self._report.predictions += len(task.get("predictions", ()))


def known_articles(client: LabelStudio, project: int) -> dict[str, list[str]]:
    """Return the articles that a project has: by id, the SHA-256 of the text of each of its tasks.

    Raises:
        LabelStudioError: As :meth:`LabelStudio.get`.
    """
    known: dict[str, list[str]] = {}
    for task in client.tasks(project):
        article_id, text = task["data"].get("id"), task["data"].get("text")
        if article_id is not None:
            known.setdefault(str(article_id), []).append(digest(str(text)))
    return known


def digest(text: str) -> str:
    """Return the SHA-256 of ``text``; of half a surrogate pair too, which a server may hold."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
