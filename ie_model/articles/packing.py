"""Compressed files: gzip, xz and Zstandard, unpacked a piece at a time.

Each packing is one entry of :data:`PACKINGS`: its extension, the bytes that it starts with, and a
generator from packed bytes to pieces of at most :data:`PIECE` bytes (gzip, xz) or one block (Zstandard,
128 KiB). So memory is bounded whatever an archive unpacks to; windows of more than 128 MiB, which a few
bytes of header could ask for, are refused. Members, streams or frames one behind another are one file.
Unlike the command-line tools and Python's own file objects, nothing is ignored behind the last of them
but the zeros that pad gzip and xz: other bytes are a damaged archive.
"""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from ie_model.articles.streams import CHUNK, from_pieces, read_some
from ie_model.articles.zstd_frames import unpack_zstd
from ie_model.extras import require

#: Bytes that are unpacked at a time.
PIECE = 1 << 17
#: Bytes of history that an archive may ask for: ``xz -9`` asks for 64 MiB, ``zstd --long`` for 128 MiB.
MAX_WINDOW = 1 << 27
#: What liblzma takes beside its window (15 MiB by its documentation, at the highest preset).
_LZMA_OVERHEAD = 1 << 24


class BrokenArchiveError(Exception):
    """Bytes that are no such archive, damaged, or cut short."""


@dataclass(frozen=True, slots=True)
class Packing:
    """One way to compress a file."""

    name: str
    suffix: str
    magic: bytes
    """What a packed file starts with; no UTF-8 text does."""
    pieces: Callable[[BinaryIO], Iterator[bytes]]
    extra: tuple[str, str] | None = None
    """The extra and the package that it needs beside the base install."""

    def check_installed(self) -> None:
        """Make sure that it can be unpacked.

        Raises:
            MissingExtraError: Its package is not installed.
        """
        if self.extra is not None:
            require(*self.extra)

    def unpack(self, stream: BinaryIO) -> BinaryIO:
        """Return the unpacked bytes of ``stream`` as a file; reading it raises BrokenArchiveError.

        Raises:
            MissingExtraError: See :meth:`check_installed`.
        """
        self.check_installed()
        return from_pieces(self._guarded(stream))

    def _guarded(self, stream: BinaryIO) -> Iterator[bytes]:
        try:
            yield from self.pieces(stream)
        except (zlib.error, lzma.LZMAError, EOFError, ValueError) as error:
            raise BrokenArchiveError(str(error)) from error


class _Decoder(Protocol):
    """What unpacks one member."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _GzipDecoder:
    """One member of gzip, in the manners of :class:`lzma.LZMADecompressor`."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self._full = False

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        # After a full piece zlib may hold more output though it has taken all input.
        return not self._full and not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        piece = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self._full = len(piece) == max_length
        return piece


def _unpack_gzip(stream: BinaryIO) -> Iterator[bytes]:
    return _members(stream, _GzipDecoder)


def _unpack_xz(stream: BinaryIO) -> Iterator[bytes]:
    return _members(stream, lambda: lzma.LZMADecompressor(memlimit=MAX_WINDOW + _LZMA_OVERHEAD))


def _members(stream: BinaryIO, begin: Callable[[], _Decoder]) -> Iterator[bytes]:
    data = read_some(stream)
    while True:
        decoder = begin()
        while not decoder.eof:
            if decoder.needs_input:
                data = data or read_some(stream)
                if not data:
                    raise EOFError("the archive is cut short")
            piece = decoder.decompress(data, PIECE)
            data = b""
            if piece:
                yield piece
        data = decoder.unused_data
        while not (data := data.lstrip(b"\0")):
            data = read_some(stream, CHUNK)
            if not data:
                return


def _unpack_zstd(stream: BinaryIO) -> Iterator[bytes]:
    return unpack_zstd(stream, MAX_WINDOW)


PACKINGS = (
    Packing("gzip", ".gz", b"\x1f\x8b\x08", _unpack_gzip),
    Packing("xz", ".xz", b"\xfd7zXZ\x00", _unpack_xz),
    Packing("Zstandard", ".zst", b"\x28\xb5\x2f\xfd", _unpack_zstd, extra=("zstd", "zstandard")),
)
#: Bytes that are enough to tell every packing by its start.
MAGIC_BYTES = max(len(packing.magic) for packing in PACKINGS)


def packing_of(head: bytes) -> Packing | None:
    """Return the packing of a file that starts with ``head``, if it has one."""
    return next((packing for packing in PACKINGS if head.startswith(packing.magic)), None)
