"""What computes token scores: ONNX Runtime for a release, torch for a model folder still in training form.

Trade-off: windows run one at a time, without padding. Dynamic int8 quantisation takes its scale from the
whole input of a matrix product, so what shares a batch would change the scores; alone, a window's scores
depend on nothing but the window, and output is the same whatever the batch size and number of workers.
Parallelism comes from several windows at once (ONNX Runtime frees the interpreter while it computes).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from ie_model.errors import ModelError
from ie_model.tagging.encoders import import_transformers, load_errors

ONNX_FILE: Final = "model.onnx"

Logits = npt.NDArray[np.float32]


class Backend(Protocol):
    """Computes logits of windows."""

    def logits(self, windows: Sequence[Sequence[int]]) -> list[Logits]:
        """Return one array of shape (tokens, classes) a window, special tokens included."""


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

    def logits(self, windows: Sequence[Sequence[int]]) -> list[Logits]:
        """See :class:`Backend`."""
        if self._threads == 1 or len(windows) < 2:
            return [self._run(window) for window in windows]
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(self._run, windows))

    def _run(self, window: Sequence[int]) -> Logits:
        ids = np.asarray([window], dtype=np.int64)
        (logits,) = self._session.run(["logits"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        scores: Logits = logits[0]
        return scores


class TorchBackend:
    """A token classification checkpoint in full precision.

    Raises:
        ModelError: The folder holds no such checkpoint.
        MissingExtraError: The extra ``train`` is not installed.
    """

    def __init__(self, folder: Path) -> None:
        transformers = import_transformers()
        try:
            model = transformers.AutoModelForTokenClassification.from_pretrained(
                folder, trust_remote_code=False, use_safetensors=True, local_files_only=True
            )
        except load_errors() as error:
            raise ModelError("no trained model", where=str(folder), found=str(error)) from error
        self._model: Any = model.eval()

    def logits(self, windows: Sequence[Sequence[int]]) -> list[Logits]:
        """See :class:`Backend`."""
        import torch

        scores: list[Logits] = []
        with torch.inference_mode():
            for window in windows:
                ids = torch.tensor([list(window)])
                logits = self._model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
                scores.append(logits[0].float().numpy())
        return scores
