"""Bytes on their way to a reader: from pieces that come one by one, by the line, and with a bound.

Lines are read with a bound, so that one line of any length costs neither memory nor the run: what cannot
hold an article of ``max_chars`` even with every character escaped is passed over and named. A line that
does not end for a gigabyte is no line of articles; the rest of its file is not read, so that an archive
of a terabyte of zeros costs about a second.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from typing import BinaryIO, Protocol, cast

from ie_model.articles.rejects import RefusedError, RejectCode

#: Bytes of one character in JSON, at most: a surrogate pair of two \\uXXXX escapes.
ESCAPED_BYTES_PER_CHAR = 12
#: Bytes that a line may have beside its text (id and meta).
META_BYTES = 1 << 20
#: Bytes (of CSV: characters) of one line or row that are passed over before the file is given up.
MAX_PASSED_OVER = 1 << 30
#: Bytes asked of a source at a time.
CHUNK = 1 << 16

NumberedLine = tuple[int, bytes | RefusedError]


class LineStream(Protocol):
    """Bytes that can be read by the line."""

    def readline(self, size: int = ..., /) -> bytes:
        """Return the next line with its end, or its first ``size`` bytes; nothing at the end."""
        ...


def line_limit(max_chars: int) -> int:
    """Bytes that the line of an article of ``max_chars`` can have."""
    return ESCAPED_BYTES_PER_CHAR * max_chars + META_BYTES


def bounded_lines(
    stream: LineStream, max_chars: int, *, max_passed_over: int = MAX_PASSED_OVER
) -> Iterator[NumberedLine]:
    r"""Yield 1-based numbers and lines (with their ``\n``), or the refusal of a line that is too long."""
    limit = line_limit(max_chars)
    for number in itertools.count(1):
        line = stream.readline(limit + 1)
        if not line:
            return
        if len(line) <= limit or line.endswith(b"\n"):
            yield number, line
            continue
        passed = len(line)
        while line and not line.endswith(b"\n") and passed <= max_passed_over:
            line = stream.readline(limit)
            passed += len(line)
        if passed > max_passed_over and not line.endswith(b"\n"):
            yield number, endless_refusal("line", f"over {max_passed_over} bytes")
            return
        yield number, _too_long(limit, max_chars)


def _too_long(limit: int, max_chars: int) -> RefusedError:
    return RefusedError(
        RejectCode.LINE_TOO_LONG,
        "the line is too long",
        found=f"over {limit} bytes",
        expected=f"an article of at most {max_chars} characters",
        mend="Split it, or raise --max-chars.",
    )


def endless_refusal(what: str, found: str) -> RefusedError:
    """The refusal of a line or row that does not end, and of all behind it."""
    return RefusedError(
        RejectCode.LINE_TOO_LONG,
        f"the {what} does not end; the rest of the file was not read",
        found=found,
    )


class PieceStream(io.RawIOBase):
    """Pieces of bytes as one file: they are asked for when they are read, and one is held at a time."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Fill ``buffer`` with what one piece still has; return the number of bytes, 0 at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def from_pieces(pieces: Iterator[bytes]) -> BinaryIO:
    """Return the file that ``pieces`` make."""
    return cast(BinaryIO, io.BufferedReader(PieceStream(pieces), CHUNK))


def read_some(stream: BinaryIO, size: int = CHUNK) -> bytes:
    """Return what ``stream`` has at hand, at most ``size`` bytes; nothing only at its end."""
    # A pipe gives what it holds, so that the articles of a slow one come out as they arrive.
    read1 = getattr(stream, "read1", None)
    data: bytes | None = read1(size) if read1 is not None else stream.read(size)
    return data or b""


def looked_into(stream: BinaryIO, size: int) -> tuple[bytes, BinaryIO]:
    r"""Return the first bytes of ``stream``, up to ``size`` or a ``\n``, and a stream that still has them."""
    head = stream.readline(size)
    return head, cast(BinaryIO, _Rejoined(head, stream))


class _Rejoined:
    """A stream with some bytes put back before it; only what the readers of standard input ask for."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = head
        self._stream = stream

    def readline(self, size: int) -> bytes:
        head, self._head = self._head, b""
        if head.endswith(b"\n") or len(head) >= size:
            return head
        return head + self._stream.readline(size - len(head))

    def read1(self, size: int) -> bytes:
        head, self._head = self._head, b""
        return head or read_some(self._stream, size)
