"""Work in pieces: files to bundles, which are read one by one, and bundles to blocks of articles.

A bundle is what one task reads, through the reader of every other run: the same gate, the same rejects.
Small files share a bundle, a large one ends it. A block is what one worker extracts at a time, and its parts
are what the output consists of; its name is the number of its bundle and its own number there.

Trade-off: ids are compared within a bundle, so for certain only within a file. Over all of them the
digests would have to meet in one place: 10^8 are 1.6 GB, and some 8 GB in a Python set.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from ie_model.articles import ArticleReader, Located, Reject
from ie_model.articles.rejects import storable
from ie_model.batch.outcome import Chunk
from ie_model.batch.progress import chain
from ie_model.errors import OutputError

BLOCK_ENTRIES: Final = 256
"""Articles and rejects of a block. Fewer would make more parts (10^8 articles are 390 625 blocks), more would
leave more to be done again when a worker dies: at ten articles a second 256 are half a minute."""
BUNDLE_BYTES: Final = 1 << 20
"""A bundle is closed when its files have so many bytes: some two hundred articles of 2 500 characters."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files that one task reads, in their order."""

    number: int
    files: tuple[str, ...] = ()
    """As the user named them."""
    rejects: tuple[Reject, ...] = ()
    """What was no file; they come before the articles."""
    done: Mapping[int, str] = field(default_factory=dict)
    """Digests of its blocks that are written, by their number."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How bundles are read; small, for it goes to every task."""

    root: str
    """The folder from which relative names start; a worker's own may be another."""
    max_chars: int
    """Code points that an article may have."""
    encoding: str
    block_entries: int = BLOCK_ENTRIES


@dataclass(frozen=True, slots=True)
class Block:
    """Articles and rejects that one worker extracts together."""

    bundle: int
    number: int
    entries: Chunk = field(repr=False)

    @property
    def name(self) -> str:
        """What its parts are called, without ending."""
        return f"part-{self.bundle:05d}-{self.number:06d}"

    def digest(self) -> str:
        """Return the digest of the entries, by which a changed input is found."""
        digest = ""
        for entry in self.entries:
            digest = chain(digest, entry)
        return digest


def numbers_of(name: str) -> tuple[int, int]:
    """Return the bundle and the number of the block called ``name``."""
    _, bundle, number = name.split("-")
    return int(bundle), int(number)


def bundles(
    listing: Iterable[str | Reject], reading: Reading, done: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Bundle]:
    """Yield the bundles of what :meth:`ie_model.articles.ArticleReader.listing` gives.

    They depend on the names and sizes of the files alone, so a resumed run makes the same ones.

    Args:
        listing: Files and rejects.
        reading: How they are read.
        done: Digests of the blocks that are written, by name.

    Raises:
        OutputError: Blocks are written of a bundle that is not there.
    """
    left: dict[int, dict[int, str]] = {}
    for name, digest in done.items():
        bundle, block = numbers_of(name)
        left.setdefault(bundle, {})[block] = digest
    for number, (files, rejects) in enumerate(_grouped(listing, reading)):
        yield Bundle(number, tuple(files), tuple(rejects), left.pop(number, {}))
    if left:
        raise changed(f"bundle {min(left)}")


def _grouped(listing: Iterable[str | Reject], reading: Reading) -> Iterator[tuple[list[str], list[Reject]]]:
    files: list[str] = []
    rejects: list[Reject] = []
    size = 0
    for found in listing:
        if isinstance(found, Reject):
            rejects.append(found)
        else:
            files.append(found)
            size += _size(found)
        if size >= BUNDLE_BYTES or len(files) + len(rejects) >= reading.block_entries:
            yield files, rejects
            files, rejects, size = [], [], 0
    if files or rejects:
        yield files, rejects


def read_blocks(bundle: Bundle, reading: Reading) -> Iterator[Block]:
    """Read ``bundle``, a block at a time; what is written is read, compared and left out.

    Raises:
        OutputError: What is written is not what is there now.
    """
    entries = itertools.chain(bundle.rejects, _entries(bundle.files, reading))
    last = -1
    for number in itertools.count():
        block = Block(bundle.number, number, list(itertools.islice(entries, reading.block_entries)))
        if not block.entries:
            break
        last = number
        written = bundle.done.get(number)
        if written is None:
            yield block
        elif written != block.digest():
            raise changed(block.name)
    if max(bundle.done, default=-1) > last:
        raise changed(f"bundle {bundle.number}")


def changed(name: str) -> OutputError:
    """Return the error of a resumed run whose input is no longer that of the part called ``name``."""
    return OutputError(
        "the input has changed since the run was stopped",
        where=name,
        found="other articles and rejects than those that are written",
        mend="Begin anew with --restart.",
    )


def _entries(files: tuple[str, ...], reading: Reading) -> Iterator[Located | Reject]:
    if not files:
        return
    paths = [os.path.join(reading.root, file) for file in files]  # noqa: PTH118
    # Rejects name a file as the user did, not as this machine finds it.
    named = {storable(path): storable(file) for path, file in zip(paths, files, strict=True)}
    for entry in ArticleReader(paths, max_chars=reading.max_chars, encoding=reading.encoding, listed=True):
        if isinstance(entry, Reject):
            yield entry.model_copy(update={"file": named.get(entry.file, entry.file)})
        else:
            place = replace(entry.place, file=named.get(entry.place.file, entry.place.file))
            yield Located(entry.article, place)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116
    except OSError:
        return 0
