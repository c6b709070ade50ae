"""Scores of parts of a corpus: which mention counts in which part."""

from __future__ import annotations

from typing import Any

import pytest

from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.evaluation.slices import LARGE_AGENCY, slice_scores
from ie_model.persian.folding import name_key
from ie_model.schema import AMOUNT, INSTITUTION, Extraction, Mention, ModelInfo, text_sha256

TEXT = "بانک ملی ۲۰ نفر و 30 طرح و سه شهر"
SURFACES = {"بانک ملی": INSTITUTION, "۲۰ نفر": AMOUNT, "30 طرح": AMOUNT, "سه شهر": AMOUNT}


def article(id: str = "a", text: str = TEXT, **meta: Any) -> AnnotatedArticle:
    mentions = tuple(
        GoldMention(f"m{place}", label, text.index(surface), text.index(surface) + len(surface), surface)
        for place, (surface, label) in enumerate(SURFACES.items())
    )
    return AnnotatedArticle(id, text, mentions, meta=meta)


def found(gold: AnnotatedArticle, *surfaces: str) -> Extraction:
    mentions = tuple(
        Mention(id=m.id, label=m.label, start=m.start, end=m.end, text=m.text)
        for m in gold.mentions
        if m.text in surfaces
    )
    return Extraction(
        id=gold.id,
        text_sha256=text_sha256(gold.text),
        model=ModelInfo(name="x", version="1"),
        mentions=mentions,
    )


def support(scores: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {name: (score.correct, score.support) for name, score in scores.items()}


def test_a_quantity_counts_by_how_its_number_is_written() -> None:
    gold = article()
    counts = support(slice_scores([gold], {"a": found(gold, "۲۰ نفر", "سه شهر")}))
    assert counts["quantities: Persian digits"] == (1, 1)
    assert counts["quantities: other digits"] == (0, 1)
    assert counts["quantities: words only"] == (1, 1)


def test_an_institution_counts_by_whether_training_named_it() -> None:
    gold = article()
    predicted = {"a": found(gold, "بانک ملی")}
    assert not [name for name in slice_scores([gold], predicted) if name.startswith("institutions")]
    known = slice_scores([gold], predicted, known_institutions=lambda _: {name_key("بانک\u200cملی")})
    assert support(known)["institutions: named in training"] == (1, 1)
    assert "institutions: not named in training" not in known
    unknown = slice_scores([gold], predicted, known_institutions=lambda _: {name_key("بانک سپه")})
    assert support(unknown)["institutions: not named in training"] == (1, 1)


@pytest.mark.parametrize(
    ("gold", "names"),
    [
        pytest.param(article(date="1382-05-28"), {"date: before 2011"}, id="an old paper"),
        pytest.param(article(date="۱۴۰۴/۰۶/۱۵ - ۱۰:۳۰"), {"date: since 2011"}, id="a new one"),
        pytest.param(article(), {"date: unknown", "letters: Persian", "ZWNJ: absent"}, id="plain"),
        pytest.param(article(text=TEXT + " كار"), {"letters: Arabic ي ك"}, id="Arabic letters"),
        pytest.param(article(text=TEXT + " می\u200cشود"), {"ZWNJ: present"}, id="ZWNJ"),
    ],
)
def test_a_whole_article_counts_by_date_and_spelling(gold: AnnotatedArticle, names: set[str]) -> None:
    counts = support(slice_scores([gold], {"a": found(gold, *SURFACES)}))
    assert {counts[name] for name in names} == {(4, 4)}


def test_agencies_with_few_articles_are_one_part() -> None:
    many = [article(f"x{place:02}", agency="ISNA") for place in range(LARGE_AGENCY)]
    few = [article("y", agency="Fars"), article("z")]
    counts = support(slice_scores([*many, *few], {}))
    agencies = {name: count for name, count in counts.items() if name.startswith("agency")}
    assert agencies == {"agency: ISNA": (0, 4 * LARGE_AGENCY), "agency: others": (0, 8)}


def test_intervals_are_over_articles_and_need_two() -> None:
    both = [article("a"), article("b")]
    predicted = {one.id: found(one, *list(SURFACES)[: place + 1]) for place, one in enumerate(both)}
    assert slice_scores(both[:1], predicted)["ZWNJ: absent"].low is None
    score = slice_scores(both, predicted)["ZWNJ: absent"]
    assert score.low is not None
    assert score.high is not None
    assert score.f1 is not None
    assert score.low < score.f1 < score.high
    assert slice_scores(both[::-1], predicted)["ZWNJ: absent"] == score
