"""What a cluster gives: hours, core-hours and storage for many articles, from a measured speed of one core.

The speed comes from ``ie-model benchmark`` on the machines that are to do the work; everything else is
multiplication, so the table is what holds while nothing but the cores is short (``docs/scale.md`` says what
else may be). ``--output`` measures bytes of output per article in finished output folders.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

CORES = (1, 100, 10_000)
#: Kinds of output files, by what their names begin with or the folder of parts they lie in.
KINDS = ("extractions", "quantities")


def seconds(articles: int, articles_per_second: float, cores: int) -> float:
    """Return how long ``cores`` take, each at ``articles_per_second``."""
    return articles / (articles_per_second * cores)


def duration(value: float) -> str:
    """Return seconds in the largest unit of which there is more than one."""
    for unit, size in (("years", 365 * 86400), ("days", 86400), ("hours", 3600), ("minutes", 60)):
        if value >= 1.5 * size:
            return f"{value / size:,.1f} {unit}"
    return f"{value:.1f} seconds"


def table(articles: int, articles_per_second: float) -> str:
    """Return the table in Markdown."""
    lines = [f"| cores | {articles:,} articles | articles a second |", "| ---: | ---: | ---: |"]
    for cores in CORES:
        took = duration(seconds(articles, articles_per_second, cores))
        lines.append(f"| {cores:,} | {took} | {articles_per_second * cores:,.0f} |")
    return "\n".join(lines)


def bytes_per_article(folder: Path) -> float:
    """Return the bytes of extractions and table per article in a finished output folder."""
    articles = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["articles"]
    files = [path for kind in KINDS for path in (*folder.glob(f"{kind}.*"), *folder.glob(f"{kind}/part-*"))]
    return sum(path.stat().st_size for path in files) / articles


def main() -> None:
    """Print the table, and what the outputs named weigh."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles-per-second", type=float, required=True, help="of one core, measured")
    parser.add_argument("--articles", type=int, default=10**8)
    parser.add_argument("--output", type=Path, nargs="*", default=[], help="finished output folders")
    arguments = parser.parse_args()
    print(table(arguments.articles, arguments.articles_per_second))
    for folder in arguments.output:
        each = bytes_per_article(folder)
        print(f"{folder}: {each:,.0f} bytes an article, {each * arguments.articles / 1e9:,.0f} GB")


if __name__ == "__main__":
    main()
