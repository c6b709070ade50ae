"""Corrections among the old articles: who trains, who judges, and the version that comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.corpus.store import load_corpus
from ie_model.errors import CorpusError
from ie_model.modelling.data import Corpus
from ie_model.modelling.retrain import SET_ASIDE, is_set_aside, join_corrections, plan_training
from ie_model.schema import INSTITUTION, text_sha256
from tests.modelling.making import HELD_OUT, World

NEW = [
    AnnotatedArticle(f"n{place}", f"بانک ملی {place}", (GoldMention("m", INSTITUTION, 0, 8, "بانک ملی"),))
    for place in range(50)
]


def article(name: str, text: str | None = None) -> AnnotatedArticle:
    return AnnotatedArticle(name, text or f"متن {name}")


def names(articles: list[AnnotatedArticle]) -> list[str]:
    return [one.id for one in articles]


def test_some_new_articles_are_set_aside_and_always_the_same() -> None:
    joined = join_corrections(Corpus([article("a")], [article("h")]), NEW)
    aside = [one.id for one in NEW if is_set_aside(one)]
    assert names(joined.train) == ["a", *(one.id for one in NEW if one.id not in aside)]
    assert names(joined.held_out) == ["h", *aside]
    assert 0 < len(aside) < 2.5 * len(NEW) / SET_ASIDE
    few = join_corrections(Corpus([], []), NEW[:10])
    assert set(names(few.held_out)) == set(aside) & set(names(NEW[:10]))


def test_a_correction_stands_where_the_old_article_stood() -> None:
    old = Corpus([article("a"), article("b")], [article("h"), article("i")])
    corrected = [
        AnnotatedArticle("a", "متن a", NEW[0].mentions),
        AnnotatedArticle("task-7", "متن b", NEW[0].mentions),  # the same article under another id
        AnnotatedArticle("i", "متن i", NEW[0].mentions),
    ]
    joined = join_corrections(old, corrected)
    assert joined.train == corrected[:2]
    assert joined.held_out == [article("h"), corrected[2]]


def test_no_text_is_on_both_sides() -> None:
    old = Corpus([article("a", "همان")], [article("h", "همان")])
    joined = join_corrections(old, [article("h", "همان")])
    assert (names(joined.train), names(joined.held_out)) == ([], ["h"])


def test_only_what_the_served_model_has_not_seen_judges(world: World, trained: tuple[Path, object]) -> None:
    aside = [one for one in NEW if is_set_aside(one)][:2]
    plan = plan_training(world.config(), aside, trained[0])
    assert names(plan.judges) == [HELD_OUT, *names(aside)]
    assert not {one.text for one in plan.judges} & {one.text for one in plan.corpus.train}


def test_too_few_judges_are_told_before_anything_is_trained(
    world: World, trained: tuple[Path, object]
) -> None:
    (old, *_) = load_corpus([world.articles])
    assert text_sha256(old.text)
    with pytest.raises(CorpusError, match="too few articles could judge") as caught:
        plan_training(world.config(), [old], trained[0])
    assert caught.value.found == "1"
    assert "every 5th new one is held out" in str(caught.value)
