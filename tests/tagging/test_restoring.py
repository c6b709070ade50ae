"""Out of an 8-bit model come the weights it was made of, to half a step of each channel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from ie_model.errors import ModelError
from ie_model.tagging.export import export_onnx_int8
from ie_model.tagging.restoring import restore_weights


@pytest.mark.parametrize("spared", [False, True], ids=["all in 8 bits", "some layers spared"])
def test_every_weight_comes_back(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spared: bool
) -> None:
    if spared:
        monkeypatch.setattr("ie_model.tagging.quantise.OUTLIER_RATIO", 0.0)
    export_onnx_int8(tiny_checkpoint, tmp_path / "model.onnx", sample=[[0, 5, 6, 7, 2]], state_layer=1)
    trained = load_file(tiny_checkpoint / "model.safetensors")
    restored = restore_weights(tmp_path / "model.onnx")
    assert restored.keys() == trained.keys()
    for name, weight in trained.items():
        back = restored[name]
        assert (back.dtype, back.shape) == (np.float32, weight.shape), name
        # 8 bits: 254 steps from least to largest, of an output channel or a row.
        steps = np.abs(weight).max(axis=-1, keepdims=True) / 127
        assert (np.abs(back - weight) <= 0.51 * steps + 1e-7).all(), name


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no ONNX model"):
        restore_weights(tmp_path / "nothing.onnx")
    (tmp_path / "text.onnx").write_text("no model", encoding="utf-8")
    with pytest.raises(ModelError, match="no ONNX model"):
        restore_weights(tmp_path / "text.onnx")
