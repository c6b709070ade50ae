"""The annotated corpus on disk: load it, save it, and name exactly which data it is.

:func:`read_corpus` goes on past what it cannot read and hands it over as :class:`Reject`; a trainer calls
:func:`load_corpus`, which takes a sound corpus or raises. The whole corpus is held in memory (about 12 kB
an article): training needs it there anyway.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ie_model.corpus.gold_jsonl import article_from_line
from ie_model.corpus.json_text import decode, digits_of, parse_json, stable_json
from ie_model.corpus.labelstudio_json import article_from_task, task_from_article
from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.corpus.tagged_lines import SUFFIXES, articles_from_tagged
from ie_model.errors import CorpusError
from ie_model.files import write_whole

FOLDS_FILE: Final = "folds.json"
"""The one ``.json`` file of a corpus folder that is no task: article id to fold."""

_UNSAFE: Final = re.compile(r"[^\w.-]+|^[.-]+")
_NAME_LENGTH: Final = 60
"""Characters of a safe name; Persian letters take two bytes of the 255 that file systems allow."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A task, line or file that could not be read, and why."""

    source: str
    error: CorpusError
    article_id: str | None = None


def read_corpus(
    paths: Iterable[str | Path], *, annotator: int | str | None = None
) -> Iterator[AnnotatedArticle | Reject]:
    """Yield every annotated article under ``paths``, in order, and a :class:`Reject` for each failure.

    Args:
        paths: Folders of tasks (``*.json``, recursively, sorted by name; hidden files and ``folds.json``
            are passed over), ``.json`` files (one task, or a list: a Label Studio export), gold ``.jsonl``,
            tagged sentences of other corpora (:mod:`ie_model.corpus.tagged_lines`).
        annotator: See :func:`ie_model.corpus.labelstudio_json.article_from_task`.

    Raises:
        CorpusError: A path does not exist, is of another kind, or is a folder without tasks.
    """
    for path in map(Path, paths):
        if path.is_dir():
            found = False
            for item in _task_files(path, frozenset()):
                found = True
                yield from [item] if isinstance(item, Reject) else _read_tasks(item, annotator)
            if not found:
                raise CorpusError("the folder holds no task", where=str(path), expected="*.json files")
        elif path.suffix == ".json":
            yield from _read_tasks(_existing(path), annotator)
        elif path.suffix == ".jsonl":
            yield from _read_lines(_existing(path))
        elif path.suffix in SUFFIXES:
            yield from _read_tagged(_existing(path))
        else:
            _existing(path)
            raise CorpusError(
                "not a corpus",
                where=str(path),
                expected="a folder of Label Studio tasks, a .json export, a gold .jsonl file, "
                f"or tagged sentences ({', '.join(SUFFIXES)})",
            )


def read_task_files(paths: Iterable[str | Path]) -> Iterator[tuple[str, Any] | Reject]:
    """Yield every task under ``paths`` as JSON with its place, annotations and all, nothing chosen.

    Args:
        paths: Folders of tasks and ``.json`` files, as :func:`read_corpus` takes them.

    Raises:
        CorpusError: A path does not exist, or is a folder without tasks.
    """
    for path in map(Path, paths):
        files = list(_task_files(path, frozenset())) if path.is_dir() else [_existing(path)]
        if not files:
            raise CorpusError("the folder holds no task", where=str(path), expected="*.json files")
        for file in files:
            try:
                tree = file if isinstance(file, Reject) else parse_json(_read(file), str(file))
            except CorpusError as error:
                tree = Reject(str(file), error)
            if isinstance(tree, Reject):
                yield tree
            elif isinstance(tree, list):
                yield from ((f"{file}[{place}]", task) for place, task in enumerate(tree))
            else:
                yield str(file), tree


def load_corpus(paths: Sequence[str | Path]) -> list[AnnotatedArticle]:
    """Return every annotated article under ``paths``, in order.

    Args:
        paths: See :func:`read_corpus`.

    Raises:
        CorpusError: Whatever :func:`read_corpus` rejects or notes as an error, and an id that occurs
            twice.
    """
    articles: dict[str, AnnotatedArticle] = {}
    for item in read_corpus(paths):
        if isinstance(item, Reject):
            raise item.error
        errors = [note for note in item.notes if note.severity == "error"]
        if errors:
            raise CorpusError(
                errors[0].message,
                where=f"{errors[0].where}, article {item.id}",
                mend=errors[0].mend or "See: ie-model data check",
            )
        if item.id in articles:
            raise CorpusError(
                f"the article id {item.id!r} occurs twice",
                where=item.source,
                found=f"it in {articles[item.id].source} too",
                mend="Give each path once, and each article its own id.",
            )
        articles[item.id] = item
    return list(articles.values())


def save_corpus(articles: Iterable[AnnotatedArticle], folder: str | Path) -> list[Path]:
    """Write each article as a Label Studio task of its own and return the files, in the same order.

    A file that stands there under the same name is replaced, whole or not at all.

    Raises:
        CorpusError: Two articles share an id, or a file cannot be written.
    """
    written: dict[Path, None] = {}
    for article in articles:
        path = Path(folder) / f"{safe_name(article.id)}.json"
        if path in written:
            raise CorpusError(f"two articles have the id {article.id!r}", where=str(path))
        write_whole(path, stable_json(task_from_article(article), indent=1) + "\n")
        written[path] = None
    return list(written)


