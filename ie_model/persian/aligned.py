"""Cleaned text with a way back: which code point of the original each cleaned one comes from.

:func:`ie_model.persian.digits.clean` may change the length (vowel marks go, ligatures come apart). What looks
for spans in cleaned text needs the original offsets. Most news holds no such character: then the offsets are
the same and cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from ie_model.persian.digits import clean, keeps_offsets


@dataclass(frozen=True, slots=True)
class Aligned:
    """Cleaned text and its alignment.

    Attributes:
        text: The cleaned text.
        origins: For every code point of ``text`` the offset of the original one; None when they are equal.
    """

    text: str
    origins: tuple[int, ...] | None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the half-open span of the original that the cleaned span ``[start, end)`` comes from."""
        if self.origins is None or start >= end:
            return start, end
        return self.origins[start], self.origins[end - 1] + 1


def clean_aligned(text: str) -> Aligned:
    """Clean ``text`` as :func:`~ie_model.persian.digits.clean` does, keeping the offsets."""
    if keeps_offsets(text):
        return Aligned(clean(text), None)
    pieces: list[str] = []
    origins: list[int] = []
    for place, character in enumerate(text):
        piece = clean(character)
        pieces.append(piece)
        origins.extend([place] * len(piece))
    return Aligned("".join(pieces), tuple(origins))
