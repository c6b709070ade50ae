"""What is to be pushed: articles, and annotated articles with everything that is known of their annotations.

Annotations go out as they stand in their file, every annotator's, results untouched. The server keeps most of
an annotation through an import; what it drops (the prediction that it started from) travels in the task's
own ``meta`` under :data:`META_KEY`, from where a later pull puts it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ie_model.articles import DEFAULT_MAX_CHARS, check_text, read_articles
from ie_model.articles import Reject as ArticleReject
from ie_model.corpus.json_text import parse_json, plain_json
from ie_model.corpus.labelstudio_json import article_from_task, task_from_article
from ie_model.corpus.store import FOLDS_FILE, Reject, corpus_lines, id_of, read_corpus, read_task_files
from ie_model.errors import ArticleError, CorpusError
from ie_model.schema import Article

META_KEY: Final = "ie_model"
"""Key of a task's ``meta`` under which we keep what Label Studio would drop."""
STARTED_FROM: Final = "started_from"
"""Under it: the prediction that each annotation started from, by the annotation's place in its file."""

_ANNOTATION_KEYS: Final = ("result", "was_cancelled", "ground_truth", "lead_time", "completed_by")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One article on its way to the server.

    Args:
        article: Its id is how it is known again there.
        source: File, and the place in it.
        data: The task's ``data``: id, text and whatever stands beside them.
        annotations: As they are sent; none for an article that is yet to be annotated.
        meta: The task's ``meta``.
    """

    article: Article
    source: str
    data: Mapping[str, Any]
    annotations: tuple[Mapping[str, Any], ...] = ()
    meta: Mapping[str, Any] | None = None

    @property
    def annotators(self) -> frozenset[str]:
        """E-mail addresses that the annotations name."""
        return frozenset(
            annotation["completed_by"]["email"]
            for annotation in self.annotations
            if "completed_by" in annotation
        )

    def task(self, prediction: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the task as it is imported."""
        task: dict[str, Any] = {"data": dict(self.data), "annotations": [dict(a) for a in self.annotations]}
        if self.meta:
            task["meta"] = dict(self.meta)
        if prediction is not None:
            task["predictions"] = [dict(prediction)]
        return task


def read_outgoing(
    paths: Sequence[str | Path], *, max_chars: int = DEFAULT_MAX_CHARS
) -> Iterator[Outgoing | Reject]:
    """Yield everything under ``paths`` that is to be pushed, and a :class:`Reject` for each failure.

    Args:
        paths: What ``ie-model predict`` reads, and what ``ie-model data`` reads. A folder with a task file
            (``.json``) is one of annotations; ``.jsonl`` is gold when its first line has ``mentions``.
        max_chars: Longer articles are rejected.

    Raises:
        ArticleError: A path does not exist.
        CorpusError: Likewise, or a folder without anything.
    """
    for path in map(Path, paths):
        if str(path) != "-" and not path.exists():
            raise ArticleError("no such file or folder", where=str(path))
        if path.suffix == ".json" or (path.is_dir() and _has_tasks(path)):
            yield from _tasks(path, max_chars)
        elif path.suffix == ".jsonl" and _is_gold(path):
            yield from _gold(path, max_chars)
        else:
            yield from _articles(path, max_chars)


def outgoing_from_task(task: Any, where: str, *, max_chars: int = DEFAULT_MAX_CHARS) -> Outgoing:
    """Return what one task file holds, with all its annotations.

    Raises:
        ArticleError: The text cannot be an article's.
        CorpusError: It is no task, has no article id of its own, or an annotation cannot be read back.
    """
    if not isinstance(task, Mapping) or not isinstance(task.get("data"), Mapping):
        raise CorpusError("not a Label Studio task: needs an object 'data'", where=where)
    data = dict(task["data"])
    article_id, text = data.get("id"), data.get("text")
    for key, value in (("id", article_id), ("text", text)):
        if not isinstance(value, str) or not value:
            raise CorpusError(f"needs 'data.{key}', a string that is not empty", where=where)
    given = [] if task.get("annotations") is None else task["annotations"]
    if not isinstance(given, list):
        raise CorpusError("'annotations' is a list", where=where, found=type(given).__name__)
    check_text(text, max_chars=max_chars)
    for annotation in given:
        _check_readable(data, annotation, where)
    return Outgoing(
        article=Article(id=str(article_id), text=str(text)),
        source=where,
        data=data,
        annotations=tuple(_annotation(place, one, where) for place, one in enumerate(given)),
        meta=_meta(task, given),
    )


