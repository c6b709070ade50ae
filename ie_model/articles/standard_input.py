"""Standard input: packed or not, JSON Lines or plain text, told apart by how it begins."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Literal

from ie_model.articles.check import Row, Source
from ie_model.articles.encoding import transcoded
from ie_model.articles.lines import is_blank, jsonl_rows, text_limit, text_row
from ie_model.articles.packing import MAGIC_BYTES, packing_of
from ie_model.articles.rejects import RefusedError, Reject
from ie_model.articles.streams import NumberedLine, bounded_lines, looked_into

StdinFormat = Literal["auto", "text", "jsonl"]


def read_stdin(stream: BinaryIO, source: Source, form: StdinFormat) -> Iterator[Row | Reject]:
    """Yield the rows of standard input; it is unpacked where it begins as a packed file does.

    Raises:
        MissingExtraError: It is packed, and what unpacks it is not installed.
        BrokenArchiveError: It is packed, and damaged.
        RefusedError: It starts with the byte order mark of another encoding.
    """
    head, stream = looked_into(stream, MAGIC_BYTES)
    packing = packing_of(head)
    if packing is not None:
        stream = packing.unpack(stream)
    lines = bounded_lines(transcoded(stream, source.encoding), source.max_chars)
    first: list[NumberedLine] = []
    for numbered in lines:
        first.append(numbered)
        if isinstance(numbered[1], RefusedError) or not is_blank(numbered[1]):
            break
    lines = itertools.chain(first, lines)
    if form == "jsonl" or (form == "auto" and first and _begins_json(first[-1][1])):
        yield from jsonl_rows(lines, source)
    else:
        yield from _text(lines, source)


def _begins_json(line: bytes | RefusedError) -> bool:
    return not isinstance(line, RefusedError) and line.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def _text(lines: Iterable[NumberedLine], source: Source) -> Iterator[Row | Reject]:
    data = bytearray()
    too_long = text_limit(source.max_chars) + 1
    for _, line in lines:
        # A line over its bound is longer than any article may be: what stands for it must be too.
        data += bytes(too_long) if isinstance(line, RefusedError) else line
        if len(data) >= too_long:
            break
    yield from text_row(bytes(data), source)
