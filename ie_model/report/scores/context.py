"""A mistake where it stands: the sentences around it, once as annotated, once as predicted.

Both sides show the same stretch of the article, so that they can be compared by eye. Text without a mark
in it is cut in its middle where it is long, on both sides alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ie_model.evaluation.facts import MentionLike, Span
from ie_model.persian.sentences import split_sentences
from ie_model.report.evidence.marked import CLASSES, OTHER
from ie_model.report.markup import Safe, element, joined
from ie_model.schema import INSTITUTION

LONGEST_GAP: Final = 160
"""Code points of unmarked text that are shown whole; of more, this many are left."""
_CUT: Final = " … "


@dataclass(frozen=True, slots=True)
class Mark:
    """A mention as one side shows it; half-open code points into the article."""

    start: int
    end: int
    label: str
    at_fault: bool
    """Whether the mistake is about this one."""


class Contexts:
    """Shows the mistakes of one article.

    Args:
        text: The article as it was given.
        gold: Its mentions as annotated.
        predicted: Its mentions as predicted.
    """

    def __init__(self, text: str, gold: Sequence[MentionLike], predicted: Sequence[MentionLike]) -> None:
        self._text, self._gold, self._predicted = text, gold, predicted
        self._sentences = split_sentences(text)

    def window(self, start: int, end: int) -> Span:
        """Return the sentences that ``[start, end)`` touches."""
        touched = [one for one in self._sentences if one[0] < end and start < one[1]]
        return min([start, *(one[0] for one in touched)]), max([end, *(one[1] for one in touched)])

    def places_of(self, names: Iterable[str]) -> list[Span]:
        """Return where institutions are named, by either side, in the words of ``names``."""
        wanted = set(names)
        both = (*self._gold, *self._predicted)
        return [(one.start, one.end) for one in both if one.label == INSTITUTION and one.text in wanted]

    def sides(self, window: Span, gold: Iterable[Span], predicted: Iterable[Span]) -> tuple[Safe, Safe]:
        """Return ``window`` with the marks of either side.

        Args:
            window: What is shown.
            gold: The gold mentions that the mistake is about.
            predicted: The predicted ones.
        """
        marks = [_marks(self._gold, window, set(gold)), _marks(self._predicted, window, set(predicted))]
        # Cut alike: a gap is what neither side marks.
        kept = sorted((mark.start, mark.end) for side in marks for mark in side)
        cuts = list(_cuts(window, kept))
        faults = [[(mark.start, mark.end) for mark in side if mark.at_fault] for side in marks]
        return (
            joined(*self._pieces(window, marks[0], faults[1], cuts)),
            joined(*self._pieces(window, marks[1], faults[0], cuts)),
        )

    def _pieces(
        self, window: Span, marks: Sequence[Mark], others: Sequence[Span], cuts: Sequence[Span]
    ) -> Iterator[str]:
        """Yield the text piece by piece: within no mark or some, within a place of the other side or none."""
        borders = {*window}
        for start, end in (*((mark.start, mark.end) for mark in marks), *others, *cuts):
            borders |= {min(max(place, window[0]), window[1]) for place in (start, end)}
        places = sorted(borders)
        for start, end in pairwise(places):
            if any(cut[0] <= start and end <= cut[1] for cut in cuts):
                yield _CUT
                continue
            piece: str = self._text[start:end]
            over = [mark for mark in marks if mark.start <= start and end <= mark.end]
            if not over and any(one[0] <= start and end <= one[1] for one in others):
                piece = element("span", piece, class_="here")
            for mark in reversed(over):
                piece = _marked(piece, mark, ends=mark.end == end)
            yield piece


def _marked(piece: str, mark: Mark, *, ends: bool) -> Safe:
    kind = CLASSES.get(mark.label, OTHER)
    letter = element("sub", kind if kind != OTHER else mark.label) if ends else None
    tag = "mark" if mark.at_fault else "span"
    return element(tag, piece, letter, class_=f"m {kind}", title=mark.label)


def _marks(mentions: Sequence[MentionLike], window: Span, at_fault: set[Span]) -> list[Mark]:
    return [
        Mark(one.start, one.end, one.label, (one.start, one.end) in at_fault)
        for one in mentions
        if one.start < window[1] and window[0] < one.end
    ]


def _cuts(window: Span, kept: Sequence[Span]) -> Iterator[Span]:
    """Yield the middles of the long gaps between what is ``kept``, which is in order of its starts."""
    position = window[0]
    for start, end in (*kept, (window[1], window[1])):
        if start - position > 2 * LONGEST_GAP:
            yield position + LONGEST_GAP // 2, start - LONGEST_GAP // 2
        position = max(position, end)
