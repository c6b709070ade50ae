"""Train the pair linker on annotated articles (extra ``train``: scikit-learn).

Thresholds are chosen on the training articles alone: inner folds by article give every training pair a
probability from a model that has not seen its article, and the thresholds that decode these best are kept.
The final models are then fitted on all training articles.

About 600 articles train in under a minute on one core.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ie_model.config import LinkerConfig
from ie_model.corpus.model import AnnotatedArticle
from ie_model.errors import CorpusError, MissingExtraError
from ie_model.linking.base import LinkedRecord
from ie_model.linking.by_features import BY_GROUPS
from ie_model.linking.decoding import Thresholds, agglomerate
from ie_model.linking.features import Floats, Group, Slot, append_slots, names_of
from ie_model.linking.layout import Layout, lay_out
from ie_model.linking.pairs import (
    PairLinker,
    PairModel,
    PairScores,
    PairTable,
    by_table,
    decode,
    pair_scores,
    with_table,
)
from ie_model.linking.trees import trees_of
from ie_model.linking.with_features import WITH_GROUPS
from ie_model.quantities import read_quantity
from ie_model.schema import Mention

#: Folds of the inner cross-validation that chooses the thresholds.
INNER_FOLDS = 3
#: A slot word must occur with so many training pairs ...
SLOT_SUPPORT = 12
#: ... and the most telling ones become features.
SLOT_FEATURES = 150
#: Thresholds that are tried.
GRID = tuple(round(0.2 + 0.025 * step, 3) for step in range(21))
#: Boosting. Twice the trees at half the rate gain 0.007 on ``with`` and nothing else, at twice the time;
#: 8 leaves and 64 bins cost about 0.02 on ``by``.
BOOSTING: Mapping[str, Any] = {
    "max_iter": 100,
    "learning_rate": 0.12,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 15,
    "l2_regularization": 2.0,
    "max_features": 0.3,
    "early_stopping": False,
}


@dataclass(frozen=True)
class TrainingArticle:
    """An article laid out, its candidate pairs with features, and which of them are true."""

    layout: Layout
    records: tuple[LinkedRecord, ...]
    pairs: PairTable
    pair_truth: list[bool]
    institutions: PairTable
    institution_truth: list[bool]


def gold_mentions(article: AnnotatedArticle) -> tuple[Mention, ...]:
    """Return the gold mentions as a tagger would give them: quantities are read from the text."""
    return tuple(
        Mention(
            id=mention.id,
            label=mention.label,
            start=mention.start,
            end=mention.end,
            text=mention.text,
            quantity=read_quantity(article.text, mention.start, mention.end, label=mention.label).quantity
            if mention.is_quantity
            else None,
        )
        for mention in article.mentions
    )


def prepare(article: AnnotatedArticle) -> TrainingArticle:
    """Lay out an article and compute the features of its candidate pairs."""
    layout = lay_out(article.text, gold_mentions(article))
    record_of = {quantity: place for place, r in enumerate(article.records) for quantity in r.quantities}
    owners = {
        (q, name) for record in article.records for q in record.quantities for name in record.institutions
    }
    quantity_ids = [place.mention.id for place in layout.quantities]
    institution_ids = [place.mention.id for place in layout.institutions]
    pairs, institutions = with_table(layout), by_table(layout)
    return TrainingArticle(
        layout,
        tuple(LinkedRecord(record.quantities, record.institutions, 1.0) for record in article.records),
        pairs,
        [record_of[quantity_ids[i]] == record_of[quantity_ids[j]] for i, j in pairs.pairs],
        institutions,
        [(quantity_ids[q], institution_ids[k]) in owners for q, k in institutions.pairs],
    )


def train_linker(articles: Sequence[AnnotatedArticle], config: LinkerConfig) -> PairLinker:
    """Train the pair linker; the same articles in the same order and seed give the same linker.

    Raises:
        CorpusError: The articles hold no two linked quantities, or no institution of a quantity.
        MissingExtraError: scikit-learn is not installed.
    """
    return fit([prepare(article) for article in articles], seed=config.seed)


def fit(prepared: Sequence[TrainingArticle], *, seed: int) -> PairLinker:
    """Train on prepared articles; see :func:`train_linker`."""
    folds = _inner_folds(len(prepared), seed)
    scores: list[PairScores] = []
    for fold in range(INNER_FOLDS):
        rest = [article for article, own in zip(prepared, folds, strict=True) if own != fold]
        held_out = [article for article, own in zip(prepared, folds, strict=True) if own == fold]
        scores += score_prepared(_fit_models(rest, seed), held_out)
    by_layout = {id(article.layout): article for article in prepared}
    truth = [by_layout[id(score.layout)] for score in scores]
    thresholds = choose_thresholds(scores, truth)
    with_model, by_model = _fit_models(prepared, seed)
    return PairLinker(with_model, by_model, thresholds)


def score_prepared(
    models: tuple[PairModel, PairModel], articles: Sequence[TrainingArticle]
) -> list[PairScores]:
    """Return the pair probabilities of prepared articles."""
    with_model, by_model = models
    return [
        pair_scores(
            article.layout,
            article.pairs,
            with_model.probability(article.pairs.rows, article.pairs.slots),
            article.institutions,
            by_model.probability(article.institutions.rows, article.institutions.slots),
        )
        for article in articles
    ]


def _inner_folds(count: int, seed: int) -> list[int]:
    order = np.random.default_rng(seed).permutation(count)
    folds = [0] * count
    for place, article in enumerate(order.tolist()):
        folds[article] = place % INNER_FOLDS
    return folds


def _fit_models(articles: Sequence[TrainingArticle], seed: int) -> tuple[PairModel, PairModel]:
    with_model = _fit_model([(a.pairs, a.pair_truth) for a in articles], WITH_GROUPS, "with", seed)
    by_model = _fit_model([(a.institutions, a.institution_truth) for a in articles], BY_GROUPS, "by", seed)
    return with_model, by_model


def _fit_model(
    tables: Sequence[tuple[PairTable, Sequence[bool]]], groups: Sequence[Group], kind: str, seed: int
) -> PairModel:
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier
    except ImportError as error:
        raise MissingExtraError("scikit-learn", "train") from error
    truth = np.array([value for _, values in tables for value in values], dtype=bool)
    if truth.all() or not truth.any():
        raise CorpusError(
            f"a linker cannot be trained without {kind} pairs that are linked and some that are not",
            found=f"{int(truth.sum())} linked of {len(truth)} pairs",
            mend="Annotate relations, or give more articles.",
        )
    slots = [present for table, _ in tables for present in table.slots]
    chosen = choose_slots(slots, truth)
    rows: Floats = np.vstack([table.rows for table, _ in tables])
    classifier = HistGradientBoostingClassifier(random_state=seed, **BOOSTING)
    classifier.fit(append_slots(rows, slots, chosen), truth)
    return PairModel(names_of(groups), chosen, trees_of(classifier))


def choose_slots(slots: Sequence[frozenset[Slot]], truth: Any) -> tuple[Slot, ...]:
    """Return the slot words that tell most about ``truth``, by the chi-squared statistic of a 2 x 2 table."""
    counts: dict[Slot, list[int]] = {}
    for present, value in zip(slots, truth.tolist(), strict=True):
        for slot in present:
            counts.setdefault(slot, [0, 0])[value] += 1
    total, positive = len(slots), int(truth.sum())
    ranked = []
    for slot, (no, yes) in counts.items():
        if no + yes >= SLOT_SUPPORT and no + yes < total:
            expected = (no + yes) * positive / total
            spread = expected * (1 - positive / total) * (1 - (no + yes) / total)
            ranked.append((-((yes - expected) ** 2) / spread, slot))
    return tuple(slot for _, slot in sorted(ranked)[:SLOT_FEATURES])


def choose_thresholds(scores: Sequence[PairScores], articles: Sequence[TrainingArticle]) -> Thresholds:
    """Return the thresholds with the best sum of pair F1 and exact-record F1; ties go to the higher."""
    join = max(GRID, key=lambda value: (_join_quality(scores, articles, value), value))
    by = max(GRID, key=lambda value: (_by_quality(scores, articles, Thresholds(join, value)), value))
    return Thresholds(join, by)


def _join_quality(
    scores: Sequence[PairScores], articles: Sequence[TrainingArticle], threshold: float
) -> float:
    found = [_groups(score, threshold) for score in scores]
    gold = [{record.quantities for record in article.records} for article in articles]
    return _f1([_pairs(groups) for groups in found], [_pairs(groups) for groups in gold]) + _f1(found, gold)


def _groups(score: PairScores, threshold: float) -> set[tuple[str, ...]]:
    places = score.layout.quantities
    groups = agglomerate(len(places), score.links, threshold)
    return {tuple(places[index].mention.id for index in group) for group in groups}


def _pairs(groups: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    return {(a, b) for group in groups for i, a in enumerate(group) for b in group[i + 1 :]}


def _by_quality(
    scores: Sequence[PairScores], articles: Sequence[TrainingArticle], thresholds: Thresholds
) -> float:
    found, gold = [], []
    for score, article in zip(scores, articles, strict=True):
        found.append(named_records(article.layout, decode(score, thresholds)))
        gold.append(named_records(article.layout, article.records))
    return _f1([_owners(records) for records in found], [_owners(records) for records in gold]) + _f1(
        found, gold
    )


NamedRecord = tuple[tuple[str, ...], tuple[str, ...]]


def named_records(layout: Layout, records: Sequence[LinkedRecord]) -> set[NamedRecord]:
    """Return records as quantity ids and folded institution names, as they are scored."""
    keys = {
        place.mention.id: key for place, key in zip(layout.institutions, layout.institution_keys, strict=True)
    }
    return {(r.quantities, tuple(sorted({keys[name] for name in r.institutions}))) for r in records}


def _owners(records: set[NamedRecord]) -> set[tuple[str, str]]:
    return {(quantity, key) for quantities, keys in records for quantity in quantities for key in keys}


def _f1(found: Sequence[set[Any]], gold: Sequence[set[Any]]) -> float:
    right = sum(len(one & other) for one, other in zip(found, gold, strict=True))
    total = sum(map(len, found)) + sum(map(len, gold))
    return 2 * right / total if total else 0.0
