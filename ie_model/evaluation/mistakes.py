"""The list of mistakes: what was missed, made up or got wrong, with the words around it.

A list for reading, not for counting: it pairs what the scores count apart. A gold mention and a predicted
one are paired by, in this order, the same label and span (right, not listed), the same span
(``wrong_label``), the same label on overlapping spans (``wrong_span``), overlapping spans
(``wrong_label_and_span``); what is left is ``missed`` or ``spurious``. A quantity whose span was found but
whose value differs is a ``wrong_value``, beside its other mistakes. Records that the other side does not
have exactly are ``wrong_record``, those paired first that have most quantities in common (overlapping).

The list holds article text. It goes only to the file that the user names.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from ie_model.corpus.model import AnnotatedArticle, GoldMention, GoldRecord
from ie_model.evaluation.facts import MentionLike, RecordKey, number_of, record_key, require_fit
from ie_model.evaluation.pairing import pair_mentions
from ie_model.evaluation.scores import match_overlaps, require_distinct_ids
from ie_model.files import write_whole
from ie_model.schema import QUANTITY_LABELS, Extraction, Mention, Record, json_number

CONTEXT: Final = 40
"""Code points of the article shown before and after a mistake."""

MistakeKind = Literal[
    "missed", "spurious", "wrong_label", "wrong_span", "wrong_label_and_span", "wrong_value", "wrong_record"
]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One difference between gold and prediction.

    ``start`` and ``end`` (half-open code points) cover both sides; ``text`` is what stands there, ``before``
    and ``after`` what stands around it. ``gold`` and ``predicted`` are the mention (label, start, end, text,
    and for a quantity its value, low, high) or the record (its quantities, and institutions by name as
    written) of each side, ``None`` where that side has none.
    """

    kind: MistakeKind
    article: str
    start: int
    end: int
    before: str
    text: str
    after: str
    gold: dict[str, Any] | None
    predicted: dict[str, Any] | None


Side = tuple[AnnotatedArticle, Mapping[str, Mention]]
"""An article and its predicted mentions by id."""


def find_mistakes(gold: Sequence[AnnotatedArticle], predicted: Mapping[str, Extraction]) -> Iterator[Mistake]:
    """Yield the mistakes in the order of ``gold``, within an article in the order of the text.

    Args:
        gold: The annotated articles, each id once.
        predicted: Extractions by article id; an article without one has everything missed.

    Raises:
        CorpusError: See :func:`ie_model.evaluation.scores.score_articles`.
        ModelError: Likewise.
    """
    require_distinct_ids(gold)
    for article in gold:
        extraction = predicted.get(article.id)
        if extraction is not None:
            require_fit(article, extraction)
        mentions = () if extraction is None else extraction.mentions
        records = () if extraction is None else extraction.records
        mistakes = [*_mention_mistakes(article, mentions), *_record_mistakes(article, mentions, records)]
        yield from sorted(mistakes, key=lambda mistake: (mistake.start, mistake.end))


def write_mistakes(mistakes: Iterable[Mistake], path: str | Path) -> Counter[str]:
    """Write ``mistakes`` as JSON Lines, the file whole or not at all, and return their number by kind.

    Raises:
        CorpusError: The file cannot be written.
    """
    kept = list(mistakes)
    write_whole(Path(path), "".join(json.dumps(asdict(item), ensure_ascii=False) + "\n" for item in kept))
    return Counter(item.kind for item in kept)


def _mention_mistakes(article: AnnotatedArticle, predicted: Sequence[Mention]) -> Iterator[Mistake]:
    pairs, missed, spurious = pair_mentions(article.mentions, predicted)
    for kind, gold, found in pairs:
        if kind is not None:
            yield _of_mentions(article, kind, gold, found)
        if _values_differ(gold, found):
            yield _of_mentions(article, "wrong_value", gold, found)
    for mention in missed:
        yield _of_mentions(article, "missed", mention, None)
    for extra in spurious:
        yield _of_mentions(article, "spurious", None, extra)