def _check_readable(data: Mapping[str, Any], annotation: Any, where: str) -> None:
    if not isinstance(annotation, Mapping):
        raise CorpusError("an annotation is an object", where=where)
    article_from_task({"data": data, "annotations": [{**annotation, "was_cancelled": False}]}, where)


def _annotation(place: int, given: Mapping[str, Any], where: str) -> dict[str, Any]:
    annotation = {key: given[key] for key in _ANNOTATION_KEYS if given.get(key) is not None}
    # Left out, the server takes every imported annotation for ground truth.
    annotation = {"was_cancelled": False, "ground_truth": False, **annotation, "id": place}
    who = annotation.get("completed_by")
    if who is None:
        return annotation
    if not isinstance(who, Mapping) or not isinstance(who.get("email"), str):
        raise CorpusError(
            "'completed_by' names an annotator by e-mail address",
            where=where,
            found=repr(who),
            expected='{"email": ...}: user numbers mean something on one server only',
        )
    return {**annotation, "completed_by": {"email": who["email"]}}


def _meta(task: Mapping[str, Any], annotations: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    started = {
        str(place): annotation["prediction"]
        for place, annotation in enumerate(annotations)
        if annotation.get("prediction")
    }
    return {META_KEY: {STARTED_FROM: started}} if started else None


def _has_tasks(folder: Path) -> bool:
    return any(
        path.name != FOLDS_FILE and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        for path in folder.rglob("*.json")
    )


def _is_gold(path: Path) -> bool:
    try:
        lines = corpus_lines(path)
        first = parse_json(lines[0][1], lines[0][0]) if lines else None
    except CorpusError:
        return False  # what reads articles says what is wrong with the line
    return isinstance(first, dict) and "mentions" in first


def _tasks(path: Path, max_chars: int) -> Iterator[Outgoing | Reject]:
    for item in read_task_files([path]):
        if isinstance(item, Reject):
            yield item
            continue
        where, task = item
        article_id = id_of(task.get("data") if isinstance(task, Mapping) else None)
        yield _outgoing(task, where, article_id, max_chars)


def _gold(path: Path, max_chars: int) -> Iterator[Outgoing | Reject]:
    for item in read_corpus([path]):
        if isinstance(item, Reject):
            yield item
        else:
            yield _outgoing(task_from_article(item), item.source, item.id, max_chars)


def _outgoing(task: Any, where: str, article_id: str | None, max_chars: int) -> Outgoing | Reject:
    try:
        return outgoing_from_task(plain_json(task, where), where, max_chars=max_chars)
    except CorpusError as error:
        return Reject(where, error, article_id)
    except ArticleError as error:
        return Reject(where, _as_corpus_error(error, where), article_id)


def _articles(path: Path, max_chars: int) -> Iterator[Outgoing | Reject]:
    found: Iterable[Article | ArticleReject] = read_articles([path], max_chars=max_chars)
    for item in found:
        if isinstance(item, ArticleReject):
            where = item.file if item.line is None else f"{item.file}:{item.line}"
            error = CorpusError(
                item.reason, where=where, found=item.found, expected=item.expected, mend=item.mend
            )
            yield Reject(where, error, item.id)
        else:
            data: dict[str, Any] = {"id": item.id, "text": item.text}
            yield Outgoing(item, str(path), {**data, "meta": item.meta} if item.meta else data)


def _as_corpus_error(error: ArticleError, where: str) -> CorpusError:
    return CorpusError(error.what, where=where, found=error.found, expected=error.expected, mend=error.mend)
