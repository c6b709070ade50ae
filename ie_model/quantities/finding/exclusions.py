"""Numbers that are no quantities: dates, years, times, durations, ages, ordinals, ranks, numbers of things.

Annotation guide, quantities 8. Each rule looks at a number and the words next to it; the words are data
(``data/finding.yaml``). Numbers without a known unit that are listed with an excluded one («فازهای ۲ و ۳»,
«سال‌های ۸۴ تا ۸۸») are excluded with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from ie_model.persian.numbers import ONE, word_tokens
from ie_model.quantities.finding.candidates import Candidate
from ie_model.quantities.finding.scan import Word
from ie_model.quantities.finding.sight import Sight
from ie_model.quantities.finding.tables import finding_tables, word_key

#: Years as digits: solar (Jalali) and Gregorian, of this and the last century.
YEAR: Final = re.compile(r"1[34]\d\d|19\d\d|20[0-3]\d")
#: More digits than this in a row, with no unit, are a telephone or account number.
MAX_PLAIN_DIGITS: Final = 8
#: «یک» is counted where another quantity of its list stands at most so many words away.
MAX_CONTRAST: Final = 7
_MILLION: Final = 10**6
_DATE = re.compile(r"\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}")
_ORDINAL = re.compile(r"و?(.+?)(?:ا?مین|ا?م)")
_LATIN = re.compile(r"[A-Za-z_]")
#: Names end with these: «شاخص "مس ۴۰"».
_CLOSING: Final = frozenset({'"', "”", "»"})
#: What joins the numbers of one list.
_JOINS: Final = frozenset({"و", "،", ",", "تا", "الی", "یا", "به"})


def excluded(words: Sequence[Word], found: Sequence[tuple[Candidate, int]]) -> list[bool]:
    """Tell which candidates of a line, each with the index behind its last word, are no quantities."""
    tables = finding_tables()
    sights = [Sight(words, candidate, end, tables) for candidate, end in found]
    verdicts = [any(rule(sight) for rule in RULES) for sight in sights]
    for place in range(1, len(sights)):
        _spread(sights, verdicts, place - 1, place)
    for place in range(len(sights) - 1, 0, -1):
        _spread(sights, verdicts, place, place - 1)
    for place, sight in enumerate(sights):
        verdicts[place] = verdicts[place] or _is_article(sight, sights, place)
    return verdicts


def _spread(sights: Sequence[Sight], verdicts: list[bool], source: int, target: int) -> None:
    """Exclude a bare number that is listed with an excluded one."""
    if not verdicts[source] or verdicts[target]:
        return
    left, right = sorted((source, target))
    between = sights[target].words[sights[left].candidate.number_end : sights[right].candidate.start]
    if len(between) != 1 or not (between[0].text in _JOINS or between[0].kind == "dash"):
        return
    one = sights[target]
    # A noun that no table knows may as well be what the listed things belong to: «فازهای ۲ و ۳ پارس جنوبی».
    verdicts[target] = one.is_one_word and not one.kind


def _is_date(sight: Sight) -> bool:
    """1399/05/12, 2025-11-19, 10:45."""
    if _DATE.fullmatch(sight.first.text):
        return True
    candidate = sight.candidate
    places = (candidate.start - 1, candidate.low_end, candidate.number_end)
    marks = "".join(_between_digits(sight.words, place) for place in places if place is not None)
    return ":" in marks or len(marks) > 1 or ("-" in marks and bool(YEAR.fullmatch(sight.digits)))


def _between_digits(words: Sequence[Word], place: int) -> str:
    """Return the dash or colon that stands between two runs of digits without spaces, or ""."""
    if not 0 < place < len(words) - 1 or not (words[place].kind == "dash" or words[place].text == ":"):
        return ""
    left, mark, right = words[place - 1 : place + 2]
    joined = left.end == mark.start and mark.end == right.start
    return mark.text if joined and left.text[0].isdigit() and right.text[0].isdigit() else ""


def _is_unreadable(sight: Sight) -> bool:
    return sight.candidate.number is None and sight.is_bare


def _is_time(sight: Sight) -> bool:
    key = sight.behind()
    names = sight.tables.times
    stems = (key, key.removesuffix("ی"), key.removesuffix("ای"), key.removeprefix("و"))
    if any(stem in names for stem in stems):
        return True
    return key + sight.behind(1) in names


def _is_month_day(sight: Sight) -> bool:
    return sight.behind() in sight.tables.months and not sight.kind


def _is_year(sight: Sight) -> bool:
    digits = sight.digits
    if not digits or sight.kind:
        return False
    if len(digits) in (2, 4) and sight.before() in sight.tables.months:
        return True
    if sight.is_bare and len(digits) in (2, 4) and sight.before() in sight.tables.year_words:
        return True
    last = sight.words[sight.candidate.number_end - 1].text
    return any(YEAR.fullmatch(year) and not year.endswith("00") for year in (digits, last))


def _is_name(sight: Sight) -> bool:
    """«سال ۸۴», «ماده ۲۹», «فاز دو»; «در این روز ۷۲۰ برگه» is none."""
    if sight.kind in ("percent", "money", "measure"):
        return False
    before = sight.before(2) if sight.before() == ":" else sight.before()
    if not (sight.is_one_word or sight.digits):
        return False
    if before == "سال":
        return len(sight.digits) in (2, 4) or (not sight.digits and sight.is_bare)
    if before in sight.tables.numbered:
        return True
    return before in sight.tables.named and sight.is_bare


def _is_pointed_at(sight: Sight) -> bool:
    before = sight.before()
    if before == "چند":
        return True
    if sight.kind in ("percent", "money", "measure"):
        return False
    return before in sight.tables.pointers and (sight.is_small_word or before == "این")


def _is_discourse(sight: Sight) -> bool:
    if not sight.is_small_word:
        return False
    key = sight.behind()
    if sight.first.text == "دو" and key in sight.tables.pairs:
        return True
    return key in sight.tables.discourse or key.removesuffix("ی") in sight.tables.discourse


def _is_known_before(sight: Sight) -> bool:
    """«دو شرکت یاد شده»: what was counted before."""
    return sight.is_small_word and sight.kind != "money" and sight.after() in sight.tables.aforesaid


def _is_article(sight: Sight, sights: Sequence[Sight], place: int) -> bool:
    """«یک واحد بزرگ»: an article, unless a unit, a scale or a list makes it a number."""
    if not sight.is_one_word or sight.first.text not in ("یک", "نیم"):
        return False
    if sight.kind in ("percent", "money"):
        return sight.before() in sight.tables.not_even
    if sight.first.text == "نیم":
        return True
    if sight.kind == "measure":
        return sight.before() in sight.tables.per
    if sight.before() in sight.tables.only:
        return False
    return not _is_contrasted(sight, sights, place)


def _is_contrasted(sight: Sight, sights: Sequence[Sight], place: int) -> bool:
    """Whether «یک» stands in a list with another counted noun: «یک شهر و ۳۰۶ روستا»."""
    if sight.is_bare:
        return False
    start, end = sight.candidate.start, sight.end
    if place + 1 < len(sights):
        following = sights[place + 1].candidate.start
        if end < following <= end + MAX_CONTRAST and sight.words[following - 1].text in ("و", "،"):
            return not sights[place + 1].is_bare
    if place and start and sight.words[start - 1].text in ("و", "،"):
        return not sights[place - 1].is_bare and start - sights[place - 1].end <= MAX_CONTRAST
    return False


def _is_doubtful(sight: Sight) -> bool:
    """«نه», «ده», «سی»: numbers only before what is counted or measured for sure."""
    if sight.first.text == "نه" and sight.words[sight.end - 1].text.endswith("ی"):
        return True  # «نه مسکنی» is no dwelling, not nine of them.
    if not sight.is_one_word or sight.digits or sight.kind:
        return False
    return word_key(sight.first.text) in sight.tables.doubtful


def _is_ordinal(sight: Sight) -> bool:
    """«بیست و پنجم», «چهل‌ویکمین», «یک سوم»."""
    place = sight.candidate.number_end
    if sight.kind or place >= len(sight.words):
        return False
    if sight.words[place].text == "و":
        place += 1
    return place < len(sight.words) and is_ordinal(sight.words[place])


def is_ordinal(word: Word) -> bool:
    """Whether a word is an ordinal or the denominator of a fraction: «سوم», «بیستمین», «ویکم»."""
    if word.parts:
        return word.parts[0].kind == "denominator"
    match = _ORDINAL.fullmatch(word_key(word.text))
    if match is None:
        return False
    stem = match[1]
    return stem in ("سو", "سی") or (bool(word_tokens(stem)) and stem != "و")


def _is_vague(sight: Sight) -> bool:
    """«میلیون‌ها», «ده‌ها»; a bare fraction; «هزار» alone; «میلیارد تومان» as the unit of a table."""
    if sight.behind() in ("ها", "های"):
        return True
    number = sight.words[sight.candidate.start : sight.candidate.number_end]
    if not sight.kind and any(part.kind == "denominator" for word in number for part in word.parts):
        return True
    parts = sight.first.parts
    if not sight.is_one_word or not parts or parts[0].kind not in ("scale", "hundred"):
        return False
    return sight.is_bare or parts[0].value >= _MILLION


def _is_in_latin_word(sight: Sight) -> bool:
    """«2eh», «iso 9001»: digits of a Latin name."""
    words, start, end = sight.words, sight.candidate.start, sight.candidate.number_end
    if not sight.digits or sight.kind:
        return False
    if start and _LATIN.match(words[start - 1].text[-1]):
        return True
    return end < len(words) and words[end].start == sight.first.end and bool(_LATIN.match(words[end].text))


def _is_identifier(sight: Sight) -> bool:
    """A bare number that is long, led by zero, behind a slash, alone in brackets or the end of a name."""
    if not sight.digits or not sight.is_bare:
        return False
    behind = sight.behind()
    if sight.before() == "/" or behind in _CLOSING or (behind == ")" and sight.before() == "("):
        return True
    length = len(sight.digits) if sight.digits.isdecimal() else 0
    return length > MAX_PLAIN_DIGITS or (length > 1 and sight.digits[0] == "0")


def _is_list_number(sight: Sight) -> bool:
    """«۱- رفع تبعیض», «۲. واحد ...», or a line that is only a number."""
    if not sight.digits or not sight.is_bare or sight.candidate.start:
        return False
    place = sight.candidate.number_end
    return place == len(sight.words) or sight.words[place].kind in ("dash", "stop")


def _is_counter(sight: Sight) -> bool:
    """A bare number word below ten says too little: «دو و میدانی», «سه چهارم»."""
    if not sight.is_bare or sight.kind or not sight.is_small_word:
        return False
    number = sight.candidate.number
    return number is not None and number.scale == ONE and sight.candidate.low_end is None


Rule = Callable[[Sight], bool]
RULES: Final[tuple[Rule, ...]] = (
    _is_date,
    _is_unreadable,
    _is_time,
    _is_month_day,
    _is_year,
    _is_name,
    _is_pointed_at,
    _is_discourse,
    _is_known_before,
    _is_doubtful,
    _is_ordinal,
    _is_vague,
    _is_in_latin_word,
    _is_identifier,
    _is_list_number,
    _is_counter,
)
