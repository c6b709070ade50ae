"""What annotators did with the pre-annotations that they were given.

Compared are the mentions of the prediction that an annotation started from and those that were submitted,
paired one to one by :func:`ie_model.evaluation.pairing.pair_mentions`:

- **kept**: same label, start and end;
- **relabelled**: same start and end, another label;
- **moved**: same label, another start or end, at least one code point shared;
- **moved and relabelled**: another label and other ends, at least one code point shared;
- **deleted**: of the prediction, without a partner;
- **added**: submitted, without a partner.

Links are compared by the spans they join, as in the scores: kept, deleted, added. A link whose mention was
moved is thus deleted and added. Region ids are not looked at: an annotator may delete a region and draw it
anew. An annotation that started empty is not counted at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ie_model.corpus.model import AnnotatedArticle
from ie_model.evaluation.facts import gold_facts
from ie_model.evaluation.pairing import pair_mentions
from ie_model.labelstudio.exports import UNKNOWN, Reading

KEPT, MOVED, RELABELLED, BOTH = "kept", "moved", "relabelled", "moved and relabelled"
DELETED, ADDED = "deleted", "added"
OUTCOMES: Final = (KEPT, MOVED, RELABELLED, BOTH, DELETED, ADDED)
_OF_DIFFERENCE: Final = {
    None: KEPT,
    "wrong_label": RELABELLED,
    "wrong_span": MOVED,
    "wrong_label_and_span": BOTH,
}


@dataclass(frozen=True)
class Acceptance:
    """Outcomes of the pre-annotations of one model version.

    Attributes:
        annotations: That started from a prediction of it.
        untouched: Of these, submitted with the very same mentions and links.
        mentions: By label, then by outcome. A changed mention counts under the label it was predicted with,
            an added one under its own.
        links: ``with``, ``by`` and ``records``, each by ``kept``, ``deleted``, ``added``.
    """

    annotations: int = 0
    untouched: int = 0
    mentions: Mapping[str, Counter[str]] = field(default_factory=dict)
    links: Mapping[str, Counter[str]] = field(default_factory=dict)

    @property
    def total(self) -> Counter[str]:
        """Outcomes of the mentions of all labels."""
        return sum(self.mentions.values(), Counter())

    @property
    def rate(self) -> float | None:
        """Share of the predicted mentions that were kept; None if there are none."""
        predicted = self.total.total() - self.total[ADDED]
        return self.total[KEPT] / predicted if predicted else None


def acceptance(readings: Iterable[Reading]) -> dict[str, Acceptance]:
    """Return what became of pre-annotations, by model version."""
    found: dict[str, list[tuple[AnnotatedArticle, AnnotatedArticle]]] = {}
    for reading in readings:
        if reading.start is not None:
            found.setdefault(reading.start_version or UNKNOWN, []).append((reading.start, reading.article))
    return {version: _of_version(found[version]) for version in sorted(found)}


def _of_version(pairs: Iterable[tuple[AnnotatedArticle, AnnotatedArticle]]) -> Acceptance:
    mentions: dict[str, Counter[str]] = {}
    links: dict[str, Counter[str]] = {"with": Counter(), "by": Counter(), "records": Counter()}
    annotations = untouched = 0
    for before, after in pairs:
        annotations += 1
        changes = [*_mention_outcomes(before, after), *_link_outcomes(before, after, links)]
        for label, outcome in changes:
            if label:
                mentions.setdefault(label, Counter())[outcome] += 1
        untouched += all(outcome == KEPT for _, outcome in changes)
    return Acceptance(annotations, untouched, dict(sorted(mentions.items())), links)


def _mention_outcomes(before: AnnotatedArticle, after: AnnotatedArticle) -> Iterable[tuple[str, str]]:
    pairs, deleted, added = pair_mentions(before.mentions, after.mentions)
    yield from ((mention.label, _OF_DIFFERENCE[kind]) for kind, mention, _ in pairs)
    yield from ((mention.label, DELETED) for mention in deleted)
    yield from ((mention.label, ADDED) for mention in added)


def _link_outcomes(
    before: AnnotatedArticle, after: AnnotatedArticle, links: Mapping[str, Counter[str]]
) -> Iterable[tuple[str, str]]:
    """Count the links, and yield their outcomes without a label."""
    first, second = gold_facts(before), gold_facts(after)
    sides = {
        "with": (first.with_pairs, second.with_pairs),
        "by": (first.by_pairs, second.by_pairs),
        "records": (frozenset(first.records), frozenset(second.records)),
    }
    for kind, (old, new) in sides.items():
        counts = Counter({KEPT: len(old & new), DELETED: len(old - new), ADDED: len(new - old)})
        links[kind].update(counts)
        yield from (("", outcome) for outcome in counts.elements())
