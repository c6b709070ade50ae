"""Losses of tokens: cross entropy by default, weighted by label, or focal; and of whole mentions."""

from __future__ import annotations

import pytest
import torch

from ie_model.tagging.losses import batch_loss, class_weights, mention_loss, taught_loss, token_loss
from ie_model.tagging.windows import IGNORED_LABEL, bio_labels

LOGITS = torch.tensor([[[3.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [9.0, 9.0, 9.0]]])
CLASSES = torch.tensor([[0, 1, 2, IGNORED_LABEL]])


def by_token() -> torch.Tensor:
    return torch.nn.functional.cross_entropy(LOGITS[0, :3], CLASSES[0, :3], reduction="none")


def test_plain_is_cross_entropy_over_the_tokens_that_count() -> None:
    assert token_loss(LOGITS, CLASSES).item() == pytest.approx(by_token().mean().item())


def test_a_class_counts_by_its_weight() -> None:
    weights = torch.tensor([1.0, 1.0, 4.0])
    expected = (by_token() * weights).sum() / 6
    assert token_loss(LOGITS, CLASSES, weights).item() == pytest.approx(expected.item())
    same = torch.nn.functional.cross_entropy(LOGITS[0, :3], CLASSES[0, :3], weight=weights)
    assert token_loss(LOGITS, CLASSES, weights).item() == pytest.approx(same.item())


def test_focal_takes_most_from_what_is_sure() -> None:
    plain, lost = by_token(), []
    for place in range(3):
        one = slice(place, place + 1)
        lost.append(token_loss(LOGITS[:, one], CLASSES[:, one], focal=2.0) / plain[place])
    sure, less, unsure = (float(share) for share in lost)
    assert sure < less < unsure < 1
    assert sure == pytest.approx((1 - torch.exp(-plain[0]).item()) ** 2, rel=1e-4)


def test_weights_of_a_label_are_those_of_its_classes() -> None:
    tags = bio_labels(["AMOUNT", "TARGET"])
    assert class_weights(tags, {"TARGET": 3.0}) == [1.0, 1.0, 1.0, 3.0, 3.0]
    assert class_weights(tags, {}) == [1.0] * 5


B_A, I_A, B_T, I_T = 1, 2, 3, 4  # of bio_labels(["AMOUNT", "TARGET"])


def towards(label: int, places: list[int], length: int) -> torch.Tensor:
    """Logits that know the borders but not the label, and at some places lean to one of the two labels."""
    logits = torch.zeros(1, length, 5)
    logits[0, places, 1 + 2 * label : 3 + 2 * label] = 2.0
    return logits


@pytest.mark.parametrize(("agreeing", "better"), [([0, 1, 2], [0]), ([0, 1], [2]), ([0, 1, 2], [0, 1])])
def test_a_mention_costs_less_the_more_of_its_tokens_have_its_label(
    agreeing: list[int], better: list[int]
) -> None:
    classes = torch.tensor([[B_T, I_T, I_T, 0]])
    most, few = (mention_loss(towards(1, places, 4), classes).item() for places in (agreeing, better))
    assert most < few < mention_loss(towards(0, [0], 4), classes).item()


def test_a_mention_counts_once_however_long() -> None:
    # Two mentions side by side, the second in the same label: one right, one wrong.
    classes = torch.tensor([[B_A, I_A, I_A, B_A, IGNORED_LABEL]])
    logits = torch.cat([towards(0, [0, 1, 2], 3), towards(1, [0, 1], 2)], dim=1)
    apart = [
        mention_loss(logits[:, places], classes[:, places]).item() for places in (slice(0, 3), slice(3, 5))
    ]
    assert mention_loss(logits, classes).item() == pytest.approx(sum(apart) / 2)


def test_a_mention_that_a_window_cuts_is_one_of_its_own() -> None:
    first, second = towards(0, [0], 2), towards(1, [0, 1], 2)
    ends, goes_on = torch.tensor([[0, B_T]]), torch.tensor([[I_T, 0]])
    together = mention_loss(torch.cat([first, second]), torch.cat([ends, goes_on])).item()
    apart = mention_loss(first, ends).item() + mention_loss(second, goes_on).item()
    assert together == pytest.approx(apart / 2)


def test_without_mentions_nothing_is_lost_and_the_gradient_is_zero() -> None:
    logits = LOGITS.clone().requires_grad_(True)
    lost = mention_loss(logits, torch.tensor([[0, 0, IGNORED_LABEL, 0]]))
    lost.backward()
    assert lost.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()


def test_the_loss_of_mentions_is_added_by_its_weight() -> None:
    weights, batch = torch.ones(3), {"labels": CLASSES}
    plain, both = (batch_loss(LOGITS, batch, weights, focal=0.0, mentions=m).item() for m in (0.0, 0.5))
    assert both == pytest.approx(plain + 0.5 * mention_loss(LOGITS, CLASSES).item())


def certain(classes: torch.Tensor) -> torch.Tensor:
    """Probability 1 for the class of each token, zeros where it does not count."""
    table = torch.zeros_like(LOGITS)
    for place, own in enumerate(classes[0].tolist()):
        if own != IGNORED_LABEL:
            table[0, place, own] = 1
    return table


def test_a_certain_teacher_is_as_good_as_gold() -> None:
    weights = torch.tensor([1.0, 1.0, 4.0])
    taught = certain(CLASSES)
    assert taught_loss(LOGITS, taught).item() == pytest.approx(token_loss(LOGITS, CLASSES).item())
    expected = token_loss(LOGITS, CLASSES, weights).item()
    assert taught_loss(LOGITS, taught, weights).item() == pytest.approx(expected)
    both = {"labels": CLASSES}, {"probabilities": taught}
    first, second = (batch_loss(LOGITS, batch, weights, focal=0.0, mentions=0.0).item() for batch in both)
    assert first == pytest.approx(second)


def test_a_student_that_thinks_as_its_teacher_has_nothing_to_learn() -> None:
    logits = LOGITS.clone().requires_grad_(True)
    taught_loss(logits, LOGITS.softmax(-1)).backward()
    assert logits.grad is not None
    assert logits.grad.abs().max() < 1e-6
    assert taught_loss(LOGITS, torch.zeros_like(LOGITS)).item() == 0, "nothing that counts"
