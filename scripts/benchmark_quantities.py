"""How many quantities a second are read, and how much text is searched for them, on one core.

    python scripts/benchmark_quantities.py [GOLD.jsonl ...] [--passes 7]

Reads every gold quantity of ``annotations/`` (or of the gold files given). The first pass fills the
caches and is told apart; the others are shown as median, least and most. Prints the processor: figures of
different machines, or of a busy one, do not compare.
"""

from __future__ import annotations

import argparse
import gc
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ie_model.corpus.model import AnnotatedArticle
from ie_model.corpus.store import load_corpus
from ie_model.quantities import find_quantities, read_quantity
from ie_model.schema import QUANTITY_LABELS

ANNOTATIONS = Path(__file__).parents[1] / "annotations"


def main() -> None:
    """Time the reader and the finder over the articles of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("gold", nargs="*", type=Path, help="gold files; the repository's own if none")
    parser.add_argument("--passes", type=int, default=7, help="timed passes after the first")
    options = parser.parse_args()
    articles = load_corpus(options.gold or [ANNOTATIONS])
    spans = [
        (article.text, mention.start, mention.end, mention.label)
        for article in articles
        for mention in article.mentions
        if mention.label in QUANTITY_LABELS
    ]
    print(f"{processor()}, Python {platform.python_version()}: {len(articles)} articles")
    report("read_quantity", "quantities", len(spans), lambda: read_all(spans), options.passes)
    characters = sum(len(article.text) for article in articles)
    report("find_quantities", "characters", characters, lambda: find_all(articles), options.passes)


def report(name: str, unit: str, amount: int, work: Callable[[], None], passes: int) -> None:
    """Print how fast ``work`` goes through ``amount`` units."""
    first, *rates = (amount / seconds(work) for _ in range(passes + 1))
    spread = f"{min(rates):,.0f} to {max(rates):,.0f}"
    print(f"{name}: {statistics.median(rates):,.0f} {unit}/s ({spread}), first pass {first:,.0f}")


def seconds(work: Callable[[], None]) -> float:
    """Return the processor time that ``work`` takes; other processes do not count."""
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


def read_all(spans: Sequence[tuple[str, int, int, str]]) -> None:
    """Read every span."""
    for text, start, end, label in spans:
        read_quantity(text, start, end, label=label)


def find_all(articles: Sequence[AnnotatedArticle]) -> None:
    """Search every article."""
    for article in articles:
        find_quantities(article.text)


def processor() -> str:
    """Return the processor's name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")


if __name__ == "__main__":
    main()
