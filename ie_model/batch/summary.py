"""What a run says about itself: ``summary.json``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from ie_model.batch.outcome import Outcome
from ie_model.schema import ModelInfo, Noun


class Summary(Noun):
    """Counts of one run, which depend on input, model and options alone: equal runs, equal summaries."""

    model: ModelInfo
    """What extracted."""
    options: dict[str, JsonValue] = Field(default_factory=dict)
    """What was asked for, as far as the results depend on it."""
    articles: int = 0
    """Extractions written."""
    rejected: int = 0
    """Lines of ``rejects.jsonl``."""
    rejected_by_code: dict[str, int] = Field(default_factory=dict)
    """The same by reason."""
    skipped: dict[str, int] = Field(default_factory=dict)
    """Files in folders that were passed over, by extension."""
    mentions: dict[str, int] = Field(default_factory=dict)
    """Mentions by label."""
    records: int = 0
    """Records of the extractions, in all."""
    warnings: int = 0
    """Warnings of the extractions, in all."""


class Counts(BaseModel):
    """Counts a run while it goes."""

    model_config = ConfigDict(extra="forbid")

    articles: int = 0
    records: int = 0
    warnings: int = 0
    mentions: dict[str, int] = Field(default_factory=dict)
    rejected: dict[str, int] = Field(default_factory=dict)
    """By code."""

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        if outcome.code is not None:
            self.rejected[outcome.code.value] = self.rejected.get(outcome.code.value, 0) + 1
            return
        self.articles += 1
        self.records += outcome.records
        self.warnings += outcome.warnings
        for label, count in outcome.mentions.items():
            self.mentions[label] = self.mentions.get(label, 0) + count

    def include(self, other: Counts) -> None:
        """Add what another has counted."""
        self.articles += other.articles
        self.records += other.records
        self.warnings += other.warnings
        for mine, theirs in ((self.mentions, other.mentions), (self.rejected, other.rejected)):
            for name, count in theirs.items():
                mine[name] = mine.get(name, 0) + count

    def summary(self, model: ModelInfo, options: Mapping[str, JsonValue], skipped: Counter[str]) -> Summary:
        """Return the counts; keys are sorted, so that equal runs give equal files."""
        return Summary(
            model=model,
            options=dict(options),
            articles=self.articles,
            rejected=sum(self.rejected.values()),
            rejected_by_code=dict(sorted(self.rejected.items())),
            skipped=dict(sorted(skipped.items())),
            mentions=dict(sorted(self.mentions.items())),
            records=self.records,
            warnings=self.warnings,
        )
