"""Eight bits: embedding rows, outlier layers, and what is spared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnx.reference
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from onnx import helper, numpy_helper

from ie_model.tagging.backends import OnnxBackend, TorchBackend
from ie_model.tagging.export import export_onnx, export_onnx_int8
from ie_model.tagging.quantise import (
    MOST_SPARED,
    outlier_layers,
    quantise,
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


def test_a_spared_layer_keeps_its_weights_and_the_rest_is_in_eight_bits(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    plain, all_small, spared = (tmp_path / name for name in ("plain.onnx", "all.onnx", "spared.onnx"))
    export_onnx(tiny_checkpoint, plain)
    quantise(plain, all_small)
    base = "bert.encoder.layer.0.output.dense"
    quantise(plain, spared, spared=[base])

    def float_matrices(path: Path) -> int:
        tensors = onnx.load(str(path)).graph.initializer
        return sum(
            len(t.dims) == 2 and t.data_type == onnx.TensorProto.FLOAT and min(t.dims) > 8 for t in tensors
        )

    assert float_matrices(spared) == float_matrices(all_small) + 1
    assert all_small.stat().st_size < spared.stat().st_size < plain.stat().st_size


def test_eight_bits_stay_close_to_the_model(tiny_checkpoint: Path, tmp_path: Path) -> None:
    window = list(range(5, 40))
    export_onnx_int8(tiny_checkpoint, tmp_path / "model.onnx", sample=[window])
    (small,) = OnnxBackend(tmp_path / "model.onnx").run([window])
    (full,) = TorchBackend(tiny_checkpoint).run([window])
    assert small.states is None
    assert np.abs(small.logits - full.logits).max() < 0.1 * np.abs(full.logits).max()
