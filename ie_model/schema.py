"""The nouns everybody shares: Article, Mention, Quantity, Record, Extraction.

All offsets are half-open ``[start, end)`` indices of Unicode code points into the article's text
exactly as it was given (Python ``str`` slices). The JSON Schema of the output is generated from
these models (``ie-model schema``).

Numbers are exact: ``Decimal`` inside, a JSON number outside. Most programs read that as a 64-bit float, so a
fraction of more than 15 significant digits is refused here (the quantity reader gives a warning instead).
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainSerializer,
)
from pydantic.json_schema import GenerateJsonSchema

#: The dialect of the schema that :func:`extraction_schema` returns.
DIALECT = "https://json-schema.org/draft/2020-12/schema"

AMOUNT = "AMOUNT"
TARGET = "TARGET"
PERCENTAGE = "PERCENTAGE"
INSTITUTION = "INSTITUTION"

LABELS = (AMOUNT, TARGET, PERCENTAGE, INSTITUTION)
QUANTITY_LABELS = frozenset({AMOUNT, TARGET, PERCENTAGE})

#: Significant decimal digits that every 64-bit float keeps (C's ``DBL_DIG``).
EXACT_FLOAT_DIGITS = 15
#: Integer digits beyond which a number in an article is no quantity but noise.
MAX_INTEGER_DIGITS = 40


def json_number(value: Decimal) -> int | float:
    """Return the JSON number that denotes ``value`` exactly: an int when integral, else a float.

    >>> json_number(Decimal("12.80")), json_number(Decimal("1E+9"))
    (12.8, 1000000000)
    """
    if value == value.to_integral_value():
        return int(value)
    return float(value)


def is_exact_number(value: Decimal) -> bool:
    """Whether ``value`` survives being written as a JSON number and read again.

    >>> is_exact_number(Decimal("0.1")), is_exact_number(Decimal("0.12345678901234567"))
    (True, False)
    """
    if not value.is_finite():
        return False
    if value == value.to_integral_value():
        return value.adjusted() < MAX_INTEGER_DIGITS
    if len(value.normalize().as_tuple().digits) > EXACT_FLOAT_DIGITS:
        return False
    return Decimal(repr(float(value))) == value  # a tiny fraction would be read as 0


def _require_exact(value: Decimal) -> Decimal:
    if not is_exact_number(value):
        raise ValueError(
            f"{value} cannot be written exactly as a JSON number: a fraction may have at most "
            f"{EXACT_FLOAT_DIGITS} significant digits, an integer at most {MAX_INTEGER_DIGITS}"
        )
    return value


def _float_through_its_digits(value: Any) -> Any:
    # Decimal(0.1) would be 0.1000000000000000055…; the digits that were written are meant.
    return Decimal(repr(value)) if isinstance(value, float) else value


Number = Annotated[
    Decimal,
    BeforeValidator(_float_through_its_digits),
    AfterValidator(_require_exact),
    PlainSerializer(json_number, return_type=int | float, when_used="json"),
]


class Noun(BaseModel):
    """Base of the nouns: immutable, and an unknown key is an error."""

    # What stands below a field describes it in the JSON Schema too.
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Article(Noun):
    """One news article as it was given."""

    id: str
    """Different for each article of a run."""
    text: str
    """Never changed: every offset counts its code points."""
    meta: dict[str, JsonValue] = Field(default_factory=dict)
    """Whatever came with the article; ``date`` (Gregorian or Jalali) is what relative periods count from."""


Kind = Literal["money", "count", "measure", "percent"]
Modifier = Literal["exact", "about", "more_than", "less_than", "at_least", "at_most", "range"]


class Quantity(Noun):
    """The normalised value of one quantity mention."""

    kind: Kind
    """What is counted: money, things, a physical measure, or percent."""
    value: Number | None = None
    """With its scale applied («۲ میلیارد» is 2000000000), in ``unit``; null only for a range (then ``low``
    and ``high`` hold) or a surface that cannot be read (then the extraction carries a warning)."""
    low: Number | None = None
    """Lower end of a range, in ``unit``."""
    high: Number | None = None
    """Upper end of a range, in ``unit``."""
    modifier: Modifier = "exact"
    """What the words beside the number make of it («بیش از», «حدود», …)."""
    unit: str | None = None
    """As the article words it: «تومان», «نفر», «درصد», «هکتار»."""
    item: str | None = None
    """What a count counts: «خودرو» of «۵ دستگاه خودرو»."""
    currency: str | None = None
    """ISO 4217 code, or ``IRT`` for toman; null where the word alone does not tell which."""
    rials: Number | None = None
    """The value in rials, for ``IRR`` and ``IRT`` only."""


class Mention(Noun):
    """A labelled span: ``text`` is the article's ``[start, end)``."""

    id: str
    """Its name within the extraction: ``m1``, ``m2``, … in text order."""
    label: str
    """``AMOUNT``, ``TARGET``, ``PERCENTAGE``, ``INSTITUTION``, or what else a model was trained on."""
    start: int = Field(ge=0)
    """First code point of the span, counted from 0."""
    end: int = Field(gt=0)
    """First code point behind the span."""
    text: str
    """The span as the article has it."""
    confidence: float | None = Field(default=None, ge=0, le=1)
    """Probability that label and both borders are right; null where a model gives none."""
    quantity: Quantity | None = None
    """Its value; null for an institution."""


