"""Fields that the two corpus formats share: read strictly, refused with file and article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from ie_model.corpus.json_text import plain_json
from ie_model.corpus.model import GoldMention, GoldValue
from ie_model.errors import CorpusError
from ie_model.schema import EXACT_FLOAT_DIGITS, MAX_INTEGER_DIGITS, is_exact_number


def text_field(tree: Mapping[str, Any], key: str, where: str) -> str:
    """Return ``tree[key]``, which must be a non-empty string (a number is taken as its digits).

    Raises:
        CorpusError: It is missing, empty or of another type.
    """
    value = tree.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value:
        found = "nothing" if value is None else repr(value)
        raise CorpusError(f"needs {key!r}, a string that is not empty", where=where, found=found)
    return value


def gather_meta(tree: Mapping[str, Any], known: frozenset[str], where: str) -> dict[str, Any]:
    """Return ``tree["meta"]`` together with the keys of ``tree`` that are not ``known``.

    Raises:
        CorpusError: ``meta`` is not an object, or says something else about such a key.
    """
    meta = tree.get("meta")
    if meta is not None and not isinstance(meta, dict):
        raise CorpusError("'meta' is an object", where=where, found=type(meta).__name__)
    extra = {key: value for key, value in tree.items() if key not in known}
    for key in extra.keys() & (meta or {}).keys():
        if extra[key] != (meta or {})[key]:
            raise CorpusError(f"{key!r} stands beside 'meta' and differs from 'meta.{key}'", where=where)
    gathered: dict[str, Any] = plain_json({**extra, **(meta or {})}, where)
    return gathered


def in_text_order(mentions: Sequence[GoldMention]) -> tuple[GoldMention, ...]:
    """Return ``mentions`` by start, then end, then id."""
    return tuple(sorted(mentions, key=lambda mention: (mention.start, mention.end, mention.id)))


def require_distinct_ids(mentions: Sequence[GoldMention], where: str) -> None:
    """Refuse two mentions with one id: relations could not tell them apart.

    Raises:
        CorpusError: Names the id.
    """
    for mention_id, count in Counter(mention.id for mention in mentions).items():
        if count > 1:
            raise CorpusError(f"{count} mentions have the id {mention_id!r}", where=where)


def require_one_value(value: GoldValue, where: str) -> None:
    """Refuse half a range, and a single value beside a range: no format has a place for them.

    Raises:
        CorpusError: Names the mention.
    """
    if (value.low is None) != (value.high is None) or (value.value is not None and value.low is not None):
        raise CorpusError(
            "a value is one number, or the low and the high end of a range", where=where, found=repr(value)
        )


def exact_number(value: Any, where: str) -> Decimal:
    """Return a gold number given as a JSON number or a string of its digits.

    Raises:
        CorpusError: Not a number, or one that no JSON number denotes exactly.
    """
    number: Decimal | None = None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
    elif isinstance(value, str):
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = None
    if number is None:
        raise CorpusError("a value is a number or the digits of one", where=where, found=repr(value))
    if not _survives_json(number):
        raise CorpusError(
            "a value that no JSON number denotes exactly",
            where=where,
            found=str(number),
            expected=f"at most {EXACT_FLOAT_DIGITS} significant digits in a fraction, "
            f"{MAX_INTEGER_DIGITS} in an integer",
        )
    return number


def _survives_json(number: Decimal) -> bool:
    # Wider than is_exact_number, which must hold for every 64-bit reader: 16 or 17 digits may do.
    if not number.is_finite():
        return False
    if number == number.to_integral_value():
        return is_exact_number(number)
    return Decimal(repr(float(number))) == number


def whole_number(value: Any, where: str) -> int:
    """Return an offset, which other programs also write as ``12.0``.

    Raises:
        CorpusError: Not a whole number of zero or more.
    """
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
        if number >= 0 and number == number.to_integral_value():
            return int(number)
    raise CorpusError("an offset is a whole number from 0", where=where, found=repr(value))
