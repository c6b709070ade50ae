"""Sentences and clauses as far as the wordings of a time or place reach."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from operator import itemgetter
from typing import Final

from ie_model.persian.sentences import split_sentences

Span = tuple[int, int]

#: A period or place farther from a quantity than this is not its own, in code points.
REACH: Final = 400
#: Where one clause ends and the next begins; a comma between digits is none.
CLAUSE: Final = re.compile(r"[،؛()](?!\d)|,(?!\d)|(?<=\s)(?:و|که|اما|ولی)(?=\s)")
#: Old papers set no space behind a full stop («... رسيد.در سال ...»).
_FULL_STOP: Final = re.compile(r"[.!?؟؛](?=[^\W\d])")


def sentence_at(sentences: Sequence[Span], offset: int) -> int:
    """Return the index of the last sentence that begins at or before code point ``offset``; -1 for none."""
    return bisect_right(sentences, offset, key=itemgetter(0)) - 1


class Pieces:
    """The sentences of an article, also those run together without a space.

    Args:
        text: The article as given.
        sentences: Half-open code point spans of its sentences, split here when not given.

    Attributes:
        spans: Half-open code point spans, in order; one of everything where there is no sentence.
    """

    def __init__(self, text: str, sentences: Sequence[Span] | None = None) -> None:
        stops = [
            match.end()
            for match in _FULL_STOP.finditer(text)
            if text[match.start() - 1 : match.start()].isalnum()
        ]
        self.spans: list[Span] = []
        for start, end in split_sentences(text) if sentences is None else sentences:
            cuts = stops[bisect_right(stops, start) : bisect_left(stops, end)]
            self.spans.extend(pairwise([start, *cuts, end]))
        self.spans = self.spans or [(0, len(text))]

    def index(self, offset: int) -> int:
        """Return the index of the piece that code point ``offset`` stands in, or behind."""
        return max(sentence_at(self.spans, offset), 0)

    def around(self, span: Span) -> Span:
        """Return the half-open span around a mention, in its piece, in which words are about it."""
        first, last = self.spans[self.index(span[0])]
        return max(first, span[0] - REACH), min(last, span[1] + REACH)
