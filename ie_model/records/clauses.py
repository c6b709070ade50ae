"""Sentences and clauses as far as the wordings of a time or place reach."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from ie_model.persian.sentences import split_sentences

Span = tuple[int, int]

#: Where one clause ends and the next begins; a comma between digits is none.
CLAUSE: Final = re.compile(r"[،؛()](?!\d)|,(?!\d)|(?<=\s)(?:و|که|اما|ولی)(?=\s)")
#: Old papers set no space behind a full stop («... رسيد.در سال ...»).
_FULL_STOP: Final = re.compile(r"[.!?؟؛](?=[^\W\d])")


def split_pieces(text: str, sentences: Sequence[Span] | None = None) -> list[Span]:
    """Return the half-open spans of the sentences, also of those run together without a space."""
    stops = [
        match.end()
        for match in _FULL_STOP.finditer(text)
        if text[match.start() - 1 : match.start()].isalnum()
    ]
    pieces: list[Span] = []
    for start, end in split_sentences(text) if sentences is None else sentences:
        cuts = stops[bisect_right(stops, start) : bisect_left(stops, end)]
        pieces.extend(pairwise([start, *cuts, end]))
    return pieces
