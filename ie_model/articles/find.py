"""Which files a folder holds: in one fixed order, without following a loop.

Entries are sorted by name in code point order, folder by folder, so a run over the same tree reads the
same articles in the same order on every machine. A folder that links lead to more than once is read once:
thirty folders of two links each to the next would otherwise be a billion. Only the names of the folders on
the way down, and two numbers for each folder seen, are held in memory.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ie_model.articles.formats import FORMATS, extension
from ie_model.articles.rejects import Place, RefusedError, Reject, RejectCode, storable

#: What :func:`walk` counts beside extensions.
HIDDEN = "hidden"
SPECIAL = "special file"
NO_EXTENSION = "no extension"


_Identity = tuple[int, int]
"""Device and inode: what one folder has under all of its names."""


@dataclass
class _Level:
    """A folder on the way down."""

    real: str
    identity: _Identity
    entries: Iterator[os.DirEntry[str]]


def walk(folder: str, skipped: Counter[str], exclude: Collection[str] = ()) -> Iterator[str | Reject]:
    """Yield the article files below ``folder``, and a reject for what cannot be looked at.

    Args:
        folder: Its entries are named relative to it, as given.
        skipped: Counts entries passed over: by extension, hidden ones, and those that are no files.
        exclude: Real paths (links resolved) that are passed over without counting.
    """
    levels: list[_Level] = []
    seen: set[_Identity] = set()
    yield from _enter(folder, levels, seen)
    while levels:
        level = levels[-1]
        entry = next(level.entries, None)
        if entry is None:
            levels.pop()
            continue
        if os.path.join(level.real, entry.name) in exclude:  # noqa: PTH118
            continue
        if entry.name.startswith("."):
            skipped[HIDDEN] += 1
            continue
        try:
            mode = entry.stat().st_mode
        except OSError as error:
            yield reject_os_error(entry.path, error)
            continue
        if stat.S_ISDIR(mode):
            yield from _enter(entry.path, levels, seen)
        elif not stat.S_ISREG(mode):
            skipped[SPECIAL] += 1
        elif extension(entry.name) in FORMATS:
            yield entry.path
        else:
            skipped[storable(extension(entry.name)) or NO_EXTENSION] += 1


def _enter(folder: str, levels: list[_Level], seen: set[_Identity]) -> Iterator[Reject]:
    try:
        status = os.stat(folder)  # noqa: PTH116
        identity = (status.st_dev, status.st_ino)
        if any(level.identity == identity for level in levels):
            raise OSError(errno.ELOOP, "the link leads to a folder above it")
        if identity in seen:
            what = "this folder was read already, by another name"
            yield Place(storable(folder)).reject(RefusedError(RejectCode.SYMLINK_LOOP, what))
            return
        seen.add(identity)
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError as error:
        yield reject_os_error(folder, error)
        return
    levels.append(_Level(os.path.realpath(folder), identity, iter(entries)))


def reject_os_error(path: str, error: OSError) -> Reject:
    """Return the reject of a file or folder that the operating system does not give."""
    loop = error.errno == errno.ELOOP
    code = RejectCode.SYMLINK_LOOP if loop else RejectCode.UNREADABLE
    what = "a symbolic link that leads back to itself" if loop else "cannot be read"
    return Place(storable(path)).reject(RefusedError(code, what, found=error.strerror or str(error)))
