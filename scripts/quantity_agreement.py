"""How often the quantity reader gives the annotator's value, by gold file.

    python scripts/quantity_agreement.py annotations/gold.jsonl [MORE.jsonl ...] [--show]

Prints, for every gold JSON Lines file, the share of values that agree (low and high of a range both), the
share of units, quantities a second on one core, and where they disagree: article and mention ids, offsets
and both values. ``--show`` adds the surface with some context.
"""

from __future__ import annotations

import argparse
import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from ie_model.quantities import Reading, read_quantity
from ie_model.quantities.tables import unit_key
from ie_model.quantities.units import head_noun

#: Relative difference that a value written as a 64-bit float may show.
FLOAT_NOISE = Decimal("1e-12")


def main() -> None:
    """Compare every gold value of the files on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("gold", nargs="+", type=Path)
    parser.add_argument("--show", action="store_true", help="print the surface and its context too")
    options = parser.parse_args()
    for path in options.gold:
        compare(path, show=options.show)


def compare(path: Path, *, show: bool) -> None:
    """Print the agreement of one gold file and its disagreements."""
    lines = path.read_text(encoding="utf-8").splitlines()
    articles = [json.loads(line) for line in lines if line.strip()]
    total = agree = units = units_agree = 0
    wrong: list[str] = []
    elapsed = 0.0
    for article in articles:
        for mention in article["mentions"]:
            gold = mention.get("quantity")
            if not gold:
                continue
            began = time.process_time()
            reading = read_quantity(article["text"], mention["start"], mention["end"], label=mention["label"])
            elapsed += time.process_time() - began
            total += 1
            if same_value(reading, gold["value"]):
                agree += 1
            else:
                wrong.append(describe(article, mention, reading, show=show))
            if gold.get("unit"):
                units += 1
                units_agree += same_unit(reading, gold["unit"])
    print(f"{path}: values {agree}/{total} = {agree / max(total, 1):.4f}, ", end="")
    print(f"units {units_agree}/{units} = {units_agree / max(units, 1):.4f}, ", end="")
    print(f"{total / max(elapsed, 1e-9):,.0f} quantities a second")
    for line in wrong:
        print("  " + line)


def same_value(reading: Reading, gold: Any) -> bool:
    """Whether the reading gives the gold value, or both ends of the gold range."""
    quantity = reading.quantity
    mine = [quantity.low, quantity.high] if isinstance(gold, list) else [quantity.value]
    theirs = gold if isinstance(gold, list) else [gold]
    return all(
        a is not None and abs(a - Decimal(repr(b))) <= abs(a) * FLOAT_NOISE
        for a, b in zip(mine, theirs, strict=True)
    )


def same_unit(reading: Reading, gold: str) -> bool:
    """Whether the gold unit is the unit or the item that was read."""
    key = unit_key(head_noun(gold))
    names = [name for name in (reading.quantity.unit, reading.quantity.item) if name]
    return any(key in (unit_key(name), unit_key(head_noun(name))) for name in names)


def describe(article: dict[str, Any], mention: dict[str, Any], reading: Reading, *, show: bool) -> str:
    """One line for a disagreement; no article text unless ``show``."""
    quantity = reading.quantity
    mine = [quantity.low, quantity.high] if quantity.low is not None else quantity.value
    line = f"{article['id']} {mention['id']} [{mention['start']}, {mention['end']}) "
    line += f"gold {mention['quantity']['value']} read {mine}"
    if show:
        start, end = mention["start"], mention["end"]
        context = article["text"][max(0, start - 50) : start] + "⟦" + mention["text"] + "⟧"
        context += article["text"][end : end + 70]
        line += f" | {context!r} {reading.warnings}"
    return line


if __name__ == "__main__":
    main()
