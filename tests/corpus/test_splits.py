"""Folds: by article, near-duplicates together, the same whatever the order; splits by fold."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.similarity import near_duplicates, shingles
from ie_model.corpus.splits import load_folds, make_folds, save_folds, split
from ie_model.corpus.store import load_corpus
from ie_model.errors import CorpusError

ROOT = Path(__file__).parents[2]

NEWS = (
    "مدیرکل تعاون گیلان از پرداخت تسهیلات اشتغال به متقاضیان روستایی استان در سه ماه نخست امسال خبر داد "
    "و گفت این رقم نسبت به سال گذشته رشد داشته است"
)


def distinct(article_id: str) -> AnnotatedArticle:
    words = " ".join(f"واژه{article_id}{number}" for number in range(12))
    return AnnotatedArticle(article_id, words)


TEN = [distinct(f"n{number}") for number in range(10)]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (NEWS, NEWS, 1.0),
        (NEWS, NEWS.replace("ی", "ي").replace("ک", "ك"), 1.0),
        (NEWS, NEWS + " پایان", 25 / 26),
        ("یک دو سه", "یک دو سه", 1.0),
        ("یک دو سه چهار پنج شش", "صفر یک دو سه چهار پنج شش", 2 / 3),
        ("یک دو سه چهار پنج شش", "یک دو سه چهار پنج هفت هشت", None),
        ("یک دو سه چهار پنج شش", "شش پنج چهار سه دو یک", None),
        ("...", "...", None),
    ],
    ids=["same", "Arabic letters", "a word more", "short", "two in three", "a third", "reversed", "no words"],
)
def test_near_duplicates_by_word_sequences(first: str, second: str, expected: float | None) -> None:
    pairs = near_duplicates([AnnotatedArticle("a", first), AnnotatedArticle("b", second)])
    assert [pair.similarity for pair in pairs] == ([] if expected is None else [pytest.approx(expected)])


@given(st.lists(st.text("اب پ", max_size=30), max_size=6))
@settings(max_examples=50)
def test_near_duplicates_are_what_the_definition_says(texts: list[str]) -> None:
    found = {(pair.first, pair.second) for pair in near_duplicates([AnnotatedArticle("x", t) for t in texts])}
    for second, text in enumerate(texts):
        for first in range(second):
            one, other = shingles(texts[first]), shingles(text)
            alike = bool(one | other) and len(one & other) / len(one | other) >= 0.5
            assert alike == ((first, second) in found)


@pytest.mark.parametrize("k", [2, 3, 5, 10])
def test_folds_are_even_and_cover_every_article(k: int) -> None:
    folds = make_folds(TEN, k, seed=1)
    sizes = Counter(folds.values())
    assert sorted(folds) == sorted(article.id for article in TEN)
    assert sorted(sizes) == list(range(k))
    assert max(sizes.values()) - min(sizes.values()) <= 1


def test_leave_one_out_gives_each_article_its_own_fold() -> None:
    assert sorted(make_folds(TEN, len(TEN), seed=1).values()) == list(range(10))


@given(st.permutations(TEN))
@settings(max_examples=50)
def test_folds_do_not_depend_on_order(shuffled: list[AnnotatedArticle]) -> None:
    assert make_folds(shuffled, 3, seed=7) == make_folds(TEN, 3, seed=7)


def test_another_seed_gives_other_folds() -> None:
    assert make_folds(TEN, 5, seed=1) != make_folds(TEN, 5, seed=2)


@given(st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_near_duplicates_share_a_fold_also_through_a_third(chance: random.Random) -> None:
    words = NEWS.split()
    chain = [AnnotatedArticle(f"d{step}", " ".join(words[step * 5 : step * 5 + 16])) for step in range(2)]
    chain.append(AnnotatedArticle("d2", " ".join(words[2:18])))
    corpus = [*TEN, *chain]
    assert {(pair.first, pair.second) for pair in near_duplicates(corpus)} >= {(10, 12), (11, 12)}
    chance.shuffle(corpus)
    folds = make_folds(corpus, 4, seed=3)
    assert folds["d0"] == folds["d1"] == folds["d2"]


@pytest.mark.parametrize("k", [0, 1, 11])
def test_impossible_numbers_of_folds_are_refused(k: int) -> None:
    with pytest.raises(CorpusError, match=r"so many folds cannot be made.*2 to 10"):
        make_folds(TEN, k, seed=1)


def test_near_duplicates_count_once_for_leave_one_out() -> None:
    twins = [AnnotatedArticle("t1", NEWS), AnnotatedArticle("t2", NEWS + " پایان")]
    with pytest.raises(CorpusError, match="expected 2 to 11"):
        make_folds([*TEN, *twins], 12, seed=1)


def test_the_fold_is_held_out_and_articles_in_no_fold_train() -> None:
    train, held_out = split(TEN, {"n1": 0, "n2": 1, "n3": 0, "absent": 0}, 0)
    assert [article.id for article in held_out] == ["n1", "n3"]
    assert [article.id for article in train] == ["n0", "n2", "n4", "n5", "n6", "n7", "n8", "n9"]
    assert split(TEN, {"n1": 0}, None) == (TEN, [])


@pytest.mark.parametrize(
    ("folds", "found"), [({"n1": 0, "n2": 2}, r"found folds \[0, 2\]"), ({}, "found no article in any fold")]
)
def test_an_empty_fold_is_refused(folds: dict[str, int], found: str) -> None:
    with pytest.raises(CorpusError, match=f"no article is in fold 1; {found}"):
        split(TEN, folds, 1)


def test_fold_files_are_written_sorted_and_read_together(tmp_path: Path) -> None:
    save_folds({"b": 1, "a": 0}, tmp_path / "one.json")
    save_folds({"c": 2, "a": 0}, tmp_path / "two.json")
    assert (tmp_path / "one.json").read_text() == '{\n"a": 0,\n"b": 1\n}\n'
    assert load_folds([tmp_path / "one.json", str(tmp_path / "two.json")]) == {"a": 0, "b": 1, "c": 2}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "a fold file is a JSON object"),
        ('{"a": -1}', "fold of 'a' is a whole number"),
        ('{"a": true}', "fold of 'a' is a whole number"),
        ('{"a": 1.0}', "fold of 'a' is a whole number"),
        ("{", "broken JSON"),
        ('{"b": 2}', "'b' has another fold.*folds 1 and 2"),
    ],
)
def test_damaged_fold_files_are_refused(tmp_path: Path, content: str, message: str) -> None:
    save_folds({"b": 1}, tmp_path / "good.json")
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(CorpusError, match=f"bad.json: .*{message}"):
        load_folds([tmp_path / "good.json", tmp_path / "bad.json"])


def test_a_missing_fold_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"none\.json: cannot read: No such file"):
        load_folds([tmp_path / "none.json"])


def test_the_shipped_folds_are_five_of_the_written_articles_and_can_be_made_again() -> None:
    written = load_corpus([ROOT / "annotations" / "written"])
    assert load_folds([ROOT / "annotations" / "folds.json"]) == make_folds(written, 5, seed=13)
