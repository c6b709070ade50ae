"""The trees in numpy are the trees of scikit-learn."""

import json

import numpy as np
import pytest

from ie_model.errors import ModelError
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


def test_more_leaves_than_bits_are_refused(fitted):
    _, random = fitted
    rows = random.normal(size=(3000, 3))
    grown = ensemble.HistGradientBoostingClassifier(max_iter=1, max_leaf_nodes=65, min_samples_leaf=1)
    tree = trees_of(grown.fit(rows, rows[:, 0] * rows[:, 1] * rows[:, 2] > 0)).to_json()
    with pytest.raises(ModelError, match="no trees"):
        Trees.from_json(tree, where="here")


def test_64_leaves_are_told_apart(fitted):
    _, random = fitted
    rows = random.normal(size=(3000, 3))
    grown = ensemble.HistGradientBoostingClassifier(max_iter=1, max_leaf_nodes=64, min_samples_leaf=1)
    grown.fit(rows, rows[:, 0] * rows[:, 1] * rows[:, 2] > 0)
    own = trees_of(grown)
    assert (own.left == np.arange(len(own.left))).sum() == 64
    np.testing.assert_allclose(own.probability(rows), grown.predict_proba(rows)[:, 1], rtol=0, atol=1e-12)


def test_trees_of_one_leaf_say_the_base_rate():
    rows, truth = np.zeros((40, 2)), np.arange(40) < 10
    flat = ensemble.HistGradientBoostingClassifier(max_iter=3).fit(rows, truth)
    assert trees_of(flat).probability(rows[:2]) == pytest.approx([0.25, 0.25])
