"""Training windows: annotated articles as a Hugging Face dataset of token ids and BIO class ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from ie_model.config import WindowConfig
from ie_model.corpus.model import AnnotatedArticle
from ie_model.tagging.encoders import SpecialIds, special_ids
from ie_model.tagging.encoding import EncodedArticle, encode_article
from ie_model.tagging.windows import IGNORED_LABEL, Window, cut_windows, gold_tags, token_spans

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class EncodedGold:
    """An annotated article with its tokens, gold classes (shape (tokens,)) and windows."""

    gold: AnnotatedArticle
    article: EncodedArticle
    tags: npt.NDArray[np.int64]
    windows: list[Window]


def encode_gold(
    articles: Sequence[AnnotatedArticle], tokenizer: Tokenizer, labels: Sequence[str], windows: WindowConfig
) -> list[EncodedGold]:
    """Encode annotated articles and cut them into windows."""
    encoded: list[EncodedGold] = []
    for gold in articles:
        article = encode_article(gold.text, tokenizer)
        spans = [span for span in token_spans(article, gold.mentions) if span is not None]
        cut = cut_windows(article, tokens=windows.tokens, overlap=windows.overlap, mentions=spans)
        encoded.append(EncodedGold(gold, article, gold_tags(article, gold, labels), cut))
    return encoded


def build_dataset(encoded: Sequence[EncodedGold], tokenizer: Tokenizer) -> Any:
    """Return a ``datasets.Dataset`` of windows: ``input_ids`` and ``labels``, special tokens added."""
    import datasets

    special = special_ids(tokenizer)
    rows: dict[str, list[list[int]]] = {"input_ids": [], "labels": []}
    for item in encoded:
        for window in item.windows:
            rows["input_ids"].append(with_special(item.article.ids[window.start : window.end], special))
            tags = item.tags[window.start : window.end].tolist()
            before, after = len(special.before), len(special.after)
            rows["labels"].append([IGNORED_LABEL] * before + tags + [IGNORED_LABEL] * after)
    return datasets.Dataset.from_dict(rows)


def with_special(ids: Sequence[int], special: SpecialIds) -> list[int]:
    """Return ``ids`` between the tokenizer's special tokens."""
    return [*special.before, *ids, *special.after]


def pad_windows(windows: Sequence[Sequence[int]], pad: int) -> dict[str, torch.Tensor]:
    """Return ``input_ids`` filled up to the longest window by ``pad``, and their ``attention_mask``."""
    import torch

    longest = max(map(len, windows))
    mask = [[1] * len(ids) + [0] * (longest - len(ids)) for ids in windows]
    return {"input_ids": _filled(windows, pad), "attention_mask": torch.tensor(mask)}


def _filled(rows: Sequence[Sequence[int]], fill: int) -> torch.Tensor:
    import torch

    longest = max(map(len, rows))
    return torch.tensor([[*row, *[fill] * (longest - len(row))] for row in rows])


@dataclass(frozen=True)
class Collator:
    """Pads the windows of a batch to the longest of them.

    Attributes:
        pad: Id that fills a row.
        classes: 0 to give ``labels``. Else the number of classes, to give ``probabilities`` in their place:
            those of a taught window, certainty of the gold class for any other.
    """

    pad: int
    classes: int = 0

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Return ``input_ids``, ``attention_mask`` and ``labels``, each of shape (windows, longest).

        ``probabilities`` in place of ``labels`` is of shape (windows, longest, classes).
        """
        import torch

        batch = pad_windows([row["input_ids"] for row in rows], self.pad)
        if not self.classes:
            return {**batch, "labels": _filled([row["labels"] for row in rows], IGNORED_LABEL)}
        table = torch.zeros(*batch["input_ids"].shape, self.classes)
        for place, row in enumerate(rows):
            taught = row.get("probabilities")
            own = _certain(row["labels"], self.classes) if taught is None else taught
            table[place, : len(own)] = torch.from_numpy(own)
        return {**batch, "probabilities": table}


def _certain(labels: Sequence[int], classes: int) -> npt.NDArray[np.float32]:
    """Return 1 for the class of each token and zeros for ignored ones, shape (tokens, classes)."""
    given = np.asarray(labels)
    table: npt.NDArray[np.float32] = (given[:, None] == np.arange(classes)).astype(np.float32)
    return table  # an ignored token is of no class
