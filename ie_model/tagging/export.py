"""A trained checkpoint as ONNX: in float32, or in 8 bits as releases are.

The exporter that traces (``dynamo=False``) gives one file and ran 10 to 15 % faster than the other; both
match torch within 2e-5. Attention masks, not positions, tell padding; windows run unpadded anyway.

Trade-off: 8 bits make the file a third and the encoder two to three times as fast on a processor with
VNNI, and can cost much unnoticed: :mod:`ie_model.modelling.release` therefore compares the mentions
of both models and refuses a release that lost more than half a point. How: :mod:`ie_model.tagging.quantise`.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ie_model.errors import ModelError
from ie_model.tagging.encoders import import_transformers, load_errors
from ie_model.tagging.quantise import outlier_layers, quantise

OPSET: Final = 17
_EXAMPLE_TOKENS: Final = 16


def export_onnx_int8(
    checkpoint: Path,
    target: Path,
    *,
    sample: Sequence[Sequence[int]] = (),
    state_layer: int | None = None,
) -> None:
    """Write the checkpoint in folder ``checkpoint`` as an 8-bit ONNX file ``target``.

    The graph takes ``input_ids`` and ``attention_mask``, both int64 of shape (windows, tokens), and gives
    ``logits``, float32 of shape (windows, tokens, classes), and with ``state_layer`` also ``states``, float32
    of shape (windows, tokens, width).

    Args:
        checkpoint: A folder that transformers opens.
        target: The file to write.
        sample: Windows of token ids that show which layers 8 bits would hurt; none: all are quantised.
        state_layer: The layer whose hidden states are given out; None for none.

    Raises:
        ModelError: The folder holds no checkpoint.
        MissingExtraError: The extra ``train`` is not installed.
    """
    model = _load(checkpoint)
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "plain.onnx"
        _trace(model, plain, state_layer)
        quantise(plain, target, spared=outlier_layers(model, sample))


def export_onnx(checkpoint: Path, target: Path, *, state_layer: int | None = None) -> None:
    """Write the checkpoint as a float32 ONNX file; see :func:`export_onnx_int8`."""
    _trace(_load(checkpoint), target, state_layer)


def _load(checkpoint: Path) -> Any:
    transformers = import_transformers()
    try:
        model = transformers.AutoModelForTokenClassification.from_pretrained(
            checkpoint, trust_remote_code=False, use_safetensors=True, attn_implementation="eager"
        )
    except load_errors() as error:
        raise ModelError("no trained model", where=str(checkpoint), found=str(error)) from error
    return model.eval()


def _trace(model: Any, target: Path, state_layer: int | None) -> None:
    import torch

    ids = torch.randint(5, 50, (2, _EXAMPLE_TOKENS))
    axes = {0: "windows", 1: "tokens"}
    outputs = ["logits"] if state_layer is None else ["logits", "states"]
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # tracing warns of every shape that becomes a constant
        torch.onnx.export(
            _wrapped(model, state_layer).eval(),
            (ids, torch.ones_like(ids)),
            str(target),
            input_names=["input_ids", "attention_mask"],
            output_names=outputs,
            dynamic_axes=dict.fromkeys(("input_ids", "attention_mask", *outputs), axes),
            opset_version=OPSET,
            dynamo=False,
        )


def _wrapped(model: Any, state_layer: int | None) -> Any:
    import torch

    class Outputs(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
            wanted = state_layer is not None
            found = self.model(
                input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=wanted
            )
            return (found.logits, found.hidden_states[state_layer]) if wanted else (found.logits,)

    return Outputs()
