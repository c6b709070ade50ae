"""From the annotations of the ledger to a corpus folder that training reads, and what does not go in.

An article is a file with all of its annotations, as an export has them; which one trains is the corpus
reader's choice. What the corpus check finds wrong goes to ``rejects.jsonl`` with its reason, and stays in the
ledger: when the annotator mends it, it trains.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ie_model.corpus.article_checks import check_article
from ie_model.corpus.json_text import parse_json, plain_json, stable_json
from ie_model.corpus.labelstudio_json import article_from_task
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import safe_name
from ie_model.errors import CorpusError
from ie_model.files import write_whole
from ie_model.serve.backend.ledger import Row

CORRECTIONS: Final = "corrections"
REJECTS: Final = "rejects.jsonl"


@dataclass(frozen=True)
class Corrected:
    """An article that trains: as it was read, and as it is written."""

    article: AnnotatedArticle
    task: dict[str, Any]


@dataclass(frozen=True)
class Reject:
    """A task that does not, and why."""

    task: int
    reason: str


def write_corrections(rows: Sequence[Row], folder: Path, labels: Collection[str]) -> tuple[int, int]:
    """Write the corpus and its rejects into ``folder``; return how many of each.

    Args:
        rows: In the order in which they were written.
        folder: Gets ``corrections/``, whose files are replaced, and ``rejects.jsonl``.
        labels: Those that are known.

    Raises:
        OutputError: A file cannot be written.
    """
    corrected, rejects = sort_out(rows, labels)
    for one in corrected:
        text = stable_json(one.task, indent=1) + "\n"
        write_whole(folder / CORRECTIONS / f"{safe_name(one.article.id)}.json", text)
    lines = (json.dumps({"task": one.task, "reason": one.reason}, ensure_ascii=False) for one in rejects)
    write_whole(folder / REJECTS, "".join(f"{line}\n" for line in lines))
    return len(corrected), len(rejects)


def sort_out(rows: Sequence[Row], labels: Collection[str]) -> tuple[list[Corrected], list[Reject]]:
    """Return the articles that train, each id and each text once (the newest stands), and the rejects."""
    tasks: dict[int, list[Row]] = {}
    for row in rows:
        tasks.setdefault(row.task, []).append(row)
    newest_first = sorted(tasks.items(), key=lambda item: max(row.event for row in item[1]), reverse=True)
    corrected: list[Corrected] = []
    rejects: list[Reject] = []
    taken: dict[str, int] = {}
    for number, annotated in newest_first:
        try:
            one = _correct(number, annotated, labels)
            for mark in (f"id {one.article.id}", f"text {one.article.text}"):
                if mark in taken:
                    raise CorpusError(f"task {taken[mark]}, annotated later, is the same article")
        except CorpusError as error:
            rejects.append(Reject(number, str(error)))
            continue
        taken[f"id {one.article.id}"] = taken[f"text {one.article.text}"] = number
        corrected.append(one)
    return corrected, rejects


def _correct(number: int, rows: Sequence[Row], labels: Collection[str]) -> Corrected:
    where = f"task {number}"
    task = {
        "id": number,
        "data": parse_json(rows[-1].data, where),
        "annotations": [parse_json(row.body, where) for row in rows],
    }
    article = article_from_task(task, where)
    for finding in check_article(article, labels):
        if finding.severity == "error":
            raise CorpusError(f"{finding.code}: {finding.message}", where=finding.where)
    written = plain_json({**task, "data": {**task["data"], "id": article.id}}, where)
    return Corrected(article, written)
