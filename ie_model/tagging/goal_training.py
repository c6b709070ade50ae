"""Fitting the reader of goals on annotated articles: logistic regression (liblinear, by scikit-learn)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ie_model.corpus.model import AnnotatedArticle
from ie_model.extras import require
from ie_model.schema import AMOUNT, TARGET
from ie_model.tagging.goals import Features, GoalReader, Sentences

STRENGTH: Final = 0.5
"""Inverse of the ridge penalty; 0.2 to 1 give the same."""
LEAST_WEIGHT: Final = 0.08
"""Weights below are left out: nine in ten, most of them seen once; it costs no F1."""
_DIGITS: Final = 3


def train_goals(articles: Sequence[AnnotatedArticle]) -> GoalReader:
    """Return a reader fitted on the gold quantities of ``articles``.

    Where these do not have both labels, it knows nothing.

    Raises:
        MissingExtraError: The extra ``train`` is not installed.
    """
    require("train", "sklearn")
    rows: list[Features] = []
    goals: list[bool] = []
    for article in articles:
        sentences = Sentences(article.text)
        for mention in article.mentions:
            if mention.label in {AMOUNT, TARGET}:
                rows.append(sentences.features(mention.start, mention.end))
                goals.append(mention.label == TARGET)
    if len(set(goals)) < 2:
        return GoalReader()
    return _fit(rows, goals)


def _fit(rows: Sequence[Features], goals: Sequence[bool]) -> GoalReader:
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = DictVectorizer()
    matrix: Any = vectorizer.fit_transform(rows)
    # liblinear takes 32-bit indices only.
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    model = LogisticRegression(C=STRENGTH, solver="liblinear").fit(matrix, np.array(goals))
    weights = dict(zip(vectorizer.get_feature_names_out().tolist(), model.coef_[0].tolist(), strict=True))
    kept = {name: round(value, _DIGITS) for name, value in weights.items() if abs(value) >= LEAST_WEIGHT}
    return GoalReader(kept, round(float(model.intercept_[0]), _DIGITS))
