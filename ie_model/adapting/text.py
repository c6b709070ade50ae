"""News articles for adaptation: read, chosen, and cut into blocks of tokens.

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
from ie_model.articles import Reject
from ie_model.corpus.news import evenly, read_news
from ie_model.errors import IeModelError
from ie_model.tagging.encoders import SpecialIds, special_ids

NO_WORD: Final = -1
"""Word number of special tokens: they are never masked."""
_BATCH: Final = 256

Ids = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Texts:
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


def read_texts(config: TextConfig) -> Texts:
    """Read and choose the articles that ``config`` names.

    Raises:
        ArticleError: A path does not exist.
        CorpusError: An annotated article of ``config.exclude`` cannot be read.
        IeModelError: Fewer articles are left than are to be held out.
    """
    news = read_news(config.articles, exclude=config.exclude, densest=config.densest)
    kept = news.texts
    if len(kept) <= config.held_out:
        raise IeModelError(
            "too few articles to adapt on",
            found=f"{len(kept)}, {news.told()}",
            expected=f"more than text.held_out={config.held_out}",
        )
    chosen = set(evenly(len(kept), config.held_out))
    return Texts(
        train=[text for place, text in enumerate(kept) if place not in chosen],
        held_out=[text for place, text in enumerate(kept) if place in chosen],
        rejects=news.rejects,
        excluded=news.excluded,
    )


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
