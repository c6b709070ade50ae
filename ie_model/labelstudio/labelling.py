"""The labelling interface of a project, as Label Studio's XML.

The article stands right to left under a row of labels that stays in sight; ``with`` and ``by`` are the
only relations; notes are for people and are passed over by training. Names of tags are those that the
corpus reads (:mod:`ie_model.corpus.labelstudio_json`).

A span is cut where the annotator cuts it: snapping to words (``granularity="word"``) would take hold of
half-words at ZWNJ («شهرک‌های») and of a glued ی, both of which the guide cuts by sense.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as ET

from ie_model.corpus.labelstudio_json import FROM_NAME, TO_NAME
from ie_model.schema import AMOUNT, INSTITUTION, LABELS, PERCENTAGE, TARGET

NOTES_NAME: Final = "notes"
"""Name of the ``TextArea`` tag; its results are no part of the corpus."""
RELATION_KINDS: Final = ("with", "by")
"""What a relation may say (annotation guide, section 4)."""

COLOURS: Final = {AMOUNT: "#0b7a3e", TARGET: "#b34700", PERCENTAGE: "#1d4fd7", INSTITUTION: "#8a1c7c"}
"""Background of each label: dark enough that white on it, and it on white, both have a contrast over 4.5
(WCAG 2.2, success criterion 1.4.3), and apart for eyes that do not tell red from green."""
MORE_COLOURS: Final = ("#00707a", "#7a5200", "#5b3fc4", "#a3123f", "#4d6600", "#3c4f63")
"""For labels that a config adds, in order, again from the first when they are used up."""
STYLE: Final = (
    ".lsf-richtext__container { font-size: 18px !important; line-height: 1.9 !important; } "
    ".lsf-labels .lsf-label { direction: ltr; margin-left: 8px; }"
)
"""Size and line spacing of the article: Persian letters are small for their font size, and the lines of
relations need room between those of the text (Label Studio's own: 16 on 20 pixels). Labels are Latin: what
stands in one keeps its order, though the row of them begins on the right."""
HOT_KEYS: Final = "1234567890"
"""One key a label, in order; Label Studio's own habit."""


def labelling_config(labels: Sequence[str] = LABELS) -> str:
    """Return the XML of the interface for ``labels``, indented; equal labels give equal bytes."""
    view = ET.Element("View", style="direction: rtl; text-align: right;")
    ET.SubElement(view, "Style").text = STYLE
    _add_labels(view, labels)
    paper = ET.SubElement(view, "View", style="direction: rtl; text-align: right; padding: 0.5em 0.25em;")
    ET.SubElement(paper, "Text", name=TO_NAME, value=f"${TO_NAME}")
    relations = ET.SubElement(view, "Relations")
    for kind in RELATION_KINDS:
        ET.SubElement(relations, "Relation", value=kind)
    ET.SubElement(
        view,
        "TextArea",
        name=NOTES_NAME,
        toName=TO_NAME,
        rows="2",
        editable="true",
        placeholder="یادداشت برای همکاران (اختیاری)",
    )
    ET.indent(view)
    return ET.tostring(view, encoding="unicode")


def colour_of(label: str, labels: Sequence[str] = LABELS) -> str:
    """Return the background of ``label`` among ``labels``, as ``#rrggbb``."""
    others = [other for other in labels if other not in COLOURS]
    if label in COLOURS:
        return COLOURS[label]
    return MORE_COLOURS[others.index(label) % len(MORE_COLOURS)]


def _add_labels(view: ET.Element, labels: Sequence[str]) -> None:
    bar = ET.SubElement(
        view,
        "View",
        style="position: sticky; top: 0; z-index: 5; background: var(--color-neutral-background, #fff); "
        "padding: 0.4em 0; direction: rtl;",
    )
    choices = ET.SubElement(bar, "Labels", name=FROM_NAME, toName=TO_NAME, showInline="true", opacity="0.25")
    for place, label in enumerate(labels):
        shown = ET.SubElement(choices, "Label", value=label, background=colour_of(label, labels))
        if place < len(HOT_KEYS):
            shown.set("hotkey", HOT_KEYS[place])
