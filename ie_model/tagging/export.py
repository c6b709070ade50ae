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


def export_onnx_int8(checkpoint: Path, target: Path, *, sample: Sequence[Sequence[int]] = ()) -> None:
    """Write the checkpoint in folder ``checkpoint`` as an 8-bit ONNX file ``target``.

    The graph takes ``input_ids`` and ``attention_mask``, both int64 of shape (windows, tokens), and gives
    ``logits``, float32 of shape (windows, tokens, classes).

    Args:
        checkpoint: A folder that transformers opens.
        target: The file to write.
        sample: Windows of token ids that show which layers 8 bits would hurt; none: all are quantised.

    Raises:
        ModelError: The folder holds no checkpoint.
        MissingExtraError: The extra ``train`` is not installed.
    """
    model = _load(checkpoint)
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "plain.onnx"
        _trace(model, plain)
        quantise(plain, target, spared=outlier_layers(model, sample))


def export_onnx(checkpoint: Path, target: Path) -> None:
    """Write the checkpoint as a float32 ONNX file; see :func:`export_onnx_int8`."""
    _trace(_load(checkpoint), target)


def _load(checkpoint: Path) -> Any:
    transformers = import_transformers()
    try:
        model = transformers.AutoModelForTokenClassification.from_pretrained(
            checkpoint, trust_remote_code=False, use_safetensors=True, attn_implementation="eager"
        )
    except load_errors() as error:
        raise ModelError("no trained model", where=str(checkpoint), found=str(error)) from error
    return model.eval()


def _trace(model: Any, target: Path) -> None:
    import torch

    ids = torch.randint(5, 50, (2, _EXAMPLE_TOKENS))
    axes = {0: "windows", 1: "tokens"}
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # tracing warns of every shape that becomes a constant
        torch.onnx.export(
            _logits_only(model).eval(),
            (ids, torch.ones_like(ids)),
            str(target),
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "logits": axes},
            opset_version=OPSET,
            dynamo=False,
        )


def _logits_only(model: Any) -> Any:
    import torch

    class LogitsOnly(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.model(input_ids=input_ids, attention_mask=attention_mask).logits
            return logits

    return LogitsOnly()
