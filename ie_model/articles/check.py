"""The gate: which raw rows become articles.

The text is looked at and never touched: an admitted article holds exactly the characters of its
source, so that offsets into it are offsets into the source. The one thing that is not text is a byte
order mark at the start of a file: the readers take it away, and offsets count from the character
after it.
"""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from ie_model.articles.rejects import Place, RefusedError, Reject, RejectCode, quote
from ie_model.schema import Article

#: Characters an article may have unless told otherwise: some 300 printed pages.
DEFAULT_MAX_CHARS = 1_000_000
#: Nesting of ``meta`` that is passed on: pydantic and most JSON readers stop at a few hundred levels.
MAX_META_DEPTH = 64
#: Bytes of the digest that stands for an id seen: no two of 10^9 ids meet (chance under 10^-20).
ID_DIGEST_BYTES = 16

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Source:
    """What a reader is told of the file that it reads."""

    file: str
    """The file's name for people."""
    max_chars: int = DEFAULT_MAX_CHARS
    """Code points that an article may have."""
    encoding: str = "utf-8"
    """What the file's text is in; the bytes that a reader gets are UTF-8."""


@dataclass(frozen=True, slots=True)
class Row:
    """One article as a file has it: its keys or columns, not checked; ``line`` as in :class:`Place`."""

    line: int | None
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Located:
    """An admitted article and where it comes from."""

    article: Article
    place: Place


class Gate:
    """Checks the rows of one run in order, and remembers the ids admitted (16 bytes each)."""

    def __init__(self, max_chars: int = DEFAULT_MAX_CHARS) -> None:
        self.max_chars = max_chars
        self._seen: set[bytes] = set()

    def admit(self, row: Row, file: str, stem: str) -> Located | Reject:
        """Return the row's article, or the reject that says why it is none.

        Args:
            row: From one of the readers.
            file: The file's name for people.
            stem: What ids are made of where the row has none: ``stem``, ``:`` and the line.
        """
        place = Place(file, row.line)
        article_id = None
        try:
            article_id = _read_id(row, stem)
            if "text" not in row.fields:
                raise RefusedError(
                    RejectCode.NO_TEXT,
                    "there is no text",
                    found=f"keys {quote(', '.join(sorted(row.fields)))}",
                    expected="a key 'text'",
                )
            text = check_text(row.fields["text"], max_chars=self.max_chars)
            article = Article(id=article_id, text=text, meta=_read_meta(row.fields))
            self._remember(article_id)
        except RefusedError as refusal:
            return place.reject(refusal, id=article_id)
        return Located(article, place)

    def _remember(self, article_id: str) -> None:
        digest = hashlib.blake2b(article_id.encode("utf-8"), digest_size=ID_DIGEST_BYTES).digest()
        if digest in self._seen:
            raise RefusedError(
                RejectCode.DUPLICATE_ID,
                "an earlier article has the same id",
                found=quote(article_id),
                expected="a different id for every article of a run",
            )
        self._seen.add(digest)


def check_text(text: object, *, max_chars: int = DEFAULT_MAX_CHARS) -> str:
    """Return ``text`` unchanged when it can be an article's text.

    Args:
        text: Anything.
        max_chars: Code points allowed.

    Raises:
        ArticleError: Not a string, too long, empty, or with a NUL or a lone surrogate.

    Examples:
        >>> check_text("بانک ملی")
        'بانک ملی'
        >>> check_text("")
        Traceback (most recent call last):
        ie_model.articles.rejects.RefusedError: the article is empty; found 0 invisible characters
    """
    if not isinstance(text, str):
        raise RefusedError(RejectCode.TEXT_NOT_STRING, "the text is no string", found=quote(text))
    if len(text) > max_chars:
        raise RefusedError(
            RejectCode.TOO_LONG,
            "the article is too long",
            found=f"{len(text)} characters",
            expected=f"at most {max_chars}",
            mend="Split it, or raise --max-chars.",
        )
    surrogate = _SURROGATE.search(text)
    if surrogate:
        raise RefusedError(
            RejectCode.LONE_SURROGATE,
            "half a surrogate pair is no character",
            found=f"U+{ord(surrogate[0]):04X} at character {surrogate.start()}",
        )
    nul = text.find("\0")
    if nul >= 0:
        raise RefusedError(RejectCode.NUL, "the text holds a NUL byte", found=f"U+0000 at character {nul}")
    if not any(map(_is_visible, text)):
        raise RefusedError(
            RejectCode.EMPTY, "the article is empty", found=f"{len(text)} invisible characters"
        )
    return text


def _is_visible(character: str) -> bool:
    # Cc and Cf: controls, ZWNJ, bidi marks and further byte order marks show nothing by themselves.
    return not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf")


def _read_id(row: Row, stem: str) -> str:
    value = row.fields.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise RefusedError(
            RejectCode.BAD_ID, "the id is no string", found=quote(value), expected="a string or number"
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise RefusedError(
            RejectCode.BAD_ID, "the id is no number", found=repr(value), expected="a string or number"
        )
    if value is None or (isinstance(value, str) and not value.strip()):
        return stem if row.line is None else f"{stem}:{row.line}"
    article_id = str(value)
    if "\0" in article_id or _SURROGATE.search(article_id):
        raise RefusedError(RejectCode.BAD_ID, "the id holds no proper characters", found=quote(article_id))
    return article_id


def _read_meta(fields: dict[str, Any]) -> dict[str, JsonValue]:
    rest = {key: value for key, value in fields.items() if key not in ("id", "text")}
    # The form that our own Article has: {"id", "text", "meta": {...}}.
    meta: dict[str, JsonValue] = (
        rest["meta"] if list(rest) == ["meta"] and isinstance(rest["meta"], dict) else rest
    )
    _check_meta(meta, ())
    return meta


_Path = tuple[()] | tuple["_Path", str]
"""Where a value stands: the place of what holds it, and its own step. It is written out for a reject only: a
long key over many values would cost its length for each of them."""


def _shown(path: _Path) -> str:
    steps: list[str] = []
    while path:
        path, step = path
        steps.append(step)
    return quote("".join(reversed(steps)).removeprefix("."))


def _check_meta(value: object, path: _Path, depth: int = 0) -> None:
    if depth > MAX_META_DEPTH:
        raise RefusedError(
            RejectCode.BAD_META, "nested too deep", found=_shown(path), expected=f"{MAX_META_DEPTH} levels"
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise RefusedError(RejectCode.BAD_META, f"{_shown(path)} is no JSON number", found=repr(value))
    if isinstance(value, str) and _SURROGATE.search(value):
        raise RefusedError(
            RejectCode.LONE_SURROGATE, f"{_shown(path)} holds half a surrogate pair", found=quote(value)
        )
    if isinstance(value, dict):
        for key, item in value.items():
            if _SURROGATE.search(key):
                raise RefusedError(
                    RejectCode.LONE_SURROGATE, "a key holds half a surrogate pair", found=quote(key)
                )
            _check_meta(item, ((path, "."), key), depth + 1)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            _check_meta(item, (path, f"[{place}]"), depth + 1)
    elif not isinstance(value, str | int | float | bool | None):
        raise RefusedError(
            RejectCode.BAD_META, f"{_shown(path)} is no JSON value", found=type(value).__name__
        )
