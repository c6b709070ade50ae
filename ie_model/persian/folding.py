"""Spelling variants of Persian writing, folded to one form.

One table serves two users: :func:`fold` for comparing spellings in Python, and the normalizer of every
tokenizer (``ie_model.tagging.tokenizers``), so that both agree on what counts as the same letter.
Nothing here is ever applied to an article's text as it is kept or shown.

The table is deliberately small: forms that differ by keyboard, encoding or typesetting (Arabic ي ك ى,
hamza seats, Arabic-Indic digits, presentation forms, vowel marks, tatweel, bidi marks). It does not
touch what differs by spelling habit («هیئت», «هیأت» stay apart but for the hamza seat).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

ZWNJ: Final = "\u200c"
"""Zero-width non-joiner, the half space within Persian words."""

LETTERS: Final[dict[str, str]] = {
    "ي": "ی",
    "ى": "ی",
    "ې": "ی",
    "ۍ": "ی",
    "ك": "ک",
    "ڪ": "ک",
    "ة": "ه",
    "ۀ": "ه",
    "ە": "ه",
    "ہ": "ه",
    "ھ": "ه",
    "أ": "ا",
    "إ": "ا",
    "ٱ": "ا",
    "ؤ": "و",
}
"""Letters that Arabic and other keyboards give for the Persian one."""

DIGITS: Final[dict[str, str]] = {chr(0x0660 + n): chr(0x06F0 + n) for n in range(10)}
"""Arabic-Indic digits to Persian digits; ASCII digits stay, encoders know both."""

DROPPED: Final = (
    "\u0640"  # tatweel
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"  # vowel and Quranic marks
    "\u00ad\u200b\u200d-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"  # invisible and bidi marks
)
"""What is written but not read: a character class without its brackets. ZWNJ is not among them."""

_DROPPED = re.compile(f"[{DROPPED}]")
_TABLE = str.maketrans({**LETTERS, **DIGITS})
_ASCII_DIGITS = str.maketrans({chr(0x06F0 + n): str(n) for n in range(10)})
_SPACES = re.compile(r"[\s\u200c]+")
_NOT_WORD = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Return ``text`` with spelling variants folded, ZWNJ as a space, and spaces collapsed.

    The length changes: offsets into the result mean nothing. Folding is idempotent.
    """
    folded = _DROPPED.sub("", unicodedata.normalize("NFKC", text)).translate(_TABLE)
    # Taking a mark out can bring together what composes (ا and ٓ around a vowel mark).
    folded = _DROPPED.sub("", unicodedata.normalize("NFKC", folded)).translate(_TABLE)
    return _SPACES.sub(" ", folded).strip()


def name_key(name: str) -> str:
    """Return a key that is equal for spellings of one name: folded, one digit script, no spaces or signs.

    «صنعت، معدن و تجارت» and «صنعت معدن و تجارت» have one key, and so have «دستگاه‌های», «دستگاه های» and
    «دستگاههای».
    """
    return _NOT_WORD.sub("", fold(name).translate(_ASCII_DIGITS))
