"""Where the commands meet the extractors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ie_model.errors import ModelError

if TYPE_CHECKING:
    from ie_model.extractor import Extractor
    from ie_model.rules import RuleExtractor


def load_extractor(
    model: Path | None, *, min_confidence: float = 0.0, threads: int | None = None
) -> Extractor | RuleExtractor:
    """Return the model in a folder, the shipped release for None, the rule baseline for ``rules``.

    Args:
        model: See above.
        min_confidence: Mentions less sure than this are left out.
        threads: Windows computed at once; None for one a processor core.

    Raises:
        ModelError: The model is missing or damaged, or is to leave out the unsure and is sure of nothing.
    """
    # Imported here: the extractor takes onnxruntime along, which --help does not need.
    from ie_model.extractor import Extractor
    from ie_model.rules import RULES, RuleExtractor

    if model != Path(RULES):
        return Extractor.load(model, min_confidence=min_confidence, threads=threads)
    if min_confidence:
        raise ModelError("the rule baseline has no confidence", mend="Leave --min-confidence out.")
    return RuleExtractor()
