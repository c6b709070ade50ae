"""JSON as the corpus files need it: exact numbers in, stable bytes out.

Fractions are parsed to ``Decimal`` by their digits, never through a float. Writing sorts keys and
escapes nothing that UTF-8 can hold, so equal data gives equal bytes and a diff shows what changed.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any, NoReturn

from ie_model.errors import CorpusError


def decode(raw: bytes, where: str) -> str:
    """Return ``raw`` as text; a byte order mark is no part of it.

    Raises:
        CorpusError: The bytes are not UTF-8; names the first bad byte.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorpusError(
            "not UTF-8",
            where=where,
            found=f"byte 0x{raw[error.start]:02x} at byte {error.start}",
            mend="Save the file as UTF-8.",
        ) from error


def parse_json(text: str, where: str) -> Any:
    """Return the JSON value in ``text``: integers as ``int``, fractions as ``Decimal``.

    Raises:
        CorpusError: Broken JSON, ``NaN`` or infinities, or half a surrogate pair, which no UTF-8
            file can hold.
    """

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not a JSON number")

    try:
        tree = json.loads(text, parse_float=Decimal, parse_constant=refuse)
        if "\\ud" in text.lower():
            json.dumps(tree, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeEncodeError as error:
        raise CorpusError("half a surrogate pair in a string", where=where) from error
    except (ValueError, InvalidOperation) as error:
        raise CorpusError(f"broken JSON: {error}", where=where) from error
    except RecursionError as error:
        raise CorpusError("broken JSON: nested too deeply", where=where) from error
    return tree


def stable_json(tree: Any, *, indent: int | None = None) -> str:
    """Return ``tree`` as JSON with sorted keys and nothing escaped without need; no final newline."""
    separators = (",", ": ") if indent is not None else (", ", ": ")
    return json.dumps(
        tree, ensure_ascii=False, sort_keys=True, indent=indent, separators=separators, allow_nan=False
    )


def plain_json(tree: Any, where: str) -> Any:
    """Return ``tree`` with each ``Decimal`` as a float, as Python's own JSON reader would give it.

    For metadata only: a fraction there keeps 17 significant digits, gold values are never passed
    through here.

    Raises:
        CorpusError: A number beyond the range of a 64-bit float.
    """
    if isinstance(tree, dict):
        return {key: plain_json(value, where) for key, value in tree.items()}
    if isinstance(tree, list):
        return [plain_json(value, where) for value in tree]
    if isinstance(tree, Decimal):
        number = float(tree)
        if not isfinite(number):
            raise CorpusError("a number beyond 64-bit floats in the metadata", where=where, found=str(tree))
        return number
    return tree


def digits_of(number: Decimal) -> str:
    """Return ``number`` in plain decimal digits without exponent; equal numbers give equal digits."""
    if number == number.to_integral_value():
        return str(int(number))
    return format(number.normalize(), "f")
