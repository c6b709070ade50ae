"""Records out of Persian economic news: amounts, targets, percentages and institutions with evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ie_model.extractor import Extractor

__all__ = ["Extractor", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Loading the extractor imports ONNX Runtime's neighbours; `ie-model --help` should not pay for it.
    if name == "Extractor":
        from ie_model.extractor import Extractor

        return Extractor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
