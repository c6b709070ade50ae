"""HTML that cannot be broken out of: everything is escaped unless it is :class:`Safe`.

A page is built of :func:`element`; a plain ``str`` given to it is text and is escaped, so nothing that an
article holds can become a tag, an attribute or a script. A template library with autoescaping would do the
same; this is sixty lines, keeps the base install as it is, and mypy tells text from HTML.

Characters that an article should not steer a page with (bidi embeddings, overrides and isolates, controls,
invisible tags) are not written at all. Where one stands, an empty ``<i class=x data-c=202E>`` says so, and
the style sheet shows its number. ZWNJ, ZWJ, the bidi marks, the soft hyphen and the byte order mark stay:
Persian needs them, or they do nothing.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: Invisible characters that are written as they are.
KEPT: Final = frozenset(
    "\n\t\u00ad\u061c\u200c\u200d\u200e\u200f\ufeff\u0600\u0601\u0602\u0603\u0604\u0605\u06dd"
)
#: Categories of Unicode whose characters are shown by their number: controls, formats, line separators,
#: surrogates, private use and what is not assigned.
_SHOWN: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "\r": "&#13;"}
#: Letters, digits, spaces and signs of ordinary text: one look tells that there is nothing to do.
_ODD: Final = re.compile(
    r"[^ -!#-%(-;=?-~\n\t\u060c-\u06dc\u06de-\u06ff\u200c\u2013-\u201f\u00ab\u00bb\u2026]"
)
_UNQUOTED: Final = re.compile(r"[A-Za-z0-9_#./-]+")
#: Elements without content and end tag.
_VOID: Final = frozenset({"meta", "link", "input", "img"})
#: Elements in which a parser reads text and no tags, and those whose content it does not even unescape.
_NO_TAGS: Final = frozenset({"title", "option"})
_RAW: Final = frozenset({"script", "style"})


class Safe(str):
    """HTML that stands as it is; only this module and what it is given as a file of ours make it."""

    __slots__ = ()


def text(value: str) -> Safe:
    """Return ``value`` as the content of an element, its steering characters shown by their number.

    A parser gives back ``value`` exactly, but for those characters.
    """
    return Safe(_ODD.sub(_escaped, value))


def plain(value: str) -> str:
    """Return ``value`` for an attribute or a title, where no element can stand: ``⟨U+202E⟩``."""
    return "".join(f"⟨U+{ord(char):04X}⟩" if is_shown(char) else char for char in value)


def is_shown(char: str) -> bool:
    """Whether ``char`` is shown by its number instead of being written."""
    return char not in KEPT and char != "\r" and unicodedata.category(char) in _SHOWN


def element(tag: str, *children: str | None, **attributes: str | int | bool | None) -> Safe:
    """Return one element.

    Args:
        tag: Its name, one of ours.
        children: :class:`Safe` as it is, any other string as text; None for nothing.
        attributes: By name, ``_`` for ``-`` and one at the end to spare Python's own words (``class_``);
            True for a bare one, None and False for none. Values are escaped.

    Raises:
        ValueError: Text is to stand in a script or style, where it cannot be escaped.
    """
    opening = "".join(map(_attribute, attributes.items()))
    if tag in _VOID:
        return Safe(f"<{tag}{opening}>")
    if tag in _RAW and not all(isinstance(child, Safe) for child in children):
        raise ValueError(f"text cannot stand in <{tag}>")
    if tag in _NO_TAGS:
        children = tuple(plain(child) for child in children if child is not None)
    return Safe(f"<{tag}{opening}>{joined(*children)}</{tag}>")


def joined(*children: str | None) -> Safe:
    """Return ``children`` one behind another; see :func:`element`."""
    return Safe("".join(_content(child) for child in children if child is not None))


def _content(child: str) -> str:
    return child if isinstance(child, Safe) else text(child)


def _attribute(item: tuple[str, str | int | bool | None]) -> str:
    name, value = item[0].rstrip("_").replace("_", "-"), item[1]
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    shown = plain(str(value))
    if _UNQUOTED.fullmatch(shown):  # quotes of thousands of ids and classes are a tenth of a page
        return f" {name}={shown}"
    return f' {name}="{_ODD.sub(_entity, shown)}"'


def _entity(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0], match[0])


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    return f"<i class=x data-c={ord(char):04X}></i>" if is_shown(char) else _ESCAPES.get(char, char)
