"""Scales and units that a bare number shares with the other members of its list or from-to.

«بالای [100] و زیر 100 میلیارد ریال», «از [۴۵] به ۵۰ میلیون تومان», «به ترتیب [۴۱]، [۳۸] و ۲۷ میلیارد»:
annotators give each member its full value. Only the same sentence is read, at most :data:`RIGHT_WINDOW`
code points to the right (:data:`LEFT_WINDOW` to the left), and a verb or a new clause ends the list.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, NamedTuple

from ie_model.persian.digits import NumberError
from ie_model.persian.numbers import ONE, Number, Part, evaluate
from ie_model.quantities.phrase import first_number, number_run, shared_scale
from ie_model.quantities.tables import Unit, unit_tables
from ie_model.quantities.tokens import Token, tokenize
from ie_model.quantities.units import known_unit, read_unit

LEFT_WINDOW: Final = 64
RIGHT_WINDOW: Final = 220
#: How many words may stand between two members of a list («بانک سپه ۱۸ و بانک پاسارگاد ۵ کارخانه»).
MAX_LIST_GAP: Final = 9
#: How many words may stand between the unit and «به» («از ۵ میلیون دلار ارزش به ۶»).
MAX_WORDS_BEHIND_UNIT: Final = 1
#: How many bare members a list may have before the one with the unit.
MAX_LIST_MEMBERS: Final = 16

_SENTENCE_END = re.compile(r"[!?؟؛\n\r]|\.(?!\d)")
#: What opens the next member of a list or the other end of a from-to.
_LIST_JOINS: Final = frozenset({"به", "تا", "یا", "الی"})


class Shared(NamedTuple):
    """What a bare number takes from another member of its list; ``scale`` None where it is not clear."""

    scale: Decimal | None
    unit: Unit | None


def shared_from_right(text: str, end: int, bare: Number, *, reversed_slash: bool = False) -> Shared | None:
    """Return the scale and unit that a number ending at ``end`` shares with the rest of its list.

    «بالای [100] و زیر 100 میلیارد ریال», «از [۴۵] به ۵۰ میلیون تومان»: the last member has them.
    """
    window = text[end : end + RIGHT_WINDOW]
    stop = _SENTENCE_END.search(window)
    if stop:
        window = window[: stop.start()]
    elif len(text) > end + RIGHT_WINDOW:
        window = window.rpartition(" ")[0]
    tokens = tokenize(window, reversed_slash=reversed_slash)
    place: int | None = 0
    for _ in range(MAX_LIST_MEMBERS):
        place = _next_member(tokens, place or 0)
        if place is None:
            return None
        try:
            number, place = first_number(tokens, place)
        except NumberError:
            return None
        unit = _list_unit(tokens, place)
        if unit is not None or (number.scale != ONE and bare.scale == ONE):
            return _share(bare, number, unit)
    return None


def _share(bare: Number, full: Number, unit: Unit | None) -> Shared:
    return Shared(shared_scale(bare, full), unit)


def _next_member(tokens: list[Token], place: int) -> int | None:
    """Return where the number of the next list member starts, from a join on."""
    if place >= len(tokens):
        return None
    first = tokens[place]
    is_and = first.part is not None and first.part.kind == "and"
    if not (is_and or first.kind == "comma" or first.text in _LIST_JOINS):
        return None
    for ahead in range(place + 1, min(place + 1 + MAX_LIST_GAP, len(tokens))):
        token = tokens[ahead]
        if token.kind == "number" and not _is_and(token.part):
            return ahead
        if token.text in unit_tables().list_stops or token.kind in ("stop", "bad number"):
            return None
    return None


def _is_and(part: Part | None) -> bool:
    return part is not None and part.kind == "and"


def _list_unit(tokens: list[Token], place: int) -> Unit | None:
    words = []
    for token in tokens[place : place + 5]:
        if token.kind not in ("word", "sign"):
            break
        words.append(token.text)
    return read_unit(words)


def shared_from_left(text: str, start: int, bare: Number, *, reversed_slash: bool = False) -> Shared | None:
    """Return what «از ۱.۲ میلیارد دلار به [۲.۴]» shares with the number before it."""
    window = text[max(0, start - LEFT_WINDOW) : start]
    ends = [match.end() for match in _SENTENCE_END.finditer(window)]
    tokens = tokenize(window[ends[-1] :] if ends else window, reversed_slash=reversed_slash)
    if not tokens or tokens[-1].text != "به":
        return None
    place = len(tokens) - 1
    while place and tokens[place - 1].kind in ("word", "sign"):
        place -= 1
    words = [token.text for token in tokens[place:-1]]
    unit, used = known_unit(words)
    if unit is None or len(words) - used > MAX_WORDS_BEHIND_UNIT:
        return None
    first = place
    while first and tokens[first - 1].kind == "number":
        first -= 1
    if first == place or not first or tokens[first - 1].text != "از":
        return None
    try:
        return _share(bare, evaluate(number_run(tokens[first:place], 0)[0]), unit)
    except NumberError:
        return None
