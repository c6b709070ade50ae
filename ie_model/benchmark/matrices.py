"""How fast one core multiplies matrices at all, and how much of that the encoder reaches.

The peak is measured, not read off a data sheet: the best of numpy and ONNX Runtime over matrix products of
the encoder's shapes and one large square. An operation is a multiplication or an addition: a product of
``m × k`` by ``k × n`` takes ``2 m k n``.

Trade-off: the peak is of whole products in a loop, with their operands warm in the cache, so a real encoder
cannot reach it; what is left beside it is attention, normalising, moving between 8 bits and full precision.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from ie_model.benchmark.figures import shortened
from ie_model.extras import require
from ie_model.model_folder import SHIPPED, read_manifest
from ie_model.tagging.backends import ONNX_FILE, OnnxBackend
from ie_model.tagging.dataset import with_special
from ie_model.tagging.encoders import special_ids
from ie_model.tagging.encoding import encode_article
from ie_model.tagging.tokenizers import load_tokenizer
from ie_model.tagging.windows import cut_windows

SHAPES: Final = ((256, 384, 1536), (256, 1536, 384), (256, 384, 384), (1536, 1536, 1536))
"""``m, k, n``: the products of a window of 256 tokens in the default encoder, and a large square."""
_SECONDS: Final = 0.3
"""How long each product is repeated; the fastest counts."""
_GIGA: Final = 1e9
_OPSET: Final = 17
_IR: Final = 8
_PRODUCTS: Final = frozenset({"MatMul", "MatMulInteger", "Gemm", "DynamicQuantizeMatMul"})


class EncoderSize(NamedTuple):
    """What one window costs: operations of the weights for each token, and of attention for each pair."""

    per_token: int
    per_pair: int

    def operations(self, tokens: int) -> int:
        """Return the operations of a window of ``tokens``."""
        return self.per_token * tokens + self.per_pair * tokens * tokens


class MatrixSide:
    """Measures in a process of its own, on one core.

    Args:
        model: Folder of a release; None for the shipped one.

    Raises:
        MissingExtraError: ``onnx`` is not installed.
    """

    def __init__(self, model: str | None) -> None:
        require("train", "onnxruntime")
        self._folder = SHIPPED if model is None else Path(model)

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return peaks, the encoder's operations a second and its share of the peaks.

        Args:
            request: ``text``, the windows of which the encoder runs over.
        """
        rows = [row for shape in SHAPES for row in measure_products(*shape)]
        peaks = {kind: max(r["gigaops"] for r in rows if r["kind"] == kind) for kind in ("fp32", "int8")}
        reached = self._encoder_gigaops(request["text"])
        return {
            "products": rows,
            "peak_fp32_gigaops": peaks["fp32"],
            "peak_int8_gigaops": peaks["int8"],
            "encoder_gigaops": reached,
            "share_of_fp32_peak": shortened(reached / peaks["fp32"]),
            "share_of_int8_peak": shortened(reached / peaks["int8"]),
        }

    def _encoder_gigaops(self, text: str) -> float:
        manifest = read_manifest(self._folder)
        tokenizer = load_tokenizer(self._folder)
        article = encode_article(text, tokenizer)
        cut = cut_windows(article, tokens=manifest.windows.tokens, overlap=manifest.windows.overlap)
        windows = [with_special(article.ids[w.start : w.end], special_ids(tokenizer)) for w in cut]
        backend = OnnxBackend(self._folder / ONNX_FILE)
        size = encoder_size(self._folder / ONNX_FILE)
        operations = sum(size.operations(len(window)) for window in windows)
        return shortened(operations / _fastest(lambda: backend.run(windows)) / _GIGA)


def encoder_size(path: Path) -> EncoderSize:
    """Return the operations of the matrix products in an ONNX model, from the shapes of its weights.

    A product of two computed matrices is attention's; its inner width, over all heads, is the commonest
    width that the weights take in.
    """
    import onnx

    graph = onnx.load(str(path), load_external_data=False).graph
    shapes = {one.name: tuple(one.dims) for one in graph.initializer if len(one.dims) == 2}
    weights: list[tuple[int, int]] = []
    computed = 0
    for node in graph.node:
        if node.op_type in _PRODUCTS:
            shape = shapes.get(node.input[1])
            if shape is None:
                computed += 1
            else:
                weights.append((int(shape[0]), int(shape[1])))
    width = Counter(inner for inner, _ in weights).most_common(1)[0][0] if weights else 0
    return EncoderSize(sum(2 * inner * outer for inner, outer in weights), 2 * width * computed)


def measure_products(m: int, k: int, n: int) -> list[dict[str, Any]]:
    """Return the thousand million operations a second of each way to multiply ``m × k`` by ``k × n``."""
    rng = np.random.default_rng(0)
    left = rng.standard_normal((m, k), dtype=np.float32)
    right = rng.standard_normal((k, n), dtype=np.float32)
    small = rng.integers(0, 256, (m, k), dtype=np.uint8)
    weight = rng.integers(-127, 128, (k, n), dtype=np.int8)
    ways: dict[tuple[str, str], Callable[[], object]] = {
        ("fp32", "numpy matmul"): lambda: left @ right,
        ("fp32", "MatMul"): _runner(["MatMul"], right, left),
        ("int8", "MatMulInteger"): _runner(["MatMulInteger"], weight, small),
        ("int8", "DynamicQuantizeLinear, MatMulInteger"): _runner(
            ["DynamicQuantizeLinear", "MatMulInteger"], weight, left
        ),
    }
    return [
        {
            "kind": kind,
            "way": way,
            "shape": [m, k, n],
            "gigaops": shortened(2 * m * k * n / _fastest(run) / _GIGA),
        }
        for (kind, way), run in ways.items()
    ]


def _fastest(run: Callable[[], object]) -> float:
    """Return the seconds of the fastest of several runs."""
    run()
    least, until = float("inf"), time.perf_counter() + _SECONDS
    while time.perf_counter() < until:
        began = time.perf_counter()
        run()
        least = min(least, time.perf_counter() - began)
    return least


def _runner(steps: list[str], weight: Any, given: Any) -> Callable[[], object]:
    """Return what runs a model of these steps, with ``weight`` stored in it, on one thread."""
    import onnx
    import onnxruntime as ort
    from onnx import TensorProto, helper, numpy_helper

    types = {"float32": TensorProto.FLOAT, "uint8": TensorProto.UINT8}
    nodes = [helper.make_node(steps[-1], ["small" if len(steps) > 1 else "given", "weight"], ["product"])]
    if len(steps) > 1:
        nodes.insert(0, helper.make_node(steps[0], ["given"], ["small", "scale", "zero"]))
    result = TensorProto.FLOAT if steps[-1] == "MatMul" else TensorProto.INT32
    graph = helper.make_graph(
        nodes,
        "product",
        [helper.make_tensor_value_info("given", types[str(given.dtype)], list(given.shape))],
        [helper.make_tensor_value_info("product", result, [given.shape[0], weight.shape[1]])],
        [numpy_helper.from_array(weight, "weight")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
    onnx.checker.check_model(model)
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"given": given})
