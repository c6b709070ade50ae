"""Where the commands meet the extractors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ie_model.extractor import Extractor
    from ie_model.rules import RuleExtractor


def load_extractor(model: Path | None) -> Extractor | RuleExtractor:
    """Return the model in a folder, the shipped release for None, the rule baseline for ``rules``.

    Raises:
        ModelError: The model is missing or damaged.
    """
    # Imported here: the extractor takes onnxruntime along, which --help does not need.
    from ie_model.extractor import Extractor
    from ie_model.rules import RULES, RuleExtractor

    return RuleExtractor() if model == Path(RULES) else Extractor.load(model)
