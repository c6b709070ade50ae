"""Train the pair linker on annotated articles (extra ``train``: scikit-learn; torch too for the nets).

Inner folds by article give every training pair a probability from models that have not seen its article. On
these the second look is trained and the thresholds are chosen; the final models are then fitted on all
training articles.

About 600 articles train in a minute on one core without encoder states, in six minutes on two with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ie_model.config import LinkerConfig
from ie_model.corpus.model import AnnotatedArticle
from ie_model.errors import CorpusError, MissingExtraError
from ie_model.linking.base import LinkedRecord
from ie_model.linking.by_features import BY_GROUPS
from ie_model.linking.decoding import Pair, Thresholds
from ie_model.linking.features import Floats, names_of
from ie_model.linking.layout import Layout, lay_out
from ie_model.linking.net_training import net_input, train_net
from ie_model.linking.pairs import PairLinker, PairScores, pair_scores
from ie_model.linking.scorers import (
    SECOND_NAMES,
    FirstLook,
    PairModel,
    PairScorer,
    PairTable,
    by_table,
    first_look,
    with_table,
)
from ie_model.linking.slots import choose_slots
from ie_model.linking.span_states import PairStates, SpanStates, scale_of
from ie_model.linking.thresholds import choose_thresholds
from ie_model.linking.trees import Trees, trees_of
from ie_model.linking.with_features import WITH_GROUPS
from ie_model.quantities import read_quantity
from ie_model.schema import Mention
from ie_model.token_states import TokenStates

#: Folds of the inner cross-validation.
INNER_FOLDS = 3
#: Every so many tokens one is looked at for the scale of the states.
SCALE_STRIDE = 20
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
#: Boosting of the second look, whose first feature says nearly everything: slower and more regular.
SECOND_BOOSTING: Mapping[str, Any] = {
    **BOOSTING,
    "max_iter": 150,
    "learning_rate": 0.06,
    "min_samples_leaf": 20,
    "l2_regularization": 4.0,
    "max_features": 0.4,
}


Truth = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class TrainingArticle:
    """An article laid out, its candidate pairs with features, and which of them are true."""

    id: str
    layout: Layout
    records: tuple[LinkedRecord, ...]
    pairs: PairTable
    pair_truth: list[bool]
    institutions: PairTable
    institution_truth: list[bool]
    states: TokenStates | None = None


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


def prepare(article: AnnotatedArticle, states: TokenStates | None = None) -> TrainingArticle:
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
        article.id,
        layout,
        tuple(LinkedRecord(record.quantities, record.institutions, 1.0) for record in article.records),
        pairs,
        [record_of[quantity_ids[i]] == record_of[quantity_ids[j]] for i, j in pairs.pairs],
        institutions,
        [(quantity_ids[q], institution_ids[k]) in owners for q, k in institutions.pairs],
        states,
    )


def train_linker(
    articles: Sequence[AnnotatedArticle],
    config: LinkerConfig,
    states: Sequence[TokenStates] | None = None,
) -> PairLinker:
    """Train the pair linker; the same articles in the same order and seed give the same linker.

    Args:
        articles: What to learn from; two of one id, with other mentions, are of one article.
        config: Seed and emphasis.
        states: The encoder's states of each article; None trains no nets.

    Raises:
        CorpusError: The articles hold no two linked quantities, or no institution of a quantity.
        MissingExtraError: scikit-learn, or with ``states`` torch, is not installed.
    """
    return fit(prepare_all(articles, config, states), seed=config.seed)


def prepare_all(
    articles: Sequence[AnnotatedArticle],
    config: LinkerConfig,
    states: Sequence[TokenStates] | None = None,
) -> list[TrainingArticle]:
    """Prepare articles, each as often as ``config.emphasis`` says; see :func:`train_linker`."""
    given = states if states is not None else [None] * len(articles)
    prepared = [prepare(a, own) for a, own in zip(articles, given, strict=True)]
    times = [_times(article, config.emphasis) for article in articles]
    return [one for one, count in zip(prepared, times, strict=True) for _ in range(count)]


def _times(article: AnnotatedArticle, emphasis: Mapping[str, int]) -> int:
    folders = {parent.name for parent in Path(article.source).parents}
    return max((times for name, times in emphasis.items() if name in folders), default=1)


def fit(prepared: Sequence[TrainingArticle], *, seed: int) -> PairLinker:
    """Train on prepared articles; see :func:`train_linker`."""
    spans = spans_of(prepared)
    places = range(len(prepared))
    folds = inner_folds([article.id for article in prepared], seed)

    def first(chosen: Sequence[int]) -> tuple[PairScorer, PairScorer]:
        return fit_first([prepared[n] for n in chosen], spans and [spans[n] for n in chosen], seed)

    def look(scorers: tuple[PairScorer, PairScorer], n: int) -> FirstLook:
        article = prepared[n]
        own = spans[n] if spans else None
        return first_look(article.layout, article.pairs, article.institutions, scorers, own)

    looks = _out_of_fold(folds, first, look)

    def second(chosen: Sequence[int]) -> PairModel:
        return fit_second([looks[n] for n in chosen], [prepared[n] for n in chosen], seed)

    again = _out_of_fold(folds, second, lambda model, n: looks[n].again(model))
    scores = [pair_scores(looks[n], again[n]) for n in places]
    return PairLinker(*first(places), second(places), fit_thresholds(prepared, scores))


def fit_thresholds(prepared: Sequence[TrainingArticle], scores: Sequence[PairScores]) -> Thresholds:
    """Choose the thresholds of decoding on scores of models that had not seen the articles.

    An emphasised article, the same object many times, counts once: thresholds are for all others.
    """
    once = list({id(article): n for n, article in enumerate(prepared)}.values())
    return choose_thresholds([scores[n] for n in once], [prepared[n].records for n in once])


def spans_of(prepared: Sequence[TrainingArticle]) -> list[SpanStates] | None:
    """Return the states of every article's mentions on one scale; None without states."""
    given = [article.states for article in prepared if article.states is not None]
    if not given:
        return None
    scale = scale_of(np.concatenate([states.values[::SCALE_STRIDE] for states in given]))
    return [
        SpanStates(article.layout, article.states, scale)
        for article in prepared
        if article.states is not None
    ]


