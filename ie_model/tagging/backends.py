"""What computes token scores: ONNX Runtime for a release, torch for a model folder still in training form.

Trade-off: windows run one at a time, without padding. Dynamic int8 quantisation takes its scale from the
whole input of a matrix product, so what shares a batch would change the scores; alone, a window's scores
depend on nothing but the window, and output is the same whatever the batch size and number of workers.
Parallelism comes from several windows at once (ONNX Runtime frees the interpreter while it computes).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ie_model.errors import ModelError
from ie_model.tagging.encoders import import_transformers, load_errors
from ie_model.tagging.student import cut_above

ONNX_FILE: Final = "model.onnx"

Logits = npt.NDArray[np.float32]
States = npt.NDArray[np.float32]


class WindowOutput(NamedTuple):
    """What a model says of one window, special tokens included.

    ``logits`` has shape (tokens, classes); ``states``, hidden states of one layer for the linker, shape
    (tokens, width), None where the model gives none.
    """

    logits: Logits
    states: States | None = None


class Backend(Protocol):
    """Computes scores of windows."""

    def run(self, windows: Sequence[Sequence[int]]) -> list[WindowOutput]:
        """Return the output of each window of token ids."""


class OnnxBackend:
    """ONNX Runtime on the processor, one thread a window, ``threads`` windows at once.

    Raises:
        ModelError: The file is missing or no model.
    """

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        import onnxruntime as ort

        if not path.is_file():
            raise ModelError("no ONNX model", where=str(path), mend="Make a release: ie-model release MODEL")
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime's own exceptions share no public base
            raise ModelError("the ONNX model is damaged", where=str(path), found=str(error)) from error
        self._threads = threads
        given = {output.name for output in self._session.get_outputs()}
        self._outputs = [name for name in ("logits", "states") if name in given]

    def run(self, windows: Sequence[Sequence[int]]) -> list[WindowOutput]:
        """See :class:`Backend`."""
        return run_each(self._run, windows, self._threads)

    def _run(self, window: Sequence[int]) -> WindowOutput:
        ids = np.asarray([window], dtype=np.int64)
        found = self._session.run(self._outputs, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        return WindowOutput(*(array[0] for array in found))


def run_each(
    run: Callable[[Sequence[int]], WindowOutput], windows: Sequence[Sequence[int]], threads: int
) -> list[WindowOutput]:
    """Return what ``run`` gives for each window, in order, ``threads`` windows at once."""
    if threads == 1 or len(windows) < 2:
        return [run(window) for window in windows]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, windows))


class TorchBackend:
    """A token classification checkpoint in full precision.

    Args:
        folder: What transformers opens.
        state_layer: The layer whose states are given; None for none.

    Raises:
        ModelError: The folder holds no such checkpoint.
        MissingExtraError: The extra ``train`` is not installed.
    """

    def __init__(self, folder: Path, *, state_layer: int | None = None) -> None:
        transformers = import_transformers()
        try:
            model = transformers.AutoModelForTokenClassification.from_pretrained(
                folder, trust_remote_code=False, use_safetensors=True, local_files_only=True
            )
        except load_errors() as error:
            raise ModelError("no trained model", where=str(folder), found=str(error)) from error
        self._model: Any = model.eval()
        self._layer = state_layer

    def run(self, windows: Sequence[Sequence[int]]) -> list[WindowOutput]:
        """See :class:`Backend`."""
        import torch

        with torch.inference_mode():
            return [self._run(torch.tensor([list(window)])) for window in windows]

    def _run(self, ids: Any) -> WindowOutput:
        wanted = self._layer is not None
        found = self._model(
            input_ids=ids, attention_mask=ids.new_ones(ids.shape), output_hidden_states=wanted
        )
        logits = found.logits[0].float().numpy()
        return WindowOutput(logits, found.hidden_states[self._layer][0].float().numpy() if wanted else None)


class StateBackend(TorchBackend):
    """The layers of a checkpoint up to the one whose states are asked for, and nothing above them.

    The same states as :class:`TorchBackend` gives, in less time (layer 5 of 12: 0.42 of it); logits are not
    what the model would say. An architecture whose layers are not known runs whole.

    Args:
        folder: What transformers opens.
        layer: The layer whose states are given.

    Raises:
        ModelError: The folder holds no such checkpoint.
        MissingExtraError: The extra ``train`` is not installed.
    """

    def __init__(self, folder: Path, *, layer: int) -> None:
        super().__init__(folder, state_layer=layer)
        cut_above(self._model, layer)
