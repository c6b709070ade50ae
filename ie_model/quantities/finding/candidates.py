"""Candidates for quantities: every number of a line, or range of numbers, with the unit that is known.

Which numbers belong together is decided by the number grammar itself: the longest run of parts that is one
number («۲ میلیارد و ۳۰۰ میلیون», but «دو» and «سه» of «دو و سه»).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from ie_model.persian.digits import NumberError
from ie_model.persian.numbers import Number, Part, evaluate
from ie_model.quantities.finding.scan import Word
from ie_model.quantities.phrase import is_word_pair
from ie_model.quantities.tables import Unit, modifier_tables
from ie_model.quantities.tokens import OR_WORDS, RANGE_WORDS
from ie_model.quantities.units import MAX_UNIT_WORDS, known_unit

#: Words of one number, at most; bounds the work on long runs of number words.
MAX_NUMBER_WORDS: Final = 24


class Candidate(NamedTuple):
    """A number or range in a line's words.

    Attributes:
        start: Index of its first word.
        number_end: Index behind its (last) number.
        end: Index behind its unit, ``number_end`` if no unit is known.
        number: The number, or the upper end; None where it cannot be read.
        unit: The known unit, if there is one.
        low_end: Index behind the lower end's number; None if it is no range.
    """

    start: int
    number_end: int
    end: int
    number: Number | None
    unit: Unit | None
    low_end: int | None = None


def candidates(words: Sequence[Word]) -> Iterator[Candidate]:
    """Return the candidates of a line in order, none overlapping."""
    place = 0
    while place < len(words):
        found = _candidate(words, place) if starts_number(words, place) else None
        if found is None:
            place += 1
            continue
        yield found
        place = found.end


def starts_number(words: Sequence[Word], place: int) -> bool:
    """Whether a number may start at ``place``."""
    if place >= len(words):
        return False
    word = words[place]
    if word.kind == "bad number":
        return True
    # A sign stays outside the span: «منفی [۵ درصد]».
    return word.kind == "number" and word.parts[0].kind not in ("and", "point", "denominator", "minus")


def _candidate(words: Sequence[Word], start: int) -> Candidate | None:
    first = _single(words, start)
    if first is None:
        return None
    last = _range_end(words, first)
    if last is None:
        return first
    return Candidate(start, last.number_end, last.end, last.number, last.unit, first.number_end)


def _single(words: Sequence[Word], start: int) -> Candidate | None:
    if words[start].kind == "bad number":
        number, end = None, start + 1
    else:
        number, end = longest_number(words, start)
        if number is None:
            return None
        if _scale_hangs_over(words, end):
            number, end = _first_of_list(words, start, end) or (None, _run_end(words, end))
    unit, used = unit_at(words, end)
    end_of_cents = _cents_end(words, end + used, unit)
    return Candidate(start, end, end_of_cents or end + used, number, unit)


def _scale_hangs_over(words: Sequence[Word], place: int) -> bool:
    """Whether «۷۴۰ | هزار» goes on where the number grammar has stopped: what is written is no number."""
    return place < len(words) and words[place].kind == "number" and words[place].parts[0].kind == "scale"


def _first_of_list(words: Sequence[Word], start: int, end: int) -> tuple[Number, int] | None:
    """Return «۷۷ هزار» of «۷۷ هزار و ۸۰ هزار», two of a list; a longer run of parts is one broken number."""
    joins = [place for place in range(start, end) if words[place].text == "و"]
    if len(joins) != 1:
        return None
    number, size = longest_number(words[start : joins[0]], 0)
    return (number, joins[0]) if number is not None and size == joins[0] - start else None


def _run_end(words: Sequence[Word], place: int) -> int:
    while place < len(words) and words[place].kind == "number" and words[place].parts[0].kind != "and":
        place += 1
    return place


def _cents_end(words: Sequence[Word], place: int, unit: Unit | None) -> int | None:
    """Return the index behind «و ۴۲ سنت» of «۶۹ دلار و ۴۲ سنت»."""
    if unit is None or unit.cents is None or place >= len(words) or words[place].text != "و":
        return None
    if not starts_number(words, place + 1):
        return None
    number, end = longest_number(words, place + 1)
    part, used = unit_at(words, end)
    return end + used if number is not None and part is not None and part.name == unit.cents else None


def longest_number(words: Sequence[Word], start: int) -> tuple[Number | None, int]:
    """Return the longest number that starts at ``start``, and the index behind it; None if none does."""
    parts: list[Part] = []
    ends: list[tuple[int, int]] = []  # size of ``parts`` behind a word, and the index behind the word
    place = start
    while place < len(words) and place < start + MAX_NUMBER_WORDS:
        word = words[place]
        if word.kind != "number" or (place > start and word.glued):
            break
        if word.parts[-1].kind in ("and", "point") and not _continues(words, place + 1):
            break
        parts.extend(word.parts)
        place += 1
        if word.parts[-1].kind not in ("and", "point", "minus"):
            ends.append((len(parts), place))
    for size, end in reversed(ends):
        try:
            return evaluate(parts[:size]), end
        except NumberError:
            continue
    return None, start


def _continues(words: Sequence[Word], place: int) -> bool:
    return place < len(words) and words[place].kind == "number" and words[place].parts[0].kind != "and"


def unit_at(words: Sequence[Word], place: int) -> tuple[Unit | None, int]:
    """Return the known unit that starts at ``place`` and how many words it takes."""
    texts: list[str] = []
    for word in words[place : place + MAX_UNIT_WORDS]:
        if word.kind not in ("word", "sign"):
            break
        texts.append(word.text)
    return known_unit(texts)


def _range_end(words: Sequence[Word], first: Candidate) -> Candidate | None:
    """Return the upper end of the range that ``first`` opens, as a candidate of its own."""
    place = first.end
    if place >= len(words):
        return None
    if first.unit is None and is_pair(words, first):
        return _single(words, place)
    joins = words[place].kind == "dash" or words[place].text in RANGE_WORDS or words[place].text in OR_WORDS
    opened = first.start > 0 and words[first.start - 1].text in modifier_tables().between
    between = opened and words[place].text == "و"
    if not (joins or between) or not starts_number(words, place + 1):
        return None
    last = _single(words, place + 1)
    if last is None or first.number is None or last.number is None:
        return None
    if first.unit is not None and (last.unit is None or last.unit.name != first.unit.name):
        return None
    if last.number.value <= first.number.value and not between:
        return None
    return last


def is_pair(words: Sequence[Word], first: Candidate) -> bool:
    """Whether the next word makes «سه چهار» of the number ``first``."""
    if first.number_end >= len(words):
        return False
    left, right = words[first.number_end - 1], words[first.number_end]
    return bool(left.parts and right.parts) and is_word_pair(left.parts[-1], right.parts[0])
