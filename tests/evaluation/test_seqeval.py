"""Strict mention scores against those of seqeval, an implementation by others."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import takewhile

import pytest

from ie_model.corpus.model import AnnotatedArticle
from ie_model.evaluation.facts import gold_facts
from ie_model.evaluation.report import build_report
from ie_model.evaluation.scores import score_facts
from ie_model.schema import LABELS
from tests.evaluation.making import Said, gold


def test_strict_scores_are_those_of_seqeval() -> None:
    theirs = pytest.importorskip("seqeval.metrics.v1").precision_recall_fscore_support
    mode = {"mode": "strict", "scheme": pytest.importorskip("seqeval.scheme").IOB2}
    rng = random.Random(7)
    pairs = [(_random_tags(rng), _random_tags(rng)) for _ in range(80)]
    counts = [
        score_facts(f"{number:02d}", *(gold_facts(_from_tags(tags)) for tags in pair))
        for number, pair in enumerate(pairs)
    ]
    true, guessed = [list(side) for side in zip(*pairs, strict=True)]
    strict = build_report(counts, resamples=2).mentions.strict
    for average in ("micro", "macro"):
        ours = getattr(strict, average)
        expected = theirs(true, guessed, average=average, **mode)
        assert (ours.precision, ours.recall, ours.f1) == pytest.approx(expected[:3])
        assert ours.correct > 10
    for label, *expected, support in zip(
        sorted(LABELS), *theirs(true, guessed, average=None, **mode), strict=True
    ):
        ours = strict.labels[label]
        assert (ours.precision, ours.recall, ours.f1) == pytest.approx(expected)
        assert ours.support == support


def _random_tags(rng: random.Random) -> list[str]:
    """BIO tags of spans laid end to end, some of them apart."""
    tags: list[str] = []
    while len(tags) < 20:
        label, length = rng.choice([*LABELS, "O"]), rng.randint(1, 2)
        tags += ["O"] if label == "O" else [f"B-{label}"] + [f"I-{label}"] * (length - 1)
    return tags[:20]


def _from_tags(tags: Sequence[str]) -> AnnotatedArticle:
    words = [f"w{number:02d}" for number in range(len(tags))]
    mentions = []
    for first, tag in enumerate(tags):
        if tag.startswith("B-"):
            inside = takewhile(lambda other: other.startswith("I-"), tags[first + 1 :])
            mentions.append(Said(tag[2:], " ".join(words[first : first + 1 + len(list(inside))])))
    return gold(mentions, text=" ".join(words))
