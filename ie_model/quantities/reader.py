"""Read one span as a :class:`~ie_model.schema.Quantity`: surface, parsed phrase, normalised value.

The span's own surface gives the number and unit, the words on both sides the modifier. A bare member of a
list takes the scale and unit of the list's last member. All arithmetic is ``Decimal``. What cannot be
read gets no value and a warning, never a guess, and no text raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Final, NamedTuple

from ie_model.errors import IeModelError
from ie_model.persian.digits import NumberError
from ie_model.persian.folding import ZWNJ
from ie_model.persian.numbers import ONE, Number
from ie_model.quantities.lists import Shared, shared_from_left, shared_from_right
from ie_model.quantities.modifiers import Left, left_of_words, read_both, read_left, tail_modifier
from ie_model.quantities.phrase import Phrase, read_phrase
from ie_model.quantities.slashes import slash_habit
from ie_model.quantities.tables import CLOSER_LENGTH, Unit, modifier_tables, unit_tables
from ie_model.quantities.tokens import Token, tokenize
from ie_model.quantities.units import MONEY_SCALE, PERCENT, RIALS, known_unit, plain
from ie_model.schema import PERCENTAGE, Kind, Modifier, Quantity, is_exact_number

# Products of the largest written number, its scales and a currency factor stay exact.
_PRECISION: Final = 160
_SLASH = re.compile(r"[0-9]\s?[/\\][\s،]{0,2}[0-9]")
#: «۲۰ و اندی» has three tokens; fewer hold no «و اندی».
_AND_SOME_TOKENS: Final = 2
#: Tokens of the longest wording at a surface's end that qualifies its number («و کمتر از آن»).
_TAIL_TOKENS: Final = 4
#: A longer surface is not one quantity; reading it would only cost time.
MAX_SURFACE: Final = 400


@dataclass(frozen=True, slots=True)
class Reading:
    """One quantity as it was read.

    Attributes:
        quantity: The normalised quantity.
        warnings: Why there is no value, or what about it is uncertain; empty as a rule.
        phrase: The parsed layer: number, scale, unit; None if the surface could not be read.
        surface: The span as it is written.
    """

    quantity: Quantity
    warnings: tuple[str, ...] = ()
    phrase: Phrase | None = None
    surface: str = ""


def read_quantity(text: str, start: int, end: int, *, label: str | None = None) -> Reading:
    """Read the quantity that ``text[start:end]`` writes.

    Args:
        text: The whole article, as given.
        start: First code point of the span.
        end: Code point behind the span (half-open).
        label: The mention's label, if known; PERCENTAGE makes a number without any unit a percentage.

    Raises:
        IeModelError: ``start`` and ``end`` are no span of ``text``. No text raises.

    Examples:
        >>> read_quantity("نرخ بیکاری ۱۲/۸ درصد", 11, 20).quantity.value
        Decimal('12.8')
        >>> read_quantity("چند درصد", 0, 8).quantity.value is None
        True
    """
    if not 0 <= start < end <= len(text):
        raise IeModelError(
            "this is no span of the text",
            found=f"[{start}, {end})",
            expected=f"0 <= start < end <= {len(text)}",
            mend="Give half-open code point offsets into the article as it was given.",
        )
    surface = text[start:end]
    is_reversed, doubts = _slash_direction(text, surface)
    tokens = tokenize(surface[:MAX_SURFACE], reversed_slash=is_reversed)
    span = _Span(text, start, end, label, is_reversed)
    try:
        if len(surface) > MAX_SURFACE:
            raise NumberError("it is too long")
        with localcontext() as context:  # the caller's precision must round nothing
            context.prec = _PRECISION
            quantity, phrase = _read(span, surface, tokens)
        return Reading(quantity, doubts + phrase.notes, phrase, surface)
    except NumberError as error:
        return _unreadable(surface, tokens, label, str(error))


class _Span(NamedTuple):
    text: str
    start: int
    end: int
    label: str | None
    reversed_slash: bool


def _read(span: _Span, surface: str, tokens: list[Token]) -> tuple[Quantity, Phrase]:
    left = read_left(span.text, span.start)
    if surface[0] == "ن":
        tokens = _with_not(tokens)
    number, some = _without_and_some(tokens) if len(tokens) > _AND_SOME_TOKENS else (tokens, False)
    phrase = read_phrase(number, between=left.between)
    if phrase.unit is not None and phrase.unit.name in unit_tables().no_numbers:
        raise NumberError("a plural, a fraction or an ordinal is no number")
    modifier = _modifier(span, tokens, _with_lead(left, phrase), some=some)
    return _normalise(span, phrase, modifier), phrase


def _slash_direction(text: str, surface: str) -> tuple[bool, tuple[str, ...]]:
    # Reversal comes from ASCII digits in a right-to-left line; other digits are written in order.
    if not _SLASH.search(surface):
        return False, ()
    habit = slash_habit(text)
    if habit.certain:
        return habit.is_reversed, ()
    order = "5/28 is 28.5" if habit.is_reversed else "28/5 is 28.5"
    return habit.is_reversed, (f"the order of the slash decimal is uncertain; read as {order}",)


def _with_lead(left: Left, phrase: Phrase) -> Left:
    words = tuple(word for word in phrase.lead if word[0].isalpha())
    if not words:
        return left
    inner, understood = left_of_words(words)
    if not understood:
        raise NumberError("it begins with words that are no number")
    return inner if inner.modifier != "exact" else left


def _with_not(tokens: list[Token]) -> list[Token]:
    """Make «نه» of «نه کمتر از ۵ نفر» the word «not», where it would be nine."""
    rest = "".join(token.text for token in tokens[1:3]).replace(ZWNJ, "")
    if tokens[0].text == "نه" and rest in modifier_tables().phrases:
        return [Token("word", "نه"), *tokens[1:]]
    return tokens


def _without_and_some(tokens: list[Token]) -> tuple[list[Token], bool]:
    """Take «و اندی» out of «۲۰ و اندی میلیون تومان», where the number would end; the flag tells."""
    words = modifier_tables().and_some
    for place, token in enumerate(tokens):
        if token.kind == "word" and place > 1 and token.text.replace(ZWNJ, "") in words:
            joint, number = tokens[place - 1].part, tokens[place - 2].part
            if joint is not None and joint.kind == "and" and number is not None:
                after = place + 1 + (tokens[place + 1 :][:1] == [Token("word", "ای")])  # «خرده ای»
                return tokens[: place - 1] + tokens[after:], True
    return tokens, False


def _modifier(span: _Span, tokens: list[Token], left: Left, *, some: bool) -> Modifier:
    if tokens[-1].text[-CLOSER_LENGTH:] in modifier_tables().closers:
        tail = tail_modifier(tuple(token.text for token in tokens[-_TAIL_TOKENS:]))
        if tail is not None:
            return tail
    modifier = read_both(span.text, span.end, left)
    # «سی و چند نفر» is more than thirty; a bound that is written says more («حداقل سی و چند نفر»).
    return "more_than" if some and modifier in ("exact", "about") else modifier


def _normalise(span: _Span, phrase: Phrase, modifier: Modifier) -> Quantity:
    unit, scale = phrase.unit, ONE
    if unit is None and phrase.low is None:
        shared = _shared(span, phrase.number)
        if shared is not None:
            if shared.scale is None:
                raise NumberError("it is not clear whether it shares the scale of its list")
            unit, scale = shared.unit, shared.scale
    kind = unit.kind if unit else _kind_without_unit(phrase.number, span.label)
    factor = scale * (unit.factor if unit else ONE)
    number = _exact(phrase.number.value * factor + phrase.cents)
    other = _exact(phrase.low.value * factor) if phrase.low is not None else number
    is_range = other != number
    return Quantity(
        kind=kind,
        value=None if is_range else number,
        low=min(number, other) if is_range else None,
        high=max(number, other) if is_range else None,
        modifier="range" if is_range else modifier,
        unit=unit.name if unit else PERCENT if kind == "percent" else None,
        item=unit.item if unit else None,
        currency=unit.currency if unit else None,
        rials=None if is_range else _rials(number, unit),
    )


def _shared(span: _Span, bare: Number) -> Shared | None:
    return shared_from_right(
        span.text, span.end, bare, reversed_slash=span.reversed_slash
    ) or shared_from_left(span.text, span.start, bare, reversed_slash=span.reversed_slash)


def _exact(value: Decimal) -> Decimal:
    """Return ``value`` plainly, if JSON can carry it."""
    if not is_exact_number(value):
        raise NumberError("it has more digits than a quantity has")
    return plain(value)


def _rials(value: Decimal, unit: Unit | None) -> Decimal | None:
    rate = RIALS.get(unit.currency) if unit and unit.currency else None
    if rate is None or not is_exact_number(value * rate):
        return None
    return _exact(value * rate)


def _kind_without_unit(number: Number, label: str | None) -> Kind:
    if label == PERCENTAGE:
        return "percent"
    return "money" if number.scale is not None and number.scale >= MONEY_SCALE else "count"


def _unreadable(surface: str, tokens: list[Token], label: str | None, reason: str) -> Reading:
    """Return a quantity without value: what is sure of it is its unit."""
    words = [token.text for token in tokens if token.kind in ("word", "sign")]
    unit = next((found for place in range(len(words)) if (found := known_unit(words[place:])[0])), None)
    kind: Kind = "percent" if label == PERCENTAGE else unit.kind if unit else "count"
    shown = surface if len(surface) <= 60 else surface[:60] + "…"
    return Reading(
        Quantity(
            kind=kind,
            unit=unit.name if unit else PERCENT if kind == "percent" else None,
            item=unit.item if unit else None,
            currency=unit.currency if unit else None,
        ),
        (f"«{shown}» cannot be read: {reason}",),
        surface=surface,
    )
