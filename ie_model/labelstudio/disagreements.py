"""Where annotators disagree: places in an article, with who says what.

Spans of all annotators that overlap, directly or through others, are one place; there is a disagreement
where not all of them mark the same labelled spans there. So three annotators on one span make one entry, not
three. A record is listed where all agree on mentions: what follows from a mention that differs would be the
same disagreement twice. To that end records are compared with disputed spans taken out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ie_model.corpus.model import AnnotatedArticle
from ie_model.evaluation.facts import LabelledSpan, RecordKey, Span, gold_facts
from ie_model.labelstudio.exports import ReadArticle
from ie_model.persian.folding import name_key

Kind = Literal["label", "borders", "label and borders", "present or not", "record"]

NOTHING: Final = "–"

Variant = tuple[LabelledSpan, ...]
"""What one side marks at a place, in text order; empty for nothing."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One place that is not read alike.

    Attributes:
        article: Its id.
        kind: What differs.
        start: First code point of the place.
        end: One past its last code point.
        text: The article's ``[start, end)``.
        readings: By annotator, what that one says there in words; ``NOTHING`` for nothing.
    """

    article: str
    kind: Kind
    start: int
    end: int
    text: str
    readings: Mapping[str, str]


def disagreements(article: ReadArticle) -> list[Disagreement]:
    """Return where the readings of ``article`` differ, in text order; none where fewer than two read it."""
    sides = {reading.annotator: reading.article for reading in article.readings}
    if len(sides) < 2:
        return []
    found = [
        _of_mentions(article, start, end, variants)
        for (start, end), variants in places(sides).items()
        if len(set(variants.values())) > 1
    ]
    found += _of_records(article, sides)
    return sorted(found, key=lambda one: (one.start, one.end, one.kind))


def places(sides: Mapping[str, AnnotatedArticle]) -> dict[Span, dict[str, Variant]]:
    """Return every place of the article with what each side marks there, in text order."""
    marked = sorted(
        (mention.start, mention.end, mention.label, name)
        for name, article in sides.items()
        for mention in article.mentions
    )
    found: dict[Span, dict[str, Variant]] = {}
    group: list[tuple[int, int, str, str]] = []
    reach = -1
    for item in marked:
        if group and item[0] >= reach:
            found.update([_place(group, sides)])
            group = []
        group.append(item)
        reach = max(reach, item[1])
    if group:
        found.update([_place(group, sides)])
    return found


def agreed_spans(sides: Mapping[str, AnnotatedArticle]) -> frozenset[LabelledSpan]:
    """Return the mentions at places that all sides read alike."""
    return frozenset(
        span
        for variants in places(sides).values()
        if len(set(variants.values())) == 1
        for span in next(iter(variants.values()))
    )


def agreed_records(article: AnnotatedArticle, agreed: frozenset[LabelledSpan]) -> frozenset[RecordKey]:
    """Return the records of one side with everything taken out that is not agreed."""
    spans = {span.span for span in agreed}
    names = {name_key(article.text[span.start : span.end]) for span in agreed}
    cut = (
        RecordKey(record.quantities & spans, record.institutions & names)
        for record in gold_facts(article).records
    )
    return frozenset(record for record in cut if record.quantities)


def _place(
    group: Sequence[tuple[int, int, str, str]], sides: Mapping[str, AnnotatedArticle]
) -> tuple[Span, dict[str, Variant]]:
    variants = {
        name: tuple(LabelledSpan(label, start, end) for start, end, label, who in group if who == name)
        for name in sides
    }
    return (group[0][0], max(item[1] for item in group)), variants


def _of_mentions(article: ReadArticle, start: int, end: int, variants: Mapping[str, Variant]) -> Disagreement:
    text = article.text
    said = {
        name: " + ".join(f"{span.label} «{text[span.start : span.end]}»" for span in variant) or NOTHING
        for name, variant in variants.items()
    }
    return Disagreement(article.id, _kind(variants.values()), start, end, text[start:end], said)


def _kind(variants: Iterable[Variant]) -> Kind:
    marked = list(variants)
    if not all(marked):
        return "present or not"
    same_label = len({tuple(span.label for span in variant) for variant in marked}) == 1
    same_span = len({tuple(span.span for span in variant) for variant in marked}) == 1
    if same_span:
        return "label"
    return "borders" if same_label else "label and borders"


def _of_records(article: ReadArticle, sides: Mapping[str, AnnotatedArticle]) -> list[Disagreement]:
    agreed = agreed_spans(sides)
    records = {name: agreed_records(side, agreed) for name, side in sides.items()}
    disputed = {
        record for own in records.values() for record in own if any(record not in r for r in records.values())
    }
    wording = {name_key(text): text for text in (article.text[one.start : one.end] for one in sorted(agreed))}
    found = []
    for spans in _joined(record.quantities for record in disputed):
        said = {
            name: " | ".join(
                _said(article.text, record, wording) for record in _in_order(own) if record.quantities & spans
            )
            or NOTHING
            for name, own in records.items()
        }
        start, end = min(spans)[0], max(end for _, end in spans)
        found.append(Disagreement(article.id, "record", start, end, article.text[start:end], said))
    return found


def _joined(groups: Iterable[frozenset[Span]]) -> list[frozenset[Span]]:
    """Return the groups with those that share a span put together."""
    joined: list[frozenset[Span]] = []
    for group in sorted(groups, key=sorted):
        touching = [other for other in joined if other & group]
        joined = [other for other in joined if not other & group]
        joined.append(group.union(*touching))
    return joined


def _in_order(records: Iterable[RecordKey]) -> list[RecordKey]:
    return sorted(records, key=lambda record: (sorted(record.quantities), sorted(record.institutions)))


def _said(text: str, record: RecordKey, wording: Mapping[str, str]) -> str:
    quantities = " + ".join(f"«{text[start:end]}»" for start, end in sorted(record.quantities))
    institutions = ", ".join(f"«{wording[name]}»" for name in sorted(record.institutions))
    return f"{quantities} by {institutions}" if institutions else quantities
