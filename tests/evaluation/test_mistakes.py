"""The list of mistakes: each kind, what it shows, and the file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from ie_model.corpus.model import AnnotatedArticle
from ie_model.errors import CorpusError, OutputError
from ie_model.evaluation.mistakes import CONTEXT, Mistake, find_mistakes, write_mistakes
from ie_model.evaluation.scores import score_articles
from ie_model.schema import AMOUNT, INSTITUTION, TARGET
from tests.evaluation.making import (
    ARABIC_BANK,
    BANK,
    EVERYTHING,
    JOINED,
    MONEY,
    PEOPLE,
    PLANS,
    SHARE,
    TEXT,
    Said,
    articles,
    as_predicted,
    gold,
    predicted,
)

SHORT_MONEY = Said(AMOUNT, "۵۰ میلیارد", 50_000_000_000)


def mistakes_of(
    gold_side: list[Said],
    predicted_side: list[Said],
    gold_records: list[list[Said]] | None = None,
    predicted_records: list[list[Said]] | None = None,
) -> list[Mistake]:
    """Mistakes with every quantity in a record of its own unless told otherwise."""
    alone = [[said] for said in predicted_side if said.label != INSTITUTION]
    extraction = predicted(predicted_side, alone if predicted_records is None else predicted_records)
    return list(find_mistakes([gold(gold_side, gold_records or [])], {"a": extraction}))


@pytest.mark.parametrize(
    ("gold_side", "predicted_side", "kinds"),
    [
        ([BANK], [BANK], []),
        ([BANK], [], ["missed"]),
        ([], [BANK], ["spurious"]),
        ([MONEY], [replace(MONEY, label=TARGET)], ["wrong_label"]),
        ([BANK], [Said(INSTITUTION, "بانک")], ["wrong_span"]),
        ([BANK], [Said(TARGET, "بانک")], ["wrong_label_and_span"]),
        ([MONEY], [replace(MONEY, value=50)], ["wrong_value"]),
        ([MONEY], [replace(MONEY, value=None)], ["wrong_value"]),
        ([MONEY], [replace(MONEY, label=TARGET, value=7)], ["wrong_label", "wrong_value"]),
        ([BANK, MONEY], [ARABIC_BANK, MONEY], ["missed", "spurious"]),
    ],
)
def test_kinds_of_mention_mistakes(
    gold_side: list[Said], predicted_side: list[Said], kinds: list[str]
) -> None:
    found = [mistake.kind for mistake in mistakes_of(gold_side, predicted_side)]
    assert [kind for kind in found if kind != "wrong_record"] == kinds


def test_right_mentions_are_paired_before_wrong_ones() -> None:
    # The short one overlaps too, but the whole one is there: one spurious, nothing wrong.
    kinds = [m.kind for m in mistakes_of([MONEY], [SHORT_MONEY, MONEY]) if m.kind != "wrong_record"]
    assert kinds == ["spurious"]


def test_a_mention_split_in_two_is_one_wrong_span_and_one_spurious() -> None:
    pieces = [SHORT_MONEY, Said(AMOUNT, "تومان")]
    kinds = [mistake.kind for mistake in mistakes_of([MONEY], pieces) if mistake.kind != "wrong_record"]
    assert kinds == ["wrong_span", "spurious"]


def test_a_mistake_shows_both_sides_and_the_words_around() -> None:
    mistake = next(m for m in mistakes_of([MONEY], [SHORT_MONEY]) if m.kind == "wrong_span")
    start = TEXT.index("۵۰")
    assert (mistake.article, mistake.start, mistake.end) == ("a", start, start + len(MONEY.words))
    assert mistake.before == "بانک ملی "
    assert mistake.text == "۵۰ میلیارد تومان"
    assert mistake.after == TEXT[mistake.end : mistake.end + CONTEXT]
    assert len(mistake.after) == 40
    assert mistake.gold == {
        "label": AMOUNT,
        "start": start,
        "end": mistake.end,
        "text": "۵۰ میلیارد تومان",
        "value": 50_000_000_000,
        "low": None,
        "high": None,
    }
    assert mistake.predicted is not None
    assert mistake.predicted["text"] == "۵۰ میلیارد"


def test_an_institution_has_no_value_and_a_range_has_two() -> None:
    bank, money = mistakes_of([BANK, replace(MONEY, value=(5, 10))], [], [])[:2]
    assert bank.gold is not None
    assert "value" not in bank.gold
    assert money.gold is not None
    assert (money.gold["value"], money.gold["low"], money.gold["high"]) == (None, 5, 10)


def test_a_wrong_record_stands_beside_the_one_it_shares_most_with() -> None:
    side = [BANK, MONEY, PLANS, SHARE, PEOPLE]
    found = mistakes_of(side, side, [[BANK, MONEY, PLANS, SHARE]], [[MONEY, PLANS], [SHARE, BANK], [PEOPLE]])
    assert [mistake.kind for mistake in found] == ["wrong_record", "wrong_record"]
    paired, extra = found
    assert paired.gold is not None
    assert paired.predicted is not None
    assert [said["text"] for said in paired.gold["quantities"]] == [MONEY.words, PLANS.words, SHARE.words]
    assert paired.gold["institutions"] == ["بانک ملی"]
    assert [said["text"] for said in paired.predicted["quantities"]] == [MONEY.words, PLANS.words]
    assert paired.text.startswith(MONEY.words)
    assert paired.text.endswith(SHARE.words)
    assert extra.gold is None
    assert extra.predicted is not None
    assert extra.predicted["institutions"] == ["بانک ملی"]


def test_a_name_spelled_otherwise_is_no_wrong_record() -> None:
    side = [BANK, ARABIC_BANK, MONEY]
    assert mistakes_of(side, side, [[MONEY, BANK]], [[MONEY, ARABIC_BANK]]) == []


def test_article_without_extraction_has_everything_missed() -> None:
    found = list(find_mistakes([gold(EVERYTHING, JOINED)], {}))
    kinds = [mistake.kind for mistake in found]
    assert (kinds.count("missed"), kinds.count("wrong_record")) == (len(EVERYTHING), 2)
    assert [m.start for m in found] == sorted(m.start for m in found)


def test_another_text_is_an_error() -> None:
    with pytest.raises(CorpusError, match="another text"):
        list(find_mistakes([gold()], {"a": predicted(text="متن دیگر")}))


@settings(max_examples=60)
@given(articles(), articles())
def test_the_list_and_the_scores_agree(one: AnnotatedArticle, other: AnnotatedArticle) -> None:
    counts = score_articles([one], {"a": as_predicted(other)})[0]
    kinds = [mistake.kind for mistake in find_mistakes([one], {"a": as_predicted(other)})]
    wrong = ("wrong_label", "wrong_span", "wrong_label_and_span")
    paired = sum(kinds.count(kind) for kind in wrong)
    strict = counts.strict.values()
    assert kinds.count("missed") + paired == sum(count.fn for count in strict)
    assert kinds.count("spurious") + paired == sum(count.fp for count in strict)
    assert kinds.count("wrong_value") == sum(count.fn for count in counts.values.values())
    records = [m for m in find_mistakes([one], {"a": as_predicted(other)}) if m.kind == "wrong_record"]
    assert sum(m.gold is not None for m in records) == counts.records.fn
    assert sum(m.predicted is not None for m in records) == counts.records.fp


@settings(max_examples=60)
@given(articles())
def test_no_mistake_where_nothing_is_wrong(article: AnnotatedArticle) -> None:
    assert list(find_mistakes([article], {"a": as_predicted(article)})) == []


def test_the_file_is_json_lines_and_the_kinds_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "made" / "mistakes.jsonl"
    found = mistakes_of([BANK, MONEY], [SHORT_MONEY])
    kinds = write_mistakes(found, path)
    lines = path.read_bytes().decode("utf-8").split("\n")
    assert lines.pop() == ""
    assert [json.loads(line)["kind"] for line in lines] == [mistake.kind for mistake in found]
    assert json.loads(lines[0])["text"] == "بانک ملی"
    assert "بانک" in lines[0]
    assert kinds == {"missed": 1, "wrong_span": 1, "wrong_record": 1}


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        write_mistakes([], tmp_path / "file" / "mistakes.jsonl")
