"""Plain text and JSON Lines, as they are or compressed: bytes in, rows out.

Lines are read with a bound, so that one line of any length costs neither memory nor the run: what
cannot hold an article of ``max_chars`` even with every character escaped is passed over and named.
Compressed files are unpacked on the way, a buffer at a time, under the same bound.
"""

from __future__ import annotations

import codecs
import gzip
import itertools
import json
import lzma
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Protocol

from ie_model.articles.check import Row
from ie_model.articles.rejects import Place, RefusedError, Reject, RejectCode, quote

#: Bytes of one character in UTF-8, at most.
BYTES_PER_CHAR = 4
#: Bytes of one character in JSON, at most: a surrogate pair of two \\uXXXX escapes.
ESCAPED_BYTES_PER_CHAR = 12
#: Bytes that a line may have beside its text (id and meta).
META_BYTES = 1 << 20

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

NumberedLine = tuple[int, bytes | None]

_BROKEN = (gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError)
"""What the unpackers raise for bytes that are no such archive, damaged, or cut short."""


class LineStream(Protocol):
    """Bytes that can be read by the line."""

    def readline(self, size: int = ..., /) -> bytes:
        """Return the next line with its end, or its first ``size`` bytes; nothing at the end."""
        ...


def line_limit(max_chars: int) -> int:
    """Bytes that the line of an article of ``max_chars`` can have."""
    return ESCAPED_BYTES_PER_CHAR * max_chars + META_BYTES


def bounded_lines(stream: LineStream, limit: int) -> Iterator[NumberedLine]:
    r"""Yield 1-based numbers and lines (with their ``\n``); None for a line of more than ``limit`` bytes."""
    for number in itertools.count(1):
        line = stream.readline(limit + 1)
        if not line:
            return
        if len(line) <= limit or line.endswith(b"\n"):
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(limit)
        yield number, None


def is_blank(line: bytes) -> bool:
    """Whether a line holds nothing but white space (and the byte order mark of its file)."""
    return not line.removeprefix(codecs.BOM_UTF8).strip()


def decode_utf8(data: bytes) -> str:
    """Decode ``data``; a byte order mark at its start is not part of the text.

    Raises:
        RefusedError: The bytes are not UTF-8.
    """
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        if data.startswith(UTF16_MARKS):
            raise utf16_refusal() from error
        raise RefusedError(
            RejectCode.NOT_UTF8,
            "not UTF-8",
            found=f"byte 0x{error.object[error.start]:02x} at byte {error.start}",
            expected="UTF-8, with or without byte order mark",
            mend="If it is Windows-1256: iconv -f WINDOWS-1256 -t UTF-8 OLD > NEW",
        ) from error


def utf16_refusal() -> RefusedError:
    """The refusal of a file that starts with the byte order mark of UTF-16."""
    return RefusedError(
        RejectCode.NOT_UTF8,
        "not UTF-8",
        found="the byte order mark of UTF-16",
        expected="UTF-8, with or without byte order mark",
        mend="Convert it: iconv -f UTF-16 -t UTF-8 OLD > NEW",
    )


def read_text(stream: BinaryIO, file: str, max_chars: int) -> Iterator[Row | Reject]:
    """Yield the one article of a plain text file; line ends stay as they are."""
    limit = BYTES_PER_CHAR * max_chars + len(codecs.BOM_UTF8)
    yield from text_row(stream.read(limit + 1), file, max_chars)


def text_row(data: bytes, file: str, max_chars: int) -> Iterator[Row | Reject]:
    """Yield ``data`` as one article."""
    limit = BYTES_PER_CHAR * max_chars + len(codecs.BOM_UTF8)
    try:
        if len(data) > limit:
            raise RefusedError(
                RejectCode.TOO_LONG,
                "the article is too long",
                found=f"over {limit} bytes",
                expected=f"at most {max_chars} characters",
                mend="Split it, or raise --max-chars.",
            )
        text = decode_utf8(data)
    except RefusedError as refusal:
        yield Place(file).reject(refusal)
    else:
        yield Row(None, {"text": text})


def read_jsonl(stream: BinaryIO, file: str, max_chars: int) -> Iterator[Row | Reject]:
    """Yield the rows of a JSON Lines file; blank lines are passed over."""
    yield from jsonl_rows(bounded_lines(stream, line_limit(max_chars)), file, max_chars)


