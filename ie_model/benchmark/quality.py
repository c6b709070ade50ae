"""Strict mention F1 of both sides by the one definition (:mod:`ie_model.evaluation.scores`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ie_model.corpus.model import AnnotatedArticle
from ie_model.evaluation.intervals import interval, precision_recall_f1, resample
from ie_model.evaluation.scores import score_articles
from ie_model.schema import Extraction


def strict_f1(gold: Sequence[AnnotatedArticle], predicted: Mapping[str, Extraction]) -> dict[str, Any]:
    """Return the micro F1 of mentions (label, start and end alike) and its interval over articles.

    Both are None where there is no gold.

    Args:
        gold: Annotated articles, each id once.
        predicted: Extractions by article id; an article without one has everything missed.

    Raises:
        ModelError: An extraction contradicts itself.
        CorpusError: An extraction is of another text.
    """
    if not gold:
        return {"f1": None, "interval": None}
    scored = score_articles(gold, predicted)
    counts = np.array(
        [
            [sum(getattr(one, kind) for one in article.strict.values()) for kind in ("tp", "fp", "fn")]
            for article in scored
        ],
        dtype=np.int64,
    )
    f1 = float(precision_recall_f1(counts.sum(axis=0))[2])
    if np.isnan(f1):  # neither gold nor prediction
        return {"f1": None, "interval": None}
    ends = interval(precision_recall_f1(resample(counts))[:, 2]) if len(gold) > 1 else None
    return {"f1": round(f1, 4), "interval": None if ends is None else [round(end, 4) for end in ends]}
