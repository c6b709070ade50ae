"""Every check of the corpus: a named case that trips it and nothing else; what the policy makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ie_model.corpus.check import MIN_ARTICLES, MIN_MENTIONS, CheckReport, check_corpus, require_sound
from ie_model.corpus.findings import Finding
from ie_model.corpus.model import AnnotatedArticle, GoldMention, GoldValue, Relation
from ie_model.corpus.splits import load_folds
from ie_model.corpus.store import Reject, load_corpus, read_corpus
from ie_model.errors import CorpusError

from .making import TEXT, bank_article, mention

ROOT = Path(__file__).parents[2]
FEW = {"few-articles", "few-mentions"}
ONE = GoldValue(Decimal(1))


def codes(report: CheckReport) -> list[tuple[str, str]]:
    return [(finding.severity, finding.code) for finding in report.findings if finding.code not in FEW]


def span(start: int, end: int, text: str = TEXT, **changes: Any) -> GoldMention:
    return replace(GoldMention("m", "AMOUNT", start, end, text[start:end], ONE), **changes)


def spanned(text: str, surface: str) -> AnnotatedArticle:
    return AnnotatedArticle("a", text, (mention(text, surface, "AMOUNT", "m", ONE),))


def test_a_sound_article_has_no_finding() -> None:
    assert codes(check_corpus([bank_article()])) == []


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (span(0, 4, text="xxxx"), "offsets"),
        (span(5, 5), "offsets"),
        (span(0, 10_000), "offsets"),
        (span(8, 11), "edge"),
        (span(9, 26), "edge"),
        (span(TEXT.index("کرد"), TEXT.index("کرد") + 4), "edge"),
        (span(TEXT.index("کرد"), TEXT.index("این") + 3), "paragraph"),
        (span(0, 8, label="COMPANY", value=None), "label"),
        (span(0, 8, label="INSTITUTION"), "value"),
        (span(9, 11, value=GoldValue(low=Decimal(9), high=Decimal(3))), "range"),
    ],
    ids=[
        "offsets that give another text",
        "empty span",
        "beyond the article",
        "starts with a space",
        "ends with a space",
        "ends with a full stop",
        "crosses a paragraph",
        "unknown label",
        "an institution with a value",
        "a range from high to low",
    ],
)
def test_a_mention_that_breaks_the_guide_is_an_error(bad: GoldMention, code: str) -> None:
    report = check_corpus([bank_article(mentions=(bad,), relations=())])
    assert codes(report) == [("error", code)]
    assert "mention m [" in report.of("error")[0].where


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (span(9, 25, value=None), "no-value"),
        (span(9, 25, value=GoldValue(unit="تومان")), "no-value"),
        (span(9, 13), "inside-word"),
        (span(2, 8), "inside-word"),
        (span(9, 25, value=GoldValue(Decimal("67400000000.00001"))), "value-noise"),
    ],
    ids=["no value", "a unit alone", "ends inside a word", "starts inside a word", "the noise of a float"],
)
def test_a_doubtful_mention_is_a_warning(bad: GoldMention, code: str) -> None:
    assert codes(check_corpus([bank_article(mentions=(bad,), relations=())])) == [("warning", code)]


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        ("رشد ۳۵٪ بود", "۳۵٪"),
        ("رشد 35% بود", "35%"),
        ("رشد -5 درصد بود", "-5 درصد"),
        ("قیمت $20 شد", "$20"),
        ("وام ۵۰میلیارد داد", "میلیارد"),
        ("رقم ۵۰ نفر", "۵۰ نفر"),
    ],
)
def test_units_and_number_signs_may_stand_at_the_edge(text: str, surface: str) -> None:
    assert codes(check_corpus([spanned(text, surface)])) == []


@pytest.mark.parametrize("surface", ["«سپه", "سپه»", "(سپه", "سپه\u200c", "\u200fسپه", "سپه،", "- سپه"])
def test_marks_and_invisible_characters_stay_outside(surface: str) -> None:
    report = check_corpus([spanned(f"بانک {surface} است", surface)])
    assert ("error", "edge") in codes(report)


def test_overlaps_are_found_also_behind_a_longer_span() -> None:
    mentions = (
        span(0, 25, id="long"),
        span(0, 8, id="short"),
        span(9, 15, id="late"),
        span(26, 30, id="free"),
    )
    report = check_corpus([bank_article(mentions=mentions, relations=())])
    overlaps = [finding for finding in report.findings if finding.code == "overlap"]
    assert len(overlaps) == 2
    assert all("free" not in finding.where for finding in overlaps)


@pytest.mark.parametrize(
    ("relations", "severity", "code"),
    [
        ((Relation("with", "q1", "gone"),), "error", "dangling-relation"),
        ((Relation("by", "gone", "i1"),), "error", "dangling-relation"),
        ((Relation("with", "q1", "q1"),), "error", "self-relation"),
        ((Relation("with", "q1", "i1"),), "error", "relation-ends"),
        ((Relation("by", "i1", "q1"),), "error", "relation-ends"),
        ((Relation("by", "q1", "q2"),), "error", "relation-ends"),
        ((Relation("with", "q1", "q2"),) * 2, "warning", "double-relation"),
    ],
)
def test_relations_join_what_they_may(relations: Sequence[Relation], severity: str, code: str) -> None:
    assert codes(check_corpus([bank_article(relations=relations)])) == [(severity, code)]


def test_a_mention_id_used_twice_is_an_error() -> None:
    twice = replace(bank_article().mentions[3], id="q2")
    report = check_corpus([bank_article(mentions=(*bank_article().mentions[:3], twice))])
    assert codes(report) == [("error", "mention-id")]


def test_what_the_reader_noted_is_reported() -> None:
    note = Finding(
        "error", "quantity-in-two-records", "a1", "gold.jsonl:3, mention q1", "stands in 2 records"
    )
    assert check_corpus([bank_article(notes=(note,))]).of("error") == (note,)


def test_quantities_of_a_gold_file_in_no_record_or_two_are_errors(tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text(
        '{"id": "a", "text": "۵ طرح و ۷ نفر", "records": [["q1"], ["q1"]], "mentions": ['
        '{"id": "q1", "label": "AMOUNT", "start": 0, "end": 5, "text": "۵ طرح", "quantity": {"value": 5}},'
        '{"id": "q2", "label": "AMOUNT", "start": 8, "end": 13, "text": "۷ نفر", "quantity": {"value": 7}}]}',
        "utf-8",
    )
    articles = [item for item in read_corpus([gold]) if isinstance(item, AnnotatedArticle)]
    assert codes(check_corpus(articles)) == [
        ("error", "quantity-in-two-records"),
        ("error", "quantity-in-no-record"),
    ]


def test_what_could_not_be_read_is_an_error() -> None:
    reject = Reject("x.json[2]", CorpusError("needs 'id'", where="x.json[2]", found="nothing"), "a9")
    (finding,) = check_corpus([], rejects=[reject]).of("error")
    assert (finding.code, finding.article_id, finding.where) == ("unreadable", "a9", "x.json[2]")
    assert finding.message == "needs 'id'; found nothing"


PLAIN = AnnotatedArticle(
    "p1", "یک خبر کوتاه درباره پرداخت وام به روستاییان استان گیلان در بهار", source="p1.json"
)
NEAR = replace(PLAIN, id="p2", text=PLAIN.text + " امسال", source="p2.json")
SAME = replace(PLAIN, id="p3", source="p3.json")
OTHER = AnnotatedArticle("o1", "متنی دیگر که هیچ شباهتی به آن خبر ندارد و جداست", source="o1.json")


@pytest.mark.parametrize(
    ("articles", "folds", "against", "expected"),
    [
        ([PLAIN, OTHER], None, [], []),
        ([PLAIN, replace(OTHER, id="p1")], None, [], [("error", "duplicate-id")]),
        ([PLAIN, SAME], None, [], [("error", "duplicate-text")]),
        ([PLAIN, NEAR], None, [], [("warning", "near-duplicate")]),
        ([PLAIN, NEAR], {"p1": 0, "p2": 0}, [], []),
        ([PLAIN, NEAR], {"p1": 0, "p2": 1}, [], [("error", "leak")]),
        ([PLAIN, NEAR], {"p2": 1}, [], [("error", "leak")]),
        ([PLAIN, SAME], {"p1": 0, "p3": 1}, [], [("error", "duplicate-text"), ("error", "leak")]),
        ([PLAIN], None, [OTHER], []),
        ([PLAIN], None, [SAME], [("error", "leak")]),
        ([PLAIN], None, [NEAR], [("error", "leak")]),
        ([PLAIN], None, [PLAIN], [("error", "leak")]),
        ([PLAIN], None, [replace(OTHER, id="p1")], [("error", "leak")]),
        ([OTHER], None, [PLAIN, NEAR], []),
        ([PLAIN], {"p1": 0, "zz": 1}, [], [("warning", "fold-ids")]),
    ],
    ids=[
        "two articles",
        "one id twice",
        "one text twice",
        "near-duplicates without folds",
        "near-duplicates in one fold",
        "near-duplicates in two folds",
        "near-duplicates, one always trains",
        "one text in two folds",
        "nothing shared with the other side",
        "one text on both sides",
        "near-duplicates on both sides",
        "the article itself on both sides",
        "one id on both sides",
        "near-duplicates on the other side only",
        "a fold of an article that is not there",
    ],
)
def test_duplicates_and_leaks(
    articles: list[AnnotatedArticle],
    folds: dict[str, int] | None,
    against: list[AnnotatedArticle],
    expected: list[tuple[str, str]],
) -> None:
    assert codes(check_corpus(articles, folds=folds, against=against)) == expected


def many(count: int) -> list[AnnotatedArticle]:
    return [AnnotatedArticle(f"n{number}", f"خبر {number}") for number in range(count)]


def test_few_articles_and_few_mentions_are_warnings() -> None:
    report = check_corpus(many(MIN_ARTICLES - 1))
    assert [finding.code for finding in report.of("warning")] == ["few-articles"] + ["few-mentions"] * 4
    assert "few-articles" not in [finding.code for finding in check_corpus(many(MIN_ARTICLES)).findings]


def test_labels_with_enough_mentions_give_no_warning() -> None:
    text = " ".join(["۵ نفر"] * MIN_MENTIONS)
    mentions = tuple(span(place * 6, place * 6 + 5, text, id=f"q{place}") for place in range(MIN_MENTIONS))
    report = check_corpus([AnnotatedArticle("a", text, mentions)], labels=("AMOUNT",))
    assert [finding.code for finding in report.findings] == ["few-articles"]


def test_spans_that_the_tokenizer_cannot_give_back_are_warnings() -> None:
    report = check_corpus([bank_article()], unrepresentable=lambda article: [article.mentions[1]])
    assert codes(report) == [("warning", "tokenizer")]
    assert "mention q1" in report.of("warning")[-1].where or "mention q1" in report.findings[0].where


@pytest.mark.parametrize(
    ("severities", "policy", "fails", "shown"),
    [
        ([], "error", False, 0),
        (["warning"], "off", False, 0),
        (["warning"], "warn", False, 1),
        (["warning"], "error", True, 1),
        (["warning", "error"], "off", True, 1),
        (["warning", "error"], "warn", True, 2),
    ],
)
def test_the_policy_is_apart_from_the_check(severities: Any, policy: Any, fails: bool, shown: int) -> None:
    report = CheckReport(1, 1, tuple(Finding(severity, "x", "a", "w", "m") for severity in severities))
    assert report.fails(policy) is fails
    assert len(report.shown(policy)) == shown
    assert [finding.severity for finding in report.shown(policy)] == sorted(
        finding.severity for finding in report.shown(policy)
    )
    assert report.to_json(policy)["failed"] is fails
    if fails:
        with pytest.raises(CorpusError, match="the corpus check failed"):
            require_sound(report, policy=policy)
    else:
        require_sound(report, policy=policy)


def test_the_repositorys_own_annotations_are_sound() -> None:
    articles = load_corpus([ROOT / "annotations"])
    report = check_corpus(articles, folds=load_folds([ROOT / "annotations" / "folds.json"]))
    assert report.findings == ()