def safe_name(article_id: str) -> str:
    """Return a file name (without suffix) for ``article_id``: itself where it is safe on every system.

    Other ids keep what is safe of them and get eight hex digits of their SHA-256, so that different
    ids have different names.
    """
    name = _UNSAFE.sub("_", article_id)[:_NAME_LENGTH] or "_"
    if name == article_id and f"{name}.json" != FOLDS_FILE:
        return name
    return f"{name}-{hashlib.sha256(article_id.encode('utf-8')).hexdigest()[:8]}"


def fingerprint(articles: Iterable[AnnotatedArticle]) -> str:
    """Return the SHA-256, in hex, of what these articles teach: ids, texts, mentions, values, records.

    It does not depend on the order of articles, on the storage format, on mention ids, on metadata, or
    on which relations draw the same records.
    """
    lines = sorted(stable_json(_canonical(article)) for article in articles)
    return hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest()


def _canonical(article: AnnotatedArticle) -> list[Any]:
    ordered = sorted(article.mentions, key=lambda mention: (mention.start, mention.end, mention.label))
    place = {mention.id: number for number, mention in enumerate(ordered)}
    records = sorted(
        [sorted(map(place.__getitem__, ids)) for ids in (record.quantities, record.institutions)]
        for record in article.records
    )
    return [article.id, article.text, [_canonical_mention(mention) for mention in ordered], records]


def _canonical_mention(mention: GoldMention) -> list[Any]:
    value = mention.value
    numbers = [] if value is None else [value.value, value.low, value.high]
    digits = [None if number is None else digits_of(number) for number in numbers]
    return [mention.label, mention.start, mention.end, digits, None if value is None else value.unit]


def _existing(path: Path) -> Path:
    # A link that leads nowhere or round in a circle is there, and its error comes on reading it.
    if not path.exists() and not path.is_symlink():
        raise CorpusError("no such file or folder", where=str(path))
    return path


def _task_files(folder: Path, ancestors: frozenset[Path]) -> Iterator[Path | Reject]:
    try:
        real = folder.resolve(strict=True)
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        yield Reject(str(folder), _unreadable(folder, error))
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_symlink() and not entry.exists():
            yield _bad_link(entry, "the link leads nowhere or round in a circle")
        elif entry.is_dir():
            if entry.resolve() in ancestors | {real}:
                yield _bad_link(entry, "the link leads back to a folder above it")
            else:
                yield from _task_files(entry, ancestors | {real})
        elif entry.suffix == ".json" and entry.name != FOLDS_FILE:
            yield entry


def _bad_link(link: Path, what: str) -> Reject:
    return Reject(str(link), CorpusError(what, where=str(link)))


def _read_tasks(path: Path, annotator: int | str | None) -> Iterator[AnnotatedArticle | Reject]:
    try:
        tree = parse_json(_read(path), str(path))
    except CorpusError as error:
        yield Reject(str(path), error)
        return
    many = isinstance(tree, list)
    for place, task in enumerate(tree if many else [tree]):
        where = f"{path}[{place}]" if many else str(path)
        try:
            yield article_from_task(task, where, annotator=annotator)
        except CorpusError as error:
            yield Reject(where, error, id_of(task.get("data") if isinstance(task, dict) else None))


def corpus_lines(path: Path) -> list[tuple[str, str]]:
    """Return the lines of a JSON Lines file that are not blank, each with its place (``file:number``).

    Raises:
        CorpusError: The file cannot be read, or is not UTF-8.
    """
    # Not splitlines(): U+2028 and its like may stand inside a JSON string.
    lines = enumerate(_read(path).split("\n"), start=1)
    return [(f"{path}:{number}", line) for number, line in lines if line.strip()]


def _read_lines(path: Path) -> Iterator[AnnotatedArticle | Reject]:
    try:
        lines = corpus_lines(path)
    except CorpusError as error:
        yield Reject(str(path), error)
        return
    for where, line in lines:
        try:
            yield article_from_line(line, where)
        except CorpusError as error:
            yield Reject(where, error, _id_in_line(line))


def _read_tagged(path: Path) -> Iterator[AnnotatedArticle | Reject]:
    try:
        text = _read(path)
    except CorpusError as error:
        yield Reject(str(path), error)
        return
    for item in articles_from_tagged(text, path):
        yield Reject(str(path), item) if isinstance(item, CorpusError) else item


def id_of(tree: Any) -> str | None:
    """Return the article id of a JSON object, None where it has none that is text."""
    article_id = tree.get("id") if isinstance(tree, dict) else None
    return article_id if isinstance(article_id, str) else None


def _id_in_line(line: str) -> str | None:
    try:
        return id_of(parse_json(line, ""))
    except CorpusError:
        return None


def _read(path: Path) -> str:
    try:
        return decode(path.read_bytes(), str(path))
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> CorpusError:
    return CorpusError(f"cannot read: {error.strerror or error}", where=str(path))
