"""The rule baseline: a few lines of grammar, no training.

Neighbouring quantities of one sentence join when the words between them say so («برای», «به ارزش», «معادل»,
«از ... به ...»); an institution joins when it is named as the agent («از سوی», «توسط») or stands before the
quantity in its clause and is not merely quoted. It is what the learned linker is measured against
(``scripts/crossval_linker.py``), and what links when a config asks for ``linker.method=rules``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ie_model.linking import words
from ie_model.linking.base import LinkedRecord, write_json
from ie_model.linking.layout import Layout, Place, begin_among, lay_out
from ie_model.schema import PERCENTAGE, TARGET, Mention
from ie_model.token_states import TokenStates

#: Links of rules carry no probability; this is about how often a record of this linker is exactly right.
RULE_CONFIDENCE: Final = 0.5
#: Words between two quantities of one record, at most.
MAX_WITH_WORDS: Final = 8
#: Words between an institution and its quantity, at most.
MAX_BY_WORDS: Final = 12

#: Between money and what it was spent on, or things and what they cost or yield.
PURPOSE: Final = words.as_set("برای ارزش مبلغ اعتبار سرمایه هزینه معادل با ازای قالب طی بالغ جهت")
#: Between an amount or target and its percentage.
EQUATES: Final = words.as_set("معادل یعنی که حدود درصد تحقق")
#: Between a change and the level reached.
CHANGES: Final = words.as_set("رشد افزایش کاهش")
#: After an institution that only speaks, or before one that only quotes or holds a title.
QUOTES: Final = words.as_set("گزارش نقل گفته خبرنگار")
TITLES: Final = words.as_set(
    "مدیرعامل مدیر مدیرکل رییس رئیس دبیر وزیر معاون سخنگوی عضو نماینده سرپرست مسوول مسئول"
)
AGENT: Final = words.as_set("سوی توسط طرف وسیله محل")


@dataclass(frozen=True)
class RuleLinker:
    """See the module; every record has the confidence :data:`RULE_CONFIDENCE`."""

    wants_states: Final = False

    def link(
        self, text: str, mentions: Sequence[Mention], states: TokenStates | None = None
    ) -> tuple[LinkedRecord, ...]:
        """See :meth:`ie_model.linking.base.Linker.link`."""
        del states
        layout = lay_out(text, mentions)
        groups: list[list[Place]] = []
        for index, place in enumerate(layout.quantities):
            if groups and _joins(layout, layout.quantities[index - 1], place):
                groups[-1].append(place)
            else:
                groups.append([place])
        return tuple(
            LinkedRecord(
                tuple(place.mention.id for place in group),
                _institutions(layout, group),
                RULE_CONFIDENCE,
            )
            for group in groups
        )

    def save(self, path: Path) -> None:
        """Write the linker as one JSON file; ``load_linker`` reads it.

        Raises:
            ModelError: The folder does not exist or cannot be written.
        """
        write_json(path, "rules", {})


def _joins(layout: Layout, left: Place, right: Place) -> bool:
    first, stop = left.stop, right.first
    gap = layout.tokens[first:stop]
    if left.sentence != right.sentence or stop - first > MAX_WITH_WORDS:
        return False
    if layout.count("stop", first, stop) or layout.count("speech", first, stop):
        return False
    if layout.token(left.first - 1) == "از" and "به" in gap[:2]:
        return True
    if left.kind == right.kind:
        return gap[:1] == ["از"] and left.mention.label != TARGET
    if PERCENTAGE in (left.mention.label, right.mention.label):
        return bool(EQUATES.intersection(gap) or CHANGES.intersection(gap))
    return bool(PURPOSE.intersection(gap)) and not layout.count("verb", first, stop)


def _institutions(layout: Layout, group: Sequence[Place]) -> tuple[str, ...]:
    found: dict[str, int] = {}
    for quantity in group:
        sentence = layout.sentence_tokens[quantity.sentence]
        for index in range(*np.searchsorted(layout.institution_spots.first, sentence).tolist()):
            if _acts(layout, layout.institutions[index], quantity):
                found.setdefault(layout.institution_keys[index], index)
    return tuple(layout.institutions[index].mention.id for index in sorted(found.values()))


def _acts(layout: Layout, institution: Place, quantity: Place) -> bool:
    before = layout.token(institution.first - 1)
    if institution.first > quantity.first:
        near = institution.first - quantity.stop <= MAX_BY_WORDS // 2
        return near and before in AGENT and not layout.count("verb", quantity.stop, institution.first)
    first, stop = institution.stop, quantity.first
    if stop - first > MAX_BY_WORDS or layout.count("stop", first, stop):
        return False
    if before in AGENT:
        return True
    quoted = before in QUOTES or before in TITLES or layout.count("speech", first, stop)
    others = (layout.quantity_spots, layout.institution_spots)
    gap = np.array(first), np.array(stop)
    parted = layout.count("verb", first, stop) or any(begin_among(spots, *gap) for spots in others)
    return not (quoted or parted or layout.token(first) in words.COMMAS)
