"""Train a pair net with torch (extra ``train``); see :mod:`ie_model.linking.nets`.

About fifteen seconds for 20 000 pairs on two cores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ie_model.errors import MissingExtraError
from ie_model.linking.features import Floats
from ie_model.linking.nets import PairNet
from ie_model.linking.span_states import Floats32, PairStates, Scale, scale_of

#: Width of a projected state, and of the hidden layer.
PROJECTED: Final = 160
HIDDEN: Final = 256
DROPOUT: Final = 0.3
EPOCHS: Final = 8
BATCH: Final = 256
LEARNING_RATE: Final = 1e-3
WEIGHT_DECAY: Final = 0.01
_WARM_UP: Final = 0.1


@dataclass(frozen=True)
class NetInput:
    """Pairs of one article, ready to train on: states of shape (pairs, width), features (pairs, features)."""

    left: Floats32
    right: Floats32
    gap: Floats32
    rows: Floats
    truth: Sequence[bool]


def net_input(rows: Floats, pairs: PairStates, truth: Sequence[bool]) -> NetInput:
    """Gather what a net sees of one article's pairs."""
    return NetInput(pairs.left[pairs.left_index], pairs.right[pairs.right_index], pairs.gap, rows, truth)


def train_net(inputs: Sequence[NetInput], states: Scale, *, seed: int) -> PairNet:
    """Train a net; the same inputs in the same order and seed give the same net.

    Args:
        inputs: One for each article.
        states: The scale by which their states were standardised.
        seed: Of weights, order and dropout.

    Raises:
        MissingExtraError: torch is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("torch", "train") from error
    features = scale_of(np.concatenate([one.rows for one in inputs]))
    arrays = [
        np.concatenate([one.left for one in inputs]),
        np.concatenate([one.right for one in inputs]),
        np.concatenate([one.gap for one in inputs]),
        np.concatenate([features(one.rows) for one in inputs]),
        np.concatenate([np.asarray(one.truth, dtype=np.float32) for one in inputs]),
    ]
    *data, truth = [torch.from_numpy(np.ascontiguousarray(array)) for array in arrays]
    state = torch.get_rng_state()  # training here must not change what the caller draws afterwards
    try:
        torch.manual_seed(seed)
        model = _net(torch, data[0].shape[1], data[3].shape[1])
        _fit(torch, model, data, truth)
    finally:
        torch.set_rng_state(state)
    return _plain(model, states, features)


def _net(torch: Any, width: int, features: int) -> Any:
    linear = torch.nn.Linear
    return torch.nn.ModuleDict(
        {
            "left": linear(width, PROJECTED),
            "right": linear(width, PROJECTED),
            "gap": linear(width, PROJECTED),
            "features": linear(features, HIDDEN),
            "hidden": linear(4 * PROJECTED + HIDDEN, HIDDEN),
            "out": linear(HIDDEN, 1),
        }
    )


def _forward(torch: Any, model: Any, data: Sequence[Any]) -> Any:
    def drop(values: Any) -> Any:
        return torch.nn.functional.dropout(values, DROPOUT, training=True)

    def gelu(values: Any) -> Any:
        return torch.nn.functional.gelu(values, approximate="tanh")

    left, right, gap = (
        model[name](drop(values)) for name, values in zip(("left", "right", "gap"), data, strict=False)
    )
    own = gelu(model["features"](drop(data[3])))
    hidden = gelu(model["hidden"](drop(torch.cat([left, right, left * right, gap, own], dim=-1))))
    return model["out"](drop(hidden)).squeeze(-1)


def _fit(torch: Any, model: Any, data: Sequence[Any], truth: Any) -> None:
    optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    steps = EPOCHS * -(-len(truth) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, LEARNING_RATE, total_steps=steps, pct_start=_WARM_UP
    )
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(truth)).split(BATCH):
            scores = _forward(torch, model, [values[chosen] for values in data])
            loss = torch.nn.functional.binary_cross_entropy_with_logits(scores, truth[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()


def _plain(model: Any, states: Scale, features: Scale) -> PairNet:
    weights: dict[str, Floats32] = {}
    for name, layer in model.items():
        weights[name] = layer.weight.detach().numpy().astype(np.float16).astype(np.float32)
        weights[f"{name}_bias"] = layer.bias.detach().numpy().astype(np.float16).astype(np.float32)
    bias = float(weights.pop("out_bias")[0])
    weights["out"] = weights["out"][0]
    return PairNet(states, features, weights, bias)
