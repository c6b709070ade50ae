"""The flat table: one row per quantity mention, for spreadsheets.

Institutions are canonical names, with their keys within the article beside; a period is its interval, or its
wording where that is not known; a place is its ISO 3166-2 code.

Numbers are written as plain decimal digits without exponent, so a spreadsheet shows what the article
says. A cell of text that a spreadsheet would run as a formula (it starts with ``=``, ``+``, ``-``,
``@``, their full-width forms, a tab or a line break; see OWASP, "CSV Injection") gets an apostrophe in
front, and so does one that starts with an apostrophe itself: a program that reads the table takes one
leading apostrophe away (:func:`unguard`) and has the article's own characters. Cells of numbers are
never guarded, so that a negative number stays a number.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from decimal import Decimal

from ie_model.persian.sentences import split_sentences
from ie_model.schema import QUANTITY_LABELS, Extraction, Institution, Mention, Quantity, Record

COLUMNS = (
    "article",
    "record",
    "label",
    "text",
    "value",
    "low",
    "high",
    "unit",
    "currency",
    "rials",
    "modifier",
    "institutions",
    "institution_keys",
    "period",
    "place",
    "sentence",
    "start",
    "end",
    "confidence",
)

#: Joins the institutions of one cell; no Persian name holds it.
SEPARATOR = " | "
#: First characters that make a spreadsheet take text for a formula, and the guard itself.
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "'")  # noqa: RUF100
#: Characters of a sentence cell at most: longer ones (a text without any full stop) are cut around the
#: mention, or the table would grow with the square of the article.
MAX_SENTENCE_CHARS = 2000
CUT = "…"

_NO_QUANTITY = Quantity(kind="count")


def table_rows(extraction: Extraction, text: str) -> Iterator[list[str]]:
    """Yield the cells of every quantity mention, in text order and in the order of :data:`COLUMNS`.

    Args:
        extraction: What was found.
        text: The article's text, into which the offsets point (code points, half-open).

    Examples:
        >>> from ie_model.rules import RuleExtractor
        >>> from ie_model.schema import Article
        >>> article = Article(id="1", text="بانک ملی ۵۰ میلیارد تومان پرداخت کرد.")
        >>> [row] = table_rows(RuleExtractor().extract_many([article])[0], article.text)
        >>> dict(zip(COLUMNS, row))["rials"]
        '500000000000'
    """
    if not extraction.mentions:
        return
    mentions = {mention.id: mention for mention in extraction.mentions}
    bodies = {mention: body for body in extraction.institutions for mention in body.mentions}
    record_of = {mention: record for record in extraction.records for mention in record.quantities}
    sentences = _Sentences(text)
    for mention in extraction.mentions:
        if mention.label in QUANTITY_LABELS or mention.quantity is not None:
            record = record_of.get(mention.id)
            named = [
                bodies.get(name) or Institution(id="", name=mentions[name].text, mentions=(name,))
                for name in (record.institutions if record else ())
            ]
            yield _row(extraction.id, mention, record, named, sentences)


def _row(
    article: str,
    mention: Mention,
    record: Record | None,
    institutions: Sequence[Institution],
    sentences: _Sentences,
) -> list[str]:
    quantity = mention.quantity or _NO_QUANTITY
    # dict.fromkeys keeps the order and names an institution once.
    names = dict.fromkeys(body.name for body in institutions)
    keys = dict.fromkeys(body.id for body in institutions if body.id)
    period, place = (record.period, record.place) if record else (None, None)
    return [
        guard(article),
        guard(record.id if record else ""),
        guard(mention.label),
        guard(mention.text),
        plain_number(quantity.value),
        plain_number(quantity.low),
        plain_number(quantity.high),
        guard(quantity.unit or ""),
        guard(quantity.currency or ""),
        plain_number(quantity.rials),
        quantity.modifier if mention.quantity else "",
        guard(SEPARATOR.join(names)),
        guard(SEPARATOR.join(keys)),
        guard((period.interval or period.text) if period else ""),
        guard(place.code if place else ""),
        guard(sentences.around(mention.start, mention.end)),
        str(mention.start),
        str(mention.end),
        "" if mention.confidence is None else plain_number(Decimal(repr(mention.confidence))),
    ]


class _Sentences:
    """Finds the sentence of a mention; the split is made once per article."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._spans = split_sentences(text)
        self._starts = [start for start, _ in self._spans]

    def around(self, start: int, end: int) -> str:
        """Return the text of the sentence, or sentences, that ``[start, end)`` stands in."""
        first = max(0, bisect.bisect_right(self._starts, start) - 1)
        last = max(first, bisect.bisect_left(self._starts, end) - 1)
        if not self._spans:
            return self._text[start:end]
        low, high = min(self._spans[first][0], start), max(self._spans[last][1], end)
        if high - low <= MAX_SENTENCE_CHARS:
            return self._text[low:high]
        room = max(0, MAX_SENTENCE_CHARS - (end - start)) // 2
        cut_low, cut_high = max(low, start - room), min(high, end + room)
        before, after = CUT if cut_low > low else "", CUT if cut_high < high else ""
        return f"{before}{self._text[cut_low:cut_high]}{after}"


def guard(cell: str) -> str:
    """Return ``cell`` such that no spreadsheet runs it; see the module's text.

    Examples:
        >>> guard("=1+1")
        "'=1+1"
    """
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def unguard(cell: str) -> str:
    """Return the text that :func:`guard` was given.

    Examples:
        >>> unguard(guard("=1+1"))
        '=1+1'
    """
    return cell.removeprefix("'")


def plain_number(value: Decimal | None) -> str:
    """Return ``value`` in plain digits: no exponent, no trailing zeros; empty for none."""
    if value is None:
        return ""
    digits = format(value, "f")
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return "0" if digits in ("-0", "") else digits
