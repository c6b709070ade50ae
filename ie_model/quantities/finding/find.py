"""Find every quantity of an article by grammar alone: ``find_quantities(text)``.

A number, or a range of numbers, starts a candidate; dates, years, durations, ordinals and the other numbers
that are no quantities are left out; what remains takes its unit, or the counted noun with its adjectives, as
the annotation guide says. AMOUNT and TARGET are not told apart: that turns on what the sentence expects,
which no grammar of numbers knows.

Measured on 351 real articles, AMOUNT and TARGET as one label: strict F1 0.935, overlap recall 0.988;
PERCENTAGE 0.989 and 0.986. On the 70 of them at which nobody looked while the word lists were made: 0.901 and
0.992, 0.980 and 0.961. Finding reads 0.8 to 0.95 million characters a second on one core.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ie_model.persian.addresses import Addresses
from ie_model.persian.aligned import clean_aligned
from ie_model.persian.numbers import ONE
from ie_model.persian.sentences import line_spans
from ie_model.quantities.finding.candidates import Candidate, candidates
from ie_model.quantities.finding.exclusions import excluded
from ie_model.quantities.finding.extent import extent
from ie_model.quantities.finding.scan import scan
from ie_model.quantities.reader import Reading, read_quantity
from ie_model.schema import AMOUNT, PERCENTAGE, Quantity


@dataclass(frozen=True, slots=True)
class FoundQuantity:
    """A quantity and where it stands.

    Attributes:
        start: First code point of the span in the article.
        end: Code point behind it (half-open).
        label: PERCENTAGE, or AMOUNT, which may turn out to be a TARGET.
        reading: What was read there.
    """

    start: int
    end: int
    label: str
    reading: Reading

    @property
    def quantity(self) -> Quantity:
        """The normalised quantity."""
        return self.reading.quantity


class FoundSpan(NamedTuple):
    """A quantity's half-open span of code points and its label, as in :class:`FoundQuantity`."""

    start: int
    end: int
    label: str


def find_quantities(text: str) -> list[FoundQuantity]:
    """Return all quantities of ``text``, in order, none overlapping. Never raises.

    Offsets are half-open code points into ``text``.

    Examples:
        >>> [found] = find_quantities("بیش از ۱۲۱ میلیارد تومان پرداخت شد")
        >>> found.start, found.end, found.label, found.quantity.modifier
        (7, 24, 'AMOUNT', 'more_than')
        >>> found.quantity.value, found.quantity.rials
        (Decimal('121000000000'), Decimal('1210000000000'))
    """
    found = []
    for start, end, label in find_spans(text):
        reading = read_quantity(text, start, end, label=label)
        is_percent = reading.quantity.kind == "percent"
        found.append(FoundQuantity(start, end, PERCENTAGE if is_percent else label, reading))
    return found


def find_spans(text: str) -> list[FoundSpan]:
    """Return the spans of all quantities of ``text`` without reading their values.

    Examples:
        >>> [(found.start, found.end) for found in find_spans("۵ تن گندم و ۲۰ نفر")]
        [(0, 4), (12, 18)]
    """
    aligned, addresses = clean_aligned(text), Addresses(text)
    spans: list[FoundSpan] = []
    for line_start, line_end in line_spans(aligned.text):
        words = scan(aligned.text, line_start, line_end)
        found = [(candidate, extent(words, candidate)) for candidate in candidates(words)]
        kept = [pair for pair, is_none in zip(found, excluded(words, found), strict=True) if not is_none]
        has_percent = any(_is_percent(candidate) for candidate, _ in kept)
        for candidate, last in kept:
            is_percent = _is_percent(candidate) or (has_percent and _is_bare_decimal(candidate, last))
            start, end = aligned.original(words[candidate.start].start, words[last - 1].end)
            if addresses.touch(start, end):
                continue
            spans.append(FoundSpan(start, end, PERCENTAGE if is_percent else AMOUNT))
    return spans


def _is_percent(candidate: Candidate) -> bool:
    return candidate.unit is not None and candidate.unit.kind == "percent"


def _is_bare_decimal(candidate: Candidate, last: int) -> bool:
    """Whether it is a rate listed with percentages: «فارس ۱۲/۴ و کرمان ۱۰/۲»."""
    number = candidate.number
    if number is None or candidate.unit is not None or last > candidate.number_end:
        return False
    return number.scale == ONE and number.value != number.value.to_integral_value()
