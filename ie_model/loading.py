"""From what a user names to an extractor: a release, a trained checkpoint, the shipped release, or the rules.

A :class:`ModelSource` is small and can be sent to another process, which loads the model for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ie_model.errors import ModelError
from ie_model.model_folder import SHIPPED, read_manifest
from ie_model.schema import ModelInfo
from ie_model.tagging.runtimes import Runtime

if TYPE_CHECKING:
    from ie_model.extractor import Extractor
    from ie_model.rules import RuleExtractor


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model as the user names it.

    Examples:
        >>> ModelSource(Path("rules")).info()
        ModelInfo(name='rules', version='1')
    """

    model: Path | None = None
    """Its folder; None for the shipped release, ``rules`` for the rule baseline."""
    min_confidence: float = 0.0
    """Mentions less sure than this are left out."""
    runtime: Runtime = Runtime.ONNXRUNTIME
    """What computes the encoder of a release."""

    def load(self, *, threads: int | None = None) -> Extractor | RuleExtractor:
        """Load it.

        Args:
            threads: Windows computed at once; None for one a processor core.

        Raises:
            ModelError: It is missing or damaged, or is to leave out the unsure and is sure of nothing, or
                no release and to be computed by OpenVINO.
            MissingExtraError: It needs an extra that is not installed.
        """
        # Imported here: the extractor takes onnxruntime along, which --help does not need.
        from ie_model.extractor import Extractor
        from ie_model.rules import RULES, RuleExtractor

        if self.model != Path(RULES):
            return Extractor.load(
                self.model, threads=threads, min_confidence=self.min_confidence, runtime=self.runtime
            )
        if self.runtime is not Runtime.ONNXRUNTIME:
            raise ModelError("the rule baseline has no encoder", mend="Leave --runtime out.")
        if self.min_confidence:
            raise ModelError("the rule baseline has no confidence", mend="Leave --min-confidence out.")
        return RuleExtractor()

    def info(self) -> ModelInfo:
        """Return which model this is, without loading it.

        Raises:
            ModelError: There is none, or its manifest is damaged.
        """
        from ie_model.rules import RULES, RuleExtractor

        if self.model == Path(RULES):
            return RuleExtractor.info
        manifest = read_manifest(self.model or SHIPPED)
        return ModelInfo(name=manifest.name, version=manifest.version)
