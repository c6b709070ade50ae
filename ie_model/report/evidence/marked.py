"""An article's text with its mentions marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ie_model.report.markup import Safe, element, joined
from ie_model.schema import AMOUNT, INSTITUTION, PERCENTAGE, TARGET, Mention

#: Classes of the style sheet by label; any other label is drawn as :data:`OTHER`.
CLASSES: Final = {AMOUNT: "A", TARGET: "T", PERCENTAGE: "P", INSTITUTION: "I"}
OTHER: Final = "O"


def marked(text: str, mentions: Sequence[Mention], ids: Sequence[str], *, start: int = 0) -> Safe:
    """Return ``text`` from ``start`` on with a ``<mark>`` around every mention.

    Where mentions cross or nest, each is cut at the other's ends: its first piece has its id, every further
    one names it in ``data-of``. No character of the text is added, left out or moved.

    Args:
        text: The article as given; offsets are half-open code points into it.
        mentions: In any order. One that ends behind the text is cut; one that lies behind it is left out.
        ids: The element id of each mention.
        start: Code points that are left out; no mention begins there.
    """
    return joined(*_pieces(text, mentions, ids, start))


def _pieces(text: str, mentions: Sequence[Mention], ids: Sequence[str], start: int) -> Iterator[str]:
    order = sorted(range(len(mentions)), key=lambda n: (mentions[n].start, -mentions[n].end, n))
    open_: list[int] = []
    begun: set[int] = set()
    position, arrived = start, 0
    while True:
        open_ = [n for n in open_ if mentions[n].end > position]
        while arrived < len(order) and mentions[order[arrived]].start <= position:
            open_.append(order[arrived])
            arrived += 1
        cuts = [mentions[n].end for n in open_]
        if arrived < len(order):
            cuts.append(mentions[order[arrived]].start)
        until = min([*cuts, len(text)])
        if until <= position:
            return
        piece: str = text[position:until]
        for n in reversed(open_):
            piece = _mark(piece, mentions[n].label, ids[n], first=n not in begun)
        begun.update(open_)
        yield piece
        position = until


def _mark(piece: str, label: str, id: str, *, first: bool) -> Safe:
    kind = CLASSES.get(label, OTHER)
    return element("mark", piece, id=id if first else None, data_of=None if first else id, class_=kind)
