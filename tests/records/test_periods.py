"""The period of a record: wordings, their intervals, and which one a record stands under."""

import datetime
import json
import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.records.legible import legible
from ie_model.records.periods import Periods

CASES = json.loads((Path(__file__).parent / "cases" / "periods.json").read_text(encoding="utf-8"))
REFERENCE = datetime.date.fromisoformat(CASES["reference"])


def worded(text: str, reference: datetime.date | None = REFERENCE) -> list[tuple[str, str | None]]:
    """Every wording of ``text`` that may be a period, and its interval."""
    return [
        (text[item.start : item.end], "/".join(map(str, item.interval)) if item.interval else None)
        for item in Periods(text, reference).wordings
        if not item.compared and not item.backward
    ]


@pytest.mark.parametrize(
    ("text", "wording", "interval"), CASES["cases"], ids=[case[0] for case in CASES["cases"]]
)
def test_wordings(text: str, wording: str | None, interval: str | None) -> None:
    assert worded(text) == ([] if wording is None else [(wording, interval)])


@pytest.mark.parametrize("text", ["امسال", "۱۰ ماهه امسال", "ماه گذشته", "دو سال گذشته", "از سال ۹۵ تاکنون"])
def test_what_is_counted_from_the_articles_date_is_null_without_it(text: str) -> None:
    assert worded(text, None) == [(text, None)]


def test_a_stated_year_needs_no_date() -> None:
    assert worded("سال ۱۳۹۷", None) == [("سال ۱۳۹۷", "2018-03-21/2019-03-20")]


def test_last_year_among_gregorian_years_is_of_no_calendar() -> None:
    abroad = "تولید این کشور در سال ۲۰۲۲ کم بود. سال گذشته ۵ تن تولید شد."
    at_home = abroad + "\nدر ایران سال ۱۴۰۰ سال خوبی بود."
    assert ("سال گذشته", None) in worded(abroad)
    assert ("سال گذشته", "2022-03-21/2023-03-20") in worded(at_home)


def period_of(marked: str, reference: datetime.date | None = REFERENCE) -> str | None:
    """The wording of the record whose quantities stand in brackets."""
    text, anchors = "", []
    for part in re.split(r"(\[[^\]]*\])", marked):
        if part.startswith("["):
            anchors.append((len(text), len(text) + len(part) - 2))
        text += part.strip("[]") if part.startswith("[") else part
    period = Periods(text, reference).of(0, len(text), anchors)
    assert period is None or text[period.start : period.end] == period.text
    return period.text if period else None


