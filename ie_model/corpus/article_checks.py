"""What one annotated article must satisfy: each check is a small function that yields findings.

They follow the annotation guide (``annotations/GUIDELINES.md``): spans give their text, never overlap, never
start or end with a space or punctuation mark, never cross a paragraph break; relations join what they may.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Final

from ie_model.corpus.findings import Finding
from ie_model.corpus.model import AnnotatedArticle, GoldMention, Relation
from ie_model.schema import EXACT_FLOAT_DIGITS, is_exact_number

LINE_BREAKS: Final = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
"""What ends a paragraph: the characters that ``str.splitlines`` breaks at."""
UNIT_SIGNS: Final = frozenset("%٪‰$€£﷼")
"""Signs that are units and so may stand at the edge of a span, though Unicode counts some as punctuation."""
SIGN_BEFORE_DIGIT: Final = frozenset("-−+")
"""Signs that may open a span when a digit follows: they belong to the number."""


def check_article(article: AnnotatedArticle, labels: Collection[str]) -> Iterator[Finding]:
    """Yield what is wrong or doubtful within ``article``; ``labels`` are those that are known."""
    yield from article.notes
    yield from _check_ids(article)
    for mention in article.mentions:
        yield from _check_offsets(article, mention)
        yield from _check_label(article, mention, labels)
        if 0 <= mention.start < mention.end <= len(article.text):
            yield from _check_edges(article, mention)
            yield from _check_paragraph(article, mention)
            yield from _check_words(article, mention)
        yield from _check_value(article, mention)
    yield from _check_overlaps(article)
    for relation, count in Counter(article.relations).items():
        yield from _check_relation(article, relation, count)


def mention_finding(
    article: AnnotatedArticle, mention: GoldMention, code: str, message: str, mend: str, *, error: bool = True
) -> Finding:
    """A finding about one mention, with its file, id and offsets."""
    where = f"{article.source}, mention {mention.id} [{mention.start}, {mention.end})".lstrip(", ")
    return Finding("error" if error else "warning", code, article.id, where, message, mend)


def _check_ids(article: AnnotatedArticle) -> Iterator[Finding]:
    for mention_id, count in Counter(mention.id for mention in article.mentions).items():
        if count > 1:
            message = f"{count} mentions have the id {mention_id!r}"
            yield Finding("error", "mention-id", article.id, article.source, message, "Give each its own.")


def _check_offsets(article: AnnotatedArticle, mention: GoldMention) -> Iterator[Finding]:
    if not 0 <= mention.start < mention.end <= len(article.text):
        message = f"the span is empty or leaves the article, which has {len(article.text)} characters"
        yield mention_finding(article, mention, "offsets", message, "Mark the span again.")
    elif article.text[mention.start : mention.end] != mention.text:
        there = article.text[mention.start : mention.end]
        message = f"the offsets give {there!r}, the mention says {mention.text!r}"
        yield mention_finding(
            article, mention, "offsets", message, "Offsets are code points into the unchanged text."
        )


def _check_label(
    article: AnnotatedArticle, mention: GoldMention, labels: Collection[str]
) -> Iterator[Finding]:
    if mention.label not in labels:
        yield mention_finding(
            article, mention, "label", f"unknown label {mention.label!r}", f"Known: {', '.join(labels)}."
        )


def _check_edges(article: AnnotatedArticle, mention: GoldMention) -> Iterator[Finding]:
    surface = article.text[mention.start : mention.end]
    signed = surface[0] in SIGN_BEFORE_DIGIT and surface[1:2].isdigit()
    for edge, character in (("starts", surface[0]), ("ends", surface[-1])):
        if _is_space_or_punctuation(character) and not (edge == "starts" and signed):
            name = unicodedata.name(character, f"U+{ord(character):04X}")
            message = f"the span {edge} with {name}"
            yield mention_finding(article, mention, "edge", message, "Leave it outside the span.")


def _is_space_or_punctuation(character: str) -> bool:
    # C holds line breaks, ZWNJ and other invisible characters, Z spaces, P punctuation.
    return unicodedata.category(character)[0] in "CZP" and character not in UNIT_SIGNS


def _check_paragraph(article: AnnotatedArticle, mention: GoldMention) -> Iterator[Finding]:
    if LINE_BREAKS & set(article.text[mention.start : mention.end]):
        yield mention_finding(
            article, mention, "paragraph", "the span crosses a line break", "Mark it in one paragraph."
        )


def _check_words(article: AnnotatedArticle, mention: GoldMention) -> Iterator[Finding]:
    # Glued writing («سازمانبهزیستی») makes this right at times: doubtful, not wrong.
    for position in (mention.start, mention.end):
        if 0 < position < len(article.text) and all(
            unicodedata.category(character)[0] in "LM"
            for character in article.text[position - 1 : position + 1]
        ):
            message = f"a word goes on across the span's edge at {position}"
            yield mention_finding(
                article, mention, "inside-word", message, "Take the whole word, if it is one.", error=False
            )


def _check_value(article: AnnotatedArticle, mention: GoldMention) -> Iterator[Finding]:
    value = mention.value
    numbers = [] if value is None else [value.value, value.low, value.high]
    given = [number for number in numbers if number is not None]
    if value is not None and not mention.is_quantity:
        message = f"{mention.label} is no quantity, yet has a value"
        yield mention_finding(article, mention, "value", message, "Take the value out, or mend the label.")
    if mention.is_quantity and not given:
        message, mend = "the quantity has no value", "It trains spans, but scores of values leave it out."
        yield mention_finding(article, mention, "no-value", message, mend, error=False)
    if len(given) == 2 and given[0] > given[1]:
        message = f"the range goes from {given[0]} down to {given[1]}"
        yield mention_finding(article, mention, "range", message, "The low end comes first.")
    for number in given:
        if not is_exact_number(number):
            message = f"{number} has over {EXACT_FLOAT_DIGITS} significant digits: the noise of a float?"
            mend = "Write the number that the article states."
            yield mention_finding(article, mention, "value-noise", message, mend, error=False)


def _check_overlaps(article: AnnotatedArticle) -> Iterator[Finding]:
    widest: GoldMention | None = None
    for mention in sorted(article.mentions, key=lambda mention: (mention.start, mention.end)):
        if widest is not None and mention.start < widest.end:
            message = f"overlaps mention {widest.id} [{widest.start}, {widest.end})"
            yield mention_finding(article, mention, "overlap", message, "Keep one: the longest reading.")
        if widest is None or mention.end > widest.end:
            widest = mention


def _check_relation(article: AnnotatedArticle, relation: Relation, count: int) -> Iterator[Finding]:
    where = f"{article.source}, {relation.kind} {relation.source} -> {relation.target}".lstrip(", ")

    def finding(code: str, message: str, mend: str, *, error: bool = True) -> Finding:
        return Finding("error" if error else "warning", code, article.id, where, message, mend)

    ends = [article.mention_by_id.get(end) for end in (relation.source, relation.target)]
    source, target = ends
    if source is None or target is None:
        missing = [
            end
            for end, mention in zip((relation.source, relation.target), ends, strict=True)
            if mention is None
        ]
        yield finding("dangling-relation", f"leads to mentions that are not there: {missing}", "Delete it.")
    elif relation.source == relation.target:
        yield finding("self-relation", "joins a mention with itself", "Delete it.")
    elif not source.is_quantity or target.is_quantity != (relation.kind == "with"):
        message = f"goes from {source.label} to {target.label}"
        mend = "'with' joins two quantities, 'by' goes from a quantity to an institution."
        yield finding("relation-ends", message, mend)
    if count > 1:
        yield finding("double-relation", f"is drawn {count} times", "Once is enough.", error=False)
