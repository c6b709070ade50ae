"""What multiplies the matrices of a release.

Both read the same file and give nearly the same scores. ONNX Runtime comes with every installation and
starts in a quarter of a second. OpenVINO (extra ``openvino``) takes a second more to start and then a fifth
less time a token, and stays closer to full precision, since each token has scales of its own: over 82 windows
of real articles the class of 99.95 % of the tokens is that of full precision, with ONNX Runtime 99.80 %.

Trade-off: scores, and so now and then a mention, differ between the two, and OpenVINO's also between
processors with and without bfloat16. Within one of them output is the same whatever the batch size and the
number of workers. So a runtime is asked for, never chosen by what happens to be installed, and a stopped run
goes on only with its own.
"""

from __future__ import annotations

from enum import StrEnum


class Runtime(StrEnum):
    """Which library computes the encoder."""

    ONNXRUNTIME = "onnxruntime"
    OPENVINO = "openvino"
