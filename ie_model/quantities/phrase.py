"""The grammar of one quantity phrase: number or range, then its unit.

``number [unit]`` · ``number (تا | الی | - | یا) number [unit]`` · ``between: number و number [unit]`` ·
``سه چهار [unit]`` · ``number دلار و number سنت``. What does not fit raises
:class:`~ie_model.persian.digits.NumberError`, whose message becomes the warning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ie_model.persian.digits import NumberError
from ie_model.persian.numbers import ONE, Number, Part, evaluate
from ie_model.quantities.tables import Unit
from ie_model.quantities.tokens import OR_WORDS, RANGE_WORDS, Token
from ie_model.quantities.units import known_unit, read_unit

_HUNDREDTH: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a surface says, before any context: the parsed layer between surface and quantity.

    Attributes:
        low: The lower end of a range; None for a single number.
        number: The number, or the upper end.
        unit: Its unit, if one is written.
        cents: Hundredths that follow the unit, as a part of it («و ۴۲ سنت» is 0.42).
        lead: Words of the surface before the number.
        notes: Doubts that do not make the number unreadable.
    """

    number: Number
    low: Number | None = None
    unit: Unit | None = None
    cents: Decimal = Decimal(0)
    lead: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_phrase(tokens: Sequence[Token], *, between: bool = False) -> Phrase:
    """Read a quantity phrase from all ``tokens`` of a surface.

    Args:
        tokens: From :func:`~ie_model.quantities.tokens.tokenize`.
        between: Whether «بین» stands before, so that «و» joins the ends of a range.

    Raises:
        NumberError: No number, or one that the grammar does not accept.
    """
    start = next((i for i, token in enumerate(tokens) if token.part or token.kind == "bad number"), None)
    if start is None:
        raise NumberError("no number is written")
    lead = tuple(token.text for token in tokens[:start] if token.kind in ("word", "sign"))
    notes = tuple(token.note for token in tokens if token.note and token.kind == "number")
    parts, after = number_run(tokens, start)
    low: Number | None
    split = _range_split(tokens, after)
    if split is not None:
        low_end, high_start = split
        low = evaluate(parts)
        high_parts, after = number_run(tokens, high_start)
        high = evaluate(high_parts)
        _check_low_unit(tokens[len(parts) + start : low_end], tokens[after:])
    else:
        _check_break(tokens, after)
        low, high = _pair(parts, between)
    words = _words(tokens, after)
    unit = read_unit(words) or _sign_unit(lead, tokens[after:])
    cents = _cents(tokens, after, unit)
    if low is not None:
        low = _reach_back(low, high)
    return Phrase(high, low, unit, cents, lead, notes)


def number_run(tokens: Sequence[Token], start: int) -> tuple[list[Part], int]:
    """Return the number parts from ``start`` on, and the index behind them.

    Raises:
        NumberError: A run of digits among them cannot be read.
    """
    parts: list[Part] = []
    place = start
    while place < len(tokens):
        token = tokens[place]
        if token.kind == "bad number":
            raise NumberError(token.note or "its digits cannot be read")
        if token.part is None:
            break
        if token.part.kind in ("and", "point", "minus") and not _starts_number(tokens, place + 1):
            break
        parts.append(token.part)
        place += 1
    return parts, place


def _check_break(tokens: Sequence[Token], after: int) -> None:
    """Refuse «۵. ۸ میلیون»: a sign with a number right behind it breaks the number, it does not end it."""
    if after < len(tokens) and tokens[after].kind in ("stop", "comma") and _starts_number(tokens, after + 1):
        raise NumberError("its digits are broken by a sign")


def first_number(tokens: Sequence[Token], start: int) -> tuple[Number, int]:
    """Return the longest number at ``start`` that is whole: «۳۸» of «۳۸ و ۲۷ میلیارد».

    Raises:
        NumberError: None is.
    """
    parts, _ = number_run(tokens, start)
    for size in range(len(parts), 0, -1):
        if size == len(parts) or parts[size].kind == "and":
            try:
                return evaluate(parts[:size]), start + size
            except NumberError:
                continue
    raise NumberError("no number is written")


def _starts_number(tokens: Sequence[Token], place: int) -> bool:
    if place >= len(tokens):
        return False
    part = tokens[place].part
    return tokens[place].kind == "bad number" or (part is not None and part.kind not in ("and", "point"))


def _range_split(tokens: Sequence[Token], after: int) -> tuple[int, int] | None:
    """Return where the lower end (with its unit) stops and the upper number starts."""
    for place in range(after, len(tokens) - 1):
        token = tokens[place]
        start = place + 1
        if token.text == "یا" and tokens[start].text == "حتی":
            start += 1
        joins = token.kind == "dash" or token.text in RANGE_WORDS or token.text in OR_WORDS
        if joins and start < len(tokens) and _starts_number(tokens, start):
            return place, start
        if token.kind not in ("word", "sign"):
            return None
    return None


