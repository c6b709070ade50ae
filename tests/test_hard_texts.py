"""Hard texts from end to end: no exception, right offsets, and work that grows no faster than the text."""

from __future__ import annotations

import cProfile
import pstats
from typing import Protocol

import pytest

from ie_model.extractor import Extractor
from ie_model.model_folder import MANIFEST, SHIPPED
from ie_model.rules import RuleExtractor
from ie_model.schema import Article, Extraction

SENTENCE = "بانک ملی ۲۰ میلیارد تومان به ۴۵ هزار نفر پرداخت کرد که ۱۰۶ درصد هدف بود. "
needs_release = pytest.mark.skipif(
    not (SHIPPED / MANIFEST).is_file(), reason="no release is shipped in this checkout"
)

#: The piece that a text repeats, and how often, so that the rule extractor takes some tenths of a second.
HARD: dict[str, tuple[str, int]] = {
    "no space": ("ب", 20_000),
    "digits without a space": ("۱۲۳۴۵", 4_000),
    "words and numbers without a space": ("بانکملی۲۰میلیاردتومان", 1_000),
    "lines of one number": ("۱۲۵۰\n", 5_000),
    "lines of one number word": ("بیست هزار\n", 500),
    "number words without an end": ("بیست و ", 3_000),
    "scales without an end": ("هزار میلیون ", 2_000),
    "control characters for spaces": (SENTENCE.replace(" ", "\x01"), 60),
    "control characters only": ("\x01\x02\x1fب", 3_000),
    "combining marks": ("ب" + "\u064e\u0651" * 5_000 + " " + SENTENCE, 1),
    "combining marks on digits": ("۱" + "\u0301" * 20, 300),
    "bidi overrides": (f"\u202e{SENTENCE}\u202c\u2067", 60),
    "families of emoji": ("\U0001f468\u200d\U0001f469\u200d\U0001f467 ۱۲ نفر ", 300),
    "joiners": ("می\u200c\u200d", 4_000),
    "digits of three scripts": ("1۲٣४ ", 500),
    "signs between digits": ("1.2.3/4,5", 2_000),
    "percent signs": ("٪", 10_000),
    "brackets": ("(", 10_000),
    "a list without an end": ("۱۰، ۲۰ و ۳۰ درصد، ", 200),
    "one sentence without an end": (SENTENCE.replace(".", " و"), 60),
    "one value again and again": ("از ۵ تا ", 300),
    "dates": ("۱۴۰۲/۰۵/۱۲ ", 1_000),
}


class ExtractsMany(Protocol):
    def extract_many(self, articles: list[Article], /) -> object: ...


def extract(extractor: ExtractsMany, text: str) -> Extraction:
    (extraction,) = extractor.extract_many([Article(id="a", text=text)])  # type: ignore[attr-defined]
    assert isinstance(extraction, Extraction)
    return extraction


def check(extraction: Extraction, text: str) -> None:
    for mention in extraction.mentions:
        assert text[mention.start : mention.end] == mention.text
    assert Extraction.model_validate_json(extraction.model_dump_json()) == extraction


@pytest.fixture(scope="module")
def shipped() -> Extractor:
    return Extractor.load()


@pytest.mark.parametrize(("piece", "times"), HARD.values(), ids=HARD.keys())
def test_the_rules_read_it(piece: str, times: int) -> None:
    text = piece * times
    check(extract(RuleExtractor(), text), text)


@needs_release
@pytest.mark.parametrize(("piece", "times"), HARD.values(), ids=HARD.keys())
def test_the_shipped_release_reads_it(shipped: Extractor, piece: str, times: int) -> None:
    # The tagger's own time is linear in windows; a tenth of the text shows what the Python code makes of it.
    text = piece * max(1, times // 10)
    check(extract(shipped, text), text)


@needs_release
def test_the_shipped_release_reads_20_000_characters_without_a_space(shipped: Extractor) -> None:
    text = "بانکملی۲۰میلیاردتومان" * 1_000
    check(extract(shipped, text), text)


def calls(extractor: ExtractsMany, text: str) -> int:
    """How many functions of Python are called: work that no other process on the machine changes."""
    profile = cProfile.Profile()
    profile.enable()
    extract(extractor, text)
    profile.disable()
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


def check_growth(extractor: ExtractsMany, piece: str, times: int) -> None:
    extract(extractor, piece)  # tables that are read once
    small, large = calls(extractor, piece * times), calls(extractor, piece * times * 3)
    # Three times the text: linear work is three times as much, work by pairs nine times.
    assert large < 4.5 * small + 20_000


LONG = {name: HARD[name] for name in HARD if name != "combining marks"}


@pytest.mark.parametrize(("piece", "times"), LONG.values(), ids=LONG.keys())
def test_work_of_the_rules_grows_with_the_text(piece: str, times: int) -> None:
    check_growth(RuleExtractor(), piece, max(1, times // 6))


@needs_release
@pytest.mark.parametrize(
    ("name", "times"),
    [("one sentence without an end", 40), ("one value again and again", 150)],
)
def test_work_of_the_shipped_release_grows_with_the_text(shipped: Extractor, name: str, times: int) -> None:
    """What looked at the whole sentence or at all of one value for each quantity made it 7.6 and 5.1."""
    check_growth(shipped, HARD[name][0], times)
