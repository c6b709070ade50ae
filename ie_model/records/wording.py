"""The words around numbers: what introduces a number, which way it goes, what it says again.

Words are looked for between a number and its neighbours only, so that none is taken for two numbers. The word
lists are data (``data/checks.yaml``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Final, NamedTuple

from ie_model.persian.folding import fold
from ie_model.records.tables import load_table
from ie_model.schema import PERCENTAGE, Mention

#: How far from a number its words are looked for, in code points.
REACH: Final = 90
#: Within so many words behind a number stands its «رشد» or «کاهش» («در قیاس با مدت مشابه سال قبل کاهش»).
WORDS_BEHIND: Final = 9
#: An amount is told of more things than its change: «رشد» stands closer («۴۹۰ میلیارد تومان رشد»).
WORDS_BEHIND_AMOUNTS: Final = 3
#: Within so many words around a number a mean is looked for («با متوسط رشد سالانه ۶ درصد»).
WORDS_OF_MEANS: Final = 5

#: Within so many words around a percentage stand «محقق», «برنامه» and the like.
WORDS_OF_CLAUSE: Final = 7
#: So many words behind a percentage is told what it is of.
WORDS_OF_WHOLE: Final = 3
#: So far before a number the words that join it to another are looked for, in code points.
GAP_REACH: Final = 120

_WORD = re.compile(r"\w+")
_STOP = re.compile(r"[.!?؟؛:\n]")
_CLAUSE = re.compile(r"[.!?؟؛:،,\n]")


class CheckWords(NamedTuple):
    """The lists of ``data/checks.yaml``: single words as sets, phrases as one pattern."""

    growth: frozenset[str]
    fall: frozenset[str]
    growth_behind: frozenset[str]
    fall_behind: frozenset[str]
    means: frozenset[str]
    clause_openers: frozenset[str]
    fillers: frozenset[str]
    takes_to: frozenset[str]
    takes_from: frozenset[str]
    amounts_to: frozenset[str]
    equatives: frozenset[str]
    anaphora: frozenset[str]
    of_a_whole: frozenset[str]
    reaching: frozenset[str]
    remaining: frozenset[str]
    altogether: frozenset[str]
    common: frozenset[str]
    compared: re.Pattern[str]
    includes: re.Pattern[str]
    of_these: re.Pattern[str]
    parts_of_it: re.Pattern[str]


@lru_cache(maxsize=1)
def check_words() -> CheckWords:
    """Return the word lists."""
    tables = load_table("checks.yaml")

    def phrases(name: str) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{'|'.join(map(fold, tables[name]))})\b")

    patterns = ("compared", "includes", "of_these", "parts_of_it")
    return CheckWords(
        **{name: frozenset(map(fold, tables[name])) for name in CheckWords._fields if name not in patterns},
        compared=phrases("compared"),
        includes=phrases("includes"),
        of_these=phrases("of_these"),
        parts_of_it=phrases("parts_of_it"),
    )


class Wording:
    """The words around the quantity mentions of one article; offsets are code points.

    Attributes:
        text: The article.
        quantities: Its quantity mentions in text order.
    """

    def __init__(self, text: str, quantities: Sequence[Mention]) -> None:
        self.text = text
        self.quantities = quantities
        self._place = {mention.id: place for place, mention in enumerate(quantities)}
        self._before: dict[str, list[str]] = {}

    def before(self, mention: Mention) -> list[str]:
        """Return the words between the last number or the sentence's start and ``mention``."""
        if mention.id not in self._before:
            place = self._place[mention.id]
            start = max(self.quantities[place - 1].end if place else 0, mention.start - REACH)
            words = _WORD.findall(_STOP.split(fold(self.text[start : mention.start]))[-1])
            self._before[mention.id] = words
        return self._before[mention.id]

    def after(self, mention: Mention) -> list[str]:
        """Return the words between ``mention`` and the next number or the sentence's end."""
        place = self._place[mention.id] + 1
        end = mention.end + REACH
        if place < len(self.quantities):
            end = min(end, self.quantities[place].start)
        words = _WORD.findall(_STOP.split(fold(self.text[mention.end : end]))[0])
        # «مشابه سال گذشته بیش از ۸ درصد»: the next number's modifier.
        if len(words) > 1 and words[-1] == "از" and words[-2] in check_words().takes_from:
            del words[-2:]
        return words

    def clause_around(self, mention: Mention) -> list[str]:
        """Return the words around ``mention`` up to a number, a comma or the sentence's end."""
        place = self._place[mention.id]
        start = max(self.quantities[place - 1].end if place else 0, mention.start - REACH)
        end = mention.end + REACH
        if place + 1 < len(self.quantities):
            end = min(end, self.quantities[place + 1].start)
        before = _CLAUSE.split(fold(self.text[start : mention.start]))[-1]
        behind = _CLAUSE.split(fold(self.text[mention.end : end]))[0]
        return [*_WORD.findall(before)[-WORDS_OF_CLAUSE:], *_WORD.findall(behind)[:WORDS_OF_CLAUSE]]

    def next_to(self, one: Mention, other: Mention) -> bool:
        """Whether no number stands between the two."""
        return abs(self._place[one.id] - self._place[other.id]) == 1

    def introduced_by(self, mention: Mention) -> str:
        """Return the word that introduces ``mention``: «از» in «از سطح حدود ۴۰», «رشد» in «رشد بیش از ۴۰»."""
        words, table = list(self.before(mention)), check_words()
        while words:
            last = words.pop()
            previous = words[-1] if words else ""
            if last == "به" and previous in table.takes_to:
                continue
            if last == "از" and previous in table.takes_from:
                words.pop()
            elif last not in table.fillers:
                return last
        return ""

    def is_level(self, mention: Mention) -> bool:
        """Whether ``mention`` is where a change leads («به ۴۰») or begins («از ۴۰»)."""
        table = check_words()
        if self.introduced_by(mention) not in ("به", "از"):
            return False
        words = self.before(mention)
        return not (len(words) > 1 and words[-2] == "به" and words[-1] in table.amounts_to)

    def direction(self, mention: Mention) -> int:
        """Return 1 where ``mention`` is a growth («رشد ۲۰ درصدی»), -1 where it is a fall, else 0.

        0 as well for a mean growth and for a level («به ۲۰ درصد افزایش یافت»).
        """
        table = check_words()
        before, after = self.before(mention), self._own_words_behind(mention)
        if self.is_level(mention) or not table.means.isdisjoint(
            [*before[-WORDS_OF_MEANS:], *after[:WORDS_OF_MEANS]]
        ):
            return 0
        # «رشد ۲۰ درصدی», «افزایش قیمت ۲۰ درصدی».
        for word in [self.introduced_by(mention), *before[-2:][::-1]]:
            if word in table.growth or word in table.fall:
                return 1 if word in table.growth else -1
        for word in after:
            if word in table.growth or word in table.growth_behind:
                return 1
            if word in table.fall or word in table.fall_behind:
                return -1
        return 0

    def _own_words_behind(self, mention: Mention) -> list[str]:
        """Return the words behind ``mention`` in its clause, without those that introduce the next number."""
        table = check_words()
        words = self.after(mention)
        place = self._place[mention.id] + 1
        if place < len(self.quantities) and self.quantities[place].start - mention.end <= REACH:
            introducing = self.introduced_by(self.quantities[place])
            if introducing in table.growth | table.fall and introducing in words[1:]:
                del words[len(words) - 1 - words[::-1].index(introducing) :]
        reach = WORDS_BEHIND if mention.label == PERCENTAGE else WORDS_BEHIND_AMOUNTS
        return list(takewhile(lambda word: word not in table.clause_openers, words[:reach]))

    def equates(self, one: Mention, other: Mention, *, plainly: bool = False) -> bool:
        """Whether the later of two mentions says the earlier again.

        «۴۰ واحد معادل ۳۳ درصد», «۴۰ واحد (۳۳ درصد)». ``plainly`` asks that no other word stand between them:
        in «۲۳۰ واحد بود، یعنی ۱۳ درصد» the percentage may be of what the whole clause tells.
        """
        first, second = sorted((one, other), key=lambda mention: mention.start)
        if not self.next_to(first, second) or second.start - first.end > REACH:
            return False
        gap = fold(self.text[first.end : second.start])
        if _STOP.search(gap):
            return False
        table = check_words()
        if ")" in gap:
            return False
        if "(" in gap:
            tail = gap[gap.rindex("(") + 1 :]
            return all(word in table.fillers for word in _WORD.findall(tail))
        words = _WORD.findall(gap)
        if plainly and not all(word in table.equatives or word in table.fillers for word in words):
            return False
        while words:
            last = words.pop()
            if last in table.equatives:
                return True
            if not (last in table.fillers or last in table.takes_from or last in ("به", "از")):
                return False
        return False

    def names_percent_of(self, percent: Mention) -> bool:
        """Whether ``percent`` is said of what was told before: «۸۷ درصد این جمعیت»."""
        return not check_words().anaphora.isdisjoint(self.after(percent)[:2])

    def is_of_a_whole(self, percent: Mention) -> bool:
        """Whether ``percent`` is said of a whole: «۳۳ درصد آن», «۹۹ درصد از کل تسهیلات»."""
        return not check_words().of_a_whole.isdisjoint(self.after(percent)[:WORDS_OF_WHOLE])

    def is_compared(self, first: Mention, second: Mention) -> bool:
        """Whether «نسبت به» or the like stands between two mentions, of two times or places."""
        return check_words().compared.search(self.gap(first, second)) is not None

    def points_back(self, whole: Mention, percent: Mention) -> bool:
        """Whether «از این میزان» or the like stands between ``whole`` and ``percent``."""
        return check_words().of_these.search(self.gap(whole, percent)[-REACH:]) is not None

    def gap(self, first: Mention, second: Mention) -> str:
        """Return the folded text between two mentions, its last :data:`GAP_REACH` code points."""
        return fold(self.text[max(first.end, second.start - GAP_REACH) : second.start])