def _values_differ(gold: GoldMention, found: Mention) -> bool:
    if (gold.start, gold.end) != (found.start, found.end):
        return False
    if gold.label not in QUANTITY_LABELS or found.label not in QUANTITY_LABELS:
        return False
    expected = number_of(gold.value)
    return expected is not None and number_of(found.quantity) != expected


def _record_mistakes(
    article: AnnotatedArticle, mentions: Sequence[Mention], records: Sequence[Record]
) -> Iterator[Mistake]:
    side = article, {mention.id: mention for mention in mentions}
    gold_keys = [record_key(record, article.mention_by_id) for record in article.records]
    found_keys = [record_key(record, side[1]) for record in records]
    gold = list(zip(article.records, gold_keys, strict=True))
    found = list(zip(records, found_keys, strict=True))
    surplus = Counter(gold_keys) - Counter(found_keys), Counter(found_keys) - Counter(gold_keys)
    wrong_gold = [item for item in gold if _take(surplus[0], item[1])]
    wrong_found = [item for item in found if _take(surplus[1], item[1])]
    shared = sorted(
        (-common, i, j)
        for i, (_, mine) in enumerate(wrong_gold)
        for j, (_, theirs) in enumerate(wrong_found)
        if (common := len(match_overlaps([*mine.quantities], [*theirs.quantities])))
    )
    free_gold, free_found = dict(enumerate(wrong_gold)), dict(enumerate(wrong_found))
    for _, i, j in shared:
        if i in free_gold and j in free_found:
            yield _of_records(side, free_gold.pop(i)[0], free_found.pop(j)[0])
    yield from (_of_records(side, record, None) for record, _ in free_gold.values())
    yield from (_of_records(side, None, record) for record, _ in free_found.values())


def _take(surplus: Counter[RecordKey], key: RecordKey) -> bool:
    if surplus[key] == 0:
        return False
    surplus[key] -= 1
    return True


def _of_mentions(
    article: AnnotatedArticle, kind: MistakeKind, gold: GoldMention | None, predicted: Mention | None
) -> Mistake:
    sides: list[MentionLike] = [mention for mention in (gold, predicted) if mention is not None]
    return _mistake(
        kind,
        article,
        (min(mention.start for mention in sides), max(mention.end for mention in sides)),
        None if gold is None else _shown_mention(gold, gold.value),
        None if predicted is None else _shown_mention(predicted, predicted.quantity),
    )


def _of_records(side: Side, gold: GoldRecord | None, predicted: Record | None) -> Mistake:
    article, mentions = side
    quantities: list[MentionLike] = []
    if gold is not None:
        quantities += [article.mention_by_id[name] for name in gold.quantities]
    if predicted is not None:
        quantities += [mentions[name] for name in predicted.quantities]
    return _mistake(
        "wrong_record",
        article,
        (min(item.start for item in quantities), max(item.end for item in quantities)),
        None if gold is None else _shown_record(gold, article.mention_by_id),
        None if predicted is None else _shown_record(predicted, mentions),
    )


def _mistake(
    kind: MistakeKind,
    article: AnnotatedArticle,
    span: tuple[int, int],
    gold: dict[str, Any] | None,
    predicted: dict[str, Any] | None,
) -> Mistake:
    start, end = span
    text = article.text
    before, after = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    return Mistake(kind, article.id, start, end, before, text[start:end], after, gold, predicted)


def _shown_mention(mention: MentionLike, number: Any) -> dict[str, Any]:
    shown = _shown_span(mention)
    if mention.label in QUANTITY_LABELS:
        for name in ("value", "low", "high"):
            value = getattr(number, name, None)
            shown[name] = None if value is None else json_number(value)
    return shown


def _shown_record(record: GoldRecord | Record, mentions: Mapping[str, MentionLike]) -> dict[str, Any]:
    return {
        "quantities": [_shown_span(mentions[name]) for name in record.quantities],
        "institutions": [mentions[name].text for name in record.institutions],
    }


def _shown_span(mention: MentionLike) -> dict[str, Any]:
    return {"label": mention.label, "start": mention.start, "end": mention.end, "text": mention.text}
