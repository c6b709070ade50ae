"""A release's ONNX graph in the form that OpenVINO multiplies in 8 bits.

ONNX Runtime's 8-bit products spell out how inputs are quantised. OpenVINO wants a plain product whose matrix
is dequantised in the graph; it then keeps the codes, and quantises inputs by itself, by token and group.

Layers that a release does by blocks (:mod:`ie_model.tagging.quantise`) get one scale an output channel here,
as all others have: OpenVINO gives inputs a scale a group anyway, which is what those layers need.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ie_model.errors import ModelError
from ie_model.extras import require
from ie_model.tagging.quantise import row_codes
from ie_model.tagging.restoring import constant_matrix

EXTRA: Final = "openvino"


def plain_products(path: Path) -> bytes:
    """Return the model in ``path``, serialised, with every constant matrix behind a ``DequantizeLinear``.

    Raises:
        ModelError: The file is missing or no ONNX model.
        MissingExtraError: The extra ``openvino`` is not installed.
    """
    require(EXTRA, "onnx")
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        model = onnx.load(str(path))
    except (OSError, DecodeError) as error:
        raise ModelError("no ONNX model", where=str(path), found=str(error)) from error
    graph = model.graph
    arrays = {item.name: onnx.numpy_helper.to_array(item) for item in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    nodes: list[Any] = []
    for node in graph.node:
        found = _product_behind(node, makers)
        matrix = None if found is None else constant_matrix(found, arrays)
        if found is None or matrix is None:
            nodes.append(node)
            continue
        codes, scales = row_codes(np.ascontiguousarray(matrix.T))
        nodes += _plain(graph, node, _inputs_of(found, makers), codes.T, scales[:, 0])
    kept = _needed(nodes, [output.name for output in graph.output])
    used = {name for node in kept for name in node.input}
    constants = [item for item in graph.initializer if item.name in used]
    for field, items in ((graph.node, kept), (graph.initializer, constants)):
        del field[:]
        field.extend(items)
    serialised: bytes = model.SerializeToString()
    return serialised


def _product_behind(node: Any, makers: dict[str, Any]) -> Any | None:
    """Return the product whose result ``node`` gives in float32; None where it gives none.

    ``MatMulInteger`` gives integers: its product is done behind a cast and the multiplication by scales.
    """
    if node.op_type in ("MatMul", "MatMulNBits"):
        return node
    if node.op_type != "Mul":
        return None
    cast = makers.get(node.input[0])
    found = makers.get(cast.input[0]) if cast is not None and cast.op_type == "Cast" else None
    return found if found is not None and found.op_type == "MatMulInteger" else None


def _inputs_of(product: Any, makers: dict[str, Any]) -> str:
    """Return the name of the float32 values that ``product`` multiplies by its matrix."""
    name: str = product.input[0]
    if product.op_type == "MatMulInteger":
        name = makers[name].input[0]  # the input of the DynamicQuantizeLinear before it
    return name


def _plain(
    graph: Any, node: Any, inputs: str, codes: npt.NDArray[np.int8], scales: npt.NDArray[np.float32]
) -> list[Any]:
    """Return the nodes that give what ``node`` gives, and add their constants to ``graph``."""
    from onnx import helper, numpy_helper

    base = f"{node.name or node.output[0]}.plain"
    constants: dict[str, npt.NDArray[Any]] = {
        f"{base}.codes": np.ascontiguousarray(codes),
        f"{base}.scales": scales,
        f"{base}.zeros": np.zeros(len(scales), np.int8),
    }
    graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in constants.items())
    return [
        helper.make_node("DequantizeLinear", list(constants), [f"{base}.matrix"], axis=1),
        helper.make_node("MatMul", [inputs, f"{base}.matrix"], list(node.output), name=base),
    ]


def _needed(nodes: list[Any], outputs: list[str]) -> list[Any]:
    """Return the nodes that ``outputs`` depend on, in order."""
    needed, kept = set(outputs), []
    for node in reversed(nodes):
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    return kept[::-1]
