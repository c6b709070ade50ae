"""An article as the tagger sees it: tokens, their surfaces, and where words, sentences and lines begin.

All spans are half-open code points into the article exactly as it was given; token indices count from 0
without special tokens.
"""

from __future__ import annotations

import bisect
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from ie_model.persian.sentences import line_spans, split_sentences

#: Signs that stand inside a number between two digits: «۱۲٬۵۰۰», «2.5», «5/28», «1,250», «14:30».
NUMBER_SIGNS: Final = frozenset("٬,.٫/:")

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class EncodedArticle:
    """Tokens of one article.

    Attributes:
        ids: Vocabulary ids, one a token.
        spans: Surface ``[start, end)`` of each token; empty for a piece that only marks a word's beginning.
        word_starts: Whether a token begins a word; no mention begins or ends inside a word.
        sentence_starts: Whether a token begins a sentence.
        line_starts: Whether a token begins a line; no mention crosses it.
    """

    text: str
    ids: list[int]
    spans: list[tuple[int, int]]
    word_starts: Bools
    sentence_starts: Bools
    line_starts: Bools

    def __len__(self) -> int:
        return len(self.ids)


def encode_article(text: str, tokenizer: Tokenizer) -> EncodedArticle:
    """Tokenise ``text`` whole and find where words, sentences and lines begin."""
    encoding = tokenizer.encode(text, add_special_tokens=False)
    spans = _with_marks(text, own_surfaces(encoding.offsets))
    starts = [start for start, _ in spans]
    line_starts = _first_tokens(starts, line_spans(text))
    word_starts = np.array(
        [not token or _begins_word(text, spans[token - 1], spans[token]) for token in range(len(spans))],
        dtype=np.bool_,
    )
    word_starts |= line_starts
    sentence_starts = (_first_tokens(starts, split_sentences(text)) & word_starts) | line_starts
    return EncodedArticle(text, list(encoding.ids), spans, word_starts, sentence_starts, line_starts)


def own_surfaces(offsets: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return token offsets with an empty span for a word mark «▁» that is a piece of its own.

    The library gives such a piece the offsets of the letter that follows it.
    """
    spans = list(offsets)
    for token in range(len(spans) - 1):
        start, end = spans[token]
        if start == spans[token + 1][0] and end <= spans[token + 1][1]:
            spans[token] = (start, start)
    return spans


def _with_marks(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Let each surface take the vowel marks that follow it, which the tokenizer drops."""
    widened: list[tuple[int, int]] = []
    for start, end in spans:
        after = end
        while start < after < len(text) and unicodedata.category(text[after]) == "Mn":
            after += 1
        widened.append((start, after))
    return widened


def _first_tokens(starts: list[int], blocks: Iterable[tuple[int, int]]) -> Bools:
    """Mark the first token of each block ``[start, end)``; a block without a token marks none."""
    marks = np.zeros(len(starts), dtype=np.bool_)
    for start, end in blocks:
        token = bisect.bisect_left(starts, start)
        if token < len(starts) and starts[token] < end:
            marks[token] = True
    return marks


def _begins_word(text: str, before: tuple[int, int], token: tuple[int, int]) -> bool:
    start = token[0]
    if before[0] == before[1] == start or start < before[1]:
        return False  # the word mark before it began this word; or two pieces of one character (a ligature)
    if not all(map(_is_unread, text[before[1] : start])):
        return True
    return not _are_joined(text, before[1] - 1, start)


def _is_unread(char: str) -> bool:
    """Whether the tokenizer passes over ``char`` within a word: marks, tatweel, format characters."""
    return unicodedata.category(char) in ("Mn", "Cf", "Lm")


def _are_joined(text: str, last: int, first: int) -> bool:
    """Whether the characters at ``last`` and ``first``, with nothing readable between, share a word."""
    left, right = _character_class(text[last]), _character_class(text[first])
    if left == right:
        return left != "sign"
    if right == "digit" and text[last] in NUMBER_SIGNS:
        return last > 0 and _character_class(text[last - 1]) == "digit"
    if left == "digit" and text[first] in NUMBER_SIGNS:
        return first + 1 < len(text) and _character_class(text[first + 1]) == "digit"
    return False


def _character_class(char: str) -> str:
    if char.isnumeric():
        return "digit"
    return "letter" if char.isalpha() or _is_unread(char) else "sign"