def read_gzip(stream: BinaryIO, file: str, max_chars: int) -> Iterator[Row | Reject]:
    """Yield the rows of JSON Lines compressed by gzip; a damaged rest is one reject.

    The checksum of gzip stands behind all of its bytes: lines that a damaged byte has changed come out
    before the reject that tells of it.
    """
    with gzip.GzipFile(fileobj=stream) as plain:
        yield from _unpacked_rows(plain, file, max_chars)


def read_xz(stream: BinaryIO, file: str, max_chars: int) -> Iterator[Row | Reject]:
    """Yield the rows of JSON Lines compressed by xz; a damaged rest is one reject."""
    with lzma.LZMAFile(stream) as plain:
        yield from _unpacked_rows(plain, file, max_chars)


def _unpacked_rows(plain: LineStream, file: str, max_chars: int) -> Iterator[Row | Reject]:
    whole = 0

    def counted() -> Iterator[NumberedLine]:
        nonlocal whole
        for numbered in bounded_lines(plain, line_limit(max_chars)):
            whole = numbered[0]
            yield numbered

    try:
        yield from jsonl_rows(counted(), file, max_chars)
    except _BROKEN as error:
        what = f"broken archive after line {whole}; the rest was not read" if whole else "broken archive"
        yield Place(file).reject(
            RefusedError(
                RejectCode.BROKEN_ARCHIVE, what, found=quote(str(error)), mend="Fetch or compress it again."
            )
        )


def jsonl_rows(lines: Iterable[NumberedLine], file: str, max_chars: int) -> Iterator[Row | Reject]:
    """Yield a row, or the reject, of every line that is not blank."""
    for number, line in lines:
        place = Place(file, number)
        if number == 1 and line is not None and line.startswith(UTF16_MARKS):
            # Every further line would fail too: one reject says it for the file.
            yield Place(file).reject(utf16_refusal())
            return
        if line is not None and is_blank(line):
            continue
        try:
            yield Row(number, parse_line(line, max_chars))
        except RefusedError as refusal:
            yield place.reject(refusal)


def parse_line(line: bytes | None, max_chars: int) -> dict[str, Any]:
    """Return the JSON object of one line.

    Raises:
        RefusedError: Too long (None), not UTF-8, not JSON, or no object.
    """
    if line is None:
        raise RefusedError(
            RejectCode.LINE_TOO_LONG,
            "the line is too long",
            found=f"over {line_limit(max_chars)} bytes",
            expected=f"an article of at most {max_chars} characters",
            mend="Split it, or raise --max-chars.",
        )
    return parse_object(line, "line", expected='a line like {"id": "1", "text": "..."}')


def parse_object(data: bytes, name: str, *, expected: str) -> dict[str, Any]:
    """Return the JSON object that is all of ``data``.

    Args:
        data: UTF-8.
        name: What ``data`` is, for the reason of a refusal: ``line``, ``body``.
        expected: What should have been there in place of a JSON value that is no object.

    Raises:
        RefusedError: Not UTF-8, not JSON, a key twice in one object, or no object.
    """
    text = decode_utf8(data)
    try:
        value = json.loads(text, object_pairs_hook=_object)
    except RecursionError as error:
        raise RefusedError(RejectCode.BROKEN_JSON, "nested too deep to be read") from error
    except json.JSONDecodeError as error:
        raise RefusedError(
            RejectCode.BROKEN_JSON,
            f"broken JSON: {error.msg} at character {error.pos} of the {name}",
            found=quote(text[max(0, error.pos - 20) : error.pos + 20]),
        ) from error
    except ValueError as error:
        # An integer beyond Python's own limit of digits.
        raise RefusedError(
            RejectCode.BROKEN_JSON, "a number that cannot be read", found=str(error)
        ) from error
    if not isinstance(value, dict):
        raise RefusedError(
            RejectCode.NOT_AN_OBJECT, f"the {name} is no JSON object", found=quote(value), expected=expected
        )
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:  # counting each key instead takes minutes on an object made for it
            if key in seen:
                raise RefusedError(
                    RejectCode.BROKEN_JSON, "a key stands twice in one object", found=quote(key)
                )
            seen.add(key)
    return value
