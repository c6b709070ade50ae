"""Repeats: which records state a fact again, and which only happen to share its number."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.records.repeats import fact_of, find_repeats
from tests.records.marked import read_marked


def repeats_of(marked: str) -> dict[str, str]:
    """Return which record repeats which, by the numbers of their marks."""
    article = read_marked(marked)
    names = list(article.records)
    institutions = [article.names.get(name, frozenset()) for name in names]
    found = find_repeats(article.text, list(article.records.values()), institutions, article.sentences)
    return {name: names[earlier] for name, earlier in zip(names, found, strict=True) if earlier is not None}


REPEATS = {
    "headline and body": "وام [1A ۱۲۴ میلیارد تومانی]\nبانک [2A ۱۲۴ میلیارد تومان] وام داد.",
    "other digits, other words": "[1A ۲٬۵۴۰ واحد] ساخته شد. [2A دو هزار و پانصد و چهل واحد مسکونی] داریم.",
    "about": "[1A ۱۲۴ میلیارد تومان] داده شد. حدود [2A ۱۲۴ میلیارد تومان] داده‌ایم.",
    "more than": "بیش از [1A ۱۲۴ میلیارد تومان] داده شد. [2A ۱۲۴ میلیارد تومان] داده‌ایم.",
    "rials of toman": "[1A ۱۲۴ میلیارد تومان] داده شد. [2A ۱۲۴۰ میلیارد ریال] داده‌ایم.",
    "a range": "خسارت [1A ۱۰۰ تا ۱۵۰ میلیون دلار] است. میان [2A ۱۰۰ تا ۱۵۰ میلیون دلار] برآورد شد.",
    "a target": "ساخت [1T ۱۲۵ هکتار] گلخانه. [2T ۱۲۵ هکتار] گلخانه می‌سازیم.",
    "two numbers": "[1A ۵ طرح] با [1A ۹ نفر] افتتاح شد. او از [2A ۵ طرح] و اشتغال [2A ۹ نفر] گفت.",
    "by the same": "[1I بهزیستی] [1A ۳۲۵ نفر] را گرفت. [2I بهزیستی] [2A ۳۲۵ نفر] گرفته است.",
    "by one, then by none named": "[1I بهزیستی] [1A ۳۲۵ نفر] را گرفت. [2A ۳۲۵ نفر] آمدند.",
    "few digits, the same words": "احیای [1T ۶۸ واحد] راکد صنعتی گیلان. [2T ۶۸ واحد] راکد صنعتی گیلان داریم.",
    "a small count, the same words": (
        "افتتاح [1A پنج پروژه] بهسازی جاده روستایی لنگرود. "
        "در لنگرود [2A ۵ پروژه] بهسازی جاده روستایی افتتاح شد."
    ),
}


@pytest.mark.parametrize("case", REPEATS)
def test_a_fact_is_stated_again(case):
    assert repeats_of(REPEATS[case]) == {"2": "1"}


OTHERS = {
    "another value": "[1A ۱۲۴ نفر] آمدند. [2A ۱۲۵ نفر] رفتند.",
    "another unit": "[1A ۱۲۴ نفر] آمدند. [2A ۱۲۴ خانوار] رفتند.",
    "a target is not yet an amount": "باید [1T ۱۲۴ نفر] بیایند. [2A ۱۲۴ نفر] آمدند.",
    "a rounded headline": "[1A ۹۲ هزار میلیارد ریال] سپرده. [2A ۹۲ هزار و ۴۰۰ میلیارد ریال] سپرده است.",
    "more than is not less than": "بیش از [1A ۱۲۴ نفر] آمدند. کمتر از [2A ۱۲۴ نفر] آمدند.",
    "a lone percentage": "سهم [1P ۱۲٫۵ درصد] است. سود [2P ۱۲٫۵ درصد] است.",
    "by others": "[1I بهزیستی] [1A ۳۲۵ نفر] را گرفت. [2I کمیته امداد] [2A ۳۲۵ نفر] گرفت.",
    "one list": "ظرفیت [1A ۱۲۵ تن] پنیر، [2A ۱۲۵ تن] خامه است.",
    "few digits, other words": "[1A ۲ میلیارد دلار] فناوری فروختیم. صنایع کوچک [2A ۲ میلیارد دلار] سود برد.",
    "a small count": "[1A دو پروژه] در آبیک تمام شد. شهردار قزوین از [2A دو پروژه] در تاکستان گفت.",
    "another noun": (
        "صادرات گمرک در ده ماه: [1A ده قلم کالای صادراتی] برتر. "
        "واردات گمرک در ده ماه: [2A ده قلم کالای وارداتی] برتر."
    ),
    "one of two numbers": "[1A ۱۲۴ طرح] با [1A ۳۵۰ نفر] افتتاح شد. [2A ۱۲۴ طرح] مهم است.",
}


@pytest.mark.parametrize("case", OTHERS)
def test_another_fact(case):
    assert repeats_of(OTHERS[case]) == {}


def test_the_first_statement_is_named():
    text = "[1A ۱۲۴ نفر] آمدند.\n[2A ۱۲۴ نفر] آمدند.\n[3A ۱۲۴ نفر] آمدند."
    assert repeats_of(text) == {"2": "1", "3": "1"}


def test_a_statement_of_another_body_is_passed_over():
    text = "[1I صمت] [1A ۱۲۴ نفر] گرفت. [2I بهزیستی] [2A ۱۲۴ نفر] گرفت. در [3I بهزیستی] [3A ۱۲۴ نفر] هستند."
    assert repeats_of(text) == {"3": "2"}


def test_an_unread_value_states_nothing_that_could_be_repeated():
    mention = read_marked("[1A ۱۲۴ نفر] آمدند.").records["1"][0]
    assert fact_of([mention]) is not None
    assert fact_of([mention.model_copy(update={"quantity": None})]) is None


def test_no_records():
    assert find_repeats("", [], [], []) == []


@given(st.lists(st.integers(100, 120), max_size=12))
def test_a_repeat_names_an_earlier_record_of_the_same_value(values):
    text = " ".join(f"[{number}A {value}1 تن] رسید." for number, value in enumerate(values))
    for later, earlier in repeats_of(text).items():
        assert int(earlier) < int(later)
        assert values[int(earlier)] == values[int(later)]


def test_many_statements_of_one_number_take_no_time():
    line = "در شهر {0} کارگاه تازه با [{0}A ۵ نفر] کارگر راه افتاد و تمام شد. "
    article = read_marked("".join(line.format(number) for number in range(1000)))
    records = list(article.records.values())
    start = time.perf_counter()
    find_repeats(article.text, records, [frozenset()] * len(records), article.sentences)
    assert time.perf_counter() - start < 1
