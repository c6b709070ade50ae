"""Exported tasks with every annotator's reading kept apart, and what each reading started from.

The corpus takes one annotation of a task (:mod:`ie_model.corpus.labelstudio_json`); agreement needs them all.
Each annotation and each prediction is read by that same code, one at a time, so that a reading means here
what it means in training: an empty one says that nothing is there.

Cancelled (skipped) annotations say nothing and are only counted. Of two annotations by one annotator the
newest counts, the ground truth before it. Tasks of one article id and text, as an import made twice leaves
them, are one article. What cannot be read is a :class:`ie_model.corpus.store.Reject`, one annotation at a
time: the others of the task stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ie_model.corpus.labelstudio_json import article_from_task
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import Reject, id_of, read_task_files
from ie_model.errors import CorpusError
from ie_model.labelstudio.index import read_index

UNKNOWN: Final = "unknown"
"""Annotator of an annotation that does not say who completed it, as those of a kept corpus."""


@dataclass(frozen=True)
class Reading:
    """One annotation: what one annotator says about an article.

    Attributes:
        annotator: E-mail address, or the number of the user in the server, or ``UNKNOWN``.
        article: With the annotator's mentions and relations.
        seconds: What Label Studio counted from opening to submitting (``lead_time``); None if not there.
        start: The prediction the annotation started from, read likewise; None if it started empty.
        start_version: Model version of that prediction.
    """

    annotator: str
    article: AnnotatedArticle
    seconds: float | None = None
    start: AnnotatedArticle | None = None
    start_version: str = ""


@dataclass(frozen=True)
class ReadArticle:
    """An article with all its readings.

    Attributes:
        id: Our own article id (``data.id``).
        text: As given.
        readings: One an annotator, by annotator's name.
        predictions: What each model version says; the newest of each.
        task: The task's number in the server, for a link; None if the file does not say.
        project: Likewise.
        source: The file, and the place in it.
        cancelled: Annotations that were skipped.
    """

    id: str
    text: str
    readings: tuple[Reading, ...] = ()
    predictions: Mapping[str, AnnotatedArticle] | None = None
    task: int | None = None
    project: int | None = None
    source: str = ""
    cancelled: int = 0

    def link(self, url: str | None) -> str | None:
        """Return the address of the task on the server at ``url``; None where it is not known."""
        if not url or self.task is None or self.project is None:
            return None
        return f"{url.rstrip('/')}/projects/{self.project}/data?task={self.task}"

    @property
    def said_by_models(self) -> Mapping[str, AnnotatedArticle]:
        """What each model version says: the task's predictions, and those that readings started from."""
        started = {one.start_version or UNKNOWN: one.start for one in self.readings if one.start is not None}
        return {**started, **(self.predictions or {})}


def read_exports(paths: Sequence[str | Path]) -> tuple[list[ReadArticle], list[Reject]]:
    """Return the articles under ``paths``, by id, and what could not be read.

    Args:
        paths: Folders of tasks (``*.json``, as ``pull`` writes them) and exports (``.json``, a list).

    Raises:
        CorpusError: A path does not exist or holds no task.
    """
    articles: dict[str, ReadArticle] = {}
    rejects: list[Reject] = []
    for item in read_task_files(paths):
        if isinstance(item, Reject):
            rejects.append(item)
            continue
        where, task = item
        try:
            read = _read_task(task, where, rejects)
            known = articles.get(read.id)
            articles[read.id] = read if known is None else _joined(known, read)
        except CorpusError as error:
            rejects.append(Reject(where, error, id_of(task.get("data") if isinstance(task, dict) else None)))
    return [articles[name] for name in sorted(articles)], rejects


def links_of(
    paths: Sequence[str | Path], articles: Iterable[ReadArticle], url: str | None
) -> Callable[[str], str | None]:
    """Return what gives the address of an article's task by the article's id; None where it is not known.

    Args:
        paths: As read; a folder that ``pull`` wrote knows its server.
        articles: As read; those of an export know their task.
        url: Address of the server of an export.

    Raises:
        CorpusError: The index of a pulled folder is damaged.
    """
    indices = [index for path in map(Path, paths) if (index := read_index(path)) is not None]
    known = {article.id: article.link(url) for article in articles}

    def link(article_id: str) -> str | None:
        found = (index.link(article_id) for index in indices)
        return next((address for address in found if address is not None), known.get(article_id))

    return link


