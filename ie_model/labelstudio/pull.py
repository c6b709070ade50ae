"""Annotations out of a project, into a folder that training reads: one file an article.

Three places: ``FOLDER`` holds articles that can be used, each with every annotator's annotation;
``FOLDER.unused`` those that cannot (only skipped, or with an error that the check names), just as whole;
``FOLDER.rejects.jsonl`` says why, a line each. An article moves from one folder to the other when its
annotations are mended and pulled again.

A file is not replaced by one that holds fewer annotations, or another text: what an annotator wrote may stand
nowhere else any more. ``replace`` says that it may go.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ie_model.corpus.check import CheckReport, check_corpus
from ie_model.corpus.findings import Finding
from ie_model.corpus.json_text import stable_json
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import Reject, safe_name
from ie_model.errors import OutputError
from ie_model.files import write_whole
from ie_model.labelstudio.client import LabelStudio
from ie_model.labelstudio.incoming import Incoming, article_id, incoming
from ie_model.labelstudio.index import Index, task_link, write_index
from ie_model.labelstudio.project import Project
from ie_model.labelstudio.rejects import refuse, write_rejects

CHUNK: Final = 100
"""Tasks of one export: a megabyte or two, under a second; each task is read at one moment."""
THIN_DATA: Final = frozenset({"few-articles", "few-mentions"})
"""Findings about a whole corpus, which a pull is only a part of."""


@dataclass(slots=True)
class PullReport:
    """What a pull did.

    Attributes:
        written: Articles whose file is new or has changed.
        unchanged: Articles whose file was as it is.
        empty: Articles, of these, whose annotation says that nothing is there.
        annotations: In all files, cancelled ones too.
        waiting: Tasks that nobody has annotated.
        drafts: Tasks with a draft that was not submitted.
        gone: Tasks that were deleted while they were pulled.
        rejects: What cannot be used.
        rejects_file: Where these are named; None if there are none.
        check: The check of the articles.
    """

    written: int = 0
    unchanged: int = 0
    empty: int = 0
    annotations: int = 0
    waiting: int = 0
    drafts: int = 0
    gone: int = 0
    rejects: list[Reject] = field(default_factory=list)
    rejects_file: Path | None = None
    check: CheckReport = field(default_factory=lambda: CheckReport(0, 0, ()))


Observer = Callable[[int, int], None]
"""Called with the tasks that were read and all there are."""


def unused_folder(folder: Path) -> Path:
    """Return where articles that cannot be used are kept."""
    return folder.with_name(f"{folder.name}.unused")


def rejects_file(folder: Path) -> Path:
    """Return the file that says why."""
    return folder.with_name(f"{folder.name}.rejects.jsonl")


def pull(
    client: LabelStudio,
    project: Project,
    folder: Path,
    *,
    replace: bool = False,
    observe: Observer | None = None,
) -> PullReport:
    """Write the annotated articles of ``project`` into ``folder``.

    Every file is written whole or not at all, and only where its bytes change. Files of articles that the
    project does not have are left alone.

    Args:
        client: The server.
        project: Its labels are those that are known.
        folder: Made if need be.
        replace: Let files go that hold more than the server does.
        observe: Told how far it is.

    Raises:
        LabelStudioError: The server is away for too long, or the project is gone; nothing was written then.
        OutputError: A file cannot be written.
    """
    report = PullReport()
    tasks = list(_exported(client, project, report, observe))
    users = client.users()
    articles = list(_articles(tasks, users, project.labels))
    findings: list[Finding] = []
    usable: list[AnnotatedArticle] = []
    names: dict[str, int] = {}
    for one in articles:
        if not _keep(one, folder, client.url, project.id, report, replace=replace):
            continue
        names[one.article_id] = one.tasks[0]
        report.annotations += len(one.file["annotations"])
        findings += one.findings
        if one.article is not None:
            usable.append(one.article)
            report.empty += not one.article.mentions
    if names:
        write_index(Index(client.url, project.id, names), folder)
    report.check = _check(usable, findings, project.labels)
    report.rejects_file = write_rejects(report.rejects, rejects_file(folder))
    return report


def _check(
    articles: Sequence[AnnotatedArticle], findings: Sequence[Finding], labels: Sequence[str]
) -> CheckReport:
    """Return what is known of each article, and of them among themselves but for there being few of them."""
    report = check_corpus(articles, labels=labels)
    known = set(findings)
    more = [one for one in report.findings if one not in known and one.code not in THIN_DATA]
    return CheckReport(report.articles, report.mentions, (*findings, *more))


def _exported(
    client: LabelStudio, project: Project, report: PullReport, observe: Observer | None
) -> Iterator[Mapping[str, Any]]:
    listed = list(client.tasks(project.id))
    report.drafts = sum(bool(task.get("drafts")) for task in listed)
    annotated = [task for task in listed if task["total_annotations"] or task["cancelled_annotations"]]
    report.waiting = len(listed) - len(annotated)
    numbers = [int(task["id"]) for task in annotated]
    for start in range(0, len(numbers), CHUNK):
        chunk = numbers[start : start + CHUNK]
        found = client.export(project.id, chunk)
        report.gone += len(chunk) - len(found)
        yield from sorted(found, key=lambda task: int(task["id"]))
        if observe is not None:
            observe(start + len(chunk), len(numbers))


def _articles(
    tasks: Sequence[Mapping[str, Any]], users: Mapping[int, str], labels: Sequence[str]
) -> Iterator[Incoming]:
    seen: set[str] = set()
    for group in _grouped(tasks):
        one = incoming(group, users, labels)
        yield one.apart() if one.article_id in seen else one
        seen.add(one.article_id)


def _grouped(tasks: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Put tasks of one article together: same id, same data."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for task in tasks:
        groups[article_id(task), str(task["data"].get("text"))].append(task)
    return list(groups.values())


def _keep(one: Incoming, folder: Path, url: str, project: int, report: PullReport, *, replace: bool) -> bool:
    """Write the file of an article where it belongs; whether it was."""
    source = task_link(url, project, one.tasks[0])
    name = f"{safe_name(one.article_id)}.json"
    used, unused = folder / name, unused_folder(folder) / name
    here, elsewhere = (unused, used) if one.reason is not None else (used, unused)
    for path in (used, unused):
        lost = None if replace else _lost(path, one.file)
        if lost is not None:
            mend = "Keep it, or let it go with --replace."
            report.rejects.append(
                refuse(source, f"{path} was left as it is: {lost}", one.article_id, mend=mend)
            )
            return False
    text = stable_json(one.file, indent=1) + "\n"
    if here.is_file() and here.read_bytes() == text.encode("utf-8"):
        report.unchanged += 1
    else:
        write_whole(here, text)
        report.written += 1
    _remove(elsewhere)
    if one.reason is not None:
        report.rejects.append(refuse(source, one.reason, one.article_id))
    return True


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"cannot remove: {error.strerror or error}", where=str(path)) from error


def _lost(path: Path, file: Mapping[str, Any]) -> str | None:
    """What ``path`` holds that ``file`` does not; None if nothing."""
    try:
        old = json.loads(path.read_text(encoding="utf-8"))
        text, annotations = old["data"]["text"], old["annotations"]
        before = Counter(_annotator(one) for one in annotations)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return "it is no task that could be compared"
    if text != file["data"]["text"]:
        return "it holds another text of this article"
    now = Counter(_annotator(one) for one in file["annotations"])
    unnamed = before.pop(None, 0)
    missing = before - now
    if missing:
        shown = ", ".join(sorted(str(name) for name in missing))
        return f"the server has fewer annotations of {shown}"
    if unnamed + before.total() > now.total():
        return f"it holds {unnamed + before.total()} annotations, the server {now.total()}"
    return None


def _annotator(annotation: Mapping[str, Any]) -> str | None:
    who = annotation.get("completed_by")
    return str(who["email"]) if isinstance(who, Mapping) and who.get("email") else None
