"""OpenVINO computes what the other runtimes compute, and each window for itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from ie_model.errors import MissingExtraError, ModelError
from ie_model.tagging.backends import OnnxBackend, TorchBackend
from ie_model.tagging.export import export_onnx, export_onnx_int8
from ie_model.tagging.openvino_backend import STEP, OpenVinoBackend
from ie_model.tagging.openvino_graph import plain_products

pytest.importorskip("openvino")

WINDOWS = [list(range(5, 5 + length)) for length in (1, STEP - 1, STEP, STEP + 1, 3 * STEP)]


@pytest.fixture(scope="module", params=["all alike", "some by blocks"])
def model(
    request: pytest.FixtureRequest, tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("openvino") / "model.onnx"
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "some by blocks":
            patch.setattr("ie_model.tagging.quantise.OUTLIER_RATIO", 0.0)
        export_onnx_int8(tiny_checkpoint, path, sample=[WINDOWS[-1]], state_layer=1)
    return path


def test_scores_and_states_are_those_of_the_checkpoint(model: Path, tiny_checkpoint: Path) -> None:
    found = OpenVinoBackend(model).run(WINDOWS)
    full = TorchBackend(tiny_checkpoint, state_layer=1).run(WINDOWS)
    for mine, theirs in zip(found, full, strict=True):
        assert mine.logits.shape == theirs.logits.shape
        assert mine.states is not None
        assert theirs.states is not None
        assert mine.states.shape == theirs.states.shape
        assert np.abs(mine.logits - theirs.logits).max() < 0.05 * np.abs(theirs.logits).max()
        assert np.abs(mine.states - theirs.states).max() < 0.05 * np.abs(theirs.states).max()


def test_a_window_does_not_depend_on_its_company(model: Path) -> None:
    together = OpenVinoBackend(model, threads=2).run(WINDOWS * 3)
    alone = OpenVinoBackend(model)
    for place, window in enumerate(WINDOWS * 3):
        (found,) = alone.run([window])
        np.testing.assert_array_equal(found.logits, together[place].logits)
        np.testing.assert_array_equal(found.states, together[place].states)


def test_a_model_without_states_gives_none(tiny_checkpoint: Path, tmp_path: Path) -> None:
    export_onnx(tiny_checkpoint, tmp_path / "model.onnx")
    (mine,) = OpenVinoBackend(tmp_path / "model.onnx").run([WINDOWS[0]])
    (theirs,) = OnnxBackend(tmp_path / "model.onnx").run([WINDOWS[0]])
    assert mine.states is None
    assert np.abs(mine.logits - theirs.logits).max() < 0.05 * np.abs(theirs.logits).max()


def test_every_constant_matrix_is_behind_its_codes(model: Path) -> None:
    graph = onnx.load_from_string(plain_products(model)).graph
    kinds = [node.op_type for node in graph.node]
    assert not {"MatMulInteger", "MatMulNBits", "DynamicQuantizeLinear"} & set(kinds)
    matrices = {node.output[0] for node in graph.node if node.op_type == "DequantizeLinear"}
    used = [node.input[1] for node in graph.node if node.op_type == "MatMul" and node.input[1] in matrices]
    assert sorted(used) == sorted(matrices)
    # Six products a layer, of which the tiny model has two, and the classifier.
    assert len(matrices) == 13
    constants = {item.name for item in graph.initializer}
    assert constants <= {name for node in graph.node for name in node.input}


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no ONNX model"):
        OpenVinoBackend(tmp_path / "nothing.onnx")
    (tmp_path / "text.onnx").write_text("no model", encoding="utf-8")
    with pytest.raises(ModelError, match="no ONNX model"):
        OpenVinoBackend(tmp_path / "text.onnx")


def test_without_the_package_the_extra_is_named(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ie_model.extras._is_there", lambda name: name != "openvino")
    with pytest.raises(MissingExtraError, match="openvino"):
        OpenVinoBackend(model)
