"""An article in one form of letters and digits, of the same length: its offsets are the article's own.

For looking up closed lists of words a length that stays is worth more than marks that go, and it takes a
small part of the time of :func:`ie_model.persian.aligned.clean_aligned`. A mark that is written but not read
becomes a ZWNJ, which the patterns of this room allow between words; within a word («سـال») it hides the word.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ie_model.persian.folding import DIGITS, DROPPED, LETTERS, ZWNJ

#: Spaces of all widths, and the presentation forms of single letters.
_COMPATIBLE: Final = (range(0xFB50, 0xFE00), range(0xFE70, 0xFEFD), range(0x2000, 0x200B), (0xA0, 0x202F))


def _forms() -> dict[str, str]:
    table = {
        chr(code): form
        for codes in _COMPATIBLE
        for code in codes
        if len(form := unicodedata.normalize("NFKC", chr(code))) == 1
    }
    table = {written: LETTERS.get(form, form) for written, form in table.items()}
    for first, last in re.findall("(.)(?:-(.))?", DROPPED):
        table.update({chr(code): ZWNJ for code in range(ord(first), ord(last or first) + 1)})
    digits = {arabic: str(ord(persian) - 0x06F0) for arabic, persian in DIGITS.items()}
    return table | LETTERS | digits | {chr(0x06F0 + digit): str(digit) for digit in range(10)}


@lru_cache(maxsize=1)
def _table() -> NDArray[np.uint16]:
    table = np.arange(1 << 16, dtype="<u2")
    for written, form in _forms().items():
        table[ord(written)] = ord(form)
    return table


@lru_cache(maxsize=2)
def legible(text: str) -> str:
    """Return ``text`` with one letter and digit form each (ASCII digits), code point for code point."""
    # By a table of 16-bit units; halves of code points beyond them stand for themselves.
    units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")
    written: str = _table()[units].tobytes().decode("utf-16-le", "surrogatepass")
    return written
