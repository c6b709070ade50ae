"""Tokens of a quantity's surface: number parts, words, signs and dashes.

One compiled expression cuts the cleaned text; spaces and ZWNJ end no number. Offsets are not kept: the
reader needs only what is written, and the span itself is given.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from ie_model.persian.digits import NumberError, clean, join_spoken_point, read_digits
from ie_model.persian.numbers import ONE, Part, number_prefixes, word_tokens
from ie_model.quantities.units import known_unit

TokenKind = Literal["number", "bad number", "word", "sign", "dash", "comma", "stop"]

#: What joins the two ends of a range, besides a dash.
RANGE_WORDS: Final = frozenset({"تا", "الی", "لغایت"})
#: «یا» too, but only between numbers: «دو یا سه محصول», «ده یا حتی پانزده».
OR_WORDS: Final = frozenset({"یا", "یاحتی"})


#: A rest as short as this behind a scale word is an ending («میلیونر»), not a noun.
MAX_ENDING: Final = 2


class Token(NamedTuple):
    """One token: ``part`` for a number, ``note`` for a doubt about its digits or why it is unreadable."""

    kind: TokenKind
    text: str
    part: Part | None = None
    note: str | None = None


#: One token of cleaned text; the groups are the kinds.
TOKEN: Final = re.compile(
    r"(?P<number>[0-9]{1,3}(?: [0-9]{3})+(?![0-9.,٫٬/\\])|[0-9](?:[0-9.,٫٬،/\\'’]*[0-9])?)"
    r"|(?P<word>[A-Za-z]+[23](?![0-9])|[^\W\d_]+(?:\u200c+[^\W\d_]+)*)"
    r"|(?P<sign>[%٪﹪‰$€£])"
    r"|(?P<dash>[-–—−‐‑~]+)"
    r"|(?P<comma>[،,])"
    r"|(?P<stop>[^\s\u200c])"
)
# A left-to-right mark beside the slash of an Arabic-script paper restores the written order: 12‎/8 is 12.8.
_MARKED_SLASH = re.compile(r"(\d)\u200e[/\\]\s*(?=\d)|(\d)\s*[/\\]\u200e(?=\d)")
#: Old papers print «22/3، » as «3/،22»: the comma of the list has slipped behind the decimal sign.
SLIPPED_COMMA: Final = re.compile(r"(?<=[0-9][/.])،(?=[0-9])")
# Behind digits «در صد» is the percent, elsewhere it may be «in a hundred».
_SPACED_PERCENT = re.compile(r"(?<=[0-9] )در صد(?=ی?\b)")
_LOOSE_SLASH = re.compile(r"(?<=\d) ?([/\\]) ?(?=\d)")


def tokenize(surface: str, *, reversed_slash: bool = False) -> list[Token]:
    """Cut ``surface`` (as written, any characters) into tokens. Never raises."""
    if "\u200e" in surface:
        surface = _MARKED_SLASH.sub(lambda match: (match[1] or match[2]) + "٫", surface)
    cleaned = join_spoken_point(clean(surface))
    if "/" in cleaned or "\\" in cleaned:
        cleaned = _LOOSE_SLASH.sub(r"\1", cleaned)
    if "در صد" in cleaned:
        cleaned = _SPACED_PERCENT.sub("درصد", cleaned)
    if "،" in cleaned:
        cleaned = SLIPPED_COMMA.sub("", cleaned)
    tokens: list[Token] = []
    for match in TOKEN.finditer(cleaned):
        kind = match.lastgroup
        written = match.group()
        if kind == "number":
            tokens.append(_digits(written, reversed_slash))
        elif kind == "word":
            _append_word(tokens, written)
        elif kind == "stop" and written.isdigit():
            tokens.append(Token("bad number", written, note="its digits are of another script"))
        else:
            tokens.append(Token(kind, written))  # type: ignore[arg-type]  # the group names are the kinds
    return tokens


def _digits(written: str, reversed_slash: bool) -> Token:
    try:
        value, note = read_digits(written.replace(" ", ""), reversed_slash=reversed_slash)
    except NumberError as error:
        return Token("bad number", written, note=str(error))
    return Token("number", written, Part("digits", value, ONE), note)


def _append_word(tokens: list[Token], word: str) -> None:
    if word[0].isnumeric():
        tokens.append(Token("bad number", word, note="a fraction or a superscript stands for a number"))
        return
    parts = word_tokens(word)
    rest = ""
    if not parts and len(word) > 2:
        first = not any(token.part for token in tokens)
        behind_number = bool(tokens) and tokens[-1].part is not None
        parts, rest = split_glued(word, first=first, behind_number=behind_number)
    tokens.extend(Token("number", word, part) for part in parts)
    if rest or not parts:
        tokens.append(Token("word", rest or word))


def split_glued(word: str, *, first: bool, behind_number: bool) -> tuple[tuple[Part, ...], str]:
    """Split a number from the word that is glued to it, if that is what ``word`` is.

    «سی‌تی‌اسکن» starts with no thirty: only a known unit may be glued to any number, any noun to a scale word
    behind a number («۹۰۰ هزارفرصت شغلی»), and what a ZWNJ cuts off to a phrase's first word.

    Args:
        word: One cleaned word.
        first: Whether no number stands before it in its phrase.
        behind_number: Whether a number stands right before it.

    Returns:
        The parts of the number and the rest; ``()`` and "" if nothing is glued.
    """
    for parts, rest, at_zwnj in number_prefixes(word):
        noun_may_follow = behind_number and parts[0].kind == "scale" and len(rest) > MAX_ENDING
        if (first and at_zwnj) or noun_may_follow or known_unit([rest])[0] is not None:
            return parts, rest
    return (), ""
