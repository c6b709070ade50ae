"""How far a run has come, in a form that survives it: the checkpoint.

A checkpoint holds how many entries of the input are written, how long each output file is by then, the counts
so far, and a digest of the entries themselves. The run that goes on reads the input from its beginning,
passes over as many entries, and refuses to go on when their digest is another: the input has changed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from ie_model.articles import Located, Reject
from ie_model.batch.summary import Counts
from ie_model.errors import OutputError
from ie_model.files import write_whole
from ie_model.schema import ModelInfo

CHECKPOINT: Final = "checkpoint.json"
CALL: Final = "call.json"
DIGEST_BYTES: Final = 16


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Call(_Stored):
    """What makes a run's output what it is: who goes on with it must ask for the same."""

    version: str
    """Of this package."""
    model: ModelInfo
    options: dict[str, JsonValue]

    def require_same(self, other: Call, where: Path) -> None:
        """Raise :class:`OutputError` unless ``other`` asks for the same."""
        mine, theirs = self._parts(), other._parts()
        for name in sorted(mine.keys() | theirs.keys()):
            if mine.get(name) != theirs.get(name):
                raise OutputError(
                    "the unfinished run was called otherwise",
                    where=str(where),
                    found=f"{name} {theirs.get(name)!r}",
                    expected=f"{name} {mine.get(name)!r}",
                    mend="Call it as before, or begin anew with --restart.",
                )

    def _parts(self) -> dict[str, JsonValue]:
        model = f"{self.model.name} {self.model.version}"
        return {"version": self.version, "model": model, **self.options}


class Checkpoint(_Stored):
    """Where a run stands."""

    stage: Literal["writing", "placing"] = "writing"
    """``placing``: everything is written, and the files are being renamed to their places."""
    entries: int = 0
    """Articles and rejects that are written."""
    digest: str = ""
    """Of these entries, chained: see :func:`chain`."""
    sizes: dict[str, int] = Field(default_factory=dict)
    """Bytes of each output file."""
    counts: Counts = Field(default_factory=Counts)

    def save(self, folder: Path) -> None:
        """Write it into ``folder``, whole or not at all."""
        write_whole(folder / CHECKPOINT, self.model_dump_json())


def read_checkpoint(folder: Path) -> Checkpoint | None:
    """Return the checkpoint in ``folder``; None where there is none.

    Raises:
        OutputError: It is damaged.
    """
    return _read(folder / CHECKPOINT, Checkpoint)


def read_call(folder: Path) -> Call | None:
    """Return the call that began the run in ``folder``; None where there is none.

    Raises:
        OutputError: It is damaged.
    """
    return _read(folder / CALL, Call)


_Model = TypeVar("_Model", bound=BaseModel)


def _read(path: Path, model: type[_Model]) -> _Model | None:
    try:
        return model.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise OutputError(
            "the state of the unfinished run cannot be read",
            where=str(path),
            found=str(error).splitlines()[0],
            mend="Begin anew with --restart.",
        ) from error


def chain(digest: str, entry: Located | Reject) -> str:
    """Return the digest of all entries up to ``entry``, of which ``digest`` stands for those before it."""
    if isinstance(entry, Reject):
        own = entry.model_dump_json()
    else:
        own = f"{entry.article.id}\0{entry.article.text}\0{entry.article.meta!r}"
    return hashlib.blake2b((digest + own).encode("utf-8"), digest_size=DIGEST_BYTES).hexdigest()
