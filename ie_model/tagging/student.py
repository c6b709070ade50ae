"""A smaller student: an encoder of which only some layers are kept, evenly spread.

Trained as usual, a student of half the layers runs in half the time; what that costs in F1 is in
``docs/experiments.md``. Spreading the layers that stay is the start that DistilBERT takes too (Sanh et al.,
"DistilBERT, a distilled version of BERT", 2019).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ie_model.errors import EncoderError

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def kept_layers(layers: int, count: int) -> list[int]:
    """Return which ``count`` of ``layers`` layers stay: the first, the last, and between them evenly.

    A single one is the last.
    """
    if count == 1:
        return [layers - 1]
    return [round(place * (layers - 1) / (count - 1)) for place in range(count)]


def keep_layers(model: PreTrainedModel, count: int) -> None:
    """Keep ``count`` layers of the model's encoder, evenly spread, in place.

    Raises:
        EncoderError: It has fewer, or is no encoder whose layers are known.
    """
    _keep(model, count, lambda layers: kept_layers(layers, count))


def cut_above(model: PreTrainedModel, count: int) -> None:
    """Keep the ``count`` lowest layers of the model's encoder, in place.

    Raises:
        EncoderError: It has fewer, or is no encoder whose layers are known.
    """
    _keep(model, count, lambda _: list(range(count)))


def _keep(model: PreTrainedModel, count: int, places: Callable[[int], list[int]]) -> None:
    import torch

    body: Any = getattr(model.base_model, "encoder", None)
    layers: Any = getattr(body, "layer", None)
    if layers is None:
        raise EncoderError(
            "the layers of this architecture are not known",
            where="encoder.layers",
            found=type(model).__name__,
            expected="one like BERT, with encoder.layer",
        )
    if count > len(layers):
        raise EncoderError(
            "the encoder has fewer layers",
            where="encoder.layers",
            found=str(len(layers)),
            expected=str(count),
        )
    body.layer = torch.nn.ModuleList([layers[place] for place in places(len(layers))])
    model.config.num_hidden_layers = count