Model = TypeVar("Model")
Result = TypeVar("Result")


def _out_of_fold(
    folds: Sequence[int], fit_on: Callable[[Sequence[int]], Model], apply: Callable[[Model, int], Result]
) -> list[Result]:
    """Return for every article what a model says that was fitted on the articles of other folds."""
    found: dict[int, Result] = {}
    for fold in range(INNER_FOLDS):
        model = fit_on([n for n, own in enumerate(folds) if own != fold])
        found.update((n, apply(model, n)) for n, own in enumerate(folds) if own == fold)
    return [found[n] for n in range(len(folds))]


def inner_folds(ids: Sequence[str], seed: int) -> list[int]:
    """Return the fold of each article; what has one id, gold or predicted mentions, is in one fold."""
    distinct = list(dict.fromkeys(ids))
    order = np.random.default_rng(seed).permutation(len(distinct))
    fold_of = {distinct[article]: place % INNER_FOLDS for place, article in enumerate(order.tolist())}
    return [fold_of[name] for name in ids]


def fit_first(
    articles: Sequence[TrainingArticle], spans: Sequence[SpanStates] | None, seed: int
) -> tuple[PairScorer, PairScorer]:
    """Train the first look: the ``with`` scorer and the ``by`` scorer, with nets where there are states."""
    pairs = [(article.pairs, article.pair_truth) for article in articles]
    institutions = [(article.institutions, article.institution_truth) for article in articles]
    return (
        _fit_scorer(pairs, spans, "with", SpanStates.of_quantities, seed),
        _fit_scorer(institutions, spans, "by", SpanStates.of_institutions, seed),
    )


def _fit_scorer(
    tables: Sequence[tuple[PairTable, list[bool]]],
    spans: Sequence[SpanStates] | None,
    kind: str,
    states_of: Callable[[SpanStates, Sequence[Pair]], PairStates],
    seed: int,
) -> PairScorer:
    truth = np.array([value for _, values in tables for value in values], dtype=bool)
    trees = _fit_trees([table for table, _ in tables], truth, kind, seed)
    if spans is None:
        return PairScorer(trees, None)
    inputs = [
        net_input(table.rows, states_of(own, table.pairs), values)
        for (table, values), own in zip(tables, spans, strict=True)
    ]
    return PairScorer(trees, train_net(inputs, spans[0].scale, seed=seed))


def _fit_trees(tables: Sequence[PairTable], truth: Truth, kind: str, seed: int) -> PairModel:
    if truth.all() or not truth.any():
        raise CorpusError(
            f"a linker cannot be trained without {kind} pairs that are linked and some that are not",
            found=f"{int(truth.sum())} linked of {len(truth)} pairs",
            mend="Annotate relations, or give more articles.",
        )
    chosen = choose_slots([words for table in tables for words in table.slot_words()], truth)
    rows: Floats = np.vstack([table.with_slots(chosen) for table in tables])
    trees = _boost(rows, truth, BOOSTING, seed)
    return PairModel(names_of(WITH_GROUPS if kind == "with" else BY_GROUPS), chosen, trees)


def fit_second(looks: Sequence[FirstLook], articles: Sequence[TrainingArticle], seed: int) -> PairModel:
    """Train the second look on first looks at articles that their scorers had not seen."""
    rows: Floats = np.vstack([look.second_rows() for look in looks])
    truth = np.array([value for article in articles for value in article.institution_truth], dtype=bool)
    return PairModel(SECOND_NAMES, (), _boost(rows, truth, SECOND_BOOSTING, seed))


def _boost(rows: Floats, truth: Truth, settings: Mapping[str, Any], seed: int) -> Trees:
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier
    except ImportError as error:
        raise MissingExtraError("scikit-learn", "train") from error
    classifier = HistGradientBoostingClassifier(random_state=seed, **settings)
    return trees_of(classifier.fit(rows, truth))