@pytest.mark.parametrize(
    ("marked", "wording"),
    [
        ("در سال ۹۶ تعداد [۱۰۰ واحد] و در سال ۹۷ تعداد ۱۲۰ واحد ساخته شد.", "سال ۹۶"),
        ("در سال ۹۶ تعداد ۱۰۰ واحد و در سال ۹۷ تعداد [۱۲۰ واحد] ساخته شد.", "سال ۹۷"),
        ("[۱۰۰ واحد] در سال ۹۵، ۱۲۰ واحد در سال ۹۶ ساخته شد.", "سال ۹۵"),
        ("۱۰۰ واحد در سال ۹۵، [۱۲۰ واحد] در سال ۹۶ ساخته شد.", "سال ۹۶"),
        ("ایجاد [۲۰۰۰ شغل] تا پایان سال 90 هدف است.", "تا پایان سال 90"),
        ("در سال ۹۵، [۱۰۰ واحد] و ۲۰۰ طرح افتتاح شد.", "سال ۹۵"),
        ("در سال ۹۵، ۱۰۰ واحد و [۲۰۰ طرح] افتتاح شد.", "سال ۹۵"),
        ("صادرات [۱۰۰ تن] و ۲۰۰ تن در سال ۹۷ بود.", "سال ۹۷"),
        ("بیش از [۳۶ هزار واحد] در سال ۹۸ مجهز می‌شوند.", "سال ۹۸"),
        ("این رقم [۲۰ درصد] نسبت به سال گذشته رشد کرد.", None),
        ("این رقم امسال [۲۰ درصد] نسبت به سال گذشته رشد کرد.", "امسال"),
        ("تولید [۱۰۰ تن] بود که بیشتر از سال ۹۵ است.", None),
        ("طبق قانون مصوب سال ۱۳۶۶ باید [۵ درصد] پرداخت شود.", None),
        ("کار سال ۹۵ آغاز شد، وی گفت: [۵۰ میلیارد] لازم است.", None),
        ("اکنون [۱۵ هزار نفر] داریم که کار می‌کنند و دولت امسال کمک کرد.", None),
        ("نرخ از [۵ درصد] در سال ۹۰ به [۸ درصد] در سال ۹۵ رسید.", None),
        ("نرخ از [۵ درصد] در سال ۹۰ به [۸ درصد] رسید.", None),
        ("در سال ۹۷ تعداد [۵ طرح] برای [۳۰ نفر] افتتاح شد.", "سال ۹۷"),
        ("کار در سال ۹۵ آغاز شد. اکنون [۵۰ واحد] فعال است.", None),
        ("کار در سال ۹۵ تمام شد.در سال ۹۶ [۵۰ واحد] فعال بود.", "سال ۹۶"),
        ("تولید در ۱۰ ماهه امسال زیاد شد. در این مدت [۵۰ تن] صادر شد.", "۱۰ ماهه امسال"),
        ("در سال ۹۵ و در سال ۹۶ زیاد شد. در این مدت [۵۰ تن] صادر شد.", None),
        ("در این مدت [۵۰ تن] صادر شد.", None),
        ("[۵۰ تن] صادر شد.", None),
    ],
)
def test_the_period_of_a_record(marked: str, wording: str | None) -> None:
    assert period_of(marked) == wording


def test_the_interval_is_two_days_of_iso_8601() -> None:
    text = "در سال ۱۳۹۷ [x] شد".replace("[x]", "۵ تن")
    period = Periods(text).of(0, len(text), [(text.index("۵"), text.index("۵") + 4)])
    assert period is not None
    assert period.interval == "2018-03-21/2019-03-20"


def test_marks_and_arabic_letters_do_not_move_offsets() -> None:
    text = "\u200fدر مدّتی کوتاه و در سالِ ۱۳۹۷، پاييز ۱۳۹۸"
    assert [wording for wording, _ in worded(text)] == ["سالِ ۱۳۹۷", "پاييز ۱۳۹۸"]


def test_an_empty_article_has_no_period() -> None:
    assert Periods("").of(0, 0, []) is None


PIECES = st.sampled_from(
    ["سال ", "سال‌های ", "۱۳۹۷ ", "98 ", "تا ", "پایان ", "امسال ", "۱۰ ماهه ", "بهمن ", "از ", "و ", "،",
     ". ", "\n", "نسبت به ", "این مدت ", "دو ", "گذشته ", "دهه ", "فصل ", "پاییز ", "2019 ", "مارس ", "31 ",
     "\u200c", "\u064b"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=14).map("".join), st.one_of(st.none(), st.dates(datetime.date(1990, 1, 1))))
def test_wordings_are_in_order_and_their_days_too(text: str, reference: datetime.date | None) -> None:
    found = Periods(text, reference).wordings
    for one, other in pairwise(found):
        assert one.end <= other.start
    for wording in found:
        assert 0 <= wording.start < wording.end <= len(text)
        assert wording.interval is None or wording.interval[0] <= wording.interval[1]


@given(st.text())
def test_legible_text_keeps_its_length(text: str) -> None:
    assert len(legible(text)) == len(text)


def test_a_long_article_takes_no_longer_than_its_length() -> None:
    sentence = "در سال ۱۳۹۷ تعداد ۱۲۰ واحد و ۳۵۰ نفر، نسبت به سال گذشته، در ۱۰ ماهه امسال فعال بود "
    text = sentence * 700
    anchors = [(match.start(), match.end()) for match in re.finditer("۱۲۰ واحد", text)]
    started = time.process_time()
    periods = Periods(text, REFERENCE)
    found = [periods.of(*anchor, [anchor]) for anchor in anchors]
    assert time.process_time() - started < 2
    assert {period.text for period in found if period} == {"سال ۱۳۹۷"}
