"""From article files to the queue's task list: read, asked about, put in order, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import Reject
from ie_model.errors import CorpusError
from ie_model.extractor import Extractor
from ie_model.labelstudio.candidates import candidates, known_of
from ie_model.labelstudio.outgoing import Outgoing, read_outgoing
from ie_model.labelstudio.predictions import prediction_from_extraction
from ie_model.labelstudio.queueing import Choice, in_words, order
from ie_model.schema import text_sha256


@dataclass(frozen=True)
class Queue:
    """The queue: tasks and why each stands where it stands, best first; what was passed over or rejected."""

    tasks: list[dict[str, Any]]
    choices: list[Choice]
    annotated: int
    rejects: list[Reject]


def queue_tasks(
    extractor: Extractor,
    paths: Sequence[Path],
    annotated: Sequence[AnnotatedArticle],
    *,
    budget: int | None = None,
) -> Queue:
    """Return the articles under ``paths`` as tasks, the most useful to annotate first.

    Articles with a submitted annotation, or with the text of an annotated article, are passed over; of two
    articles with one id the second is rejected.

    Args:
        extractor: Whose doubts count.
        paths: As :func:`ie_model.labelstudio.outgoing.read_outgoing` takes them.
        annotated: What is annotated already.
        budget: How many; None for all.

    Raises:
        ArticleError: A path does not exist.
        CorpusError: Likewise.
    """
    done = {text_sha256(article.text) for article in annotated}
    waiting: dict[str, Outgoing] = {}
    rejects: list[Reject] = []
    passed = 0
    for item in read_outgoing(paths):
        if isinstance(item, Reject):
            rejects.append(item)
        elif _is_annotated(item) or text_sha256(item.article.text) in done:
            passed += 1
        elif item.article.id in waiting:
            error = CorpusError("the article id occurs twice", where=item.source)
            rejects.append(Reject(item.source, error, item.article.id))
        else:
            waiting[item.article.id] = item
    read = candidates(extractor, [item.article for item in waiting.values()])
    known = known_of(extractor, annotated)
    choices = order([candidate for candidate, _ in read], known, budget=budget)
    extractions = {candidate.id: extraction for candidate, extraction in read}
    tasks = []
    for choice in choices:
        task = waiting[choice.candidate.id].task(prediction_from_extraction(extractions[choice.candidate.id]))
        task["data"] |= {"priority": choice.priority, "reason": in_words(choice)}
        tasks.append(task)
    return Queue(tasks, choices, passed, rejects)


def _is_annotated(item: Outgoing) -> bool:
    return any(not annotation["was_cancelled"] for annotation in item.annotations)
