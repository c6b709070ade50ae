"""Annotated articles for tests: small ones by hand, and any by hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from ie_model.corpus.model import AnnotatedArticle, GoldMention, GoldValue, Relation
from ie_model.schema import INSTITUTION, LABELS

TEXT = "بانک سپه ۵۰ میلیارد تومان برای ۱۲ طرح پرداخت کرد.\nاین رقم ۳۵٪ تعهد است."


def mention(text: str, surface: str, label: str, mention_id: str, value: Any = None) -> GoldMention:
    """The first occurrence of ``surface`` as a mention."""
    start = text.index(surface)
    gold = (
        None if value is None else value if isinstance(value, GoldValue) else GoldValue(Decimal(str(value)))
    )
    return GoldMention(mention_id, label, start, start + len(surface), surface, gold)


def bank_article(article_id: str = "a1", **changes: Any) -> AnnotatedArticle:
    """Two records in two sentences: a bank's payment for projects, and a percentage."""
    fields: dict[str, Any] = {
        "text": TEXT,
        "mentions": (
            mention(TEXT, "بانک سپه", "INSTITUTION", "i1"),
            mention(
                TEXT, "۵۰ میلیارد تومان", "AMOUNT", "q1", GoldValue(Decimal(50_000_000_000), unit="تومان")
            ),
            mention(TEXT, "۱۲ طرح", "AMOUNT", "q2", 12),
            mention(TEXT, "۳۵٪", "PERCENTAGE", "q3", 35),
        ),
        "relations": (Relation("with", "q1", "q2"), Relation("by", "q2", "i1")),
    }
    return AnnotatedArticle(id=article_id, **{**fields, **changes})


_CHARACTERS = st.sampled_from('ابپتيكکیآء  \u200c\n۱۲٣4،.٫%٪«»()\u064bـ😀ﷲ\u2028\\"a')
_IDS = st.text(st.sampled_from("abم۱-/._ 😀"), min_size=1, max_size=6)
_WHOLE = st.integers(-(10**20), 10**20).map(Decimal)
_FRACTIONS = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.integers(1, 15),
)
NUMBERS = st.one_of(_WHOLE, _FRACTIONS)
_UNITS = st.none() | st.sampled_from(["تومان", "نفر", "طرح"])
_RANGES = st.builds(
    lambda low, high, unit: GoldValue(low=low, high=high, unit=unit), NUMBERS, NUMBERS, _UNITS
)
VALUES = st.builds(GoldValue, NUMBERS, unit=_UNITS) | _RANGES
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("اب", max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_IDS, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def articles(draw: st.DrawFn) -> AnnotatedArticle:
    """Any article that the formats can hold: spans that never overlap, relations of every shape."""
    text = draw(st.text(_CHARACTERS, min_size=1, max_size=80))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=12)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    ids = draw(st.lists(_IDS, min_size=len(spans), max_size=len(spans), unique=True))
    mentions = tuple(
        _any_mention(draw, text, span, mention_id) for span, mention_id in zip(spans, ids, strict=True)
    )
    return AnnotatedArticle(
        id=draw(_IDS),
        text=text,
        mentions=mentions,
        relations=_any_relations(draw, mentions),
        meta=draw(st.dictionaries(_IDS, _JSON, max_size=2)),
    )


def _any_mention(draw: st.DrawFn, text: str, span: tuple[int, int], mention_id: str) -> GoldMention:
    label = draw(st.sampled_from(LABELS))
    value = None if label == INSTITUTION else draw(st.none() | VALUES)
    return GoldMention(mention_id, label, *span, text[slice(*span)], value)


def _any_relations(draw: st.DrawFn, mentions: Sequence[GoldMention]) -> tuple[Relation, ...]:
    pairs = [
        Relation("with" if target.is_quantity else "by", source.id, target.id)
        for source in mentions
        for target in mentions
        if source.is_quantity and source is not target
    ]
    if not pairs:
        return ()
    return tuple(draw(st.lists(st.sampled_from(pairs), unique=True, max_size=6)))