class Check(Noun):
    """An arithmetic check of a record: what the article states against what its numbers give."""

    kind: Literal["progress", "share", "sum", "change"]
    """Achieved of a target, part of a whole, a total of its parts, or growth between two levels."""
    stated: Number
    """The number that the article states."""
    computed: Number
    """The same from the article's other numbers, to two decimals."""
    agrees: bool
    """Whether the two are the same, as far as the wording is exact."""


class Period(Noun):
    """When a fact holds, as the article words it at ``[start, end)``."""

    start: int = Field(ge=0)
    """First code point of the wording."""
    end: int = Field(gt=0)
    """First code point behind it."""
    text: str
    """The wording: «سال ۱۴۰۳», «ده ماهه نخست امسال»."""
    interval: str | None = None
    """``first/last``, two Gregorian days in ISO 8601, both belonging to the period; null where the wording is
    relative and the article's date is not known, or where it is ambiguous."""


class Place(Noun):
    """The province a fact is about, as the article words it at ``[start, end)``."""

    start: int = Field(ge=0)
    """First code point of the wording."""
    end: int = Field(gt=0)
    """First code point behind it."""
    text: str
    """The wording."""
    code: str
    """ISO 3166-2 code of the province: ``IR-07``."""
    name: str
    """The province's usual name."""


class Institution(Noun):
    """One body, however the article's mentions name it."""

    id: str
    """Its key within the article."""
    name: str
    """The fullest name that the article gives it."""
    mentions: tuple[str, ...]
    """Ids of the mentions that name it."""


class Record(Noun):
    """One fact: mention ids by role, and the span of text that states it."""

    id: str
    """Its name within the extraction: ``r1``, ``r2``, … in text order."""
    start: int = Field(ge=0)
    """First code point of the sentences that the record's mentions stand in."""
    end: int = Field(gt=0)
    """First code point behind them."""
    amounts: tuple[str, ...] = ()
    """Ids of mentions: what was paid, made or reached."""
    targets: tuple[str, ...] = ()
    """Ids of mentions: what is to be paid, made or reached."""
    percentages: tuple[str, ...] = ()
    """Ids of mentions: shares, rates, growth."""
    institutions: tuple[str, ...] = ()
    """Ids of mentions, the evidence of whose fact it is."""
    institution_keys: tuple[str, ...] = ()
    """The bodies that these name: ids of :class:`Institution`."""
    confidence: float | None = Field(default=None, ge=0, le=1)
    """Probability that the whole record is right; null where a model gives none."""
    period: Period | None = None
    """When it holds; null where its own sentence does not say."""
    place: Place | None = None
    """The province it is about; null where none is named."""
    repeats: str | None = None
    """Id of the first earlier record that states the same fact."""
    checks: tuple[Check, ...] = ()
    """What its numbers say about each other."""

    @property
    def quantities(self) -> tuple[str, ...]:
        """Ids of all quantity mentions, amounts first."""
        return self.amounts + self.targets + self.percentages


class ModelInfo(Noun):
    """Which release made an extraction."""

    name: str
    """The config's name."""
    version: str
    """Version of the package and the first digits of the fingerprint of the training articles."""


class Extraction(Noun):
    """What one article yields; one line of ``extractions.jsonl``."""

    id: str
    """The article's."""
    meta: dict[str, JsonValue] = Field(default_factory=dict)
    """The article's."""
    text_sha256: str
    """SHA-256 of the article's text in UTF-8, in hex: whose offsets these are."""
    model: ModelInfo
    """What made it."""
    mentions: tuple[Mention, ...] = ()
    """In text order; they do not overlap."""
    institutions: tuple[Institution, ...] = ()
    """The bodies that the mentions name."""
    records: tuple[Record, ...] = ()
    """In text order; every quantity mention is in exactly one."""
    warnings: tuple[str, ...] = ()
    """Quantities that could not be read, or were read by context alone, each with its mention's id."""


def text_sha256(text: str) -> str:
    """Return the SHA-256 of ``text`` in UTF-8, in hex, by which an extraction names its article.

    >>> text_sha256("")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class _AsWritten(GenerateJsonSchema):
    """Every key is required: what is written holds all of them, null where there is nothing."""

    def field_is_required(self, field: Any, total: bool) -> bool:
        return True


def extraction_schema() -> dict[str, Any]:
    """Return the JSON Schema of an :class:`Extraction` as it is written in JSON.

    >>> extraction_schema()["title"]
    'Extraction'
    """
    schema = Extraction.model_json_schema(mode="serialization", schema_generator=_AsWritten)
    return {"$schema": DIALECT, **schema}
