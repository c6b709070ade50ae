"""Losses over the classes of tokens: cross entropy, weighted by label, or focal; and over whole mentions.

The focal loss takes weight from what is already sure (Lin et al., "Focal loss for dense object detection",
ICCV 2017); with exponent 0 it is cross entropy. The loss over mentions is cross entropy of the label of a
gold mention, judged over all its tokens as the decoder does. What each gives is in ``docs/experiments.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ie_model.tagging.windows import IGNORED_LABEL

if TYPE_CHECKING:
    import torch


def batch_loss(
    logits: torch.Tensor,
    batch: Mapping[str, torch.Tensor],
    weights: torch.Tensor,
    *,
    focal: float,
    mentions: float,
) -> torch.Tensor:
    """Return the loss of a batch that holds either ``labels`` or ``probabilities``.

    ``mentions`` is the weight of :func:`mention_loss` beside the tokens' loss, where there are labels.
    """
    if "probabilities" in batch:
        return taught_loss(logits, batch["probabilities"], weights)
    lost = token_loss(logits, batch["labels"], weights, focal=focal)
    return lost + mentions * mention_loss(logits, batch["labels"]) if mentions else lost


def token_loss(
    logits: torch.Tensor, classes: torch.Tensor, weights: torch.Tensor | None = None, *, focal: float = 0.0
) -> torch.Tensor:
    """Return the mean loss of the tokens that count, weighted by class.

    Args:
        logits: Shape (windows, tokens, classes).
        classes: Class of each token, shape (windows, tokens); ``IGNORED_LABEL`` does not count.
        weights: Of each class, shape (classes,); None for 1.
        focal: Exponent of the focal loss.
    """
    import torch

    counts = classes != IGNORED_LABEL
    own = classes[counts]
    lost = torch.nn.functional.cross_entropy(logits[counts].float(), own, reduction="none")
    weight = torch.ones_like(lost) if weights is None else weights.to(lost)[own]
    faded = lost * (1 - torch.exp(-lost)) ** focal if focal else lost
    mean: torch.Tensor = (weight * faded).sum() / weight.sum()
    return mean


def mention_loss(logits: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Return the mean cross entropy of the gold mentions' labels; 0 where there is no mention.

    A label's score over a mention is the mean over its tokens of the log probability of the label, begin and
    inside together; the scores of all labels are normalised.

    Args:
        logits: Shape (windows, tokens, classes); 0 is O, then begin and inside of each label in turn.
        classes: Class of each token, shape (windows, tokens); ``IGNORED_LABEL`` does not count.
    """
    import torch

    inside = classes > 0
    labels = (classes - 1) // 2
    before = torch.nn.functional.pad(classes[:, :-1], (1, 0), value=IGNORED_LABEL)
    first = inside & ((classes % 2 == 1) | (before <= 0) | ((before - 1) // 2 != labels))
    if not first.any():
        return logits.sum() * 0.0
    mention = (first.flatten().cumsum(0) - 1)[inside.flatten()]
    scores = logits[inside].float().log_softmax(-1)
    of_label = torch.logaddexp(scores[:, 1::2], scores[:, 2::2])
    sums = of_label.new_zeros(int(first.sum()), of_label.shape[1]).index_add(0, mention, of_label)
    means = sums / torch.bincount(mention).unsqueeze(1)
    return torch.nn.functional.cross_entropy(means, labels[first])


def taught_loss(
    logits: torch.Tensor, probabilities: torch.Tensor, weights: torch.Tensor | None = None
) -> torch.Tensor:
    """Return the mean cross entropy against probabilities, weighted by class.

    Args:
        logits: Shape (windows, tokens, classes).
        probabilities: What is to be learned, the same shape; tokens whose row is zeros do not count.
        weights: Of each class, shape (classes,); None for 1.
    """
    import torch

    wanted = probabilities.float()
    weighed = wanted if weights is None else wanted * weights.to(wanted.device)
    lost = -(weighed * torch.nn.functional.log_softmax(logits.float(), dim=-1)).sum()
    mean: torch.Tensor = lost / weighed.sum().clamp(min=1e-9)
    return mean


def class_weights(tags: Sequence[str], label_weights: Mapping[str, float]) -> list[float]:
    """Return the weight of each class: that of its label, 1 where none is given.

    Args:
        tags: ``O``, ``B-LABEL``, ``I-LABEL`` in the order of the classes.
        label_weights: By label.
    """
    return [label_weights.get(tag[2:], 1.0) for tag in tags]
