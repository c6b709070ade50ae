"""The one picture of the architecture, drawn from the two lists below.

It is plain SVG, so it needs no script, is sharp at every size, shows on the pages of a code host, and follows
the reader's light or dark theme.

Example: python scripts/handbook/picture.py
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

PICTURE = Path(__file__).parents[2] / "docs/assets/architecture.svg"
WIDTH, HEIGHT = 1000, 432
BOX_WIDTH, BOX_HEIGHT = 132, 58
ASIDE = 10  # so much an arrow into a box keeps from one out of it


class Box(NamedTuple):
    """One step: its middle, its name, and what it knows or makes."""

    x: int
    y: int
    name: str
    note: str
    kind: str = "step"


BOXES = {
    "article": Box(82, 84, "article", "text as given", "data"),
    "tagger": Box(249, 84, "tagger", "ONNX, 8 bits"),
    "reader": Box(416, 84, "quantity reader", "value, unit, range"),
    "linker": Box(583, 84, "linker", "with, by"),
    "records": Box(750, 84, "records", "checked, dated"),
    "results": Box(917, 84, "results", "files, pages, HTTP", "data"),
    "release": Box(416, 206, "release", "in the package", "data"),
    "annotations": Box(82, 308, "annotations", "Label Studio JSON", "data"),
    "check": Box(249, 308, "check", "guide, folds"),
    "training": Box(416, 308, "training", "tagger, linker"),
    "measuring": Box(583, 308, "measuring", "intervals, errors"),
    "export": Box(750, 308, "export", "8 bits, parity, gate"),
    "news": Box(82, 392, "news", "not annotated", "data"),
    "adapting": Box(249, 392, "adapting", "masked words"),
}
ARROWS = (
    ("article", "tagger", ""),
    ("tagger", "reader", ""),
    ("reader", "linker", ""),
    ("linker", "records", ""),
    ("records", "results", ""),
    ("annotations", "check", ""),
    ("check", "training", ""),
    ("training", "measuring", ""),
    ("measuring", "export", ""),
    ("export", "release", ""),
    ("release", "tagger", "dashed"),
    ("release", "linker", "dashed"),
    ("news", "adapting", ""),
    ("adapting", "training", ""),
)
LANES = ((26, "ie-model predict, serve, Extractor"), (256, "ie-model train, evaluate, crossval, release"))

STYLE = """
text { font: 15px system-ui, sans-serif; text-anchor: middle; fill: #1b2b2a }
.note { font-size: 12px; fill: #4a5f5d }
.lane { font: 13px ui-monospace, monospace; text-anchor: start; fill: #4a5f5d }
rect { fill: #e6f4f1; stroke: #00796b; stroke-width: 1.5 }
.data { fill: #fff8e1; stroke: #b26a00 }
.page { fill: #ffffff; stroke: none }
path { fill: none; stroke: #37514e; stroke-width: 1.6; marker-end: url(#head) }
.dashed { stroke-dasharray: 5 4 }
marker path { fill: #37514e; stroke: none; marker-end: none }
@media (prefers-color-scheme: dark) {
  text { fill: #e3efed } .note, .lane { fill: #a9bfbc }
  rect { fill: #12332f; stroke: #4db6ac } .data { fill: #3a2d10; stroke: #ffb74d } .page { fill: #1e2129 }
  path { stroke: #a9bfbc } marker path { fill: #a9bfbc }
}
"""
DESCRIPTION = (
    "Above: an article goes through the tagger, the quantity reader and the linker to records and results. "
    "Below: annotations are checked and train a tagger and a linker, which are measured and exported to a "
    "release; news without annotation adapts the encoder. The tagger and the linker above run on the release."
)


def draw() -> str:
    """Return the picture as SVG."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'role="img" aria-labelledby="t d">',
        f'<title id="t">Architecture of ie_model</title><desc id="d">{DESCRIPTION}</desc>',
        f"<style>{STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path d="M0 0 8 4 0 8z"/></marker></defs>',
        f'<rect class="page" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
    ]
    parts += [f'<text class="lane" x="20" y="{y}">{text}</text>' for y, text in LANES]
    parts += [_arrow(BOXES[start], BOXES[end], style) for start, end, style in ARROWS]
    parts += [_box(box) for box in BOXES.values()]
    return "\n".join([*parts, "</svg>", ""])


def _box(box: Box) -> str:
    left, top = box.x - BOX_WIDTH // 2, box.y - BOX_HEIGHT // 2
    return (
        f'<rect class="{box.kind}" x="{left}" y="{top}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8"/>'
        f'<text x="{box.x}" y="{box.y - 4}">{box.name}</text>'
        f'<text class="note" x="{box.x}" y="{box.y + 16}">{box.note}</text>'
    )


def _arrow(start: Box, end: Box, style: str) -> str:
    """Draw an arrow from border to border: straight in a row, else with one turn under or over its end."""
    half_width, half_height = BOX_WIDTH // 2, BOX_HEIGHT // 2
    sign = 1 if end.y > start.y else -1
    if start.y == end.y:
        path = f"M{start.x + half_width} {start.y}H{end.x - half_width}"
    elif start is BOXES["export"]:
        path = f"M{start.x} {start.y + sign * half_height}V{end.y + ASIDE}H{end.x + half_width}"
    else:
        side = start.x + (half_width if end.x > start.x else -half_width)
        level = start.y - (ASIDE if style else 0)
        path = f"M{side} {level}H{end.x}V{end.y - sign * half_height}"
    return f'<path class="{style}" d="{path}"/>' if style else f'<path d="{path}"/>'


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
    print(PICTURE.name)
