"""Plain text and JSON Lines: UTF-8 bytes in, rows out.

Lines come with a bound (:mod:`ie_model.articles.streams`); unpacking and other encodings lie below.
"""

from __future__ import annotations

import codecs
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from ie_model.articles.check import Row, Source
from ie_model.articles.encoding import UTF8, decode_utf8, foreign_start
from ie_model.articles.rejects import Place, RefusedError, Reject, RejectCode, quote
from ie_model.articles.streams import NumberedLine, bounded_lines

#: Bytes of one character in UTF-8, at most.
BYTES_PER_CHAR = 4


def is_blank(line: bytes) -> bool:
    """Whether a line holds nothing but white space (and the byte order mark of its file)."""
    return not line.removeprefix(codecs.BOM_UTF8).strip()


def read_text(stream: BinaryIO, source: Source) -> Iterator[Row | Reject]:
    """Yield the one article of a plain text file; line ends stay as they are."""
    yield from text_row(stream.read(text_limit(source.max_chars) + 1), source)


def text_limit(max_chars: int) -> int:
    """Bytes that a text of ``max_chars`` can have, with its byte order mark."""
    return BYTES_PER_CHAR * max_chars + len(codecs.BOM_UTF8)


def text_row(data: bytes, source: Source) -> Iterator[Row | Reject]:
    """Yield ``data`` as one article."""
    limit = text_limit(source.max_chars)
    try:
        if len(data) > limit:
            raise RefusedError(
                RejectCode.TOO_LONG,
                "the article is too long",
                found=f"over {limit} bytes",
                expected=f"at most {source.max_chars} characters",
                mend="Split it, or raise --max-chars.",
            )
        text = decode_utf8(data, source.encoding)
    except RefusedError as refusal:
        yield Place(source.file).reject(refusal)
    else:
        yield Row(None, {"text": text})


def read_jsonl(stream: BinaryIO, source: Source) -> Iterator[Row | Reject]:
    """Yield the rows of a JSON Lines file; blank lines are passed over."""
    yield from jsonl_rows(bounded_lines(stream, source.max_chars), source)


def jsonl_rows(lines: Iterable[NumberedLine], source: Source) -> Iterator[Row | Reject]:
    """Yield a row, or the reject, of every line that is not blank."""
    for number, line in lines:
        place = Place(source.file, number)
        if isinstance(line, RefusedError):
            yield place.reject(line)
            continue
        if number == 1 and source.encoding == UTF8 and (refusal := foreign_start(line)):
            # Every further line would fail too: one reject says it for the file.
            yield Place(source.file).reject(refusal)
            return
        if is_blank(line):
            continue
        try:
            yield Row(number, parse_line(line, source.encoding))
        except RefusedError as refusal:
            yield place.reject(refusal)


def parse_line(line: bytes, encoding: str = UTF8) -> dict[str, Any]:
    """Return the JSON object of one line.

    Raises:
        RefusedError: Not of its encoding, not JSON, or no object.
    """
    return parse_object(line, "line", expected='a line like {"id": "1", "text": "..."}', encoding=encoding)


def parse_object(data: bytes, name: str, *, expected: str, encoding: str = UTF8) -> dict[str, Any]:
    """Return the JSON object that is all of ``data``.

    Args:
        data: UTF-8, as :mod:`ie_model.articles.encoding` gives it.
        name: What ``data`` is, for the reason of a refusal: ``line``, ``body``.
        expected: What should have been there in place of a JSON value that is no object.
        encoding: What ``data`` had before.

    Raises:
        RefusedError: Not of its encoding, not JSON, a key twice in one object, or no object.
    """
    text = decode_utf8(data, encoding)
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
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise RefusedError(RejectCode.BROKEN_JSON, "a key stands twice in one object", found=quote(twice))
    return value
