"""What one side, gold or predicted, says about an article, in a form that can be compared.

Mention and record ids differ between the sides and mean nothing here: mentions are compared by label and
span, quantities and records by spans, institutions by their name. Both sides take the same form, so the
same scores measure a model against gold and one annotator against another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import combinations
from typing import NamedTuple, Protocol

from ie_model.corpus.model import AnnotatedArticle
from ie_model.errors import CorpusError, ModelError
from ie_model.persian.folding import name_key
from ie_model.schema import QUANTITY_LABELS, Extraction, text_sha256

Span = tuple[int, int]
"""Half-open ``[start, end)`` code points into the article."""

Value = tuple[Decimal | None, Decimal | None, Decimal | None]
"""``value``, ``low`` and ``high``; not all ``None``. Equal numbers are equal however they are written."""


class LabelledSpan(NamedTuple):
    """A mention as it is compared: half-open ``[start, end)`` code points and a label."""

    label: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        """Without the label."""
        return self.start, self.end


class RecordKey(NamedTuple):
    """A record as it is compared: quantity spans and the keys of institution names."""

    quantities: frozenset[Span]
    institutions: frozenset[str]


@dataclass(frozen=True)
class Facts:
    """One side's view of one article.

    ``values`` holds the quantity spans that have a value; a quantity without one is in ``mentions`` only.
    """

    mentions: tuple[LabelledSpan, ...] = ()
    values: Mapping[Span, Value] | None = None
    records: tuple[RecordKey, ...] = ()

    @cached_property
    def quantities(self) -> frozenset[Span]:
        """Spans of the mentions with a quantity label."""
        return frozenset(mention.span for mention in self.mentions if mention.label in QUANTITY_LABELS)

    @cached_property
    def with_pairs(self) -> frozenset[tuple[Span, Span]]:
        """Each two quantities of one record, the earlier span first."""
        return frozenset(
            pair for record in self.records for pair in combinations(sorted(record.quantities), 2)
        )

    @cached_property
    def by_pairs(self) -> frozenset[tuple[Span, str]]:
        """Each quantity of a record with the name of each of the record's institutions."""
        return frozenset(
            (span, name)
            for record in self.records
            for span in record.quantities
            for name in record.institutions
        )


class MentionLike(Protocol):
    """A gold or a predicted mention, as far as both are compared; half-open code points."""

    @property
    def id(self) -> str:
        """Distinct within its side of the article."""
        ...

    @property
    def label(self) -> str:
        """As in the config."""
        ...

    @property
    def start(self) -> int:
        """First code point."""
        ...

    @property
    def end(self) -> int:
        """One past the last code point."""
        ...

    @property
    def text(self) -> str:
        """The article's ``[start, end)``."""
        ...


class _Record(Protocol):
    @property
    def quantities(self) -> tuple[str, ...]: ...
    @property
    def institutions(self) -> tuple[str, ...]: ...


class _Number(Protocol):
    @property
    def value(self) -> Decimal | None: ...
    @property
    def low(self) -> Decimal | None: ...
    @property
    def high(self) -> Decimal | None: ...


def gold_facts(article: AnnotatedArticle) -> Facts:
    """Return what the annotators say about ``article``."""
    return _facts(
        article.mentions, {mention.id: mention.value for mention in article.mentions}, article.records
    )


def predicted_facts(extraction: Extraction) -> Facts:
    """Return what ``extraction`` says about its article; it has to pass :func:`require_fit` first."""
    values = {mention.id: mention.quantity for mention in extraction.mentions}
    return _facts(extraction.mentions, values, extraction.records)


def require_fit(article: AnnotatedArticle, extraction: Extraction) -> None:
    """Check that ``extraction`` is of this very text and that its ids and offsets hold.

    Raises:
        CorpusError: It was made from another text than ``article`` has.
        ModelError: A mention's offsets do not give its text, two mentions share an id, or a record has no
            quantity or names a mention that is not there.
    """
    expected = text_sha256(article.text)
    if extraction.text_sha256 != expected:
        raise CorpusError(
            "the extraction was made from another text than the annotation has",
            where=f"article {article.id}",
            found=f"SHA-256 {extraction.text_sha256[:12]}…",
            expected=f"{expected[:12]}…",
            mend="Predict on exactly the annotated text.",
        )
    for mention in extraction.mentions:
        if article.text[mention.start : mention.end] != mention.text:
            raise ModelError(
                f"the offsets [{mention.start}, {mention.end}) of predicted mention {mention.id} "
                "do not give its text",
                where=f"article {article.id}",
            )
    _require_records(article.id, extraction)


def number_of(number: _Number | None) -> Value | None:
    """Return what is compared of a gold value or a quantity; ``None`` where there is no number."""
    if number is None or (number.value is None and number.low is None and number.high is None):
        return None
    return number.value, number.low, number.high


def record_key(record: _Record, mentions: Mapping[str, MentionLike]) -> RecordKey:
    """Return what is compared of a record.

    Args:
        record: Gold or predicted.
        mentions: Its article's mentions by id.
    """
    spans = (mentions[mention_id] for mention_id in record.quantities)
    return RecordKey(
        frozenset((mention.start, mention.end) for mention in spans),
        frozenset(name_key(mentions[mention_id].text) for mention_id in record.institutions),
    )


def _require_records(article_id: str, extraction: Extraction) -> None:
    where = f"article {article_id}"
    known = {mention.id for mention in extraction.mentions}
    if len(known) != len(extraction.mentions):
        raise ModelError("two predicted mentions share an id", where=where)
    for record in extraction.records:
        if not record.quantities:
            raise ModelError(f"predicted record {record.id} has no quantity", where=where)
        for mention_id in (*record.quantities, *record.institutions):
            if mention_id not in known:
                raise ModelError(
                    f"predicted record {record.id} names a mention that is not there",
                    where=where,
                    found=mention_id,
                )


def _facts(
    mentions: Sequence[MentionLike], numbers: Mapping[str, _Number | None], records: Iterable[_Record]
) -> Facts:
    values: dict[Span, Value] = {}
    for mention in mentions:
        value = number_of(numbers[mention.id])
        if mention.label in QUANTITY_LABELS and value is not None:
            values.setdefault((mention.start, mention.end), value)
    by_id = {mention.id: mention for mention in mentions}
    return Facts(
        tuple(LabelledSpan(mention.label, mention.start, mention.end) for mention in mentions),
        values,
        tuple(record_key(record, by_id) for record in records),
    )
