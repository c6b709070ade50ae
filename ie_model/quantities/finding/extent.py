"""Where a quantity ends: at its unit, or behind the counted noun with its adjectives and nouns of type.

Annotation guide, quantities 3 and 4: money ends at the currency or scale word, a measure at its unit; a
counted noun takes classifiers, adjectives and nouns of type, and stops before a preposition, a verb, a
participle, «دیگر», or an owner, place or institution.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ie_model.quantities.finding.candidates import Candidate
from ie_model.quantities.finding.scan import Word
from ie_model.quantities.finding.tables import finding_tables, word_key
from ie_model.quantities.tables import Unit
from ie_model.quantities.units import MONEY_SCALE

#: Words a counted noun may be followed by, at most.
MAX_EXTENSION: Final = 6
#: Shortest word that ی makes an adjective of («ملی»).
MIN_ADJECTIVE: Final = 3
#: Endings of verbal nouns: «راه‌اندازی», «جمع‌آوری» say what was done, not what was counted.
VERBAL: Final = ("سازی", "گذاری", "اندازی", "آوری", "کشی", "یابی", "رسانی", "شناسی", "زایی", "گیری")


def extent(words: Sequence[Word], candidate: Candidate) -> int:
    """Return the index behind the last word of the quantity that ``candidate`` starts."""
    unit = candidate.unit
    if unit is not None and (unit.kind != "count" or _is_adjectival(words, candidate, unit)):
        return candidate.end
    if words[candidate.number_end - 1].text.endswith(("میلیونی", "میلیاردی")):
        return candidate.number_end
    end = _head_end(words, candidate, unit)
    return end if end == candidate.number_end else _extended(words, end)


def _is_adjectival(words: Sequence[Word], candidate: Candidate, unit: Unit) -> bool:
    """Whether the unit is written as an adjective, which ends the quantity: «سالن [۶ هزار نفری] ورزشی»."""
    last = words[candidate.end - 1].text
    return last.endswith("ی") and not unit.name.endswith("ی") and not last.endswith(("ای", "وی"))


def _head_end(words: Sequence[Word], candidate: Candidate, unit: Unit | None) -> int:
    """Return the index behind the counted noun, its classifier included."""
    end = candidate.end
    if unit is None:
        return end + 1 if _may_be_noun(words, end, candidate) else end
    if unit.classifier and word_key(unit.name) in finding_tables().takes_noun and is_noun(words, end):
        return end + 1
    return end


def is_noun(words: Sequence[Word], place: int) -> bool:
    """Whether the word at ``place`` can be a counted noun."""
    if place >= len(words) or words[place].kind != "word":
        return False
    key = word_key(words[place].text)
    return key not in finding_tables().not_heads and key not in finding_tables().copulas


def _may_be_noun(words: Sequence[Word], place: int, candidate: Candidate) -> bool:
    if not is_noun(words, place):
        return False
    number = candidate.number
    is_large = number is not None and number.scale is not None and number.scale >= MONEY_SCALE
    return not (is_large and word_key(words[place].text) in finding_tables().money_nouns)


def _extended(words: Sequence[Word], end: int) -> int:
    """Return the index behind the adjectives and nouns of type that follow the noun before ``end``."""
    copulas = finding_tables().copulas
    head = word_key(words[end - 1].text)
    limit = min(end + MAX_EXTENSION, len(words))
    while end < limit:
        step = _step(words, end, head)
        behind = end + step
        if not step or (behind < len(words) and word_key(words[behind].text) in copulas):
            break
        end = behind
    return end


def _step(words: Sequence[Word], place: int, head: str) -> int:
    """Return how many words from ``place`` on go on with the counted noun ``head``."""
    tables = finding_tables()
    word = words[place]
    before = word_key(words[place - 1].text)
    if word.kind == "word" and word_key(word.text) in tables.types.get(before, ()):
        return 1
    if before in tables.plain_heads:
        return 0
    if _is_compound(words, place):
        return 2
    if _is_adjective(word, head):
        return 1
    joins = word.text in ("و", "،") and place + 1 < len(words) and _is_adjective(words[place - 1], head)
    return 2 if joins and _is_adjective(words[place + 1], head) else 0


def _is_compound(words: Sequence[Word], place: int) -> bool:
    """Whether two words are one adjective: «خسارت دیده», «دانش بنیان», «نیمه خالی»."""
    if place + 1 >= len(words) or words[place + 1].kind != "word" or not is_noun(words, place):
        return False
    is_second_half = word_key(words[place + 1].text) in finding_tables().second_halves
    return is_second_half or words[place].text == "نیمه"


def _is_adjective(word: Word, head: str) -> bool:
    in_table = word.kind == "word" and word_key(word.text) in finding_tables().extends
    return in_table or _is_yaa_adjective(word, head)


def _is_yaa_adjective(word: Word, head: str) -> bool:
    tables, key = finding_tables(), word_key(word.text)
    if word.kind != "word" or not key.endswith("ی") or len(key) < MIN_ADJECTIVE:
        return False
    if key.endswith(VERBAL) and head not in tables.undertakings:
        return False
    return key not in tables.not_heads and key not in tables.owners and key not in tables.not_adjectives