def _read_task(task: Any, where: str, rejects: list[Reject]) -> ReadArticle:
    bare = _one(task, {"result": []}, where)
    given = task.get("annotations")
    if not isinstance(given, list) or not all(isinstance(item, Mapping) for item in given):
        raise CorpusError(
            "needs 'annotations', a list of objects",
            where=f"{where}, article {bare.id}",
            mend="Export as JSON with all annotations and predictions, or use: ie-model labelstudio pull",
        )
    readings: list[tuple[tuple[bool, str, int], Reading]] = []
    cancelled = 0
    for place, annotation in enumerate(given):
        if annotation.get("was_cancelled"):
            cancelled += 1
            continue
        place_in = f"{where}, annotation {annotation.get('id', place)}"
        try:
            readings.append((_rank(annotation), _reading(task, annotation, place_in, rejects)))
        except CorpusError as error:
            rejects.append(Reject(place_in, error, bare.id))
    return ReadArticle(
        bare.id,
        bare.text,
        _newest(readings),
        _predictions(task, where, rejects),
        _number(task.get("id")),
        _number(task.get("project")),
        where,
        cancelled,
    )


def _one(task: Any, annotation: Mapping[str, Any], where: str) -> AnnotatedArticle:
    """Read ``annotation`` as the only one of ``task``; refuse what the corpus cannot hold."""
    whole = {"annotations": [{"result": annotation.get("result")}]}
    alone = {**task, **whole} if isinstance(task, Mapping) else task
    article = article_from_task(alone, where)
    errors = [note for note in article.notes if note.severity == "error"]
    if errors:
        raise CorpusError(errors[0].message, where=where, mend=errors[0].mend or None)
    for mention in article.mentions:
        found = article.text[mention.start : mention.end] if 0 <= mention.start < mention.end else ""
        if not found or found != mention.text:
            raise CorpusError(
                "the offsets of a region do not give its text",
                where=f"{where}, region {mention.id} [{mention.start}, {mention.end})",
                found=repr(found),
                expected=repr(mention.text),
            )
    return article


def _reading(
    task: Mapping[str, Any], annotation: Mapping[str, Any], where: str, rejects: list[Reject]
) -> Reading:
    reading = Reading(_annotator(annotation), _one(task, annotation, where), _seconds(annotation))
    start = _start_of(task, annotation)
    if start is None:
        return reading
    try:
        before = _one(task, start, f"{where}, its prediction")
    except CorpusError as error:
        rejects.append(Reject(where, error, reading.article.id))
        return reading
    return replace(reading, start=before, start_version=str(start.get("model_version") or ""))


def _start_of(task: Mapping[str, Any], annotation: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The export has the prediction in the annotation; a task read one by one has its number there."""
    inside = annotation.get("prediction")
    if isinstance(inside, Mapping) and isinstance(inside.get("result"), list):
        return inside
    number = annotation.get("parent_prediction")
    if number is None and isinstance(inside, int):
        number = inside
    for prediction in _list_of(task.get("predictions")):
        if number is not None and prediction.get("id") == number:
            return prediction
    return None


def _predictions(task: Mapping[str, Any], where: str, rejects: list[Reject]) -> dict[str, AnnotatedArticle]:
    found: dict[str, AnnotatedArticle] = {}
    for prediction in sorted(_list_of(task.get("predictions")), key=_rank):
        version = str(prediction.get("model_version") or UNKNOWN)
        try:
            found[version] = _one(task, prediction, f"{where}, prediction of {version}")
        except CorpusError as error:
            rejects.append(Reject(where, error))
    return found


def _newest(readings: Iterable[tuple[tuple[bool, str, int], Reading]]) -> tuple[Reading, ...]:
    by_annotator = {one.annotator: one for _, one in sorted(readings, key=lambda pair: pair[0])}
    return tuple(by_annotator[name] for name in sorted(by_annotator))


def _joined(known: ReadArticle, other: ReadArticle) -> ReadArticle:
    if known.text != other.text:
        raise CorpusError(
            f"the article id {other.id!r} stands for two texts", where=other.source, found=known.source
        )
    names = {reading.annotator for reading in known.readings}
    more = [reading for reading in other.readings if reading.annotator not in names]
    readings = sorted([*known.readings, *more], key=lambda reading: reading.annotator)
    return replace(
        known,
        readings=tuple(readings),
        predictions={**(other.predictions or {}), **(known.predictions or {})},
        cancelled=known.cancelled + other.cancelled,
    )


def _annotator(annotation: Mapping[str, Any]) -> str:
    who = annotation.get("completed_by")
    if isinstance(who, Mapping):
        who = who.get("email") or who.get("id")
    return UNKNOWN if who is None or who == "" else str(who)


def _seconds(annotation: Mapping[str, Any]) -> float | None:
    found = annotation.get("lead_time")
    if found is None or isinstance(found, bool):
        return None
    try:
        seconds = float(found)
    except (TypeError, ValueError):
        return None
    return seconds if 0 < seconds < float("inf") else None


def _rank(item: Mapping[str, Any]) -> tuple[bool, str, int]:
    # ISO 8601 times of one server sort as text.
    time = item.get("updated_at") or item.get("created_at")
    return (
        bool(item.get("ground_truth")),
        time if isinstance(time, str) else "",
        _number(item.get("id")) or -1,
    )


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _list_of(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