def _check_low_unit(low: Sequence[Token], high: Sequence[Token]) -> None:
    low_words = [token.text for token in low if token.kind in ("word", "sign")]
    if not low_words:
        return
    high_words = [token.text for token in high if token.kind in ("word", "sign")]
    low_unit, high_unit = read_unit(low_words), read_unit(high_words)
    if low_unit is None or high_unit is None or low_unit.name != high_unit.name:
        raise NumberError("the two ends of the range have different units")


def _pair(parts: list[Part], between: bool) -> tuple[Number | None, Number]:
    """Read one number, or the two of «سه چهار» and of «[بین] ۱۵ و ۶۰»."""
    try:
        return None, evaluate(parts)
    except NumberError:
        for place in range(1, len(parts)):
            left, right = parts[place - 1], parts[place]
            if between and right.kind == "and":
                low, high = parts[:place], parts[place + 1 :]
            elif is_word_pair(left, right):
                low, high = parts[:place], parts[place:]
            else:
                continue
            try:
                return evaluate(low), evaluate(high)
            except NumberError:
                continue
        raise


def is_word_pair(left: Part, right: Part) -> bool:
    """Whether two number words side by side are a range: «سه چهار», but not «بیست سه»."""
    return left.kind == right.kind == "word" and right.value >= left.grain and right.value > left.value


def _reach_back(low: Number, high: Number) -> Number:
    """Apply the upper end's scale to a lower end that is written without it: «۱۰ تا ۱۲ هزار»."""
    scaled = shared_scale(low, high)
    # «۵۰۰ تا ۲ میلیون» can mean five hundred or five hundred thousand: falling ends show it.
    if scaled is None or (scaled != ONE and low.value * scaled > high.value):
        raise NumberError("it is not clear whether the scale reaches back")
    return low._replace(value=low.value * scaled)


def shared_scale(bare: Number, full: Number) -> Decimal | None:
    """Return by what to multiply ``bare``, that shares the scale of ``full``; None where it is not clear.

    «۵ … ۱۰ هزار»: 1000. «۵ هزار … ۹ هزار و ۲۰۰ میلیارد»: 10^9. «۵۰۰۰ … ۱۰ هزار»: 1, it has its own.
    """
    if full.inner > ONE and bare.scale == full.inner:
        return full.outer
    if bare.scale != ONE or full.scale == ONE:
        return ONE
    if full.scale is None:
        return None
    if abs(bare.value) >= full.scale:
        return ONE if bare.value <= full.value else None
    coefficient = abs(full.value / full.scale)
    if abs(bare.value) <= coefficient * SHARED_RATIO and abs(bare.value) * SHARED_RATIO >= coefficient:
        return full.scale
    return None


#: Numbers of one list that share a scale word are at most this many times each other: «۳ … ۹۵۰ میلیارد»
#: share it, «۵۰۰۰ و ۲ میلیون» need not.
SHARED_RATIO: Final = 1000


def _words(tokens: Sequence[Token], after: int) -> list[str]:
    words: list[str] = []
    for token in tokens[after : after + 6]:
        if token.kind not in ("word", "sign") and not (token.part and token.part.kind == "and"):
            break
        words.append(token.text)
    return words


def _sign_unit(lead: Sequence[str], rest: Sequence[Token]) -> Unit | None:
    """Return the unit of a sign that stands before the number («$۵۰», «٪۳۵») or after a noun."""
    signs = [text for text in lead if not text[0].isalpha()]
    signs += [token.text for token in rest if token.kind == "sign"]
    return known_unit(signs[-1:])[0]


def _cents(tokens: Sequence[Token], after: int, unit: Unit | None) -> Decimal:
    """Return the hundredths of «۶۹ دلار و ۴۲ سنت»; refuse a second number that is none."""
    if unit is None or unit.kind not in ("money", "measure"):
        return Decimal(0)
    for place in range(after, min(after + 5, len(tokens))):
        part = tokens[place].part
        if part is None or part.kind != "and":
            continue
        if not _starts_number(tokens, place + 1):
            return Decimal(0)
        parts, end = number_run(tokens, place + 1)
        following, _ = known_unit(_words(tokens, end))
        if following is None:
            return Decimal(0)
        if following.name != unit.cents:
            raise NumberError("it holds two quantities")
        return evaluate(parts).value * _HUNDREDTH
    return Decimal(0)
