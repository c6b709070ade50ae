"""Cross-validate the linkers by article, given gold mentions, and what each part of the learned one gives.

    python scripts/crossval_linker.py annotations/seeds annotations/written --folds annotations/folds.json

Prints with F1, by F1 and exact record F1 over all held-out articles, with 95 % bootstrap intervals over
articles: of the rule baseline, of trees and nets alone, of both together, and of the whole linker with its
second look at institutions. Articles in no fold always train; thresholds are chosen inside the training
folds, for each variant anew.

``--model`` names a trained checkpoint whose encoder states the nets see; without one there are no nets. Of a
checkpoint that trained on some of the articles the states of these are a little too good, so ``--fold`` of
its held-out fold is the clean figure. About two minutes a fold for 600 articles on two cores with states.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from ie_model.config import LinkerConfig, load_config
from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.splits import load_folds, split
from ie_model.corpus.store import load_corpus
from ie_model.evaluation.report import EvaluationReport, Score, build_report
from ie_model.evaluation.scores import ArticleCounts, score_articles
from ie_model.linking import RuleLinker
from ie_model.linking.base import LinkedRecord
from ie_model.linking.features import Floats
from ie_model.linking.nets import PairNet
from ie_model.linking.pairs import decode, pair_scores
from ie_model.linking.scorers import FirstLook, PairModel, PairScorer, PairTable, first_look
from ie_model.linking.span_states import PairStates, SpanStates
from ie_model.linking.training import (
    TrainingArticle,
    fit_first,
    fit_second,
    fit_thresholds,
    gold_mentions,
    inner_folds,
    prepare,
    prepare_all,
    spans_of,
)
from ie_model.model_folder import read_manifest
from ie_model.modelling.linkers import article_states
from ie_model.records import build_records
from ie_model.schema import Extraction, ModelInfo, text_sha256
from ie_model.token_states import TokenStates

REPOSITORY = Path(__file__).resolve().parents[1]
RULES, WHOLE = "rules", "trees, nets, second look"

Scorers = tuple[PairScorer, PairScorer]
Links = Sequence[LinkedRecord]
Model = TypeVar("Model")


def main() -> None:
    """Score every variant on every fold of the files on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("articles", nargs="+", help="folders of Label Studio tasks or gold JSON Lines files")
    parser.add_argument("--folds", action="append", required=True, help="JSON file of article id to fold")
    parser.add_argument("--model", type=Path, help="a checkpoint that gives encoder states")
    parser.add_argument("--fold", type=int, action="append", help="only this fold")
    parser.add_argument("--config", type=Path, default=REPOSITORY / "configs/default.yaml")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    options = parser.parse_args()
    articles, folds = load_corpus(options.articles), load_folds(options.folds)
    config = load_config(options.config).linker
    states = states_of(options.model, articles) if options.model else {}
    counts: dict[str, list[ArticleCounts]] = {}
    for fold in options.fold or sorted({folds[article.id] for article in articles if article.id in folds}):
        started = time.perf_counter()
        train, held_out = split(articles, folds, fold)
        for name, links in link_fold(train, held_out, states, config).items():
            own = counts_of(held_out, links)
            counts.setdefault(name, []).extend(own)
            print(f"fold {fold}: {name:24} {line(build_report(own))}")
        print(f"fold {fold}: {time.perf_counter() - started:.0f} s", flush=True)
    reports = {name: build_report(own) for name, own in counts.items()}
    for name, report in reports.items():
        print(f"all:    {name:24} {line(report)}")
    if options.json:
        rows = {name: figures(report) for name, report in reports.items()}
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def states_of(model: Path, articles: Sequence[AnnotatedArticle]) -> dict[str, TokenStates]:
    """Return the encoder states of every article by id."""
    manifest = read_manifest(model)
    if manifest.state_layer is None:
        manifest = manifest.model_copy(update={"state_layer": LinkerConfig().state_layer})
    found = article_states(model, manifest, articles) or []
    return {article.id: states for article, states in zip(articles, found, strict=True)}


def link_fold(
    train: Sequence[AnnotatedArticle],
    held_out: Sequence[AnnotatedArticle],
    states: Mapping[str, TokenStates],
    config: LinkerConfig,
) -> dict[str, list[Links]]:
    """Return the links of every held-out article, by variant."""
    given = [states[article.id] for article in train] if states else None
    fold = Fold(prepare_all(train, config, given), config.seed)
    held = [prepare(article, states.get(article.id)) for article in held_out]
    rules = [RuleLinker().link(article.text, gold_mentions(article)) for article in held_out]
    found: dict[str, list[Links]] = {RULES: list(rules)}
    variants = {"trees": trees_alone, "nets": nets_alone, "trees, nets": both} if states else {"trees": both}
    for name, variant in variants.items():
        found[name] = fold.link(held, variant, again=False)
    found[WHOLE if states else "trees, second look"] = fold.link(held, both, again=True)
    return found


