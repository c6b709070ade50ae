"""The trees in numpy are the trees of scikit-learn."""

import json

import numpy as np
import pytest

from ie_model.linking import trees
from ie_model.linking.trees import Trees, trees_of

ensemble = pytest.importorskip("sklearn.ensemble")


@pytest.fixture(scope="module")
def fitted():
    random = np.random.default_rng(5)
    rows = np.round(random.normal(size=(600, 7)), 1)
    truth = rows[:, 0] * rows[:, 1] + rows[:, 2] > 0.2
    classifier = ensemble.HistGradientBoostingClassifier(max_iter=25, random_state=1).fit(rows, truth)
    return classifier, random


def test_probabilities_equal_those_of_scikit_learn(fitted):
    classifier, random = fitted
    rows = np.round(random.normal(scale=2, size=(500, 7)), 1)
    expected = classifier.predict_proba(rows)[:, 1]
    np.testing.assert_allclose(trees_of(classifier).probability(rows), expected, rtol=0, atol=1e-12)


def test_json_keeps_every_probability(fitted):
    classifier, random = fitted
    rows = random.normal(size=(100, 7))
    own = trees_of(classifier)
    read = Trees.from_json(json.loads(json.dumps(own.to_json(), allow_nan=False)), where="here")
    assert read.probability(rows).tolist() == own.probability(rows).tolist()


def test_rows_in_parts_or_at_once_are_equal(fitted, monkeypatch):
    classifier, random = fitted
    own, rows = trees_of(classifier), random.normal(size=(50, 7))
    at_once = own.probability(rows)
    monkeypatch.setattr(trees, "ROWS_AT_ONCE", 7)
    assert own.probability(rows).tolist() == at_once.tolist()


def test_no_rows_give_no_probabilities(fitted):
    assert trees_of(fitted[0]).probability(np.zeros((0, 7))).shape == (0,)
