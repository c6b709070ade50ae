"""News articles for adaptation: read, chosen, and cut into blocks of tokens.

Articles that share a third of their word 5-grams with an annotated one are left out, so that perplexity
and, later, scores on annotated articles are of text that the encoder has not read.

Trade-off: articles run on into each other within a block, with a separator between; nothing is padded
away, and the encoder learns that what stands before a separator can be another story.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from ie_model.adapting.config import TextConfig
from ie_model.articles import Reject, read_articles
from ie_model.corpus.similarity import shingles
from ie_model.corpus.store import load_corpus
from ie_model.errors import IeModelError
from ie_model.quantities.finding.find import find_spans
from ie_model.tagging.encoders import SpecialIds, special_ids

SHARED: Final = 1 / 3
"""Share of an article's word 5-grams that stand in annotated articles, from which on it is left out."""
NO_WORD: Final = -1
"""Word number of special tokens: they are never masked."""
_BATCH: Final = 256

Ids = npt.NDArray[np.int32]


@dataclass(frozen=True)
class News:
    """Texts that are trained on, texts that are held out, what was refused, and how many were left out."""

    train: list[str]
    held_out: list[str]
    rejects: list[Reject]
    excluded: int


@dataclass(frozen=True)
class Blocks:
    """Tokens in rows of equal length.

    Attributes:
        ids: Shape (blocks, tokens), special tokens included.
        words: Number of each token's word within its block, same shape; ``NO_WORD`` for special tokens.
    """

    ids: Ids
    words: Ids

    def __len__(self) -> int:
        return len(self.ids)


def read_news(config: TextConfig) -> News:
    """Read and choose the articles that ``config`` names.

    Raises:
        ArticleError: A path does not exist.
        CorpusError: An annotated article of ``config.exclude`` cannot be read.
        IeModelError: Fewer articles are left than are to be held out.
    """
    texts: list[str] = []
    rejects: list[Reject] = []
    for found in read_articles(config.articles):
        if isinstance(found, Reject):
            rejects.append(found)
        else:
            texts.append(found.text)
    annotated = {shingle for article in load_corpus(config.exclude) for shingle in shingles(article.text)}
    fresh = [text for text in texts if not _shares_text(text, annotated)]
    kept = _densest(fresh, config.densest)
    if len(kept) <= config.held_out:
        raise IeModelError(
            "too few articles to adapt on",
            found=f"{len(kept)}, {len(texts) - len(fresh)} excluded{_told(rejects)}",
            expected=f"more than text.held_out={config.held_out}",
        )
    step = len(kept) / config.held_out
    chosen = {int(place * step) for place in range(config.held_out)}
    return News(
        train=[text for place, text in enumerate(kept) if place not in chosen],
        held_out=[text for place, text in enumerate(kept) if place in chosen],
        rejects=rejects,
        excluded=len(texts) - len(fresh),
    )


def _told(rejects: Sequence[Reject]) -> str:
    if not rejects:
        return ""
    first = rejects[0]
    place = first.file if first.line is None else f"{first.file}:{first.line}"
    return f", {len(rejects)} rejected (the first, {place}: {first.reason})"


def _shares_text(text: str, annotated: set[int]) -> bool:
    if not annotated:
        return False
    own = shingles(text)
    return len(own & annotated) >= SHARED * max(len(own), 1)


def _densest(texts: Sequence[str], share: float) -> list[str]:
    """Keep the ``share`` of ``texts`` with the most quantities for their length, in their order."""
    if share == 1:
        return list(texts)
    density = [-len(find_spans(text)) / max(len(text), 1) for text in texts]
    places = np.argsort(density, kind="stable")[: round(len(texts) * share)]
    return [texts[place] for place in sorted(places.tolist())]


def cut_blocks(texts: Sequence[str], tokenizer: Tokenizer, length: int) -> Blocks:
    """Cut ``texts`` into blocks of ``length`` tokens; what does not fill the last one is dropped.

    Raises:
        IeModelError: There is no text, or all of it together does not fill one block.
    """
    if not texts:
        raise IeModelError("no text to cut into blocks")
    special = special_ids(tokenizer)
    ids, words = _stream(texts, tokenizer, special)
    before, after = special.before, special.after
    inner = length - len(before) - len(after)
    blocks = len(ids) // inner
    if not blocks:
        raise IeModelError("too little text for one block", found=f"{len(ids)} tokens", expected=str(inner))
    rows = np.empty((blocks, length), dtype=np.int32)
    rows[:, : len(before)] = before
    rows[:, length - len(after) :] = after
    rows[:, len(before) : length - len(after)] = ids[: blocks * inner].reshape(blocks, inner)
    numbers = np.full_like(rows, NO_WORD)
    inside = words[: blocks * inner].reshape(blocks, inner)
    numbers[:, len(before) : length - len(after)] = np.where(
        inside == NO_WORD, NO_WORD, inside - np.where(inside == NO_WORD, inside.max(), inside).min(1)[:, None]
    )
    return Blocks(rows, numbers)


def _stream(texts: Sequence[str], tokenizer: Tokenizer, special: SpecialIds) -> tuple[Ids, Ids]:
    """Return all tokens one after another with their word numbers, a separator behind each article."""
    ids: list[Ids] = []
    words: list[Ids] = []
    first = 0
    for start in range(0, len(texts), _BATCH):
        for encoding in tokenizer.encode_batch(texts[start : start + _BATCH], add_special_tokens=False):
            own = [*encoding.word_ids, *[None] * len(special.after)]
            ids.append(np.array([*encoding.ids, *special.after], dtype=np.int32))
            words.append(np.array([NO_WORD if word is None else first + word for word in own], np.int32))
            first = int(words[-1].max(initial=first - 1)) + 1
    return np.concatenate(ids), np.concatenate(words)
