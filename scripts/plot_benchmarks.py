"""Draw the kept results of ``ie-model benchmark --save``: one PNG for each kind of figure that they hold.

    python scripts/plot_benchmarks.py [--results benchmarks/results] [--output benchmarks]

``speed.png``: articles a second by result, runtime and workers, and the pipeline's. ``ratio.png``: how many
times as fast as the pipeline. ``scaling.png``: cost and memory by number of articles. Bars of different
machines stand side by side because they are kept side by side, not because they compare.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ie_model.benchmark.results import RESULTS, load_results

OURS, THEIRS = "#1b6ca8", "#c2571a"


def main() -> None:
    """Draw what the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of kept results")
    parser.add_argument("--output", type=Path, default=RESULTS.parent, help="folder for the images")
    options = parser.parse_args()
    mpl.use("agg")
    results = load_results(options.results)
    options.output.mkdir(parents=True, exist_ok=True)
    drawn = {
        "speed.png": plot_speed(results),
        "ratio.png": plot_ratio(results),
        "scaling.png": plot_scaling(results),
    }
    for name, figure in drawn.items():
        if figure is not None:
            figure.savefig(options.output / name, dpi=120, metadata={"Software": None})
            print(options.output / name)


def plot_speed(results: list[dict[str, Any]]) -> Figure:
    """Articles a second of every result."""
    rows = [
        (f"{name_of(result)}\n{row['runtime']}, {row['workers']}", row["articles_per_second"], OURS)
        for result in results
        for row in result["throughput"]
    ]
    rows += [
        (f"{name_of(result)}\npipeline", result["pipeline"]["best"]["articles_per_second"], THEIRS)
        for result in results
        if result["pipeline"]
    ]
    return bars(rows, "articles a second")


def plot_ratio(results: list[dict[str, Any]]) -> Figure | None:
    """How many times as fast as the pipeline; None where nothing was compared."""
    rows = [
        (f"{name_of(result)}\n{setting}", one["ratio"], OURS)
        for result in results
        if result["pipeline"]
        for setting, one in result["pipeline"]["compared"].items()
    ]
    if not rows:
        return None
    figure = bars(rows, "times as fast as the pipeline, one core each")
    figure.axes[0].axvline(1, color="#999999", linewidth=1, linestyle="--")
    return figure


def plot_scaling(results: list[dict[str, Any]]) -> Figure | None:
    """Cost and memory by number of articles; None where that was not measured."""
    measured = [result for result in results if result["scaling"]]
    if not measured:
        return None
    figure = Figure(figsize=(8, 3.5), layout="constrained")
    cost, memory = figure.subplots(1, 2)
    for result in measured:
        sizes = result["scaling"]["sizes"]
        counts = [row["articles"] for row in sizes]
        hours = [row["core_hours_per_million"] for row in sizes]
        cost.plot(counts, hours, marker="o", label=name_of(result))
        memory.plot(counts, [row["peak_memory_mb"] or 0 for row in sizes], marker="o", label=name_of(result))
    for axes, label in ((cost, "core hours a million articles"), (memory, "peak memory, MB")):
        axes.set(xlabel="articles", ylabel=label, xscale="log", ylim=(0, None))
    cost.legend(fontsize=7)
    return figure


def bars(rows: list[tuple[str, dict[str, Any], str]], label: str) -> Figure:
    """Draw one bar a row, with the interval where there is one."""
    figure = Figure(figsize=(8, 1 + 0.5 * len(rows)), layout="constrained")
    axes: Axes = figure.add_subplot()
    for place, (_, one, colour) in enumerate(rows):
        low, high = one["interval"] or (one["median"], one["median"])
        spread = [[one["median"] - low], [high - one["median"]]]
        axes.barh(place, one["median"], color=colour, xerr=spread, capsize=3)
    axes.set_yticks(range(len(rows)), [name for name, _, _ in rows], fontsize=7)
    axes.invert_yaxis()
    axes.set_xlabel(label)
    return figure


def name_of(result: dict[str, Any]) -> str:
    """Return what tells a result from the others."""
    machine = result["machine"]
    return f"{result['date']} {result['commit'] or 'installed'}, {machine['processor']}"


if __name__ == "__main__":
    main()
