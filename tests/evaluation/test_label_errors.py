"""Planted label errors rank at the top, whatever the corpus; habits of the model do not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.errors import CorpusError
from ie_model.evaluation.facts import LabelledSpan
from ie_model.evaluation.label_errors import Believed, Opinion, find_label_errors, thresholds
from ie_model.schema import AMOUNT, INSTITUTION, LABELS, TARGET

WORDS = [f"w{number:02d}" for number in range(20)]
TEXT = " ".join(WORDS)


def mention(place: int, label: str, words: int = 1) -> GoldMention:
    start = 4 * place
    end = start + 4 * words - 1
    return GoldMention(f"m{place}", label, start, end, TEXT[start:end])


def article(name: str, *mentions: GoldMention) -> AnnotatedArticle:
    return AnnotatedArticle(name, TEXT, tuple(sorted(mentions, key=lambda one: one.start)))


def believed(one: GoldMention, confidence: float, label: str | None = None) -> Believed:
    return Believed(f"p{one.id}", label or one.label, one.start, one.end, one.text, confidence)


def agreeing(articles: list[AnnotatedArticle], confidence: float = 0.9) -> dict[str, Opinion]:
    """A model that finds what is annotated, and is as sure of all of it."""
    return {
        one.id: Opinion(tuple(believed(mention, confidence) for mention in one.mentions)) for one in articles
    }


CORPUS = [
    article(f"a{number}", mention(0, AMOUNT), mention(3, TARGET), mention(6, INSTITUTION), mention(9, AMOUNT))
    for number in range(12)
]


def test_who_agrees_with_the_annotation_suspects_nothing() -> None:
    assert find_label_errors(CORPUS, agreeing(CORPUS)) == []


@given(st.sampled_from([0, 1, 3, 4, 5, 6, 8, 9, 10, 11]), st.sampled_from([0, 1, 3]), st.sampled_from(LABELS))
def test_a_planted_label_swap_ranks_first_among_a_model_s_own_mistakes(
    which: int, place: int, label: str
) -> None:
    """The model takes two amounts for targets, unsurely, and finds no institution anywhere."""
    opinions = {}
    for one in CORPUS:
        found = [believed(mention, 0.9) for mention in one.mentions if mention.label != INSTITUTION]
        if one.id in {"a2", "a7"}:
            found[0] = replace(found[0], label=TARGET, confidence=0.6)
        opinions[one.id] = Opinion(tuple(found))
    chosen = CORPUS[which].mentions[place]
    assume(label != chosen.label)
    mentions = [replace(one, label=label) if one is chosen else one for one in CORPUS[which].mentions]
    planted = article(CORPUS[which].id, *mentions)
    first = find_label_errors([planted if one.id == planted.id else one for one in CORPUS], opinions)[0]
    assert (first.article, first.start, first.kind) == (planted.id, chosen.start, "label")
    assert first.gold == LabelledSpan(label, chosen.start, chosen.end)
    assert first.said == LabelledSpan(chosen.label, chosen.start, chosen.end)


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        pytest.param(
            [mention(3, TARGET), mention(6, INSTITUTION), mention(9, AMOUNT)], "missing", id="taken out"
        ),
        pytest.param([*CORPUS[0].mentions, mention(15, AMOUNT)], "nothing there", id="put in"),
        pytest.param([mention(0, AMOUNT, words=2), *CORPUS[0].mentions[1:]], "borders", id="too wide"),
        pytest.param([mention(0, TARGET, words=2), *CORPUS[0].mentions[1:]], "label and borders", id="both"),
    ],
)
def test_every_kind_of_planted_error_is_found(changed: list[GoldMention], kind: str) -> None:
    (found,) = find_label_errors([article("a0", *changed), *CORPUS[1:]], agreeing(CORPUS))
    assert (found.article, found.kind) == ("a0", kind)
    assert 0 < found.score <= 1


def test_a_model_less_sure_than_usual_is_not_believed() -> None:
    opinions = agreeing(CORPUS)
    swapped = [article("a0", mention(0, TARGET), *CORPUS[0].mentions[1:]), *CORPUS[1:]]
    timid = opinions["a0"].mentions[0]
    opinions["a0"] = Opinion((replace(timid, confidence=0.7), *opinions["a0"].mentions[1:]))
    assert find_label_errors(swapped, opinions) == []
    # One timid reading lowers what is usual by less than itself.
    assert thresholds([(one, opinions[one.id]) for one in CORPUS])[AMOUNT] > 0.85


def test_of_two_contradictions_the_unusual_one_comes_first() -> None:
    """The model calls a third of the targets amounts, as surely as it calls one institution an amount."""
    opinions = agreeing(CORPUS)
    for number in range(4):
        own = opinions[f"a{number}"]
        opinions[f"a{number}"] = Opinion(
            tuple(replace(one, label=AMOUNT) if one.label == TARGET else one for one in own.mentions)
        )
    own = opinions["a9"]
    opinions["a9"] = Opinion(
        tuple(replace(one, label=AMOUNT) if one.label == INSTITUTION else one for one in own.mentions)
    )
    found = find_label_errors(CORPUS, opinions)
    assert [one.article for one in found] == ["a9", "a0", "a1", "a2", "a3"]


def test_a_span_that_the_model_nearly_saw_is_doubted_less() -> None:
    one, other = (article(name, *CORPUS[0].mentions, mention(15, AMOUNT)) for name in ("a0", "a1"))
    opinions = agreeing(CORPUS)
    span = (60, 63)
    opinions["a0"] = replace(opinions["a0"], touched={span: 0.45})
    found = find_label_errors([one, other, *CORPUS[2:]], opinions)
    assert [(suspect.article, suspect.said_share) for suspect in found] == [("a1", 1.0), ("a0", 0.55)]


def test_articles_without_an_opinion_are_passed_over_and_foreign_opinions_refused() -> None:
    assert find_label_errors(CORPUS, {}) == []
    wrong = Opinion((Believed("p", AMOUNT, 0, 3, "xyz", 0.9),))
    with pytest.raises(CorpusError, match="another text"):
        find_label_errors(CORPUS, {"a0": wrong})
