"""Both sides of a comparison, from a few words each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from hypothesis import strategies as st

from ie_model.corpus.model import (
    AnnotatedArticle,
    GoldMention,
    GoldRecord,
    GoldValue,
    relations_of_records,
)
from ie_model.schema import (
    AMOUNT,
    INSTITUTION,
    LABELS,
    PERCENTAGE,
    QUANTITY_LABELS,
    TARGET,
    Extraction,
    Mention,
    ModelInfo,
    Quantity,
    Record,
    text_sha256,
)

INFO = ModelInfo(name="fake", version="1")
TEXT = "بانک ملی ۵۰ میلیارد تومان برای ۲۰ طرح داد و بانك ملي ۳۰ درصد از ۹۰ نفر را پذیرفت، بنیاد برکت نه."

Number = int | str | tuple[int | str, int | str] | None


@dataclass(frozen=True)
class Said:
    """A mention by its words (their first place in the text, or ``start``) and its value."""

    label: str
    words: str
    value: Number = None
    start: int | None = None

    def place(self, text: str) -> tuple[int, int]:
        start = text.index(self.words) if self.start is None else self.start
        return start, start + len(self.words)


BANK = Said(INSTITUTION, "بانک ملی")
ARABIC_BANK = Said(INSTITUTION, "بانك ملي")
FUND = Said(INSTITUTION, "بنیاد برکت")
MONEY = Said(AMOUNT, "۵۰ میلیارد تومان", 50_000_000_000)
PLANS = Said(AMOUNT, "۲۰ طرح", 20)
SHARE = Said(PERCENTAGE, "۳۰ درصد", 30)
PEOPLE = Said(TARGET, "۹۰ نفر", 90)
EVERYTHING = (BANK, MONEY, PLANS, ARABIC_BANK, SHARE, PEOPLE, FUND)
JOINED = ((BANK, MONEY, PLANS), (ARABIC_BANK, SHARE, PEOPLE))


def gold(
    mentions: Sequence[Said] = (),
    records: Sequence[Sequence[Said]] = (),
    *,
    article: str = "a",
    text: str = TEXT,
) -> AnnotatedArticle:
    """An annotated article; records name their mentions, quantities in none stand alone."""
    made = []
    for number, said in enumerate(mentions):
        start, end = said.place(text)
        value = _gold_value(said.value) if said.label in QUANTITY_LABELS else None
        made.append(GoldMention(f"g{number}", said.label, start, end, text[start:end], value))
    relations = relations_of_records(
        GoldRecord(
            tuple(f"g{mentions.index(said)}" for said in record if said.label in QUANTITY_LABELS),
            tuple(f"g{mentions.index(said)}" for said in record if said.label not in QUANTITY_LABELS),
        )
        for record in records
    )
    return AnnotatedArticle(article, text, tuple(sorted(made, key=lambda mention: mention.start)), relations)


def predicted(
    mentions: Sequence[Said] = (),
    records: Sequence[Sequence[Said]] = (),
    *,
    article: str = "a",
    text: str = TEXT,
) -> Extraction:
    """An extraction with other mention ids than :func:`gold` gives; every record has to be named."""
    made = []
    for number, said in enumerate(mentions):
        start, end = said.place(text)
        quantity = _quantity(said.value) if said.label in QUANTITY_LABELS else None
        made.append(
            Mention(
                id=f"p{number}",
                label=said.label,
                start=start,
                end=end,
                text=text[start:end],
                quantity=quantity,
            )
        )
    roles = {AMOUNT: "amounts", TARGET: "targets", PERCENTAGE: "percentages", INSTITUTION: "institutions"}
    made_records = []
    for number, record in enumerate(records):
        members: dict[str, list[str]] = {}
        for said in record:
            members.setdefault(roles[said.label], []).append(f"p{mentions.index(said)}")
        made_records.append(
            Record(id=f"r{number}", start=0, end=len(text), **{k: tuple(v) for k, v in members.items()})
        )
    return Extraction(
        id=article,
        text_sha256=text_sha256(text),
        model=INFO,
        mentions=tuple(made),
        records=tuple(made_records),
    )


def as_predicted(article: AnnotatedArticle) -> Extraction:
    """The extraction that says what the annotators say."""
    mentions, records = sides_of(article)
    return predicted(mentions, records, article=article.id, text=article.text)


def sides_of(article: AnnotatedArticle) -> tuple[list[Said], list[list[Said]]]:
    """The mentions and records of ``article`` as :class:`Said`."""
    said = {
        mention.id: Said(mention.label, mention.text, _number(mention.value), mention.start)
        for mention in article.mentions
    }
    records = [[said[i] for i in (*record.quantities, *record.institutions)] for record in article.records]
    return list(said.values()), records


@st.composite
def articles(draw: st.DrawFn, article: str = "a") -> AnnotatedArticle:
    """An article over one fixed text of twelve words, so that two of them can be compared."""
    words = [f"w{number:02d}" for number in range(12)]
    text = " ".join(words)
    cuts = sorted(draw(st.sets(st.integers(0, 12), max_size=8)))
    mentions = []
    for first, last in pairwise(cuts):
        if draw(st.booleans()):
            label = draw(st.sampled_from(LABELS))
            value = draw(st.sampled_from([None, 1, 2, (1, 2)]))
            mentions.append(Said(label, " ".join(words[first:last]), value))
    quantities = [said for said in mentions if said.label in QUANTITY_LABELS]
    names = [said for said in mentions if said.label not in QUANTITY_LABELS]
    groups: dict[int, list[Said]] = {}
    for said in quantities:
        groups.setdefault(draw(st.integers(0, 2)), []).append(said)
    records = [
        [*group, *(draw(st.lists(st.sampled_from(names), unique=True)) if names else [])]
        for group in groups.values()
    ]
    return gold(mentions, records, article=article, text=text)


def _gold_value(value: Number) -> GoldValue | None:
    if value is None:
        return None
    if isinstance(value, tuple):
        return GoldValue(low=Decimal(value[0]), high=Decimal(value[1]))
    return GoldValue(value=Decimal(value))


def _quantity(value: Number) -> Quantity:
    if isinstance(value, tuple):
        return Quantity(kind="count", low=Decimal(value[0]), high=Decimal(value[1]), modifier="range")
    return Quantity(kind="count", value=None if value is None else Decimal(value))


def _number(value: GoldValue | None) -> Number:
    if value is None:
        return None
    if value.low is not None and value.high is not None:
        return str(value.low), str(value.high)
    return None if value.value is None else str(value.value)
