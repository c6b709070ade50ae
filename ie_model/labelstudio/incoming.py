"""One task of an export as the file that pull keeps: what annotators wrote, and nothing of the server.

Results stand in the file as the server has them, other results than spans and relations too. Numbers and
times of the server are left out, so that the same annotations give the same bytes from every project and
after every round trip; annotators are named by e-mail address. Annotations are listed oldest first. The
prediction that one started from is kept with it, for acceptance to be measured.

The price of portable files: they say neither the task's number nor when an annotation was made. The
numbers stand in the folder's index (:mod:`ie_model.labelstudio.index`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ie_model.corpus.article_checks import check_article
from ie_model.corpus.findings import Finding
from ie_model.corpus.labelstudio_json import article_from_task
from ie_model.corpus.model import AnnotatedArticle
from ie_model.errors import CorpusError
from ie_model.labelstudio.outgoing import META_KEY, STARTED_FROM

_PREDICTION_KEYS: Final = ("model_version", "result", "score")


@dataclass(frozen=True, slots=True)
class Incoming:
    """An article with all its annotations, as pulled.

    Attributes:
        article_id: As the corpus reads it.
        tasks: Numbers of the tasks it came from; more than one where it was imported twice.
        file: What is written.
        article: As training reads it; None if it cannot be used.
        findings: What the check says of the annotation that training takes, and of each of the others.
        reason: Why it cannot be used; None if it can.
    """

    article_id: str
    tasks: tuple[int, ...]
    file: Mapping[str, Any]
    article: AnnotatedArticle | None
    findings: tuple[Finding, ...]
    reason: str | None

    def apart(self) -> Incoming:
        """Return it under a name of its own, not to be used: the project has another text under its id."""
        reason = f"the project has another text under the article id {self.article_id!r}"
        name = f"{self.article_id}.task-{self.tasks[0]}"
        return replace(self, article_id=name, article=None, findings=(), reason=reason)


def incoming(tasks: Sequence[Mapping[str, Any]], users: Mapping[int, str], labels: Sequence[str]) -> Incoming:
    """Return the article of ``tasks``, which have one id and one text between them.

    Args:
        tasks: As exported.
        users: E-mail address by number.
        labels: That are known.
    """
    first = tasks[0]
    numbers = tuple(int(task["id"]) for task in tasks)
    given = [(task, one) for task in tasks for one in task["annotations"]]
    given.sort(key=lambda pair: (str(pair[1].get("updated_at") or ""), int(pair[1].get("id") or 0)))
    annotations = [_annotation(task, one, users) for task, one in given]
    data = dict(first["data"])
    if not data.get("id"):
        data["id"] = article_id(first)
    file = {"data": data, "annotations": annotations}
    where = f"task {', '.join(map(str, numbers))}"
    article, findings, reason = _read(file, annotations, where, labels)
    return Incoming(str(data["id"]), numbers, file, article, findings, reason)


def article_id(task: Mapping[str, Any]) -> str:
    """Return our id of an exported task's article; a task that was not pushed by us has one by its number."""
    given = task["data"].get("id")
    return str(given) if given else f"task-{task['id']}"


def _annotation(
    task: Mapping[str, Any], given: Mapping[str, Any], users: Mapping[int, str]
) -> dict[str, Any]:
    kept: dict[str, Any] = {"result": given.get("result") or []}
    kept |= {key: True for key in ("was_cancelled", "ground_truth") if given.get(key)}
    if given.get("lead_time") is not None:
        kept["lead_time"] = given["lead_time"]
    number = given.get("completed_by")
    if number is not None:
        kept["completed_by"] = {"email": users.get(int(number), f"user-{number}")}
    started = given.get("prediction") or _started_from(task, given)
    if started:
        kept["prediction"] = {key: started[key] for key in _PREDICTION_KEYS if started.get(key) is not None}
    return kept


def _started_from(task: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What push left in the task's ``meta``, for an annotation that came by it."""
    ours = (task.get("meta") or {}).get(META_KEY)
    kept = ours.get(STARTED_FROM) if isinstance(ours, Mapping) else None
    found = kept.get(str(given.get("import_id"))) if isinstance(kept, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _read(
    file: Mapping[str, Any], annotations: Sequence[Mapping[str, Any]], where: str, labels: Sequence[str]
) -> tuple[AnnotatedArticle | None, tuple[Finding, ...], str | None]:
    try:
        article = article_from_task(file, where)
    except CorpusError as error:
        if annotations and all(one.get("was_cancelled") for one in annotations):
            return None, (), "every annotation of it was cancelled (skipped)"
        return None, (), str(error)
    findings = list(check_article(article, labels))
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        return None, (), f"{errors[0].where}: {errors[0].message}. {errors[0].mend}{more}"
    return article, (*findings, *_of_others(file, annotations, where, labels)), None


def _of_others(
    file: Mapping[str, Any], annotations: Sequence[Mapping[str, Any]], where: str, labels: Sequence[str]
) -> list[Finding]:
    """Check every submitted annotation by itself where there are several."""
    submitted = [one for one in annotations if not one.get("was_cancelled")]
    findings: list[Finding] = []
    for annotation in submitted if len(submitted) > 1 else []:
        who = (annotation.get("completed_by") or {}).get("email", "unknown")
        place = f"{where}, by {who}"
        try:
            alone = article_from_task({**file, "annotations": [annotation]}, place)
        except CorpusError as error:
            findings.append(Finding("warning", "unreadable-annotation", "", place, str(error)))
            continue
        findings += [
            Finding("warning", found.code, found.article_id, found.where, found.message, found.mend)
            for found in check_article(alone, labels)
            if found.severity == "error"
        ]
    return findings
