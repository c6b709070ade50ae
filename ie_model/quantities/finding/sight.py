"""A number and the words around it, as the rules of ``exclusions`` see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ie_model.quantities.finding.candidates import Candidate
from ie_model.quantities.finding.scan import Word
from ie_model.quantities.finding.tables import FindingTables, word_key

_THOUSAND: Final = 1000


@dataclass(frozen=True, slots=True)
class Sight:
    """A candidate with the words around it; ``end`` is the index behind its last word."""

    words: Sequence[Word]
    candidate: Candidate
    end: int
    tables: FindingTables

    @property
    def first(self) -> Word:
        """The first word of the number."""
        return self.words[self.candidate.start]

    @property
    def digits(self) -> str:
        """The digits, if the number is one run of digits; of a range the first."""
        is_run = self.candidate.number_end - self.candidate.start == 1 or self.candidate.low_end == (
            self.candidate.start + 1
        )
        return self.first.text if is_run and self.first.text[0].isdigit() else ""

    @property
    def is_one_word(self) -> bool:
        """Whether the number is one word."""
        return self.candidate.number_end - self.candidate.start == 1

    @property
    def is_bare(self) -> bool:
        """Whether neither a unit nor a counted noun follows."""
        return self.end == self.candidate.number_end

    @property
    def kind(self) -> str:
        """Kind of the known unit, "" if there is none."""
        return self.candidate.unit.kind if self.candidate.unit else ""

    @property
    def is_small_word(self) -> bool:
        """Whether the number is one word below a thousand: «دو», «ده»."""
        parts = self.first.parts
        return self.is_one_word and not self.digits and bool(parts) and parts[-1].value < _THOUSAND

    def before(self, distance: int = 1) -> str:
        """Return the key of the word ``distance`` before the number, «های» with what it belongs to."""
        place = self.candidate.start - distance
        if place < 0:
            return ""
        key = word_key(self.words[place].text)
        if key in ("های", "ها") and place:
            return word_key(self.words[place - 1].text)
        return key.removesuffix("های")

    def behind(self, distance: int = 0) -> str:
        """Return the key of the word ``distance`` words behind the one behind the number."""
        place = self.candidate.number_end + distance
        return word_key(self.words[place].text) if place < len(self.words) else ""

    def after(self) -> str:
        """Return the key of the word behind the whole quantity."""
        return word_key(self.words[self.end].text) if self.end < len(self.words) else ""
