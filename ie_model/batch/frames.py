"""Output files that grow by frames: plain, or compressed by gzip, xz or Zstandard.

A compressed file is a row of complete frames, which every unpacker reads as one. So a run that was stopped
goes on behind the last whole frame, and the file is byte by byte the one that an undisturbed run writes.
Trade-off: frames compress apart; 64 articles are about a megabyte, of which a frame of its own costs under
3 % in size.
"""

from __future__ import annotations

import gzip
import lzma
import os
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Final

from ie_model.extras import require

GZIP_LEVEL: Final = 6
XZ_PRESET: Final = 6
ZSTD_LEVEL: Final = 9
"""Above it the last few percent in size cost several times the time."""


class FramePacking(StrEnum):
    """How an output file is packed; the value is what its name ends in."""

    PLAIN = ""
    GZIP = ".gz"
    XZ = ".xz"
    ZSTD = ".zst"


def require_frame_packing(packing: FramePacking) -> None:
    """Raise :class:`MissingExtraError` unless the package that ``packing`` needs is installed."""
    _packer(packing)


class FramedFile:
    """A file that is written frame by frame.

    Args:
        path: The file.
        packing: How frames are packed.
        size: Bytes of an existing file to keep; None to make the file.

    Raises:
        OSError: The file cannot be made, or has fewer bytes.
    """

    def __init__(self, path: Path, packing: FramePacking, size: int | None = None) -> None:
        self._pack = _packer(packing)
        self._frame = bytearray()
        self._stream = path.open("xb" if size is None else "r+b")
        if size is not None:
            if os.fstat(self._stream.fileno()).st_size < size:
                self.close()
                raise OSError(0, "the file is shorter than it was", str(path))
            self._stream.truncate(size)
            self._stream.seek(size)
        self.size = size or 0
        """Bytes of the whole frames."""

    def write(self, data: bytes) -> None:
        """Append to the open frame."""
        self._frame += data

    def cut(self) -> None:
        """End the open frame; one without data is none."""
        if self._frame:
            self.size += self._stream.write(self._pack(bytes(self._frame)))
            self._frame.clear()

    def sync(self) -> None:
        """Let the whole frames reach the disk."""
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def finish(self) -> None:
        """End the file; one that would have no frame at all gets an empty one, for unpackers refuse less."""
        self.cut()
        if not self.size:
            self.size += self._stream.write(self._pack(b""))
        self.sync()
        self._stream.close()

    def close(self) -> None:
        """Close without ending the open frame; what fails is of a file that is thrown away or cut."""
        with suppress(OSError):
            self._stream.close()


def _packer(packing: FramePacking) -> Callable[[bytes], bytes]:
    match packing:
        case FramePacking.GZIP:
            # No time stamp: equal articles give equal bytes.
            return lambda data: gzip.compress(data, GZIP_LEVEL, mtime=0)
        case FramePacking.XZ:
            return lambda data: lzma.compress(data, preset=XZ_PRESET)
        case FramePacking.ZSTD:
            compressor = _zstandard().ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True)
            return lambda data: bytes(compressor.compress(data))
        case _:
            return lambda data: data


def _zstandard() -> ModuleType:
    require("zstd", "zstandard")
    import zstandard

    return zstandard
