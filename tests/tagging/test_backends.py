"""Backends: a window's scores depend on nothing but the window; damage is told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ie_model.config import LinkerConfig
from ie_model.errors import ModelError
from ie_model.extractor import Extractor
from ie_model.model_folder import read_manifest
from ie_model.modelling.linkers import state_layer_of
from ie_model.tagging.backends import ONNX_FILE, OnnxBackend, StateBackend, TorchBackend, WindowOutput

WINDOWS = [[0, *range(5, 5 + length), 2] for length in (1, 30, 7, 90, 30, 2)]


@pytest.fixture
def onnx(tiny_release: Path) -> OnnxBackend:
    return OnnxBackend(tiny_release / ONNX_FILE)


def as_bytes(output: WindowOutput) -> tuple[bytes, bytes]:
    assert output.states is not None
    return output.logits.tobytes(), output.states.tobytes()


def test_both_models_give_the_states_of_the_same_layer(onnx: OnnxBackend, tiny_checkpoint: Path) -> None:
    layer = read_manifest(tiny_checkpoint).state_layer
    assert layer is not None
    for small, full in zip(
        onnx.run(WINDOWS), TorchBackend(tiny_checkpoint, state_layer=layer).run(WINDOWS), strict=True
    ):
        assert small.states is not None
        assert full.states is not None
        assert small.states.shape == full.states.shape
        assert np.abs(small.states - full.states).max() < 0.1 * np.abs(full.states).max()


def test_states_come_without_the_layers_above(tiny_checkpoint: Path) -> None:
    whole, lower = TorchBackend(tiny_checkpoint, state_layer=1), StateBackend(tiny_checkpoint, layer=1)
    for full, cut in zip(whole.run(WINDOWS), lower.run(WINDOWS), strict=True):
        assert full.states is not None
        assert cut.states is not None
        np.testing.assert_array_equal(full.states, cut.states)
    layers = read_config(tiny_checkpoint)["num_hidden_layers"]
    assert layers > 1, "there is a layer to leave out"


def test_an_architecture_whose_layers_are_not_known_runs_whole(tmp_path: Path) -> None:
    from transformers import DistilBertConfig, DistilBertForTokenClassification

    config = DistilBertConfig(vocab_size=100, dim=16, n_layers=2, n_heads=2, hidden_dim=16, num_labels=9)
    DistilBertForTokenClassification(config).save_pretrained(tmp_path)
    whole, lower = TorchBackend(tmp_path, state_layer=1), StateBackend(tmp_path, layer=1)
    for full, cut in zip(whole.run(WINDOWS), lower.run(WINDOWS), strict=True):
        np.testing.assert_array_equal(full.states, cut.states)
    assert state_layer_of(tmp_path, LinkerConfig(state_layer=5)) == 2, "n_layers in its file"


def read_config(checkpoint: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((checkpoint / "config.json").read_text(encoding="utf-8"))
    return config


def test_no_layer_no_states(tiny_checkpoint: Path) -> None:
    assert [output.states for output in TorchBackend(tiny_checkpoint).run(WINDOWS)] == [None] * len(WINDOWS)


def test_scores_have_a_row_a_token_and_a_column_a_class(onnx: OnnxBackend) -> None:
    assert [output.logits.shape for output in onnx.run(WINDOWS)] == [(len(window), 9) for window in WINDOWS]
    assert onnx.run([]) == []


def test_a_window_alone_scores_bitwise_as_among_others(onnx: OnnxBackend) -> None:
    together = onnx.run(WINDOWS)
    for window, output in zip(WINDOWS, together, strict=True):
        (alone,) = onnx.run([window])
        assert as_bytes(alone) == as_bytes(output)
    backwards = onnx.run(WINDOWS[::-1])[::-1]
    assert list(map(as_bytes, backwards)) == list(map(as_bytes, together))


@pytest.mark.parametrize("threads", [2, 5])
def test_threads_change_nothing(onnx: OnnxBackend, tiny_release: Path, threads: int) -> None:
    threaded = OnnxBackend(tiny_release / ONNX_FILE, threads=threads)
    assert list(map(as_bytes, threaded.run(WINDOWS))) == list(map(as_bytes, onnx.run(WINDOWS)))


def test_8_bits_are_near_full_precision(onnx: OnnxBackend, tiny_checkpoint: Path) -> None:
    full = np.concatenate([output.logits for output in TorchBackend(tiny_checkpoint).run(WINDOWS)])
    small = np.concatenate([output.logits for output in onnx.run(WINDOWS)])
    assert np.abs(full - small).max() < 0.1 * np.abs(full).max()
    assert (full.argmax(-1) == small.argmax(-1)).mean() > 0.95


@pytest.mark.parametrize("content", [b"", b"no model"])
def test_a_damaged_onnx_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ONNX_FILE).write_bytes(content)
    with pytest.raises(ModelError, match="damaged") as caught:
        OnnxBackend(tmp_path / ONNX_FILE)
    assert caught.value.where == str(tmp_path / ONNX_FILE)


def test_a_missing_onnx_file_is_told_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="ie-model release"):
        OnnxBackend(tmp_path / ONNX_FILE)


def test_no_checkpoint_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no trained model") as caught:
        TorchBackend(tmp_path)
    assert caught.value.where == str(tmp_path)


def test_a_checkpoint_with_damaged_weights_is_told(tmp_path: Path, tiny_checkpoint: Path) -> None:
    (tmp_path / "config.json").write_bytes((tiny_checkpoint / "config.json").read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"cut")
    with pytest.raises(ModelError, match="no trained model"):
        TorchBackend(tmp_path)


def test_a_release_with_a_changed_file_is_refused(tmp_path: Path, tiny_release: Path) -> None:
    for path in tiny_release.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    Extractor.load(tmp_path)
    with (tmp_path / ONNX_FILE).open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ModelError, match="damaged"):
        Extractor.load(tmp_path)


def test_a_release_predicts_without_torch_and_transformers(tiny_release: Path) -> None:
    program = (
        "import sys; from ie_model import Extractor\n"
        f"Extractor.load({str(tiny_release)!r}).extract('بانک سپه ۵۰ میلیارد تومان پرداخت کرد.')\n"
        "heavy = {'torch', 'transformers', 'datasets', 'sklearn', 'safetensors', 'onnx'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    root = str(Path(__file__).parents[2])
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root, timeout=300
    )
    assert result.stdout.strip() == "[]"
