"""Eight bits: embedding rows, outlier layers, and what is spared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnx.reference
import onnxruntime
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from onnx import helper, numpy_helper

from ie_model.tagging.backends import OnnxBackend, TorchBackend
from ie_model.tagging.export import export_onnx, export_onnx_int8
from ie_model.tagging.quantise import (
    BLOCK,
    MOST_SPARED,
    block_codes,
    matrix_of_blocks,
    outlier_layers,
    quantise,
    quantise_by_blocks,
    quantise_embedding_rows,
    row_codes,
)

FINITE = st.floats(-1e3, 1e3, width=32)


@example(np.array([[9.25e-43]], np.float32))
@given(arrays.arrays(np.float32, arrays.array_shapes(min_dims=2, max_dims=2, max_side=8), elements=FINITE))
def test_a_row_comes_back_within_half_a_step_of_its_own_scale(table: np.ndarray) -> None:
    codes, scales = row_codes(table)
    assert codes.dtype == np.int8
    assert scales.shape == (len(table), 1)
    assert (np.abs(codes * scales - table) <= scales * 0.5001).all()


def test_a_row_of_zeros_stays_zero() -> None:
    codes, scales = row_codes(np.zeros((1, 4), np.float32))
    assert (codes * scales == 0).all()


def test_only_the_largest_table_is_replaced_and_lookups_stay_close() -> None:
    tables = {
        "words": np.linspace(-1, 1, 60, dtype=np.float32).reshape(20, 3),
        "kinds": np.eye(2, dtype=np.float32),
    }
    nodes = [helper.make_node("Gather", [name, "ids"], [f"{name}.out"]) for name in tables]
    ids = helper.make_tensor_value_info("ids", onnx.TensorProto.INT64, [2])
    outputs = [
        helper.make_tensor_value_info(f"{name}.out", onnx.TensorProto.FLOAT, [2, None]) for name in tables
    ]
    stored = [numpy_helper.from_array(table, name) for name, table in tables.items()]
    model = helper.make_model(helper.make_graph(nodes, "lookups", [ids], outputs, stored))
    quantise_embedding_rows(model)
    names = {item.name for item in model.graph.initializer}
    assert names == {"words.codes", "words.scales", "kinds"}
    values = onnx.reference.ReferenceEvaluator(model).run(None, {"ids": np.array([0, 1])})
    np.testing.assert_allclose(values[0], tables["words"][[0, 1]], atol=1 / 127)
    np.testing.assert_array_equal(values[1], tables["kinds"])


class Layers(torch.nn.Module):
    """An embedding and six linear layers, some of which see one huge value."""

    def __init__(self, huge: dict[int, float]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embed = torch.nn.Embedding(10, 4096)
        self.layers = torch.nn.ModuleList(torch.nn.Linear(4096, 1) for _ in range(6))
        self.huge = huge

    def forward(self, input_ids: torch.Tensor) -> None:
        for place, layer in enumerate(self.layers):
            inputs = self.embed(input_ids).clone()
            inputs[0, 0, 0] = self.huge.get(place, 0.0)
            layer(inputs)


@pytest.mark.parametrize(
    ("huge", "expected"),
    [
        pytest.param({}, [], id="no outlier, no layer"),
        pytest.param({1: 1e4, 4: 1e3}, ["layers.1", "layers.4"], id="the worst first"),
    ],
)
def test_layers_with_outliers_are_found(huge: dict[int, float], expected: list[str]) -> None:
    assert outlier_layers(Layers(huge).eval(), [[1, 2, 3]]) == expected


def test_no_more_layers_are_spared_than_allowed() -> None:
    assert len(outlier_layers(Layers(dict.fromkeys(range(6), 1e4)).eval(), [[1, 2, 3]])) == MOST_SPARED


def test_nothing_is_found_without_windows() -> None:
    assert outlier_layers(Layers({0: 1e4}).eval(), []) == []


def test_a_spared_layer_is_done_by_blocks_and_the_rest_is_not(tiny_checkpoint: Path, tmp_path: Path) -> None:
    plain, spared = tmp_path / "plain.onnx", tmp_path / "spared.onnx"
    export_onnx(tiny_checkpoint, plain)
    base = "bert.encoder.layer.0.output.dense"
    quantise(plain, spared, spared=[base])
    graph = onnx.load(str(spared)).graph
    by_blocks = [node.name for node in graph.node if node.op_type == "MatMulNBits"]
    assert by_blocks == ["/model/" + base.replace(".", "/").replace("layer/0", "layer.0") + "/MatMul"]
    assert any(node.op_type == "MatMulInteger" for node in graph.node)
    assert spared.stat().st_size < plain.stat().st_size


@given(
    arrays.arrays(np.float32, st.tuples(st.integers(1, 2 * BLOCK + 3), st.integers(1, 4)), elements=FINITE)
)
def test_a_matrix_comes_back_from_its_blocks(matrix: np.ndarray) -> None:
    codes, scales = block_codes(matrix)
    assert codes.shape[1:] == (scales.shape[1], BLOCK)
    back = matrix_of_blocks(codes, scales, len(matrix))
    assert back.shape == matrix.shape
    assert (np.abs(back - matrix) <= 0.5001 * scales.max(axis=1)).all()


def test_a_large_value_spoils_its_own_block_alone() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(4 * BLOCK, 64)).astype(np.float32)
    matrix[:BLOCK] = 0
    values = rng.normal(size=(5, 4 * BLOCK)).astype(np.float32)
    values[:, 0] = 1e4  # with one scale for all, whatever is below 39 would be zero
    ends = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [5, width])
        for name, width in (("x", len(matrix)), ("y", 64))
    ]
    product = helper.make_node("MatMul", ["x", "w"], ["y"])
    graph = helper.make_graph(
        [product], "product", ends[:1], ends[1:], [numpy_helper.from_array(matrix, "w")]
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    quantise_by_blocks(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"x": values})
    assert np.abs(found - values @ matrix).max() < 0.02 * np.abs(values @ matrix).max()


def test_eight_bits_stay_close_to_the_model(tiny_checkpoint: Path, tmp_path: Path) -> None:
    window = list(range(5, 40))
    export_onnx_int8(tiny_checkpoint, tmp_path / "model.onnx", sample=[window])
    (small,) = OnnxBackend(tmp_path / "model.onnx").run([window])
    (full,) = TorchBackend(tiny_checkpoint).run([window])
    assert small.states is None
    assert np.abs(small.logits - full.logits).max() < 0.1 * np.abs(full.logits).max()
