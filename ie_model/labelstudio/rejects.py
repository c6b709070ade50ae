"""What push and pull could not use, as lines of a file: where it is, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ie_model.corpus.json_text import stable_json
from ie_model.corpus.store import Reject
from ie_model.errors import CorpusError
from ie_model.files import write_whole


def refuse(source: str, what: str, article_id: str | None = None, *, mend: str | None = None) -> Reject:
    """Return the reject that says ``what`` is wrong at ``source``."""
    return Reject(source, CorpusError(what, where=source, mend=mend), article_id)


def write_rejects(rejects: Iterable[Reject], path: Path) -> Path | None:
    """Write one line a reject to ``path`` and return it; None, and no file left there, if there are none.

    Raises:
        OutputError: The file cannot be written.
    """
    lines = list(_lines(rejects))
    if not lines:
        path.unlink(missing_ok=True)
        return None
    write_whole(path, "".join(f"{line}\n" for line in lines))
    return path


def _lines(rejects: Iterable[Reject]) -> Iterator[str]:
    for reject in rejects:
        yield stable_json({"source": reject.source, "id": reject.article_id, "reason": str(reject.error)})
