"""Speed, start-up and memory by runtime and workers, and cost as the number of articles grows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from ie_model.benchmark.figures import estimate, shortened
from ie_model.benchmark.files import FreshFiles
from ie_model.benchmark.predicting import command_options, read_extractions
from ie_model.benchmark.processes import SideProcess, first_extraction_seconds
from ie_model.benchmark.quality import strict_f1

LINEAR: Final = 1.1
"""Cost of an article may differ between sizes by so much and still be called linear."""
WARM_UP_ARTICLES: Final = 4
"""Articles before those that are counted, as their number grows."""
_MILLION: Final = 1_000_000


def our_side(model: str | None, runtime: str, workers: int) -> dict[str, Any]:
    """Return what a process of our side loads."""
    return {"side": "predict", "model": model, "runtime": runtime, "workers": workers}


def measure_speed(
    files: FreshFiles,
    model: str | None,
    runtime: str,
    workers: int,
    *,
    repeat: int,
    warm_up: int,
) -> dict[str, Any]:
    """Return articles and tokens a second, start-up, memory and F1 of one runtime with so many workers.

    It runs on as many cores as it has workers.

    Args:
        files: The articles.
        model: Folder of the model; None for the shipped release.
        runtime: What computes the encoder.
        workers: At least 1.
        repeat: Runs that count, and starts; at least 1.
        warm_up: Runs before them.

    Raises:
        IeModelError: The side failed.
    """
    rates: list[tuple[float, float]] = []
    with SideProcess(our_side(model, runtime, workers), cores=workers) as side:
        output = files.new_output()
        side.ask({"articles": str(files.variant(0).path), "output": str(output)})
        quality = strict_f1(files.chosen.gold, read_extractions(output))
        for turn in range(1, 1 + warm_up + repeat):
            file = files.variant(turn)
            reply = side.ask({"articles": str(file.path), "output": str(files.new_output())})
            if turn > warm_up:
                rates.append((file.articles / reply["seconds"], file.tokens / reply["seconds"]))
        peak = side.peak_memory_mb
    articles, tokens = (estimate(values) for values in zip(*rates, strict=True))
    one, options = files.variant(0, 1).path, command_options(runtime)
    starts = [
        first_extraction_seconds(one, files.new_output(), model=model, options=options, cores=workers)
        for _ in range(repeat)
    ]
    return {
        "runtime": runtime,
        "workers": workers,
        "articles_per_second": articles.to_json(),
        "tokens_per_second": tokens.to_json(),
        "startup_seconds": estimate(starts).to_json(),
        "peak_memory_mb": peak,
        "f1": quality["f1"],
        "f1_interval": quality["interval"],
    }


def measure_scaling(
    files: FreshFiles,
    model: str | None,
    runtime: str,
    workers: int,
    *,
    sizes: Sequence[int],
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Return cost and memory for each number of articles, each in a fresh process, and whether they grow.

    Args:
        files: The articles that as many are made from as are wanted.
        model: See :func:`measure_speed`.
        runtime: See :func:`measure_speed`.
        workers: See :func:`measure_speed`.
        sizes: Numbers of articles.
        say: Called with each size as it begins.

    Raises:
        IeModelError: A side failed.
    """
    rows: list[dict[str, Any]] = []
    for size in sizes:
        say(f"{size} articles")
        file = files.variant(1, size)
        with SideProcess(our_side(model, runtime, workers), cores=workers) as side:
            loaded = side.peak_memory_mb
            # What the first articles alone cost is no matter of how many there are.
            first = files.variant(0, WARM_UP_ARTICLES)
            side.ask({"articles": str(first.path), "output": str(files.new_output())})
            reply = side.ask({"articles": str(file.path), "output": str(files.new_output())})
            peak = side.peak_memory_mb
        rows.append(
            {
                "articles": size,
                "seconds": shortened(reply["seconds"]),
                "seconds_per_million": shortened(reply["seconds"] / size * _MILLION),
                "core_hours_per_million": shortened(reply["cpu_seconds"] / size * _MILLION / 3600),
                "peak_memory_mb": peak,
                "memory_once_loaded_mb": loaded,
            }
        )
    costs = [row["seconds_per_million"] for row in rows]
    return {
        "runtime": runtime,
        "workers": workers,
        "sizes": rows,
        "linear": max(costs) <= LINEAR * min(costs) if len(rows) > 1 else None,
        "most_to_least": shortened(max(costs) / min(costs)),
    }
