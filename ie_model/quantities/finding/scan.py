"""Words of a cleaned line with their offsets, for what looks for quantities rather than reads given ones.

Same tokens as :mod:`ie_model.quantities.tokens`, but every one knows where it stands, a list that is written
without spaces («۱۱،۱۲،۱۳») comes apart, and a number that a word is glued to is a word of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from ie_model.persian.digits import NumberError, read_digits
from ie_model.persian.numbers import ONE, Part, word_tokens
from ie_model.quantities.tokens import SLIPPED_COMMA, TOKEN, split_glued

_COMMAS = re.compile(r"[^،,]+")


#: Spaces around the slash of one decimal, at most.
MAX_LOOSE_SPACES: Final = 2


class Word(NamedTuple):
    """One token of a line.

    Attributes:
        kind: "number" (in digits or words), "bad number", "word", "sign", "dash", "comma" or "stop".
        text: What is written, cleaned.
        start: First code point in the cleaned text.
        end: Code point behind it (half-open).
        parts: The parts of a number; empty for anything else.
        glued: Whether it begins where the word before it ends.
    """

    kind: str
    text: str
    start: int
    end: int
    parts: tuple[Part, ...] = ()
    glued: bool = False


def scan(cleaned: str, start: int, end: int) -> list[Word]:
    """Return the words of one line, ``cleaned[start:end]``."""
    words: list[Word] = []
    for match in TOKEN.finditer(cleaned, start, end):
        kind, written = match.lastgroup or "stop", match.group()
        if kind == "number":
            words.extend(_digits(written, match.start()))
            _join_loose_slash(cleaned, words)
        elif kind == "word":
            words.extend(_word(words, written, match.start()))
        elif kind == "stop" and written.isdigit():
            words.append(Word("bad number", written, match.start(), match.end()))
        else:
            words.append(Word(kind, written, match.start(), match.end()))
    return words


def _digits(written: str, start: int) -> Iterator[Word]:
    try:
        value, _ = read_digits(SLIPPED_COMMA.sub("", written.replace(" ", "")))
    except NumberError:
        pieces = list(_COMMAS.finditer(written))
        if len(pieces) == 1 and len(pieces[0].group()) == len(written):
            yield Word("bad number", written, start, start + len(written))
            return
        for piece in pieces:
            if piece.start():
                yield Word("comma", "،", start + piece.start() - 1, start + piece.start())
            yield from _digits(piece.group(), start + piece.start())
    else:
        yield Word("number", written, start, start + len(written), (Part("digits", value, ONE),))


def _join_loose_slash(cleaned: str, words: list[Word]) -> None:
    """Make one number of «5/ 28», where a space has slipped beside the slash."""
    if len(words) < 3 or words[-2].text not in ("/", "\\"):
        return
    left, slash, right = words[-3:]
    spaces = slash.start - left.end + right.start - slash.end
    if not left.text.isdecimal() or not right.text.isdecimal() or not 0 < spaces <= MAX_LOOSE_SPACES:
        return
    value, _ = read_digits(f"{left.text}/{right.text}")
    written = cleaned[left.start : right.end]
    words[-3:] = [Word("number", written, left.start, right.end, (Part("digits", value, ONE),))]


def _word(before: list[Word], written: str, start: int) -> Iterator[Word]:
    end = start + len(written)
    parts = word_tokens(written)
    if parts:
        yield Word("number", written, start, end, parts)
        return
    behind_number = bool(before) and before[-1].kind == "number"
    parts, rest = split_glued(written, first=not behind_number, behind_number=behind_number)
    if not parts:
        yield Word("bad number" if written[0].isnumeric() else "word", written, start, end)
        return
    cut = end - len(rest)
    number = written[: cut - start]
    yield Word("number", number, start, start + len(number.rstrip("\u200c")), parts)
    yield Word("word", rest, cut, end, glued=True)
