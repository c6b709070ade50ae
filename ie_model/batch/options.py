"""What a batch is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue

from ie_model.articles import DEFAULT_MAX_CHARS, StdinFormat
from ie_model.batch.formats import OutputFormat
from ie_model.errors import IeModelError
from ie_model.tagging.runtimes import Runtime


@dataclass(frozen=True, slots=True)
class Shard:
    """Every ``of``-th entry of the input, from the ``number``-th on: 1 to ``of``."""

    number: int = 1
    of: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise IeModelError(
                "no such shard",
                where="shard",
                found=str(self),
                expected="K/N with K from 1 to N, such as 3/16",
            )

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def holds(self, place: int) -> bool:
        """Whether the entry at ``place``, counted from 0, belongs to this shard."""
        return place % self.of == self.number - 1


def read_shard(text: str) -> Shard:
    """Read ``3/16``.

    Raises:
        IeModelError: It is no shard.

    Examples:
        >>> read_shard("3/16")
        Shard(number=3, of=16)
    """
    number, slash, of = text.partition("/")
    if not (slash and number.isascii() and number.isdigit() and of.isascii() and of.isdigit()):
        raise IeModelError("no such shard", where="shard", found=repr(text), expected="K/N, such as 3/16")
    return Shard(int(number), int(of))


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How a batch runs; ``chunk_*`` change speed and memory, never the output."""

    max_chars: int = DEFAULT_MAX_CHARS
    """Code points that an article may have, at least 1."""
    stdin_format: StdinFormat = "auto"
    """What ``-`` holds: ``auto``, ``text`` or ``jsonl``."""
    encoding: str = "utf-8"
    """Of text, JSON Lines and CSV: any of Python's text encodings."""
    limit: int | None = None
    """Articles and rejects, in order of reading, after which the run ends; at least 1."""
    form: OutputFormat = OutputFormat.JSONL
    """What is written."""
    fields: tuple[str, ...] = ()
    """Fields of an extraction that are written (:mod:`ie_model.batch.fields`); none for all."""
    shard: Shard = Shard()
    """The share of the input that this run extracts. Ids are compared over all of it."""
    min_confidence: float = 0.0
    """What the extractor was told: noted, so that a resumed run is called alike."""
    runtime: Runtime = Runtime.ONNXRUNTIME
    """What computes the extractor's encoder: noted for the same reason."""
    chunk_articles: int = 32
    """Articles (and rejects between them) handed on at a time, at least 1."""
    chunk_chars: int = 200_000
    """A chunk is closed when its articles have so many code points."""

    def __post_init__(self) -> None:
        for name in ("chunk_articles", "chunk_chars"):
            if getattr(self, name) < 1:
                raise IeModelError(
                    "too small", where=name, found=str(getattr(self, name)), expected="at least 1"
                )
        if self.fields and self.form is OutputFormat.XLSX:
            raise IeModelError(
                "a workbook is made of all fields",
                where="--fields",
                found=f"{','.join(self.fields)} with --format xlsx",
                mend="Leave --fields out, or name another format.",
            )

    def shown(self) -> dict[str, JsonValue]:
        """Return what the output depends on, for the summary."""
        return {
            "max_chars": self.max_chars,
            "stdin_format": self.stdin_format,
            "encoding": self.encoding,
            "limit": self.limit,
            "format": self.form.value,
            "fields": list(self.fields),
            "shard": str(self.shard),
            "min_confidence": self.min_confidence,
            "runtime": self.runtime.value,
        }
