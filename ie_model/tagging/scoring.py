"""Strict scores during training: the held-out windows, decoded as in prediction, given to seqeval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ie_model.config import Config
from ie_model.tagging.dataset import EncodedGold
from ie_model.tagging.decoding import Floats, decode, log_softmax
from ie_model.tagging.windows import OUTSIDE, bio_labels, merge_windows


def strict_scorer(
    held: Sequence[EncodedGold], config: Config, before: int
) -> Callable[[Any], dict[str, float]]:
    """Return what Trainer calls with the logits of all held-out windows: seqeval's strict scores."""
    from seqeval.metrics import classification_report
    from seqeval.scheme import IOB2

    tags = bio_labels(config.labels)

    def score(prediction: Any) -> dict[str, float]:
        gold: list[list[str]] = []
        found: list[list[str]] = []
        place = 0
        for item in held:
            logits = merge_windows(
                len(item.article),
                item.windows,
                [
                    prediction.predictions[place + i][before : before + window.end - window.start]
                    for i, window in enumerate(item.windows)
                ],
            )
            place += len(item.windows)
            gold.append([tags[tag] for tag in item.tags])
            found.append(_tags_of(item, log_softmax(logits), config))
        report = classification_report(
            gold, found, mode="strict", scheme=IOB2, output_dict=True, zero_division=0
        )
        scores = {"f1": report["micro avg"]["f1-score"], "macro_f1": report["macro avg"]["f1-score"]}
        return {
            **scores,
            **{f"f1_{label}": report[label]["f1-score"] for label in config.labels if label in report},
        }

    return score


def _tags_of(item: EncodedGold, log_probs: Floats, config: Config) -> list[str]:
    tags = [OUTSIDE] * len(item.article)
    starts = [start for start, _ in item.article.spans]
    ends = [end for _, end in item.article.spans]
    spans = decode(log_probs, item.article, config.labels, label_by=config.decoding.label_by)
    for span in spans:
        first = starts.index(span.start)
        last = len(ends) - 1 - ends[::-1].index(span.end)
        tags[first : last + 1] = [f"B-{span.label}"] + [f"I-{span.label}"] * (last - first)
    return tags
