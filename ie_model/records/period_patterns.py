"""The patterns by which wordings of time are found in legible text: one search, then one reading each.

A wording is tried for only around the few words that every wording has (:func:`candidates`), not at every
word. Every pattern has a name, and groups that :mod:`ie_model.records.period_values` reads. ``find`` is all
of them in one regular expression, in the order of :data:`TEMPLATES`: what stands first wins where two could
match, and what is to be left alone («دو سال پیش», «سال زراعی») is matched so that no part of it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from ie_model.linking.words import PARTICIPLES, VERBS
from ie_model.persian.calendar import GREGORIAN_MONTHS, MONTHS
from ie_model.persian.number_words import PARTS
from ie_model.records.tables import GAP, any_of, load_table

#: Placeholders in angle brackets are word lists of ``periods.yaml`` (or the small patterns of
#: :func:`_pieces`); a space is :data:`~ie_model.records.tables.GAP`.
TEMPLATES: Final = (
    ("date", r"(?P<y>1[2-4]\d\d)[/-](?P<m>\d{1,2})[/-](?P<d>\d{1,2})(?!\d)"),
    ("backward", "<backward>"),
    ("likened", "<likened> مشابه (?:در )?<year>"),
    ("other", r"سال (?:های )?<other_years>(?P<which> (?:جاری|گذشته|قبل|آینده|\d{2,4}(?: [-–/] \d{2,4})?))?"),
    ("months", "<n> ماهه? (?P<ord><ordinals>) (?:از |در )?(?:<year>|<bare>)"),
    ("months", "<n> ماهه? <year>"),
    ("ending", "<n> ماهه? منتهی به (?:پایان )?<month>(?: ماه)?(?: (?:<year>|<short>))?"),
    ("undated", "<n> ماهه (?P<ord><ordinals>)"),
    ("rolling", "<n> (?P<unit>سال|ماه) (?:(?P<past><past>)|(?P<coming><coming>))(?! (?:از|سال))"),
    ("skip", "(?:<n>|<vague_counts>|سال ها) (?:سال|ماه) (?:<past>|<coming>|<points>)"),
    ("half", "نیمه (?P<ord>اول|نخست|دوم) (?:<year>|<bare>)"),
    ("quarter", "فصل (?P<ord>اول|دوم|سوم|چهارم|پایانی) (?:<year>|<bare>)"),
    ("gregorian", "(?:<day> )?(?:ماه )?<gmonth>(?: ماه)? (?:سال )?(?P<y>(?:19|20)[0-9]{2})(?!\\d)"),
    ("undated", r"ماه (?!می(?!\w))<gmonth>"),
    ("month", "(?:<day> )?<month>(?: ماه)? (?:<year>|<short>)"),
    ("season", "(?:فصل )?(?P<season><seasons>)(?: (?:و|تا) (?P<through><seasons>))? <year>"),
    ("undated", "فصل <seasons>"),
    ("decade", r"دهه (?:های )?(?P<decade>\d{4}|\d0|<tens>)(?!\d)(?P<cal> <gregorian>)?"),
    ("years", "سال (?:ها )?ی <number>(?:(?:<join>| ، )(?:سال )?<number>)+<cal>"),
    ("years", "سال <number>(?:<join>(?:سال )?<number>)+<cal>"),
    ("year", "<year>"),
    ("relmonth", "(?P<rel><relative_months>)"),
    ("bare", "(?:<starts>|<ends>|<edges>) <bare>"),
    ("skip", r"\d{1,2} <months>(?: ماه)?(?! <until>)"),
    ("undated", "(?:<day> )?<month> ماه"),
    ("undated", "(?:<day> )?<month>(?= <until> (?:<ends> )?(?:[0-9]{1,2} )?<months>)"),
    ("undated", r"(?:<ends>|<starts>|<edges>|<day>) <month>(?! (?:ماه|سال|\d|<relative_years>))"),
)

#: «نسبت به تولید این محصول در سال گذشته»: so many words may stand between.
MAX_WORDS_COMPARED: Final = 7
#: These end what a fact is compared with: «نسبت به سال گذشته ۲۰ درصد رشد و در ...».
CHANGES: Final = frozenset({"رشد", "افزایش", "کاهش", "درصد"})


class Patterns(NamedTuple):
    """Compiled patterns.

    ``find`` matches at the start of a word and names its alternatives ``p0``, ``p1``, ...; ``readers`` are
    ``(name, pattern)`` in that order.
    ``before`` is searched in what stands left of a match, ``until`` between two, ``now`` behind one,
    ``compared`` in the clause before, ``narrowing`` directly before.
    """

    find: re.Pattern[str]
    readers: tuple[tuple[str, re.Pattern[str]], ...]
    before: re.Pattern[str]
    until: re.Pattern[str]
    now: re.Pattern[str]
    compared: re.Pattern[str]
    narrowing: re.Pattern[str]


@lru_cache(maxsize=1)
def words() -> dict[str, Any]:
    """Return the word lists of ``data/periods.yaml``."""
    return dict(load_table("periods.yaml"))


def _pieces(rows: dict[str, Any]) -> dict[str, str]:
    lists = {name: any_of(row) for name, row in rows.items()}
    numbers = [name for name, part in PARTS.items() if part.kind == "word" and 1 <= part.value <= 12]
    tens = [name for name, part in PARTS.items() if part.kind == "word" and part.value in range(20, 100, 10)]
    no_year = rf"(?!\d|[./٫,٬]\d| {any_of(rows['not_years'])}(?!\w))"
    # «سال 1441 قمری» is another calendar; a number before a point or slash is no year («سال 8/14»).
    lunar = r"(?!\d|[/٫٬]\d| (?:هجری )?(?:قمری|ق)(?!\w))"
    number = rf"(?:\d{{4}}{lunar}|\d{{2}}{no_year})"
    cal = f"(?: (?:(?P<cal>{lists['gregorian']})|{lists['jalali']}))?"
    # The bare «سال» of «پایان سال»: not «پایان سال تحصیلی», nor «پایان سال ۹۰» in whatever spelling.
    follows = any_of([*rows["after_year"], *rows["other_years"]])
    return {
        **lists,
        "n": r"(?P<n>\d{1,2}|<numbers>)",
        "tens": any_of(tens),
        "number": number,
        "cal": cal,
        "year": rf"(?:(?P<rel>{lists['relative_years']})(?! از)|"
        rf"(?P<y>(?:سال (?:های )?)?\d{{4}}{lunar}|سال \d\d{no_year})){cal}",
        # «آذر 98» needs no «سال»; below 60 it would often be a count.
        "short": rf"(?P<short>[6-9]\d{no_year})",
        "bare": rf"(?P<bare>سال(?!\u200c?\w| (?:{follows}(?!\w)|{number})))",
        "day": r"(?P<d>\d{1,2})",
        "months": any_of(MONTHS),
        "gmonths": any_of(GREGORIAN_MONTHS),
        "numbers": any_of(numbers),
        "month": "(?P<m><months>)",
        "gmonth": "(?P<g><gmonths>)",
        "join": f" (?:{lists['until']}|-|–|و) ",
    }


def _fill(template: str, pieces: dict[str, str]) -> str:
    while (filled := re.sub(r"(?<!\?P)<([a-z_]+)>", lambda match: pieces[match[1]], template)) != template:
        template = filled
    return template.replace(" ", GAP)


_OPENING_LISTS: Final = (
    "seasons", "likened", "vague_counts", "backward", "starts", "ends", "edges", "relative_months",
    "triggers",
)  # fmt: skip


@lru_cache(maxsize=1)
def _openings() -> frozenset[str]:
    """Return the first two letters of all that a wording may begin with, digits apart."""
    rows = words()
    numbers = [name for name, part in PARTS.items() if part.kind == "word"]
    phrases = [*MONTHS, *GREGORIAN_MONTHS, *numbers, *rows["relative_years"]]
    phrases.extend(phrase for name in _OPENING_LISTS for phrase in rows[name])
    return frozenset(phrase.strip()[:2] for phrase in phrases)


def _nameless(pattern: str) -> str:
    return re.sub(r"\(\?P<[a-z]+>", "(?:", pattern)


@lru_cache(maxsize=1)
def patterns() -> Patterns:
    """Return the patterns, compiled on the first call."""
    rows = words()
    pieces = _pieces(rows)
    readers = [(name, _fill(template, pieces)) for name, template in TEMPLATES]
    alternatives = "|".join(
        f"(?P<p{index}>{_nameless(pattern)})" for index, (_, pattern) in enumerate(readers)
    )
    apart, stops = r"[^\w،؛:.\n]", "|".join(VERBS | PARTICIPLES | CHANGES)
    edges: Iterable[str] = [*rows["starts"], *rows["ends"], *rows["edges"]]
    return Patterns(
        find=re.compile(rf"(?<!\d[./])(?:{alternatives})(?!\u200c?\w)"),
        readers=tuple((name, re.compile(rf"{pattern}(?!\u200c?\w)")) for name, pattern in readers),
        before=re.compile(
            _fill(rf"(?<!\w)(?:(?P<until><until>) |(?P<since>از) )?(?:(?P<edge>{any_of(edges)}) )?$", pieces)
        ),
        until=re.compile(_fill(" <until> (?:(?:<ends>|<edges>) )?", pieces)),
        now=re.compile(_fill(r" (?:و )?<now>(?!\w)", pieces)),
        compared=re.compile(
            _fill(
                rf"(?<!\w)(?:<compared>(?:{apart}+(?!(?:{stops})\b)\w+){{0,{MAX_WORDS_COMPARED}}}{apart}*|"
                "<compared_directly> (?:در )?(?:(?:<starts>|<ends>|<edges>) )?)$",
                pieces,
            )
        ),
        narrowing=re.compile(_fill(r"(?<!\w)<narrowing> (?:از )?$", pieces)),
    )


def candidates(legible: str) -> list[int]:
    """Return the offsets of the words at which a wording of time may begin, in order."""
    places = [match.start() for match in _YEAR.finditer(legible)]
    for trigger in words()["triggers"]:
        place = legible.find(trigger)
        while place >= 0:
            places.append(place)
            place = legible.find(trigger, place + 1)
    starts = set()
    for place in places:
        found = [match.start() for match in _WORD.finditer(legible, max(0, place - REACH_BACK), place + 2)]
        starts.update(found[-WORDS_BACK:])
    openings = _openings()
    return [at for at in sorted(starts) if legible[at : at + 2] in openings or legible[at].isdecimal()]


#: How far before a trigger a wording may begin: so many words with its own, within so many code points.
WORDS_BACK: Final = 4
REACH_BACK: Final = 30
_YEAR: Final = re.compile(r"(?:1[2-4]|19|20)\d\d(?!\d)")
_WORD: Final = re.compile(r"\b\w")
