"""Zstandard, unpacked a block at a time.

The package ``zstandard`` unpacks all that it is handed, or reads a file that is cut short to its end
without a word. So the frames are walked here (RFC 8878, section 3: a frame header, blocks that each name
their size, perhaps a checksum) and handed over a block at a time: no step gives more than a block, and
where a frame ends is known. A Python call for each block of 128 KiB costs nothing beside unpacking it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

from ie_model.articles.streams import CHUNK, read_some

MAGIC = b"\x28\xb5\x2f\xfd"
#: Frames that hold no content, RFC 8878, 3.1.2: the last of four bytes and the first without its low half.
_SKIPPABLE_START, _SKIPPABLE_END = 0x50, b"\x2a\x4d\x18"
#: Bytes of the dictionary id and of the content size by the bits of the frame header's descriptor, 3.1.1.1.
_DICTIONARY_BYTES = (0, 1, 2, 4)
_CONTENT_SIZE_BYTES = (0, 2, 4, 8)
_RUN_LENGTH = 1
"""The kind of block that holds one byte to be repeated, 3.1.1.2.2."""


class _Input:
    """The packed bytes, taken in the sizes that the format names."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._data = b""
        self._at = 0

    def at_end(self) -> bool:
        if self._at == len(self._data):
            self._data, self._at = read_some(self._stream), 0
        return not self._data

    def take(self, size: int) -> bytes:
        """Return exactly ``size`` bytes.

        Raises:
            EOFError: There are fewer.
        """
        taken = self._data[self._at : self._at + size]
        self._at += len(taken)
        while len(taken) < size:
            if self.at_end():
                raise EOFError("the archive is cut short")
            more = self._data[self._at : self._at + size - len(taken)]
            self._at += len(more)
            taken += more
        return taken


def unpack_zstd(stream: BinaryIO, max_window: int) -> Iterator[bytes]:
    """Yield the unpacked blocks of all frames of ``stream``.

    Raises:
        EOFError: The last frame is cut short.
        ValueError: A frame is none, damaged, or asks for more than ``max_window`` bytes of history.
    """
    import zstandard

    source = _Input(stream)
    unpacker = zstandard.ZstdDecompressor(max_window_size=max_window)
    if source.at_end():
        raise EOFError("the archive is cut short")
    try:
        while not source.at_end():
            magic = source.take(len(MAGIC))
            if magic[0] & 0xF0 == _SKIPPABLE_START and magic[1:] == _SKIPPABLE_END:
                _skip(source)
            elif magic == MAGIC:
                yield from _frame(source, unpacker.decompressobj())
            else:
                raise ValueError("no frame of Zstandard")
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error


def _skip(source: _Input) -> None:
    (rest,) = struct.unpack("<I", source.take(4))
    while rest:
        rest -= len(source.take(min(rest, CHUNK)))


def _frame(source: _Input, decoder: Any) -> Iterator[bytes]:
    descriptor = source.take(1)
    one_segment = descriptor[0] >> 5 & 1
    size_bytes = _CONTENT_SIZE_BYTES[descriptor[0] >> 6] or one_segment
    header = source.take((not one_segment) + _DICTIONARY_BYTES[descriptor[0] & 3] + size_bytes)
    yield decoder.decompress(MAGIC + descriptor + header)
    last = False
    while not last:
        head = source.take(3)
        fields = int.from_bytes(head, "little")
        last, kind, size = bool(fields & 1), fields >> 1 & 3, fields >> 3
        yield decoder.decompress(head + source.take(1 if kind == _RUN_LENGTH else size))
    if descriptor[0] >> 2 & 1:
        yield decoder.decompress(source.take(4))
    if not decoder.eof:
        raise ValueError("a frame of Zstandard does not end where its blocks do")
