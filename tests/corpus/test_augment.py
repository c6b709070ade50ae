"""Altered copies: other digits, other names, joined words, and mentions where they were."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ie_model.corpus.augment import alter, apply_edits, augment
from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.corpus.store import load_corpus
from ie_model.quantities import read_quantity
from ie_model.schema import AMOUNT, INSTITUTION, PERCENTAGE
from tests.tagging.making import ROOT

TEXT = "بانک ملی ۵۰ میلیارد تومان و ۲۵۷ وام داد؛ بانک ملی می\u200cگوید 12.5 درصد است."
NAMES = {"بانک": ["بانک سپه", "بانک صنعت و معدن", "بانک ملی"]}
SEEDS = load_corpus([ROOT / "annotations/seeds"])


def article(text: str = TEXT) -> AnnotatedArticle:
    surfaces = [
        ("بانک ملی", INSTITUTION, 0),
        ("۵۰ میلیارد تومان", AMOUNT, 0),
        ("۲۵۷ وام", AMOUNT, 0),
        ("بانک ملی", INSTITUTION, 9),
        ("12.5 درصد", PERCENTAGE, 0),
    ]
    return AnnotatedArticle(
        "a",
        text,
        tuple(
            GoldMention(f"m{n}", label, text.index(one, after), text.index(one, after) + len(one), one)
            for n, (one, label, after) in enumerate(surfaces)
        ),
    )


def copies(count: int = 60) -> list[AnnotatedArticle]:
    return [alter(article(), NAMES, random.Random(seed), "x") for seed in range(count)]


def test_every_mention_stays_a_mention_of_its_label() -> None:
    for copy in copies():
        assert [m.label for m in copy.mentions] == [m.label for m in article().mentions]
        assert all(copy.text[m.start : m.end] == m.text for m in copy.mentions)
        assert all(a.end <= b.start for a, b in zip(copy.mentions, copy.mentions[1:], strict=False))


def test_other_digits_are_as_many_of_the_same_script_with_the_same_round_end() -> None:
    seen = {copy.mentions[1].text for copy in copies()}
    assert len(seen) > 5
    for surface in seen:
        number = surface.split()[0]
        assert len(number) == 2
        assert number[1] == "۰"
        assert number[0] in "۱۲۳۴۵۶۷۸۹"
    assert all(copy.mentions[4].text.endswith(" درصد") for copy in copies())
    assert all("." in copy.mentions[4].text and copy.mentions[4].text.isascii() is False for copy in copies())


def test_an_institution_gets_another_name_of_its_kind_everywhere() -> None:
    pairs = {(copy.mentions[0].text, copy.mentions[3].text) for copy in copies()}
    assert all(first == second for first, second in pairs)
    assert {first for first, _ in pairs} == set(NAMES["بانک"])


def test_some_copies_lose_their_zwnj_and_no_other_character() -> None:
    joined = [copy for copy in copies(200) if "\u200c" not in copy.text]
    assert 10 < len(joined) < 60
    assert all("میگوید" in copy.text for copy in joined)


def test_the_same_seed_gives_the_same_copies_and_ids_tell_them_apart() -> None:
    first, again = augment(SEEDS, 2, 5), augment(SEEDS, 2, 5)
    assert first == again
    assert first != augment(SEEDS, 2, 6)
    assert len({copy.id for copy in first} | {seed.id for seed in SEEDS}) == 3 * len(SEEDS)


def test_values_and_relations_are_left_out() -> None:
    for copy in augment(SEEDS, 1, 5):
        assert copy.relations == ()
        assert all(mention.value is None for mention in copy.mentions)


def test_numbers_of_real_articles_can_still_be_read() -> None:
    for copy in augment(SEEDS, 3, 5):
        for mention in copy.mentions:
            if mention.label != INSTITUTION:
                quantity = read_quantity(copy.text, mention.start, mention.end, label=mention.label).quantity
                assert quantity.value is not None or quantity.low is not None, mention.text


@pytest.mark.parametrize(
    ("edits", "text", "span"),
    [
        pytest.param([], "ab cd ef", (3, 5), id="none"),
        pytest.param([(0, 2, "abcd")], "abcd cd ef", (5, 7), id="longer before"),
        pytest.param([(0, 2, "")], " cd ef", (1, 3), id="dropped before"),
        pytest.param([(3, 5, "c")], "ab c ef", (3, 4), id="the mention itself"),
        pytest.param([(4, 5, "xyz")], "ab cxyz ef", (3, 7), id="inside the mention"),
        pytest.param([(6, 8, "")], "ab cd ", (3, 5), id="behind"),
        pytest.param([(0, 1, "xx"), (3, 4, "y"), (7, 8, "")], "xxb yd e", (4, 6), id="several"),
    ],
)
def test_edits_move_mentions(edits: list[tuple[int, int, str]], text: str, span: tuple[int, int]) -> None:
    changed = apply_edits(
        AnnotatedArticle("a", "ab cd ef", (GoldMention("m", AMOUNT, 3, 5, "cd"),)), edits, "b"
    )
    (mention,) = changed.mentions
    assert (changed.text, (mention.start, mention.end)) == (text, span)
    assert mention.text == text[slice(*span)]


@given(st.integers(0, 10**6))
def test_a_copy_of_a_seed_is_sound_whatever_the_seed(seed: int) -> None:
    for copy in augment(SEEDS[:1], 1, seed):
        assert all(copy.text[m.start : m.end] == m.text == m.text.strip() for m in copy.mentions)
