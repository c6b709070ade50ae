"""Strict scores during training: what is right scores 1, in whatever windows it came."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ie_model.config import Config
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import load_corpus
from ie_model.tagging.dataset import Collator, EncodedGold, build_dataset, encode_gold
from ie_model.tagging.scoring import strict_scorer
from ie_model.tagging.windows import IGNORED_LABEL

from .making import ROOT, gold, perfect_logits, unigram

TOKENIZER = unigram()
CONFIG = Config.model_validate({"windows": {"tokens": 40, "overlap": 12}})


@pytest.fixture(scope="module")
def seeds() -> list[AnnotatedArticle]:
    return load_corpus([ROOT / "annotations" / "seeds"])


def predictions(held: list[EncodedGold], right: bool = True) -> Any:
    """What Trainer hands over: logits of all windows in order, with special tokens, padded with -100."""
    rows: list[np.ndarray] = []
    for item in held:
        logits = perfect_logits(item.article, item.gold, CONFIG.labels)
        if not right:
            logits[:] = 0
            logits[:, 0] = 12
        for window in item.windows:
            rows.append(np.pad(logits[window.start : window.end], ((1, 1), (0, 0))))
    longest = max(map(len, rows))
    padded = [np.pad(row, ((0, longest - len(row)), (0, 0)), constant_values=-100) for row in rows]
    return SimpleNamespace(predictions=np.stack(padded))


def test_a_model_that_is_right_scores_one(seeds: list[AnnotatedArticle]) -> None:
    held = encode_gold(seeds, TOKENIZER, CONFIG.labels, CONFIG.windows)
    assert sum(len(item.windows) for item in held) > 3 * len(held)
    scores = strict_scorer(held, CONFIG, 1)(predictions(held))
    assert scores == dict.fromkeys(("f1", "macro_f1", *(f"f1_{label}" for label in CONFIG.labels)), 1.0)


def test_a_model_that_finds_nothing_scores_nothing(seeds: list[AnnotatedArticle]) -> None:
    held = encode_gold(seeds, TOKENIZER, CONFIG.labels, CONFIG.windows)
    assert strict_scorer(held, CONFIG, 1)(predictions(held, right=False))["f1"] == 0.0


def test_windows_in_another_order_do_not_score(seeds: list[AnnotatedArticle]) -> None:
    held = encode_gold(seeds, TOKENIZER, CONFIG.labels, CONFIG.windows)
    shuffled = predictions(held)
    shuffled.predictions = shuffled.predictions[::-1]
    assert strict_scorer(held, CONFIG, 1)(shuffled)["f1"] < 0.5


def test_strict_means_label_start_and_end() -> None:
    text = "بانک سپه ۵۰ میلیارد تومان"
    held = encode_gold(
        [gold(text, ("بانک سپه", "INSTITUTION"), ("۵۰ میلیارد تومان", "AMOUNT"))],
        TOKENIZER,
        CONFIG.labels,
        CONFIG.windows,
    )
    other = encode_gold(
        [gold(text, ("بانک سپه", "INSTITUTION"), ("۵۰ میلیارد", "AMOUNT"))],
        TOKENIZER,
        CONFIG.labels,
        CONFIG.windows,
    )
    scores = strict_scorer(held, CONFIG, 1)(predictions(other))
    assert scores == {"f1": 0.5, "macro_f1": 0.5, "f1_INSTITUTION": 1.0, "f1_AMOUNT": 0.0}


def test_windows_become_rows_with_special_tokens_that_the_loss_passes_over() -> None:
    held = encode_gold([gold("بانک سپه", ("سپه", "INSTITUTION"))], TOKENIZER, CONFIG.labels, CONFIG.windows)
    (row,) = build_dataset(held, TOKENIZER)
    assert row["input_ids"] == TOKENIZER.encode("بانک سپه").ids
    assert row["labels"] == [IGNORED_LABEL, 0, 7, IGNORED_LABEL]


def test_a_batch_is_padded_to_its_longest_window() -> None:
    rows = [{"input_ids": [5, 6, 7], "labels": [-100, 1, -100]}, {"input_ids": [5], "labels": [-100]}]
    batch = {name: tensor.tolist() for name, tensor in Collator(pad=1)(rows).items()}
    assert batch == {
        "input_ids": [[5, 6, 7], [5, 1, 1]],
        "attention_mask": [[1, 1, 1], [1, 0, 0]],
        "labels": [[-100, 1, -100], [-100, -100, -100]],
    }
