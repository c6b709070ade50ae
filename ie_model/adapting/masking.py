"""Whole-word masking: all pieces of a chosen word are hidden together.

As in BERT (Devlin et al., NAACL 2019, and its later whole-word models): of the tokens of chosen words
80 % become the mask, 10 % a random token, 10 % stay; all of them are to be predicted. Words are drawn one
by one with equal chance, so the share of masked tokens is that of words on average.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ie_model.adapting.text import NO_WORD
from ie_model.tagging.windows import IGNORED_LABEL

if TYPE_CHECKING:
    import torch

_MASKED: Final = 0.8
_MASKED_OR_RANDOM: Final = 0.9


@dataclass(frozen=True)
class WordMasker:
    """Masks words; draws from torch's generator of the ids' device, which Trainer saves and restores.

    Attributes:
        share: Of the words that are masked.
        mask: Id of the mask token.
        vocabulary: Number of ids, from which random tokens are drawn.
    """

    share: float
    mask: int
    vocabulary: int

    def __call__(self, ids: torch.Tensor, words: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the ids with masks, and the targets (the id, or ``IGNORED_LABEL``).

        Args:
            ids: Shape (blocks, tokens).
            words: Word number of each token, same shape; ``NO_WORD`` is never masked.
        """
        import torch

        drawn = torch.rand(len(words), int(words.max()) + 2, device=ids.device) < self.share
        drawn[:, 0] = False  # special tokens
        chosen = drawn.gather(1, words.long() - NO_WORD)
        targets = torch.where(chosen, ids, IGNORED_LABEL).long()
        fate = torch.rand(ids.shape, device=ids.device)
        masked = torch.where(chosen & (fate < _MASKED), self.mask, ids)
        swapped = chosen & (fate >= _MASKED) & (fate < _MASKED_OR_RANDOM)
        return torch.where(swapped, torch.randint_like(ids, self.vocabulary), masked).long(), targets
