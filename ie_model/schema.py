"""The nouns everybody shares: Article, Mention, Quantity, Record, Extraction.

All offsets are half-open ``[start, end)`` indices of Unicode code points into the article's text
exactly as it was given (Python ``str`` slices). The JSON Schema of the output is generated from
these models (``ie-model schema``).

Numbers are exact: ``Decimal`` inside, a JSON number outside. A JSON number is read by most programs
as a 64-bit float, so a fraction with more than 15 significant digits would change on the way; such a
:data:`Number` is refused here (the quantity reader gives no value and a warning instead).
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
    """Return the JSON number that denotes ``value`` exactly: an int when integral, else a float."""
    if value == value.to_integral_value():
        return int(value)
    return float(value)


def is_exact_number(value: Decimal) -> bool:
    """Whether ``value`` survives being written as a JSON number and read again."""
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

    model_config = ConfigDict(frozen=True, extra="forbid")


class Article(Noun):
    """One news article as it was given."""

    id: str
    text: str
    meta: dict[str, JsonValue] = Field(default_factory=dict)


Kind = Literal["money", "count", "measure", "percent"]
Modifier = Literal["exact", "about", "more_than", "less_than", "at_least", "at_most", "range"]


class Quantity(Noun):
    """The normalised value of one quantity mention.

    ``value`` is null only for a range (then ``low`` and ``high`` hold) or a surface that cannot be
    read (then the extraction carries a warning). ``currency`` is an ISO 4217 code, or ``IRT`` for
    toman; ``rials`` is given for IRR and IRT only.
    """

    kind: Kind
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    modifier: Modifier = "exact"
    unit: str | None = None
    item: str | None = None
    currency: str | None = None
    rials: Number | None = None


class Mention(Noun):
    """A labelled span: ``text`` is the article's ``[start, end)``."""

    id: str
    label: str
    start: int = Field(ge=0)
    end: int = Field(gt=0)
    text: str
    confidence: float | None = Field(default=None, ge=0, le=1)
    quantity: Quantity | None = None


class Check(Noun):
    """An arithmetic check of a record: what the article states against what its numbers give."""

    kind: Literal["progress", "share", "sum", "change"]
    stated: Number
    computed: Number
    agrees: bool


class Period(Noun):
    """When a fact holds, as the article words it at ``[start, end)``.

    ``interval`` is ``first/last``, two Gregorian days in ISO 8601, both belonging to the period; null where
    the wording is relative («ده ماهه امسال») and the article's date is not known, or where it is ambiguous.
    """

    start: int = Field(ge=0)
    end: int = Field(gt=0)
    text: str
    interval: str | None = None


class Place(Noun):
    """The province a fact is about, as the article words it at ``[start, end)``.

    ``code`` is ISO 3166-2, ``name`` the province's usual name.
    """

    start: int = Field(ge=0)
    end: int = Field(gt=0)
    text: str
    code: str
    name: str


class Institution(Noun):
    """One body, however the article's mentions name it: ``id`` is its key within the article."""

    id: str
    name: str
    mentions: tuple[str, ...]


class Record(Noun):
    """One fact: mention ids by role, and the span of text that states it.

    ``start`` and ``end`` cover the record's mentions and the sentences they stand in. ``institutions``
    are mention ids, the evidence; ``institution_keys`` the bodies they name (:class:`Institution`).
    ``repeats`` names an earlier record of the same fact.
    """

    id: str
    start: int = Field(ge=0)
    end: int = Field(gt=0)
    amounts: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    percentages: tuple[str, ...] = ()
    institutions: tuple[str, ...] = ()
    institution_keys: tuple[str, ...] = ()
    confidence: float | None = Field(default=None, ge=0, le=1)
    period: Period | None = None
    place: Place | None = None
    repeats: str | None = None
    checks: tuple[Check, ...] = ()

    @property
    def quantities(self) -> tuple[str, ...]:
        """Ids of all quantity mentions, amounts first."""
        return self.amounts + self.targets + self.percentages


class ModelInfo(Noun):
    """Which release made an extraction."""

    name: str
    version: str


class Extraction(Noun):
    """What one article yields; one line of ``extractions.jsonl``."""

    id: str
    meta: dict[str, JsonValue] = Field(default_factory=dict)
    text_sha256: str
    model: ModelInfo
    mentions: tuple[Mention, ...] = ()
    institutions: tuple[Institution, ...] = ()
    records: tuple[Record, ...] = ()
    warnings: tuple[str, ...] = ()


def text_sha256(text: str) -> str:
    """Return the SHA-256 of ``text`` in UTF-8, in hex, by which an extraction names its article."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class _AsWritten(GenerateJsonSchema):
    """Every key is required: what is written holds all of them, null where there is nothing."""

    def field_is_required(self, field: Any, total: bool) -> bool:
        return True


def extraction_schema() -> dict[str, Any]:
    """Return the JSON Schema of an :class:`Extraction` as it is written in JSON."""
    schema = Extraction.model_json_schema(mode="serialization", schema_generator=_AsWritten)
    return {"$schema": DIALECT, **schema}
