"""Masking: whole words, special tokens never, and as often as asked."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ie_model.adapting.masking import WordMasker
from ie_model.adapting.text import NO_WORD
from ie_model.tagging.windows import IGNORED_LABEL

MASK, VOCABULARY = 4, 5_000


def blocks(rows: int, tokens: int, seed: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    """Random ids between two special tokens; words of one to four tokens, a separator now and then."""
    draw = np.random.default_rng(seed)
    ids = draw.integers(5, VOCABULARY, (rows, tokens), dtype=np.int32)
    words = np.cumsum(draw.random((rows, tokens)) < 0.5, axis=1).astype(np.int32)
    words[:, 0] = words[:, -1] = NO_WORD
    words[draw.random((rows, tokens)) < 0.02] = NO_WORD
    return torch.from_numpy(ids), torch.from_numpy(words)


@given(share=st.floats(0.05, 0.95), seed=st.integers(0, 2**32 - 1))
def test_words_are_chosen_whole_and_special_tokens_never(share: float, seed: int) -> None:
    ids, words = blocks(4, 40, seed)
    torch.manual_seed(seed)
    masked, targets = WordMasker(share, MASK, VOCABULARY)(ids, words)
    chosen = targets != IGNORED_LABEL
    assert not chosen[words == NO_WORD].any()
    for row, numbers in zip(chosen, words, strict=True):
        for word in set(numbers.tolist()) - {NO_WORD}:
            assert len(set(row[numbers == word].tolist())) == 1, "a word is chosen in part"
    assert torch.equal(targets[chosen], ids[chosen].long())
    assert torch.equal(masked[~chosen], ids[~chosen].long())


def test_of_the_chosen_tokens_8_in_10_are_masked_1_is_another_and_1_stays() -> None:
    ids, words = blocks(400, 256)
    torch.manual_seed(7)
    masked, targets = WordMasker(0.2, MASK, VOCABULARY)(ids, words)
    chosen = targets != IGNORED_LABEL
    after, before = masked[chosen], ids[chosen].long()
    shares = [(after == MASK), (after == before), (after != MASK) & (after != before)]
    found = [float(share.float().mean()) for share in shares]
    assert found == pytest.approx([0.8, 0.1, 0.1], abs=0.01)
    others = after[shares[2]]
    assert (int(others.min()) < 50, int(others.max()) > VOCABULARY - 50) == (True, True), "not of all tokens"


@pytest.mark.parametrize("share", [0.15, 0.2, 0.4])
def test_the_share_of_masked_tokens_is_the_one_asked_for(share: float) -> None:
    ids, words = blocks(400, 256)
    torch.manual_seed(7)
    _, targets = WordMasker(share, MASK, VOCABULARY)(ids, words)
    found = (targets != IGNORED_LABEL)[words != NO_WORD].float().mean()
    assert float(found) == pytest.approx(share, abs=0.01)


def test_masks_are_drawn_anew_at_each_call_and_follow_the_seed() -> None:
    ids, words = blocks(8, 64)
    masker = WordMasker(0.2, MASK, VOCABULARY)
    torch.manual_seed(7)
    first, second = masker(ids, words)[0], masker(ids, words)[0]
    torch.manual_seed(7)
    assert torch.equal(masker(ids, words)[0], first)
    assert not torch.equal(first, second)
