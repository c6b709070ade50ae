"""Altered copies of annotated articles, in which every mention is still a mention of its label.

Three changes, each drawn by chance: digits of quantities become other digits (as many, of the same script,
the same surface always the same), institutions take the names of others that begin with the same word («بانک
ملی», «بانک سپه»), and ZWNJ is dropped, which joins what it parted, as careless writers do. Digit scripts and
Arabic letters need no copies: the tokenizer folds them.

The copies teach a tagger borders and labels. Values and relations are left out: what the numbers of a
sentence state together would no longer hold.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.persian.folding import ZWNJ
from ie_model.schema import INSTITUTION

SWAPPED: Final = 0.3
"""Chance that an institution gets another name, everywhere in its article."""
VARIED: Final = 0.7
"""Chance that a quantity gets other digits."""
JOINED: Final = 0.15
"""Chance that an article loses its ZWNJ."""

_DIGITS: Final = re.compile(r"[0-9]+|[۰-۹]+|[٠-٩]+")
_YEAR: Final = re.compile(r"1[34]\d\d|20\d\d")

Edit = tuple[int, int, str]
"""Half-open code points of the article, and what takes their place."""


def augment(articles: Sequence[AnnotatedArticle], copies: int, seed: int) -> list[AnnotatedArticle]:
    """Return ``copies`` altered copies of every article, ids ``ID~1`` on; same seed, same copies."""
    names = _names_by_first_word(articles)
    return [
        alter(article, names, random.Random(f"{seed}:{article.id}:{copy}"), f"{article.id}~{copy}")  # noqa: S311
        for copy in range(1, copies + 1)
        for article in articles
    ]


def alter(
    article: AnnotatedArticle, names: Mapping[str, Sequence[str]], rng: random.Random, id: str
) -> AnnotatedArticle:
    """Return one altered copy of ``article``.

    Args:
        article: The original.
        names: Names of institutions by their first word.
        rng: What chance is drawn from.
        id: Of the copy.
    """
    edits = [*_other_digits(article, rng), *_other_names(article, names, rng)]
    if rng.random() < JOINED:
        edits += _joined(article.text, edits)
    return apply_edits(article, sorted(edits), id)


def apply_edits(article: AnnotatedArticle, edits: Sequence[Edit], id: str) -> AnnotatedArticle:
    """Return the article with ``edits`` made, its mentions moved along; values and relations are left out.

    Args:
        article: The original.
        edits: In order, none overlapping, each inside a mention or outside of all.
        id: Of the result.
    """
    parts: list[str] = []
    # Where each code point of the original, and its end, comes to lie.
    moved = [0] * (len(article.text) + 1)
    place = length = 0
    for start, end, new in [*edits, (len(article.text), len(article.text), "")]:
        parts += [article.text[place:start], new]
        moved[place : start + 1] = range(length, length + start - place + 1)
        length += start - place
        moved[start + 1 : end] = [length] * (end - start - 1)
        length += len(new)
        moved[end] = length if end > start else moved[end]
        place = end
    text = "".join(parts)
    mentions = tuple(
        GoldMention(m.id, m.label, moved[m.start], moved[m.end], text[moved[m.start] : moved[m.end]])
        for m in article.mentions
    )
    return AnnotatedArticle(id, text, mentions, meta=article.meta, source=article.source)


def _names_by_first_word(articles: Iterable[AnnotatedArticle]) -> dict[str, list[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for article in articles:
        for mention in article.mentions:
            words = mention.text.split()
            if mention.label == INSTITUTION and len(words) > 1:
                found[words[0]].add(mention.text)
    return {word: sorted(names) for word, names in found.items()}


def _other_digits(article: AnnotatedArticle, rng: random.Random) -> list[Edit]:
    by_surface: dict[str, str] = {}
    edits: list[Edit] = []
    for mention in article.mentions:
        if mention.label == INSTITUTION or rng.random() > VARIED:
            continue
        for match in _DIGITS.finditer(mention.text):
            if match[0] not in by_surface:
                by_surface[match[0]] = _digits_like(match[0], rng)
            start = mention.start + match.start()
            edits.append((start, start + len(match[0]), by_surface[match[0]]))
    return edits


def _digits_like(digits: str, rng: random.Random) -> str:
    """Return as many digits of the same script; zeros at the end stay, and no year is made."""
    zero = chr(ord(digits[0]) - int(digits[0]))
    kept = len(digits) - len(digits.rstrip(zero))
    for _ in range(9):
        drawn = "".join(str(rng.randint(int(not place), 9)) for place in range(len(digits) - kept))
        if not _YEAR.fullmatch(drawn + "0" * kept):
            break
    return "".join(chr(ord(zero) + int(digit)) for digit in drawn) + zero * kept


def _other_names(
    article: AnnotatedArticle, names: Mapping[str, Sequence[str]], rng: random.Random
) -> list[Edit]:
    chosen: dict[str, str] = {}
    for mention in article.mentions:
        others = names.get(mention.text.split()[0], ()) if mention.label == INSTITUTION else ()
        if len(others) > 1 and mention.text not in chosen:
            chosen[mention.text] = rng.choice(others) if rng.random() < SWAPPED else mention.text
    return [
        (mention.start, mention.end, chosen[mention.text])
        for mention in article.mentions
        if mention.label == INSTITUTION and chosen.get(mention.text, mention.text) != mention.text
    ]


def _joined(text: str, edits: Sequence[Edit]) -> list[Edit]:
    return [
        (match.start(), match.end(), "")
        for match in re.finditer(f"(?<=\\w){ZWNJ}(?=\\w)", text)
        if not any(start <= match.start() < end for start, end, _ in edits)
    ]
