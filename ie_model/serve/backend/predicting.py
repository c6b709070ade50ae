"""Tasks of one request to predictions, exactly one entry a task in order, within Label Studio's time.

Label Studio throws an answer of another length away as a whole, gives up after 100 s, and sends all tasks
that were selected at one time. So tasks go into the line some at a time, and what is not done after
:data:`SECONDS` gets the entry ``[]``: no prediction, so that the task is asked for again. A task that can
never be read gets an empty prediction, so that it is not.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ie_model.articles import Gate, Located, Place, RefusedError, Reject, RejectCode, Row
from ie_model.articles.rejects import quote
from ie_model.errors import ConfigError
from ie_model.labelstudio.labelling import labelling_config
from ie_model.labelstudio.predictions import model_version, prediction_from_extraction
from ie_model.schema import Extraction
from ie_model.serve.backend.interface import Interface, read_interface, within
from ie_model.serve.errors import BadShapeError, BusyError, LateError
from ie_model.serve.limits import Limits
from ie_model.serve.line import Answer
from ie_model.serve.service import Service

#: Seconds for a request: Label Studio waits 100 (ML_TIMEOUT_PREDICT), and answers take time on their way.
SECONDS: Final = 85.0
#: Articles that stand in the line at one time, and their code points: two batches, so that the next is there
#: when one is done, and others have their turn.
CHUNK_ARTICLES: Final = 32
CHUNK_CHARS: Final = 40_000

REQUEST, STEM = "request", "task"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for.

    Attributes:
        entries: For each task its article, or why it has none.
        interface: What predictions are fitted to; None where the project's cannot take any, and so none
            are made.
        drawn: Spans that the annotator drew, where only what lies there is asked for (interactive
            pre-annotation); None for all.
    """

    entries: tuple[Located | Reject, ...]
    interface: Interface | None
    drawn: list[tuple[int, int]] | None

    @property
    def located(self) -> list[Located]:
        """The articles to extract from."""
        return [one for one in self.entries if isinstance(one, Located)] if self.interface else []


def read_asked(value: Mapping[str, Any], limits: Limits) -> Asked:
    """Read the body of ``POST /predict``.

    Raises:
        BadShapeError: No list of tasks, or an interface or context that is none.
    """
    tasks, config, params = value.get("tasks"), value.get("label_config"), value.get("params")
    if not isinstance(tasks, list):
        raise BadShapeError("no list of tasks", where="tasks", found=quote(tasks), expected="a list")
    if not isinstance(config, str | None):
        raise BadShapeError("no interface", where="label_config", found=quote(config), expected="a string")
    if not isinstance(params, dict | None):
        raise BadShapeError("no parameters", where="params", found=quote(params), expected="an object")
    interface = None
    try:
        interface = read_interface(config or labelling_config())
    except ConfigError as error:
        _log.warning("no predictions: %s", error)
    gate = Gate(limits.max_chars)
    key = interface.key if interface else ""
    entries = tuple(_admit(task, number, key, gate) for number, task in enumerate(tasks, start=1))
    return Asked(entries, interface, _drawn((params or {}).get("context")))


def _admit(task: object, number: int, key: str, gate: Gate) -> Located | Reject:
    data = task.get("data") if isinstance(task, dict) else None
    if not isinstance(data, dict):
        refusal = RefusedError(RejectCode.NOT_AN_OBJECT, "the task has no data", expected="an object")
        return Place(REQUEST, number).reject(refusal)
    # Every key of the data is meta, so that a date beside the text is found as in the corpus; the article's
    # own id may be twice in a project, its place may not.
    meta = data.get("meta")
    rest = {name: item for name, item in data.items() if name not in {"id", "meta", key}}
    fields = {"id": f"{STEM}:{number}", "meta": {**rest, **meta} if isinstance(meta, dict) else rest}
    return gate.admit(Row(number, {**fields, "text": data[key]} if key in data else fields), REQUEST, STEM)


def _drawn(context: object) -> list[tuple[int, int]] | None:
    results = context.get("result") if isinstance(context, dict) else None
    if not isinstance(results, list):
        return None
    values = [item.get("value") for item in results if isinstance(item, dict)]
    spans = [(value.get("start"), value.get("end")) for value in values if isinstance(value, dict)]
    return [(start, end) for start, end in spans if isinstance(start, int) and isinstance(end, int)] or None


async def extract_in_time(
    service: Service, articles: Sequence[Located], *, until: float, gone: Callable[[], Awaitable[None]]
) -> list[Answer]:
    """Return what becomes of the first articles, as many as can be had until ``until``.

    Args:
        service: Extracts.
        articles: With an id each, all different.
        until: By :func:`time.monotonic`.
        gone: Returns when the client goes away.

    Raises:
        ServeError: Not even some can be had.
    """
    answers: list[Answer] = []
    for chunk in _chunks(articles):
        try:
            answers += await _extract(service, chunk, until, gone)
        except (BusyError, LateError) as error:
            if not answers:
                raise
            left = len(articles) - len(answers)
            _log.warning("%d of %d tasks got no prediction: %s", left, len(articles), error.what)
            break
    return answers


async def _extract(
    service: Service, chunk: Sequence[Located], until: float, gone: Callable[[], Awaitable[None]]
) -> list[Answer]:
    while True:
        try:
            return await service.extract(chunk, until=until, gone=gone)
        except BusyError as error:
            if time.monotonic() + error.retry_after >= until:
                raise
            await asyncio.sleep(error.retry_after)


def _chunks(articles: Sequence[Located]) -> Iterator[list[Located]]:
    chunk: list[Located] = []
    chars = 0
    for one in articles:
        size = len(one.article.text)
        if chunk and (len(chunk) == CHUNK_ARTICLES or chars + size > CHUNK_CHARS):
            yield chunk
            chunk, chars = [], 0
        chunk.append(one)
        chars += size
    if chunk:
        yield chunk


def results(asked: Asked, answers: Sequence[Answer], version: str) -> list[Any]:
    """Return one entry for each task.

    Args:
        asked: The request.
        answers: Of its first articles, in order.
        version: What an empty prediction is said to come from.
    """
    found = iter(answers)
    return [_entry(entry, asked, found, version) for entry in asked.entries]


def _entry(
    entry: Located | Reject, asked: Asked, answers: Iterator[Answer], version: str
) -> dict[str, Any] | list[Any]:
    empty: dict[str, Any] = {"model_version": version, "result": []}
    if asked.interface is None:
        return []  # not the task's fault: when the interface is mended it is asked for again
    if isinstance(entry, Reject):
        return _refused(entry, empty)
    answer = next(answers, None)
    if answer is None:
        return []
    if answer.reject is not None:
        return _refused(answer.reject, empty)
    extraction = Extraction.model_validate_json(answer.json)
    prediction = prediction_from_extraction(extraction, model_version(extraction.model))
    fitted = asked.interface.fit(prediction)
    return fitted if asked.drawn is None else within(fitted, asked.drawn)


def _refused(reject: Reject, empty: dict[str, Any]) -> dict[str, Any]:
    # Its place and reason: what was found there may be text of an article.
    _log.warning("no prediction for task %s of the request: %s", reject.line, reject.reason)
    return empty
