"""Boosted trees as plain arrays: trained with scikit-learn, kept as JSON, evaluated with numpy alone.

The arrays are the trees of a ``HistGradientBoostingClassifier``; a test holds that both give the same
probabilities. All trees walk at once, one step of all rows and trees per level, so a few thousand rows
through a few hundred trees take some tens of milliseconds on one core.

scikit-learn offers no public view of these trees: ``_predictors`` and ``_baseline_prediction`` are read,
as skl2onnx does. They are read at training only; what was saved never depends on scikit-learn again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ie_model.errors import ModelError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]

#: Rows that walk the trees at once: bounds memory to some tens of megabytes.
ROWS_AT_ONCE = 4096


@dataclass(frozen=True)
class Trees:
    """A sum of binary trees under a logistic link.

    ``feature``, ``threshold``, ``left``, ``right`` and ``value`` hold the nodes of all trees, one after
    another; a leaf is its own child. ``roots`` are the indices of the first nodes, ``depth`` the longest way
    from a root to a leaf. A row goes left where its feature is at most the threshold.
    """

    features: int
    baseline: float
    roots: Integers
    feature: Integers
    threshold: Floats
    left: Integers
    right: Integers
    value: Floats
    depth: int

    def probability(self, rows: Floats) -> Floats:
        """Return the probability of the positive class: one number a row.

        Args:
            rows: One row a pair, one column a feature; no NaN.
        """
        result = np.empty(len(rows), dtype=np.float64)
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            result[start : start + len(part)] = 1.0 / (1.0 + np.exp(-self._score(part)))
        return result

    def _score(self, rows: Floats) -> Floats:
        node = np.broadcast_to(self.roots, (len(rows), len(self.roots)))
        row = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            goes_left = rows[row, self.feature[node]] <= self.threshold[node]
            node = np.where(goes_left, self.left[node], self.right[node])
        return np.asarray(self.baseline + self.value[node].sum(axis=1), dtype=np.float64)

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers; :meth:`from_json` reads them back to equal trees."""
        return {
            "features": self.features,
            "baseline": self.baseline,
            "depth": self.depth,
            "roots": self.roots.tolist(),
            "feature": self.feature.tolist(),
            "threshold": self.threshold.tolist(),
            "left": self.left.tolist(),
            "right": self.right.tolist(),
            "value": self.value.tolist(),
        }

    @classmethod
    def from_json(cls, tree: dict[str, Any], *, where: str) -> Trees:
        """Read what :meth:`to_json` wrote.

        Raises:
            ModelError: A part is missing, of another type, or points outside the trees.
        """
        try:
            trees = cls(
                features=int(tree["features"]),
                baseline=float(tree["baseline"]),
                roots=np.array(tree["roots"], dtype=np.int32),
                feature=np.array(tree["feature"], dtype=np.int32),
                threshold=np.array(tree["threshold"], dtype=np.float64),
                left=np.array(tree["left"], dtype=np.int32),
                right=np.array(tree["right"], dtype=np.int32),
                value=np.array(tree["value"], dtype=np.float64),
                depth=int(tree["depth"]),
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ModelError("the trees cannot be read", where=where, found=repr(error)) from error
        trees._require_sound(where)
        return trees

    def _require_sound(self, where: str) -> None:
        nodes = len(self.value)
        per_node = (self.feature, self.threshold, self.left, self.right)
        inside = all(
            not len(links) or (links.min() >= 0 and links.max() < nodes)
            for links in (self.roots, self.left, self.right)
        )
        known = not nodes or (self.feature.min() >= 0 and self.feature.max() < self.features)
        finite = bool(np.isfinite(self.threshold).all() and np.isfinite(self.value).all())
        if any(part.shape != (nodes,) for part in per_node) or self.roots.ndim != 1:
            raise ModelError("the trees' arrays differ in length", where=where)
        if not (inside and known and finite and 0 <= self.depth <= nodes):
            raise ModelError("the trees point outside themselves", where=where)


def trees_of(classifier: Any) -> Trees:
    """Return the trees of a fitted binary ``HistGradientBoostingClassifier`` without missing values."""
    parts: dict[str, list[Any]] = {name: [] for name in ("feature", "threshold", "left", "right", "value")}
    roots: list[int] = []
    offset = depth = 0
    for (predictor,) in classifier._predictors:
        nodes = predictor.nodes
        own = np.arange(len(nodes))
        leaf = nodes["is_leaf"].astype(bool)
        roots.append(offset)
        parts["feature"].append(np.where(leaf, 0, nodes["feature_idx"]))
        # JSON has no infinity; a threshold of a leaf or above all values is replaced by a finite one.
        parts["threshold"].append(np.where(leaf, 0.0, np.nan_to_num(nodes["num_threshold"])))
        parts["left"].append(np.where(leaf, own, nodes["left"]) + offset)
        parts["right"].append(np.where(leaf, own, nodes["right"]) + offset)
        parts["value"].append(nodes["value"])
        depth = max(depth, int(nodes["depth"].max()))
        offset += len(nodes)
    joined = {name: np.concatenate(arrays) if arrays else np.array([]) for name, arrays in parts.items()}
    return Trees(
        features=int(classifier.n_features_in_),
        baseline=float(np.ravel(classifier._baseline_prediction)[0]),
        roots=np.array(roots, dtype=np.int32),
        feature=joined["feature"].astype(np.int32),
        threshold=joined["threshold"].astype(np.float64),
        left=joined["left"].astype(np.int32),
        right=joined["right"].astype(np.int32),
        value=joined["value"].astype(np.float64),
        depth=depth,
    )
