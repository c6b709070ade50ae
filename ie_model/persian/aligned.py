"""Cleaned text with a way back: which code point of the original each cleaned one comes from.

:func:`ie_model.persian.digits.clean` may change the length (vowel marks go, ligatures come apart). What looks
for spans in cleaned text needs the original offsets. Most news holds no such character: then the offsets are
the same and cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from ie_model.persian.digits import clean


@dataclass(frozen=True, slots=True)
class Aligned:
    """Cleaned text and its alignment.

    Attributes:
        text: The cleaned text.
        origins: For every code point of ``text`` the offset of the original one; None when they are equal.
        length: Code points of the original.
    """

    text: str
    origins: tuple[int, ...] | None
    length: int

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the half-open span of the original that the cleaned span ``[start, end)`` comes from."""
        if self.origins is None or start >= end:
            return start, end
        return self.origins[start], self.origins[end - 1] + 1


def clean_aligned(text: str) -> Aligned:
    """Clean ``text`` as :func:`~ie_model.persian.digits.clean` does, keeping the offsets."""
    cleaned = clean(text)
    # What changes no length changes no offset: letters and digits are mapped one to one.
    if len(cleaned) == len(text) and not _moves(text):
        return Aligned(cleaned, None, len(text))
    pieces: list[str] = []
    origins: list[int] = []
    for place, character in enumerate(text):
        piece = clean(character)
        pieces.append(piece)
        origins.extend([place] * len(piece))
    return Aligned("".join(pieces), tuple(origins), len(text))


def _moves(text: str) -> bool:
    """Whether one character going and another coming apart could have kept the length by chance."""
    return any(len(clean(character)) != 1 for character in set(text))
