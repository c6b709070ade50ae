"""Windows: the pieces of an article that the encoder sees at once.

A window ends between sentences and never inside a gold mention; neighbouring windows share whole
sentences as context. Only a sentence longer than a window is cut inside, between words. At prediction
the scores of shared tokens are averaged, and one decoder runs over the whole article, so every mention
comes out once whatever the windows were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ie_model.corpus.model import AnnotatedArticle, GoldMention
from ie_model.tagging.encoding import EncodedArticle

IGNORED_LABEL: Final = -100
"""Label id that the loss passes over (the convention of torch's cross entropy)."""

OUTSIDE: Final = "O"


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens ``[start, end)`` of an encoded article, special tokens not counted."""

    start: int
    end: int


def bio_labels(labels: Sequence[str]) -> list[str]:
    """Return the tag of each class id: O, then B and I of every label in order."""
    return [OUTSIDE] + [f"{prefix}-{label}" for label in labels for prefix in "BI"]


def cut_windows(
    article: EncodedArticle,
    *,
    tokens: int,
    overlap: int,
    mentions: Sequence[tuple[int, int]] = (),
) -> list[Window]:
    """Cut ``article`` into windows that together cover every token.

    Args:
        article: The encoded article.
        tokens: Most tokens of a window.
        overlap: Most tokens that a window repeats from the one before, in whole sentences.
        mentions: Token spans ``[start, end)`` that no border may fall into.
    """
    inside = np.zeros(len(article), dtype=np.bool_)
    for start, end in mentions:
        inside[start + 1 : end] = True
    sentence_cuts = np.flatnonzero(article.sentence_starts & ~inside)
    word_cuts = np.flatnonzero(article.word_starts & ~inside)
    windows: list[Window] = []
    start = covered = 0
    while covered < len(article):
        end, within_sentence = _window_end(start + tokens, len(article), covered, (sentence_cuts, word_cuts))
        windows.append(Window(start, end))
        covered = end
        context = _first_at_least(word_cuts if within_sentence else sentence_cuts, end - overlap)
        start = min(context, end) if context is not None else end
    return windows


def _window_end(
    limit: int, count: int, covered: int, cuts: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]
) -> tuple[int, bool]:
    """Return where a window that may reach ``limit`` ends, and whether that is inside a sentence.

    Args:
        limit: Token index behind the longest possible window.
        count: Tokens of the article.
        covered: Token index that the window must get past.
        cuts: Sentence starts and word starts, in order.
    """
    if limit >= count:
        return count, False
    for within_sentence, starts in enumerate(cuts):
        place = int(np.searchsorted(starts, limit, side="right")) - 1
        if place >= 0 and starts[place] > covered:
            return int(starts[place]), bool(within_sentence)
    return limit, True  # one word longer than a window


def _first_at_least(cuts: npt.NDArray[np.intp], token: int) -> int | None:
    place = int(np.searchsorted(cuts, token, side="left"))
    return int(cuts[place]) if place < len(cuts) else None


def merge_windows(
    tokens: int, windows: Sequence[Window], logits: Sequence[npt.NDArray[np.floating]]
) -> npt.NDArray[np.float64]:
    """Average the logits of tokens that several windows share.

    Args:
        tokens: Number of tokens of the article.
        windows: Together covering all of them.
        logits: One array of shape (tokens of the window, classes) a window.

    Returns:
        Shape (tokens, classes).
    """
    total = np.zeros((tokens, logits[0].shape[-1]))
    seen = np.zeros((tokens, 1))
    for window, scores in zip(windows, logits, strict=True):
        total[window.start : window.end] += scores
        seen[window.start : window.end] += 1
    return total / seen


def token_spans(article: EncodedArticle, mentions: Sequence[GoldMention]) -> list[tuple[int, int] | None]:
    """Return the tokens ``[start, end)`` that each mention touches; None where there is none."""
    starts = np.array([start for start, _ in article.spans], dtype=np.int64)
    ends = np.array([end for _, end in article.spans], dtype=np.int64)
    spans: list[tuple[int, int] | None] = []
    for mention in mentions:
        touched = np.flatnonzero((starts < mention.end) & (ends > mention.start))
        if not len(touched):
            spans.append(None)
            continue
        first = int(touched[0])
        # The empty word mark before the first letter belongs to the word, and so does every piece but the
        # last of one character («½» is three).
        while first and starts[first - 1] == ends[first - 1] == starts[first]:
            first -= 1
        spans.append((first, int(touched[-1]) + 1))
    return spans


def gold_tags(
    article: EncodedArticle, gold: AnnotatedArticle, labels: Sequence[str]
) -> npt.NDArray[np.int64]:
    """Return the BIO class id of every token, shape (tokens,); labels that are not learned are O."""
    class_of = {tag: place for place, tag in enumerate(bio_labels(labels))}
    tags = np.zeros(len(article), dtype=np.int64)
    for mention, span in zip(gold.mentions, token_spans(article, gold.mentions), strict=True):
        if span is None or mention.label not in labels:
            continue
        tags[span[0]] = class_of[f"B-{mention.label}"]
        tags[span[0] + 1 : span[1]] = class_of[f"I-{mention.label}"]
    return tags


def unrepresentable_mentions(article: EncodedArticle, gold: AnnotatedArticle) -> list[GoldMention]:
    """Return the mentions that no sequence of whole words gives exactly: the tagger can never find them."""
    bad: list[GoldMention] = []
    for mention, span in zip(gold.mentions, token_spans(article, gold.mentions), strict=True):
        if span is None:
            bad.append(mention)
            continue
        first, after = span
        exact = article.spans[first][0] == mention.start and article.spans[after - 1][1] == mention.end
        whole = article.word_starts[first] and (after == len(article) or article.word_starts[after])
        if not (exact and whole):
            bad.append(mention)
    return bad
