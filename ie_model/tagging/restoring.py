"""The weights of an 8-bit ONNX model, back in full precision under the names that transformers gives them.

So whoever has a release alone can open its encoder in every tool of that house, and benchmarks can compare
with the very same weights. What 8 bits have rounded away does not come back: a weight is as the release
multiplies it, at most half a step of its channel from the one that training wrote.

The inverse of :mod:`ie_model.tagging.quantise`, over graphs that :mod:`ie_model.tagging.export` traced: a
node is named by its module, «/model/bert/encoder/layer.0/output/dense/MatMul», and multiplies by the weight
transposed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ie_model.errors import ModelError
from ie_model.extras import require
from ie_model.tagging.quantise import matrix_of_blocks

Weights = dict[str, npt.NDArray[np.float32]]

_ROOT: Final = "model."
_CODES, _SCALES = ".codes", ".scales"
_PRODUCTS: Final = frozenset({"MatMul", "MatMulInteger", "MatMulNBits", "Gemm"})


def restore_weights(path: Path) -> Weights:
    """Return every weight of the model in ``path`` by its name in the checkpoint.

    Raises:
        ModelError: The file is missing or no ONNX model.
        MissingExtraError: The extra ``train`` is not installed.
    """
    require("train", "onnx")
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        graph = onnx.load(str(path)).graph
    except (OSError, DecodeError) as error:
        raise ModelError("no ONNX model", where=str(path), found=str(error)) from error
    arrays = {item.name: onnx.numpy_helper.to_array(item) for item in graph.initializer}
    weights = _named(arrays) | _tables(arrays)
    for node in graph.node:
        if node.op_type in _PRODUCTS:
            matrix = constant_matrix(node, arrays)
            if matrix is not None:
                weights[f"{_module(node.name)}.weight"] = np.ascontiguousarray(matrix.T)
    return weights


def _named(arrays: dict[str, npt.NDArray[Any]]) -> Weights:
    """Weights that the export leaves under their own name: biases, norms, small tables."""
    return {
        name.removeprefix(_ROOT): array
        for name, array in arrays.items()
        if name.startswith(_ROOT) and array.dtype == np.float32 and not name.endswith(_SCALES)
    }


def _tables(arrays: dict[str, npt.NDArray[Any]]) -> Weights:
    """Tables of 8-bit rows."""
    return {
        name.removesuffix(_CODES).removeprefix(_ROOT): (
            codes.astype(np.float32) * arrays[name.removesuffix(_CODES) + _SCALES]
        )
        for name, codes in arrays.items()
        if name.endswith(_CODES)
    }


def constant_matrix(node: Any, arrays: dict[str, npt.NDArray[Any]]) -> npt.NDArray[np.float32] | None:
    """Return the constant matrix of a product, shape (inputs, outputs); None where there is none.

    Args:
        node: A node of an ONNX graph, of one of the kinds that :mod:`ie_model.tagging.quantise` writes.
        arrays: The graph's constants by name.
    """
    name = node.input[1]
    codes = arrays.get(name)
    if codes is not None and node.op_type == "MatMulNBits":
        inputs = next(item.i for item in node.attribute if item.name == "K")
        return matrix_of_blocks(codes, arrays[node.input[2]], inputs)
    if codes is None or codes.ndim != 2:
        return None
    if not name.endswith("_quantized"):
        return codes.astype(np.float32)
    own = name.removesuffix("_quantized")
    zero, scale = arrays[f"{own}_zero_point"], arrays[f"{own}_scale"]
    whole: npt.NDArray[np.float32] = (codes.astype(np.float32) - zero.astype(np.float32)) * scale
    return whole


def _module(node: str) -> str:
    return node.removeprefix("/model/").rpartition("/")[0].replace("/", ".")
