"""Token scores by OpenVINO (extra ``openvino``); when to take it: :mod:`ie_model.tagging.runtimes`.

Windows run one at a time, as with ONNX Runtime. Each is padded to a multiple of :data:`STEP` tokens, because
OpenVINO prepares itself anew for each length that it meets: with 16 lengths in the place of 254 the same
windows take a ninth less time. Padding is masked, and depends on nothing but the window.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

import numpy as np

from ie_model.errors import ModelError
from ie_model.extras import require
from ie_model.tagging.backends import WindowOutput, run_each
from ie_model.tagging.openvino_graph import EXTRA, plain_products

STEP: Final = 16
"""Windows are padded to a multiple of so many tokens."""
GROUP: Final = 128
"""Input values of a token that share a scale. 32 are 0.01 % of the tokens closer, and slower."""


class OpenVinoBackend:
    """OpenVINO on the processor, one thread a window, ``threads`` windows at once.

    Raises:
        ModelError: The file is missing, or no model that OpenVINO reads.
        MissingExtraError: The extra ``openvino`` is not installed.
    """

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        require(EXTRA, "openvino")
        import openvino

        graph = plain_products(path)
        core = openvino.Core()
        settings = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": threads,
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": GROUP,
            "INFERENCE_PRECISION_HINT": _precision(core),
        }
        try:
            model = core.compile_model(core.read_model(graph), "CPU", settings)
        except Exception as error:  # the runtime's own exceptions share no public base
            raise ModelError(
                "OpenVINO cannot run the model", where=str(path), found=str(error), mend="Take onnxruntime."
            ) from error
        self._threads = threads
        given = {output.get_any_name() for output in model.outputs}
        self._outputs = [name for name in ("logits", "states") if name in given]
        self._requests: SimpleQueue[Any] = SimpleQueue()
        for _ in range(threads):
            self._requests.put(model.create_infer_request())

    def run(self, windows: Sequence[Sequence[int]]) -> list[WindowOutput]:
        """See :class:`ie_model.tagging.backends.Backend`."""
        return run_each(self._run, windows, self._threads)

    def _run(self, window: Sequence[int]) -> WindowOutput:
        tokens = len(window)
        ids = np.zeros((1, -(-tokens // STEP) * STEP), dtype=np.int64)
        ids[0, :tokens] = window
        mask = np.zeros_like(ids)
        mask[0, :tokens] = 1
        request = self._requests.get()
        try:
            request.infer({"input_ids": ids, "attention_mask": mask})
            # Copied: the request writes its next window into the same memory.
            found = [request.get_tensor(name).data[0, :tokens].copy() for name in self._outputs]
        finally:
            self._requests.put(request)
        return WindowOutput(*found)


def _precision(core: Any) -> str:
    """Return bf16 where the processor computes in it; there it is the faster, at the same closeness."""
    return "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
