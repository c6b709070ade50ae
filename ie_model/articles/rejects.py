"""What is refused: the reasons, their codes, and the line that ``rejects.jsonl`` holds.

A check raises :class:`RefusedError` (an :class:`~ie_model.errors.ArticleError`, so that one article given
by a program fails like everything else in the package); a stream of articles turns it into a
:class:`Reject` that says where, and goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ie_model.errors import ArticleError
from ie_model.schema import Noun

#: Characters of foreign input that a reason quotes at most.
QUOTED_CHARS = 80


class RejectCode(StrEnum):
    """Why an article, a line or a file was not used."""

    NOT_UTF8 = "not_utf8"
    """The bytes are not UTF-8."""
    NOT_IN_ENCODING = "not_in_encoding"
    """The bytes are not of the encoding that was asked for in place of UTF-8."""
    EMPTY = "empty"
    """The text has nothing to see: no character, or only spaces and invisible ones."""
    NO_TEXT = "no_text"
    """The line has no key, or the table no column, ``text``."""
    TEXT_NOT_STRING = "text_not_string"
    """``text`` is a number, a list, null, ..."""
    TOO_LONG = "too_long"
    """The text has more characters than ``max_chars``."""
    NUL = "nul"
    """The text holds U+0000: the file is damaged or no text."""
    LONE_SURROGATE = "lone_surrogate"
    """Half of a surrogate pair (a broken JSON escape), which no UTF-8 file can hold."""
    DUPLICATE_ID = "duplicate_id"
    """An earlier article of the run has the same id."""
    BAD_ID = "bad_id"
    """``id`` is neither a string nor a number, or holds a NUL byte."""
    BAD_META = "bad_meta"
    """A value beside the text that JSON cannot hold: NaN, Infinity, bytes, or nested too deep."""
    BROKEN_JSON = "broken_json"
    """The line is not JSON, or names a key twice."""
    NOT_AN_OBJECT = "not_an_object"
    """The line is JSON, but no object."""
    LINE_TOO_LONG = "line_too_long"
    """A line or table row too long to hold an article of ``max_chars``; it was passed over unread."""
    BROKEN_CSV = "broken_csv"
    """Quotes or columns of a CSV row do not fit."""
    BROKEN_PARQUET = "broken_parquet"
    """The file is not Parquet, or damaged."""
    BROKEN_ARCHIVE = "broken_archive"
    """A compressed file that is cut short or damaged; what was read before stays."""
    NO_ARTICLES = "no_articles"
    """A folder without article files, or a file without lines."""
    UNREADABLE = "unreadable"
    """The operating system does not let the file be read."""
    UNSUPPORTED = "unsupported"
    """A named file whose extension is none of the supported ones."""
    SYMLINK_LOOP = "symlink_loop"
    """A symbolic link that leads back to itself, to a folder above it, or to one that was read already."""
    MISSING_EXTRA = "missing_extra"
    """The file needs an optional package that is not installed."""
    INTERNAL = "internal"
    """The extractor failed on this article: a bug, please report it."""


class Reject(Noun):
    """One refused article, line or file; one line of ``rejects.jsonl``."""

    file: str
    """Its name for people."""
    line: int | None = None
    """From 1: the line of a text file where the article starts, the row of a Parquet file; null for a whole
    file."""
    id: str | None = None
    """The article's; null where it is not known."""
    code: RejectCode
    """The reason, for programs."""
    reason: str
    """The reason, for people."""
    found: str | None = None
    """What was there."""
    expected: str | None = None
    """What should have been there."""
    mend: str | None = None
    """What mends it."""


class RefusedError(ArticleError):
    """An article that a check does not let pass; takes what :class:`IeModelError` takes, and a code."""

    def __init__(
        self,
        code: RejectCode,
        what: str,
        *,
        found: str | None = None,
        expected: str | None = None,
        mend: str | None = None,
    ) -> None:
        super().__init__(what, found=found, expected=expected, mend=mend)
        self.code = code


@dataclass(frozen=True, slots=True)
class Place:
    """Where an article comes from: the file's name for people, and its 1-based line if it has one."""

    file: str
    line: int | None = None

    def reject(self, refusal: RefusedError, *, id: str | None = None) -> Reject:
        """Return the reject that says at this place what ``refusal`` says."""
        return Reject(
            file=self.file,
            line=self.line,
            id=id,
            code=refusal.code,
            reason=refusal.what,
            found=refusal.found,
            expected=refusal.expected,
            mend=refusal.mend,
        )


def quote(value: object) -> str:
    """Return ``value`` short and in characters that UTF-8 can hold, for a reason.

    What is too long is cut before it is formatted, so that quoting a huge value costs nothing.
    """
    if isinstance(value, str):
        shown = repr(value[: QUOTED_CHARS + 1])
    else:
        shown = (
            f"{type(value).__name__} {value!r}" if isinstance(value, int | float) else type(value).__name__
        )
    if len(shown) > QUOTED_CHARS:
        shown = shown[:QUOTED_CHARS] + "…"
    return shown


def storable(name: str) -> str:
    """Return ``name`` with what UTF-8 cannot hold (bytes of an odd file name) written as escapes."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
