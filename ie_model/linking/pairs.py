"""The learned linker: scorers say how likely two mentions belong together, then one decoding.

Five-fold cross-validation by article over 351 real articles, given gold mentions: trees alone ``with`` F1
0.774, ``by`` 0.716, exact records 0.704; trees, nets and second look 0.787, 0.769 and 0.730; the rules reach
0.354, 0.428 and 0.550 (``docs/experiments.md``). Annotators agree on 0.91, 0.92 and 0.91.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ie_model.errors import ModelError
from ie_model.linking import by_features, with_features
from ie_model.linking.base import LinkedRecord, write_json
from ie_model.linking.decoding import Pair, Thresholds, agglomerate, average_link, pool_by
from ie_model.linking.features import Floats
from ie_model.linking.layout import Layout, lay_out
from ie_model.linking.scorers import (
    SECOND_NAMES,
    FirstLook,
    PairModel,
    PairScorer,
    by_table,
    first_look,
    with_table,
)
from ie_model.linking.span_states import SpanStates
from ie_model.schema import Mention
from ie_model.token_states import TokenStates


@dataclass(frozen=True)
class PairScores:
    """Probabilities of the candidate pairs of one article: all that decoding needs."""

    layout: Layout
    links: Mapping[Pair, float]
    by: Mapping[int, Mapping[int, float]]


def decode(scores: PairScores, thresholds: Thresholds) -> tuple[LinkedRecord, ...]:
    """Group quantities, then take institutions; each name once, by its best-supported mention."""
    layout = scores.layout
    groups = agglomerate(len(layout.quantities), scores.links, thresholds.join)
    owner = {quantity: place for place, group in enumerate(groups) for quantity in group}
    rivals: dict[int, set[int]] = {place: set() for place in range(len(groups))}
    for i, j in scores.links:
        if owner[i] != owner[j]:
            rivals[owner[i]].add(owner[j])
            rivals[owner[j]].add(owner[i])
    records = []
    for place, group in enumerate(groups):
        pooled = pool_by(group, scores.by)
        certainties = [
            *_certainties_of_group(group, [groups[rival] for rival in sorted(rivals[place])], scores.links),
            *(p if p >= thresholds.by else 1.0 - p for p in pooled.values()),
        ]
        records.append(
            LinkedRecord(
                tuple(layout.quantities[index].mention.id for index in group),
                _institutions(layout, pooled, thresholds.by),
                min(certainties, default=1.0),
            )
        )
    return tuple(records)


def _certainties_of_group(
    group: Sequence[int], rivals: Sequence[Sequence[int]], links: Mapping[Pair, float]
) -> list[float]:
    inside = [
        average_link([index], [i for i in group if i != index], links) for index in group if len(group) > 1
    ]
    return inside + [1.0 - average_link(group, rival, links) for rival in rivals]


def _institutions(layout: Layout, pooled: Mapping[int, float], threshold: float) -> tuple[str, ...]:
    best: dict[str, int] = {}
    for index, probability in sorted(pooled.items()):
        key = layout.institution_keys[index]
        if probability >= threshold and (key not in best or probability > pooled[best[key]]):
            best[key] = index
    return tuple(layout.institutions[index].mention.id for index in sorted(best.values()))


@dataclass(frozen=True)
class PairLinker:
    """Two scorers, the second look and the thresholds of decoding; trained by ``training.train_linker``."""

    with_scorer: PairScorer
    by_scorer: PairScorer
    second: PairModel
    thresholds: Thresholds

    @property
    def wants_states(self) -> bool:
        """Whether it has nets and needs the encoder's states."""
        return self.with_scorer.net is not None

    def score(self, layout: Layout, states: TokenStates | None) -> PairScores:
        """Return the probabilities of the candidate pairs of an article.

        Raises:
            ModelError: It has nets, and no states are given.
        """
        spans = None
        if self.with_scorer.net is not None:
            if states is not None:
                spans = SpanStates(layout, states, self.with_scorer.net.states)
            elif layout.quantities:
                raise ModelError("this linker needs the encoder's states of the article")
        scorers = self.with_scorer, self.by_scorer
        look = first_look(layout, with_table(layout), by_table(layout), scorers, spans)
        return pair_scores(look, look.again(self.second))

    def link(
        self, text: str, mentions: Sequence[Mention], states: TokenStates | None = None
    ) -> tuple[LinkedRecord, ...]:
        """See :meth:`ie_model.linking.base.Linker.link`."""
        return decode(self.score(lay_out(text, mentions), states), self.thresholds)

    def save(self, path: Path) -> None:
        """Write the linker as one JSON file, which ``load_linker`` reads.

        Raises:
            OutputError: The file cannot be written.
        """
        parts = {
            "thresholds": {"join": self.thresholds.join, "by": self.thresholds.by},
            "with": self.with_scorer.to_json(),
            "by": self.by_scorer.to_json(),
            "second": self.second.to_json(),
        }
        write_json(path, "learned", parts)


def pair_scores(look: FirstLook, by: Floats) -> PairScores:
    """Put probabilities, those of the institutions from the second look, back to their pairs."""
    owners: dict[int, dict[int, float]] = {}
    for (quantity, institution), probability in zip(look.institutions.pairs, by.tolist(), strict=True):
        owners.setdefault(quantity, {})[institution] = probability
    return PairScores(look.layout, dict(zip(look.pairs.pairs, look.links.tolist(), strict=True)), owners)


def pair_linker_from_json(tree: Mapping[str, Any], *, where: str) -> PairLinker:
    """Read what :meth:`PairLinker.save` wrote.

    Raises:
        ModelError: A part is missing or damaged.
    """
    try:
        thresholds = Thresholds(float(tree["thresholds"]["join"]), float(tree["thresholds"]["by"]))
        with_tree, by_tree, second = tree["with"], tree["by"], tree["second"]
        return PairLinker(
            PairScorer.from_json(with_tree, with_features.WITH_GROUPS, where=f"{where} (with)"),
            PairScorer.from_json(by_tree, by_features.BY_GROUPS, where=f"{where} (by)"),
            PairModel.from_json(second, SECOND_NAMES, where=f"{where} (second)"),
            thresholds,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError("the linker cannot be read", where=where, found=repr(error)) from error
