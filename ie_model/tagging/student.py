"""A smaller student: an encoder of which only some layers are kept, evenly spread.

Trained as usual, a student of half the layers runs in half the time; what that costs in F1 is in
``docs/experiments.md``. Spreading the layers that stay is the start that DistilBERT takes too (Sanh et al.,
"DistilBERT, a distilled version of BERT", 2019).
"""

from __future__ import annotations

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
    import torch

    body = _body(model)
    if body is None:
        raise EncoderError(
            "the layers of this architecture are not known",
            where="encoder.layers",
            found=type(model).__name__,
            expected="one like BERT, with encoder.layer",
        )
    if count > len(body.layer):
        raise EncoderError(
            "the encoder has fewer layers",
            where="encoder.layers",
            found=str(len(body.layer)),
            expected=str(count),
        )
    body.layer = torch.nn.ModuleList([body.layer[place] for place in kept_layers(len(body.layer), count)])
    model.config.num_hidden_layers = count


def cut_above(model: PreTrainedModel, count: int) -> None:
    """Keep the ``count`` lowest layers of the model's encoder, in place; all where they are not known."""
    body = _body(model)
    if body is not None:
        body.layer = body.layer[:count]
        model.config.num_hidden_layers = len(body.layer)


def _body(model: PreTrainedModel) -> Any:
    """Return the part that holds the layers as ``layer``; None in an architecture unlike BERT."""
    body = getattr(model.base_model, "encoder", None)
    return body if hasattr(body, "layer") else None
