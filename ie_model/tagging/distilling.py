"""Distillation: what several taggers think of unannotated articles, for one tagger to learn.

The mean of the teachers' probabilities for each token is the student's goal (Hinton, Vinyals and Dean,
"Distilling the knowledge in a neural network", 2015): so one model comes near what an ensemble knows, at
the cost of one. Measured: on unseen articles a student of three teachers was no better than its start
(0.896 and 0.895), the teachers together 0.902 (``docs/experiments.md``).

Trade-off: the teachers read their articles anew when a stopped training goes on, instead of keeping
18 bytes a token and label set of nine classes on disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from ie_model.config import DistillationConfig, WindowConfig
from ie_model.corpus.news import evenly, read_news
from ie_model.errors import EncoderError, IeModelError
from ie_model.tagging.dataset import pad_windows, with_special
from ie_model.tagging.encoders import SpecialIds, load_classifier, special_ids, trained_encoder
from ie_model.tagging.encoding import encode_article
from ie_model.tagging.windows import cut_windows

_AT_ONCE: Final = 16
"""Windows that a teacher reads at once."""

Probabilities = npt.NDArray[np.float16]


@dataclass(frozen=True)
class TaughtWindow:
    """A window and what is to be learned of it.

    Attributes:
        ids: With special tokens.
        probabilities: What is to be learned, shape (tokens, classes); rows of zeros, at special tokens,
            do not count.
    """

    ids: list[int]
    probabilities: Probabilities


def teach(
    config: DistillationConfig, windows: WindowConfig, tokenizer: Tokenizer, tags: list[str], *, bf16: bool
) -> list[TaughtWindow]:
    """Return the windows of the config's unannotated articles with the teachers' mean probabilities.

    Args:
        config: With at least one teacher.
        windows: How articles are cut.
        tokenizer: The student's.
        tags: The student's classes.
        bf16: Whether teachers compute in bf16.

    Raises:
        EncoderError: A teacher is none, knows other labels, or tokenises otherwise than the student.
        IeModelError: No article is left to be taught on.
        ArticleError: An article path does not exist.
        CorpusError: See :func:`ie_model.corpus.news.read_news`.
    """
    news = read_news(config.articles, exclude=config.exclude, densest=config.densest)
    texts = [news.texts[place] for place in evenly(len(news.texts), config.limit or len(news.texts))]
    special = special_ids(tokenizer)
    cut = [ids for text in texts for ids in _windows(text, tokenizer, windows, special)]
    if not cut:
        raise IeModelError("no article to be taught on", found=news.told(), mend="Look at distillation.*.")
    readings = [
        _read(_teacher(Path(teacher), tokenizer, tags), cut, special.pad, bf16=bf16)
        for teacher in config.teachers
    ]
    each = zip(cut, zip(*readings, strict=True), strict=True)
    return [TaughtWindow(ids, _mean(own, special)) for ids, own in each]


def _mean(readings: Sequence[npt.NDArray[np.float32]], special: SpecialIds) -> Probabilities:
    table: npt.NDArray[np.float32] = np.mean(readings, axis=0)
    table[: len(special.before)] = 0
    table[len(table) - len(special.after) :] = 0
    return table.astype(np.float16)


def _windows(text: str, tokenizer: Tokenizer, windows: WindowConfig, special: SpecialIds) -> list[list[int]]:
    article = encode_article(text, tokenizer)
    cut = cut_windows(article, tokens=windows.tokens, overlap=windows.overlap)
    return [with_special(article.ids[window.start : window.end], special) for window in cut]


def _teacher(folder: Path, tokenizer: Tokenizer, tags: list[str]) -> Any:
    encoder = trained_encoder(folder, tags)
    if encoder.tokenizer.to_str() != tokenizer.to_str():
        raise EncoderError(
            "a teacher tokenises otherwise than the student",
            where=str(folder),
            mend="Take teachers of the same encoder and the same encoder.zwnj and encoder.digits.",
        )
    model = load_classifier(encoder, tags=tags, dropout=0.0)
    model.train(False)
    return model


def _read(model: Any, windows: Sequence[list[int]], pad: int, *, bf16: bool) -> list[npt.NDArray[np.float32]]:
    """Return the probabilities of each window's tokens, shape (tokens, classes); short windows together."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device)
    order = np.argsort([len(ids) for ids in windows], kind="stable").tolist()
    found: list[npt.NDArray[np.float32]] = [np.zeros((0, 0), dtype=np.float32)] * len(windows)
    with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=bf16):
        for first in range(0, len(order), _AT_ONCE):
            places = order[first : first + _AT_ONCE]
            batch = pad_windows([windows[place] for place in places], pad)
            logits = model(**{name: tensor.to(device) for name, tensor in batch.items()}).logits
            probabilities = logits.float().softmax(-1).cpu().numpy()
            for row, place in enumerate(places):
                found[place] = probabilities[row, : len(windows[place])]
    return found
