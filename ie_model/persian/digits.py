"""Runs of digits with their separators to exact ``Decimal``, in any of the digit forms of Persian text.

Which sign separates thousands and which decimals is decided by the groups alone; where they do not tell
(one point before three digits) the reading comes with a note. Nothing is repaired: other separators raise
:class:`NumberError`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from ie_model.persian.folding import DIGITS, DROPPED, LETTERS


class NumberError(ValueError):
    """A number that the grammar does not accept. The message is a clause for a warning."""


#: Digits that one written number may have; longer runs are identifiers, not quantities.
MAX_DIGITS: Final = 40

_CLEAN: Final = str.maketrans(
    {
        **LETTERS,
        **{arabic: str(ord(persian) - 0x06F0) for arabic, persian in DIGITS.items()},
        **{chr(0x06F0 + n): str(n) for n in range(10)},
        **{
            chr(code): None
            for first, last in re.findall("(.)(?:-(.))?", DROPPED)
            for code in range(ord(first), ord(last or first) + 1)
        },
    }
)
_COMPATIBLE_RANGES: Final = "\ufb50-\ufdff\ufe70-\ufefc\uff00-\uffef\u00a0\u2000-\u200a\u202f"
_COMPATIBLE = re.compile(f"[{_COMPATIBLE_RANGES}]")
# One look tells that a surface is clean already, as most words around a number are.
_UNCLEAN = re.compile(f"[{_COMPATIBLE_RANGES}{''.join(map(chr, _CLEAN))}]")
_MOVING = re.compile(f"[{_COMPATIBLE_RANGES}{DROPPED}]")
_SLASHES = re.compile(r"[/\\]")
_SIGNS = re.compile(r"[^0-9]")
_SPOKEN_POINT = re.compile(r"(?<=[0-9])\s*ممیز\s*(?=[0-9])")


def clean(surface: str) -> str:
    """Return ``surface`` with one letter and digit form each (ASCII digits), marks dropped, ZWNJ kept.

    The length may change. Vulgar fractions and superscripts stay as they are: they are not digits here.
    """
    if not _UNCLEAN.search(surface):
        return surface
    if _COMPATIBLE.search(surface):
        # Only these ranges: NFKC over everything would turn 2½ into 21⁄2.
        surface = _COMPATIBLE.sub(_compatible, surface)
    return surface.translate(_CLEAN)


def keeps_offsets(text: str) -> bool:
    """Whether :func:`clean` drops nothing of ``text`` and takes nothing apart: the rest maps one to one."""
    return not _MOVING.search(text)


def join_spoken_point(cleaned: str) -> str:
    """Return ``cleaned`` text with «2 ممیز 05» as «2٫05»: read as words, the zero would be lost."""
    return _SPOKEN_POINT.sub("٫", cleaned) if "ممیز" in cleaned else cleaned


def _compatible(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match.group())


def read_digits(written: str, *, reversed_slash: bool = False) -> tuple[Decimal, str | None]:
    """Read one run of ASCII digits with its separators.

    «٬ ، , ' ’» and «.» before groups of three separate thousands, «٫» and «.» are decimal signs, and so is
    a comma before one, two or more than three digits («4,2 درصد» of old papers). A slash is a decimal
    sign: 28/5 is 28.5, with ``reversed_slash`` 5/28 is 28.5.

    Returns:
        The value, and a note when one point before three digits could as well separate thousands.

    Raises:
        NumberError: Separators that make no number, or more than ``MAX_DIGITS`` digits.
    """
    if len(written) > MAX_DIGITS:
        raise NumberError("it has too many digits")
    if written.isdecimal():
        return Decimal(written), None
    if "/" in written or "\\" in written:
        return _read_slash(_SLASHES.split(written), reversed_slash), None
    groups = _SIGNS.split(written)
    signs = "".join(_SIGNS.findall(written))
    if "" in groups:
        raise NumberError("its separators stand side by side")
    if len(signs) == 1:
        return _read_one_sign(groups[0], signs, groups[1])
    if len(set(signs)) == 1 and _are_thousands(groups):
        return Decimal("".join(groups)), None
    if len(set(signs[:-1])) == 1 and signs[-1] not in signs[:-1] and _are_thousands(groups[:-1]):
        return Decimal("".join(groups[:-1]) + "." + groups[-1]), None
    raise NumberError("its separators make no number")


def _read_one_sign(whole: str, sign: str, rest: str) -> tuple[Decimal, str | None]:
    thousands = _are_thousands([whole, rest])
    if sign == "٫" or (sign == "." and not thousands):
        return Decimal(f"{whole}.{rest}"), None
    if sign == ".":
        return Decimal(f"{whole}.{rest}"), "the point before three digits is read as a decimal sign"
    if thousands:
        return Decimal(whole + rest), None
    if len(rest) == 3 and not whole.startswith("0"):
        raise NumberError("its separators make no number")
    return Decimal(f"{whole}.{rest}"), None


def _are_thousands(groups: Sequence[str]) -> bool:
    first = groups[0]
    return 1 <= len(first) <= 3 and first[0] != "0" and all(len(group) == 3 for group in groups[1:])


def _read_slash(sides: Sequence[str], reversed_slash: bool) -> Decimal:
    if len(sides) != 2 or not all(sides):
        raise NumberError("its slashes make no number")
    whole, rest = reversed(sides) if reversed_slash else sides
    if not rest.isdecimal():
        raise NumberError("its separators make no number")
    if not whole.isdecimal():
        groups = re.split(r"[,٬،'’.]", whole)
        if not _are_thousands(groups) or not all(group.isdecimal() for group in groups):
            raise NumberError("its separators make no number")
        whole = "".join(groups)
    return Decimal(f"{whole}.{rest}")
