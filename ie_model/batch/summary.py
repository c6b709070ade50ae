"""What a run says about itself: ``summary.json``."""

from __future__ import annotations

from collections import Counter

from pydantic import Field, JsonValue

from ie_model.articles import Reject
from ie_model.schema import Extraction, ModelInfo, Noun


class Summary(Noun):
    """Counts of one run. Everything but ``seconds`` depends on input, model and options alone."""

    model: ModelInfo
    options: dict[str, JsonValue] = Field(default_factory=dict)
    articles: int = 0
    """Articles in ``extractions.jsonl``."""
    rejected: int = 0
    """Lines of ``rejects.jsonl``."""
    rejected_by_code: dict[str, int] = Field(default_factory=dict)
    skipped: dict[str, int] = Field(default_factory=dict)
    """Files in folders that were passed over, by extension."""
    mentions: dict[str, int] = Field(default_factory=dict)
    """Mentions by label."""
    records: int = 0
    warnings: int = 0
    """Warnings of the extractions, in all."""
    seconds: float = 0.0
    """Wall time of the run, loading of the model not counted."""


class Tally:
    """Counts a run while it goes."""

    def __init__(self) -> None:
        self.articles = 0
        self.records = 0
        self.warnings = 0
        self.mentions: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()

    def add(self, result: Extraction | Reject) -> None:
        """Count one result."""
        if isinstance(result, Reject):
            self.rejected[result.code.value] += 1
            return
        self.articles += 1
        self.records += len(result.records)
        self.warnings += len(result.warnings)
        self.mentions.update(mention.label for mention in result.mentions)

    def summary(
        self, model: ModelInfo, options: dict[str, JsonValue], skipped: Counter[str], seconds: float
    ) -> Summary:
        """Return the counts; keys are sorted, so that equal runs give equal files."""
        return Summary(
            model=model,
            options=options,
            articles=self.articles,
            rejected=self.rejected.total(),
            rejected_by_code=dict(sorted(self.rejected.items())),
            skipped=dict(sorted(skipped.items())),
            mentions=dict(sorted(self.mentions.items())),
            records=self.records,
            warnings=self.warnings,
            seconds=round(seconds, 3),
        )
