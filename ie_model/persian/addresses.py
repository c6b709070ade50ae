"""Web and mail addresses in a text: letters and digits of theirs are neither numbers nor names.

News pages come with links, whose Persian words are written as percent signs and digits («%D8%A7»).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

_ADDRESS: Final = re.compile(
    r"(?:https?://|ftp://|www\.)[^\s<>\"«»]+|(?<![\w.+-])[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+",
    re.IGNORECASE,
)


class Addresses:
    """The addresses of one text."""

    def __init__(self, text: str) -> None:
        spans = address_spans(text)
        self._starts, self._ends = [start for start, _ in spans], [end for _, end in spans]

    def touch(self, start: int, end: int) -> bool:
        """Whether code points ``[start, end)`` overlap an address."""
        place = bisect_right(self._ends, start)
        return place < len(self._starts) and self._starts[place] < end


def address_spans(text: str) -> list[tuple[int, int]]:
    """Return the half-open spans of code points of all addresses in ``text``, in order."""
    if "@" not in text and "//" not in text and "www" not in text.lower():
        return []
    return [match.span() for match in _ADDRESS.finditer(text)]
