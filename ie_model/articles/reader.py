"""Articles from files, folders and standard input, as one stream.

Whatever is wrong with an article, a line or a file comes out of the same stream as a reject, in its
place; only a wrong call raises, before anything is read. Memory does not grow with the number of
articles but for a digest per id (some 100 bytes in Python's set), by which duplicates are found. JSON
Lines of 2,500-character articles read at 20 to 30 thousand articles a second on one core, far above
any tagger on it, so the reader has no workers of its own.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from ie_model.articles.check import DEFAULT_MAX_CHARS, Gate, Located, Row, Source
from ie_model.articles.encoding import UTF8, check_encoding, transcoded
from ie_model.articles.find import reject_os_error, walk
from ie_model.articles.formats import FORMATS, SHOWN_FORMATS, Form, Format, extension, stem
from ie_model.articles.lines import read_jsonl, read_text
from ie_model.articles.packing import BrokenArchiveError
from ie_model.articles.rejects import Place, RefusedError, Reject, RejectCode, quote, storable
from ie_model.articles.standard_input import StdinFormat, read_stdin
from ie_model.articles.tables import read_csv, read_parquet, require_parquet
from ie_model.errors import ArticleError, MissingExtraError
from ie_model.schema import Article

STDIN = "-"
#: What standard input is called in rejects, and in the ids of lines that have none.
STDIN_NAME = "stdin"

Reader = Callable[[BinaryIO, Source], Iterator[Row | Reject]]

_READERS: dict[Form, Reader] = {
    "text": read_text,
    "jsonl": read_jsonl,
    "csv": read_csv,
    "parquet": read_parquet,
}


class ArticleReader:
    """The articles of some paths, in the order of the paths; folders sorted, recursively.

    Args:
        paths: Files, folders, or ``-`` for standard input.
        max_chars: Code points that an article may have.
        stdin_format: ``auto`` takes JSON Lines when the first visible character is ``{``, else text.
        stdin: Read in place of the process's own standard input.
        exclude: Files and folders that are passed over where a folder holds them (a run's own output).
        encoding: Of text, JSON Lines and CSV: any of Python's text encodings, by any of its names.
        limit: Entries (articles and rejects) after which the stream ends; what is behind is not read.
        listed: The paths are files of an earlier :meth:`listing`: one that has gone since is a reject.

    Raises:
        ArticleError: No path, a path that does not exist, standard input twice, ``max_chars`` or ``limit``
            under 1, an encoding that does not exist.
        MissingExtraError: A file is named whose format needs a package that is not installed.
    """

    def __init__(
        self,
        paths: Iterable[str | os.PathLike[str]],
        *,
        max_chars: int = DEFAULT_MAX_CHARS,
        stdin_format: StdinFormat = "auto",
        stdin: BinaryIO | None = None,
        exclude: Collection[str | os.PathLike[str]] = (),
        encoding: str = UTF8,
        limit: int | None = None,
        listed: bool = False,
    ) -> None:
        self.paths = tuple(os.fspath(path) for path in paths)
        self.max_chars = max_chars
        self.encoding = check_encoding(encoding)
        self.limit = limit
        self.skipped: Counter[str] = Counter()
        """Files in folders that are no articles, counted by extension while the stream is read."""
        self._stdin_format = stdin_format
        self._stdin = stdin
        self._exclude = frozenset(os.path.realpath(path) for path in exclude)
        self._read_before = 0
        self._open: BinaryIO | None = None
        self._check_call(paths=not listed)

    @property
    def bytes_read(self) -> int:
        """Bytes of the files, as they lie on the disk, that the stream has taken so far."""
        return self._read_before + (0 if self._open is None or self._open.closed else self._open.tell())

    def total_bytes(self) -> int | None:
        """Return the bytes of all files that the stream will take; None with standard input or a limit.

        Looks at every file's size and opens none; one that cannot be looked at counts nothing.
        """
        if STDIN in self.paths or self.limit is not None:
            return None
        return sum(map(_size, itertools.chain.from_iterable(map(self._files, self.paths))))

    def listing(self) -> Iterator[str | Reject]:
        """Yield the files that the stream reads, in its order, and a reject for what is none.

        Opens no file; counts :attr:`skipped`. Standard input is listed as what it was named.
        """
        self.skipped.clear()
        for path in self.paths:
            if os.path.isdir(path):  # noqa: PTH112
                yield from self._walked(path)
            else:
                yield path if path == STDIN or extension(path) in FORMATS else _unsupported(path)

    def _files(self, path: str) -> Iterator[str]:
        if not os.path.isdir(path):  # noqa: PTH112
            yield path
            return
        for found in walk(path, Counter(), self._exclude):
            if not isinstance(found, Reject):
                yield found

    def __iter__(self) -> Iterator[Located | Reject]:
        """Yield every article with its place, and every reject, in order of reading."""
        self.skipped.clear()
        self._read_before = 0
        # Closed at the end of a limited stream too, and with it the file that is open.
        with closing(self._entries()) as entries:
            yield from itertools.islice(entries, self.limit)

    def _entries(self) -> Generator[Located | Reject, None, None]:
        gate = Gate(self.max_chars)
        for path in self.paths:
            for file, rows in self._sources(path):
                for row in rows:
                    name = storable(file)
                    yield row if isinstance(row, Reject) else gate.admit(row, name, stem(name))

    def _check_call(self, *, paths: bool) -> None:
        if not self.paths:
            raise ArticleError("no path is given", mend="For example: ie-model predict seeds --output out")
        if self.max_chars < 1:
            raise ArticleError("max_chars is too small", found=str(self.max_chars), expected="at least 1")
        if self.limit is not None and self.limit < 1:
            raise ArticleError("limit is too small", found=str(self.limit), expected="at least 1")
        if self.paths.count(STDIN) > 1:
            raise ArticleError("standard input can be read only once", found=f"{STDIN!r} twice")
        for path in self.paths if paths else ():
            if path != STDIN and not os.path.lexists(path):
                raise ArticleError("no such file or folder", where=storable(path))
            if extension(path) in FORMATS and os.path.isfile(path):  # noqa: PTH113
                _check_installed(FORMATS[extension(path)])

    def _sources(self, path: str) -> Iterator[tuple[str, Iterable[Row | Reject]]]:
        if path == STDIN:
            yield STDIN_NAME, _or_no_articles(_guarded(STDIN_NAME, self._stdin_rows()), STDIN_NAME)
        elif os.path.isdir(path):  # noqa: PTH112
            yield from self._folder(path)
        elif extension(path) in FORMATS:
            yield path, _or_no_articles(_guarded(path, self._file_rows(path)), path)
        else:
            yield path, (_unsupported(path),)

    def _folder(self, folder: str) -> Iterator[tuple[str, Iterable[Row | Reject]]]:
        for found in self._walked(folder):
            if isinstance(found, Reject):
                yield folder, (found,)
            else:
                yield found, _or_no_articles(_guarded(found, self._file_rows(found)), found)

    def _walked(self, folder: str) -> Iterator[str | Reject]:
        empty = True
        for found in walk(folder, self.skipped, self._exclude):
            empty = False
            yield found
        if empty:
            refusal = RefusedError(
                RejectCode.NO_ARTICLES,
                "the folder has no articles",
                expected=f"files of {SHOWN_FORMATS}",
            )
            yield Place(storable(folder)).reject(refusal)

    def _file_rows(self, path: str) -> Iterator[Row | Reject]:
        format_ = FORMATS[extension(path)]
        with Path(path).open("rb") as file:
            self._open = file
            try:
                stream = format_.packing.unpack(file) if format_.packing else file
                if format_.form != "parquet":
                    stream = transcoded(stream, self.encoding)
                yield from _READERS[format_.form](stream, self._source(path))
            finally:
                # A reader that is at the end may have closed it.
                self._read_before += _size(path) if file.closed else file.tell()
                self._open = None

    def _stdin_rows(self) -> Iterator[Row | Reject]:
        stream = self._stdin if self._stdin is not None else sys.stdin.buffer
        return read_stdin(stream, self._source(STDIN_NAME), self._stdin_format)

    def _source(self, path: str) -> Source:
        return Source(storable(path), self.max_chars, self.encoding)


def _guarded(path: str, rows: Iterator[Row | Reject]) -> Iterator[Row | Reject]:
    """Yield ``rows``, and a reject for what ends the reading of their file."""
    last = None
    place = Place(storable(path))
    try:
        for row in rows:
            last = row.line
            yield row
    except OSError as error:
        yield reject_os_error(path, error)
    except RefusedError as refusal:
        yield place.reject(refusal)
    except MissingExtraError as error:
        yield place.reject(RefusedError(RejectCode.MISSING_EXTRA, error.what, mend=error.mend))
    except BrokenArchiveError as error:
        what = f"broken archive after line {last}; the rest was not read" if last else "broken archive"
        mend = "Fetch or compress it again."
        yield place.reject(RefusedError(RejectCode.BROKEN_ARCHIVE, what, found=quote(str(error)), mend=mend))


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116
    except OSError:
        return 0


def _check_installed(format_: Format) -> None:
    if format_.form == "parquet":
        require_parquet()
    if format_.packing is not None:
        format_.packing.check_installed()


def read_articles(
    paths: Iterable[str | os.PathLike[str]],
    *,
    max_chars: int = DEFAULT_MAX_CHARS,
    stdin_format: StdinFormat = "auto",
    stdin: BinaryIO | None = None,
    encoding: str = UTF8,
    limit: int | None = None,
) -> Iterator[Article | Reject]:
    """Stream the articles of ``paths``, and what had to be refused, in order of reading.

    Takes and raises what :class:`ArticleReader` does; the call is checked at once, not at the first
    article.

    Examples:
        >>> import io
        >>> [article.id for article in read_articles(["-"], stdin=io.BytesIO(b'{"id": 7, "text": "x"}'))]
        ['7']
    """
    reader = ArticleReader(
        paths, max_chars=max_chars, stdin_format=stdin_format, stdin=stdin, encoding=encoding, limit=limit
    )
    return (found.article if isinstance(found, Located) else found for found in reader)


def _or_no_articles(rows: Iterator[Row | Reject], file: str) -> Iterator[Row | Reject]:
    first = next(rows, None)
    if first is None:
        yield Place(storable(file)).reject(RefusedError(RejectCode.NO_ARTICLES, "the file has no articles"))
    else:
        yield first
        yield from rows


def _unsupported(path: str) -> Reject:
    try:
        os.stat(path)  # noqa: PTH116
    except OSError as error:
        return reject_os_error(path, error)
    return Place(storable(path)).reject(
        RefusedError(
            RejectCode.UNSUPPORTED,
            "this kind of file is not read",
            found=storable(extension(path)) or "no extension",
            expected=SHOWN_FORMATS,
        )
    )
