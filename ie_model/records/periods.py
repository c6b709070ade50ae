"""The period of a record: when its fact holds, as its own sentence words it.

Found once per article (:func:`~ie_model.records.period_wordings.find_wordings`), then chosen per record by
bisection. An interval is the named time as a whole: «در پایان خرداد ۱۳۹۷» and «تا پایان خرداد ۱۳۹۷» are that
month, the deadline is the interval's last day. «از سال ۹۵» and «... تاکنون» end at the article's date;
«دو سال گذشته» are the two years that end there. Where the article does not tell which year or which
calendar is meant («آذرماه» alone, «سال گذشته» among Gregorian years), the wording stands with interval null.

What a fact is compared with («نسبت به سال گذشته») is not its period, and neither is a duration without an
anchor («طی ۱۰ ماه»). Two different periods around the quantities of one record («از ۵ درصد در سال ۹۰ به
۸ درصد در سال ۹۵») give none. A sentence without a wording has no period, whatever the one before it says:
taking that would be right six times in ten.
"""

from __future__ import annotations

import datetime
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from ie_model.linking.words import VERBS
from ie_model.records.clauses import CLAUSE, Pieces, Span
from ie_model.records.legible import legible
from ie_model.records.period_wordings import Wording, find_wordings
from ie_model.schema import Period

#: What somebody says begins behind a colon; 10:30 has none.
_COLON: Final = re.compile(r":(?!\d)")
_TO: Final = re.compile(r"\s+به\s")
_WORD: Final = re.compile(r"\w+")

#: How many sentences before «در این مدت» the period may be named.
SENTENCES_BACK: Final = 3
#: «مانده» is a balance as often as a verb.
_VERBS: Final = VERBS - {"مانده"}


class Periods:
    """The wordings of time of one article, and the period of each of its records.

    Attributes:
        wordings: All that were found, in text order.
    """

    def __init__(
        self, text: str, reference: datetime.date | None = None, pieces: Pieces | None = None
    ) -> None:
        """Find the wordings of an article.

        Args:
            text: The article as given.
            reference: Its date, None when not known.
            pieces: Its sentences, split here when not given.
        """
        self._text = text
        self._legible = legible(text)
        self._pieces = pieces or Pieces(text)
        self.wordings = find_wordings(text, self._pieces.spans, reference)
        self._wording_starts = [wording.start for wording in self.wordings]

    def of(self, start: int, end: int, anchors: Iterable[Span]) -> Period | None:
        """Return the period of the record at ``[start, end)``; None when its text states none, or several.

        Args:
            start: First code point of the record.
            end: One past its last.
            anchors: Half-open code point spans of its quantities.
        """
        spans = sorted(anchors) or [(start, end)]
        chosen: list[Wording] = []
        for span in spans:
            near = self._within(*self._pieces.around(span)) if self.wordings else []
            if near:
                near = [wording for wording in near if not any(_overlap(wording, other) for other in spans)]
                found = self._nearest([wording for wording in near if not wording.compared], span)
                chosen.extend([found] if found is not None else [])
        if not chosen or any(_differ(chosen[0], other) for other in chosen[1:]):
            return None
        if any(span[1] <= chosen[0].start and self._leads_on(chosen[0], spans) for span in spans):
            return None
        named = self._named_before(chosen[0]) if chosen[0].backward else chosen[0]
        return self._period(named) if named is not None else None

    def _within(self, start: int, end: int) -> list[Wording]:
        return self.wordings[
            bisect_left(self._wording_starts, start) : bisect_left(self._wording_starts, end)
        ]

    def _nearest(self, near: Sequence[Wording], span: Span) -> Wording | None:
        """Return the wording that ``span`` stands under: before it, unless only one behind is in its clause.

        Behind it may be farther where no verb is between («۱۰۰ واحد و ۲۰۰ نفر در سال ۹۷»).
        """
        before = next((wording for wording in reversed(near) if wording.end <= span[0]), None)
        if before is not None and _COLON.search(self._text, before.end, span[0]):
            before = None
        if before is not None and not self._cut(before.end, span[0]):
            return before
        after = next((wording for wording in near if wording.start >= span[1]), None)
        if after is None or not self._goes_on(span[1], after.start):
            return before
        return before if before is not None and self._cut(span[1], after.start) else after

    def _leads_on(self, wording: Wording, spans: Sequence[Span]) -> bool:
        """Whether it is the first of two times: «از ۵ درصد در سال ۹۰ به ۸ درصد رسید»."""
        return wording.end <= spans[-1][0] and _TO.match(self._legible, wording.end) is not None

    def _cut(self, start: int, end: int) -> bool:
        return CLAUSE.search(self._text, start, end) is not None

    def _goes_on(self, start: int, end: int) -> bool:
        """Whether what follows a quantity reaches a period without a verb or colon between."""
        if _COLON.search(self._text, start, end):
            return False
        return _VERBS.isdisjoint(_WORD.findall(self._legible, start, end))

    def _named_before(self, backward: Wording) -> Wording | None:
        """Return the period that «در این مدت» means: the only one of the nearest sentence that has any."""
        piece = self._pieces.index(backward.start)
        end = backward.start
        for number in range(piece, max(piece - SENTENCES_BACK, 0) - 1, -1):
            named = [
                other
                for other in self._within(self._pieces.spans[number][0], end)
                if not other.compared and not other.backward
            ]
            if named:
                return named[0] if len(named) == 1 else None
            end = self._pieces.spans[number][0]
        return None

    def _period(self, wording: Wording) -> Period:
        interval = wording.interval
        return Period(
            start=wording.start,
            end=wording.end,
            text=self._text[wording.start : wording.end],
            interval=f"{interval[0].isoformat()}/{interval[1].isoformat()}" if interval else None,
        )


def _overlap(wording: Wording, span: Span) -> bool:
    return wording.start < span[1] and wording.end > span[0]


def _differ(one: Wording, other: Wording) -> bool:
    """Whether two wordings are apart, and neither interval is known to lie in the other."""
    if one.start == other.start:
        return False
    if one.interval is None or other.interval is None:
        return True
    first, last = max(one.interval[0], other.interval[0]), min(one.interval[1], other.interval[1])
    return (first, last) not in (one.interval, other.interval)