class Fold:
    """Scorers of one training fold: one for each inner fold, and those of all its articles."""

    def __init__(self, train: list[TrainingArticle], seed: int) -> None:
        self._train, self._seed = train, seed
        self._spans = spans_of(train)
        self._folds = inner_folds([article.id for article in train], seed)
        self._scorers = {fold: self._fit(fold) for fold in (*sorted(set(self._folds)), None)}

    def _places(self, without: int | None) -> list[int]:
        return [place for place, fold in enumerate(self._folds) if fold != without]

    def _fit(self, without: int | None) -> Scorers:
        places = self._places(without)
        spans = self._spans and [self._spans[place] for place in places]
        return fit_first([self._train[place] for place in places], spans, self._seed)

    def link(
        self, held: Sequence[TrainingArticle], variant: Callable[[Scorers], Scorers], *, again: bool
    ) -> list[Links]:
        """Return the links of unseen articles, with thresholds chosen on the training articles."""
        scorers = {fold: variant(own) for fold, own in self._scorers.items()}
        spans = self._spans or [None] * len(self._train)
        looks = [
            look(scorers[fold], article, own)
            for fold, article, own in zip(self._folds, self._train, spans, strict=True)
        ]
        seconds = {fold: self._second(looks, fold) if again else None for fold in scorers}
        scores = [
            pair_scores(one, by_of(one, seconds[fold])) for one, fold in zip(looks, self._folds, strict=True)
        ]
        thresholds = fit_thresholds(self._train, scores)
        unseen = [look(scorers[None], article, self._states(article)) for article in held]
        return [decode(pair_scores(one, by_of(one, seconds[None])), thresholds) for one in unseen]

    def _second(self, looks: Sequence[FirstLook], without: int | None) -> PairModel:
        places = self._places(without)
        chosen = [self._train[place] for place in places]
        return fit_second([looks[place] for place in places], chosen, self._seed)

    def _states(self, article: TrainingArticle) -> SpanStates | None:
        if self._spans is None or article.states is None:
            return None
        return SpanStates(article.layout, article.states, self._spans[0].scale)


def look(scorers: Scorers, article: TrainingArticle, spans: SpanStates | None) -> FirstLook:
    """Return the first look at an article."""
    return first_look(article.layout, article.pairs, article.institutions, scorers, spans)


def by_of(first: FirstLook, second: PairModel | None) -> Floats:
    """Return the institutions' probabilities, of the second look where there is one."""
    return first.by if second is None else first.again(second)


def both(scorers: Scorers) -> Scorers:
    """Return the scorers as they are."""
    return scorers


def trees_alone(scorers: Scorers) -> Scorers:
    """Return the scorers without their nets."""
    return PairScorer(scorers[0].trees, None), PairScorer(scorers[1].trees, None)


def nets_alone(scorers: Scorers) -> Scorers:
    """Return the scorers without their trees."""
    return cast("Scorers", tuple(NetAlone(scorer.net) for scorer in scorers if scorer.net is not None))


class NetAlone:
    """A scorer that asks its net only."""

    def __init__(self, net: PairNet) -> None:
        self._net = net

    def probability(self, table: PairTable, states: PairStates) -> Floats:
        """See :meth:`PairScorer.probability`."""
        return self._net.probability(table.rows, states)


def counts_of(articles: Sequence[AnnotatedArticle], links: Sequence[Links]) -> list[ArticleCounts]:
    """Return the counts of articles whose gold mentions were linked so."""
    pairs = zip(articles, links, strict=True)
    return score_articles(articles, {article.id: extraction(article, own) for article, own in pairs})


def extraction(article: AnnotatedArticle, links: Links) -> Extraction:
    """Return the extraction of an article whose mentions are the gold ones."""
    mentions = gold_mentions(article)
    return Extraction(
        id=article.id,
        text_sha256=text_sha256(article.text),
        model=ModelInfo(name="linker", version="0"),
        mentions=mentions,
        records=build_records(article.text, mentions, links).records,
    )


def scores(report: EvaluationReport) -> dict[str, Score]:
    """Return the three scores by name."""
    return {"with": report.links["with"], "by": report.links["by"], "records": report.records}


def line(report: EvaluationReport) -> str:
    """Return the scores with their intervals on one line."""
    return ", ".join(
        f"{name} {score.f1 or 0:.3f} ({score.low or 0:.3f} to {score.high or 0:.3f})"
        for name, score in scores(report).items()
    )


def figures(report: EvaluationReport) -> dict[str, Any]:
    """Return the scores for the model card."""
    return {
        name: {"f1": score.f1, "low": score.low, "high": score.high} for name, score in scores(report).items()
    }


if __name__ == "__main__":
    main()
