"""A whole benchmark: what was asked for is measured, part by part, into one result that JSON can hold."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ie_model.benchmark.articles import BenchArticles, choose_articles
from ie_model.benchmark.files import FreshFiles
from ie_model.benchmark.machine import commit_of_package, describe_machine, today
from ie_model.benchmark.paired import ONE_CORE, compare_with_pipeline
from ie_model.benchmark.predicting import read_runtime
from ie_model.benchmark.processes import SideProcess
from ie_model.benchmark.settings import BATCHES
from ie_model.benchmark.sweep import measure_scaling, measure_speed, our_side
from ie_model.errors import IeModelError
from ie_model.extras import require
from ie_model.model_folder import SHIPPED, Manifest, is_release, read_checkpoint, read_manifest
from ie_model.modelling.checkpoint import restore_checkpoint
from ie_model.schema import text_sha256
from ie_model.tagging.backends import ONNX_FILE
from ie_model.tagging.tokenizers import load_tokenizer


@dataclass(frozen=True)
class BenchmarkOptions:
    """What to measure, and how often.

    Raises:
        IeModelError: A number is too small, or there is no such runtime.
    """

    model: Path | None = None
    """Folder of a release; None for the shipped one."""
    checkpoint: Path | None = None
    """What the release was made from, for the pipeline; None takes the weights out of the release."""
    articles: Path | None = None
    """See :func:`ie_model.benchmark.articles.choose_articles`."""
    limit: int | None = None
    """At most so many articles."""
    against_pipeline: bool = False
    batches: tuple[int, ...] = BATCHES
    """Batch sizes tried with the pipeline."""
    workers: tuple[int, ...] = (1,)
    runtimes: tuple[str, ...] = ("onnxruntime",)
    repeat: int = 5
    warm_up: int = 1
    scaling: tuple[int, ...] = ()
    """Numbers of articles to measure cost at."""
    matrix_peak: bool = False

    def __post_init__(self) -> None:
        least_one = {"--repeat": (self.repeat,), "--workers": self.workers, "--batch": self.batches}
        for name, values in {**least_one, "--scaling": self.scaling}.items():
            if any(value < 1 for value in values):
                raise IeModelError("too small", where=name, found=str(min(values)), expected="at least 1")
        for runtime in self.runtimes:
            read_runtime(runtime)


def run_benchmark(options: BenchmarkOptions, say: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Measure and return the result; keys in docs/benchmarks.md.

    Args:
        options: What to measure.
        say: Called with what begins.

    Raises:
        IeModelError: A wrong call; no model, checkpoint or article; a measured process failed.
        MissingExtraError: The pipeline or the matrix peak is asked for without the extra ``train``.
    """
    model = options.model or SHIPPED
    manifest = read_manifest(model)
    if options.against_pipeline:
        require("train", "torch", "transformers")
        read_manifest(options.checkpoint or model)  # a wrong call is told before anything is measured
    if options.matrix_peak:
        require("train", "onnxruntime")
    chosen = choose_articles(options.articles, limit=options.limit)
    with tempfile.TemporaryDirectory(prefix="ie-model-benchmark-") as scratch:
        files = FreshFiles(Path(scratch), chosen, load_tokenizer(model))
        result = _heading(options, manifest, chosen, files)
        compared = None
        if options.against_pipeline:
            checkpoint = _checkpoint(options, Path(scratch))
            trained = read_checkpoint(checkpoint, "opened by the pipeline")
            compared = _compare(options, checkpoint, files, say)
            compared["same_training"] = _same_training(manifest, trained)
            compared["restored"] = checkpoint.parent == Path(scratch)
        throughput = _sweep(options, files, say)
        result |= _main_figures(throughput[0], compared)
        result |= {"throughput": throughput, "pipeline": compared}
        result |= {"scaling": _scaling(options, files, say), "matrix_peak": _peak(options, files, say)}
    return result


def _checkpoint(options: BenchmarkOptions, scratch: Path) -> Path:
    """Return the folder that the pipeline opens: the one named, or the release's own weights."""
    model = options.checkpoint or options.model or SHIPPED
    if not is_release(model):
        return model
    restore_checkpoint(model, scratch / "restored")
    return scratch / "restored"


def _heading(
    options: BenchmarkOptions, manifest: Manifest, chosen: BenchArticles, files: FreshFiles
) -> dict[str, Any]:
    known = frozenset(manifest.training_articles)
    return {
        "date": today(),
        "commit": commit_of_package(),
        "machine": describe_machine(),
        "release": {
            "name": manifest.name,
            "version": manifest.version,
            "form": manifest.form,
            "sha256": manifest.files.get(ONNX_FILE),
        },
        "articles": len(chosen.articles),
        "articles_from": chosen.name,
        "characters": sum(len(article.text) for article in chosen.articles),
        "tokens": files.variant(0).tokens,
        "gold": bool(chosen.gold),
        "seen_in_training": sum(text_sha256(article.text) in known for article in chosen.articles),
        "rejects": list(chosen.rejects),
        "repeat": options.repeat,
        "warm_up": options.warm_up,
    }


def _compare(
    options: BenchmarkOptions, checkpoint: Path, files: FreshFiles, say: Callable[[str], None]
) -> dict[str, Any]:
    return compare_with_pipeline(
        files,
        our_side(_folder(options.model), options.runtimes[0], ONE_CORE),
        str(checkpoint),
        repeat=options.repeat,
        warm_up=options.warm_up,
        batches=options.batches,
        say=say,
    )


def _sweep(options: BenchmarkOptions, files: FreshFiles, say: Callable[[str], None]) -> list[dict[str, Any]]:
    rows = []
    for runtime in options.runtimes:
        for workers in options.workers:
            say(f"{runtime}, {workers} workers")
            row = measure_speed(
                files,
                _folder(options.model),
                runtime,
                workers,
                repeat=options.repeat,
                warm_up=options.warm_up,
            )
            rows.append(row)
    return rows


def _main_figures(row: dict[str, Any], compared: dict[str, Any] | None) -> dict[str, Any]:
    """Return the figures looked for first: those of the pairs if there are any, else the first row's."""
    ours = row if compared is None else compared["ours"]
    figures: dict[str, Any] = {}
    theirs: dict[str, Any] = compared["best"] if compared else {}
    for name in ("articles_per_second", "tokens_per_second"):
        for measured, suffix in ((ours, ""), (theirs, "_pipeline")):
            one = measured.get(name) or {"median": None, "interval": None}
            figures |= {f"{name}{suffix}": one["median"], f"{name}{suffix}_interval": one["interval"]}
    ratio = theirs.get("ratio") or {"median": None, "interval": None}
    return {
        "ratio_to_pipeline": ratio["median"],
        "ratio_interval": ratio["interval"],
        "f1": ours["f1"],
        "f1_interval": ours["f1_interval"],
        "f1_pipeline": theirs.get("f1"),
        "pipeline_setting": theirs.get("setting"),
        **figures,
        "startup_seconds": row["startup_seconds"]["median"],
        "peak_memory_mb": row["peak_memory_mb"],
        "peak_memory_mb_pipeline": theirs.get("peak_memory_mb"),
    }


def _same_training(release: Manifest, checkpoint: Manifest) -> bool:
    """Whether both learnt from the same articles: then one was made from the other, or might as well be."""
    return (release.corpus_fingerprint, release.training_articles) == (
        checkpoint.corpus_fingerprint,
        checkpoint.training_articles,
    )


def _scaling(
    options: BenchmarkOptions, files: FreshFiles, say: Callable[[str], None]
) -> dict[str, Any] | None:
    if not options.scaling:
        return None
    runtime, workers = options.runtimes[0], options.workers[0]
    return measure_scaling(files, _folder(options.model), runtime, workers, sizes=options.scaling, say=say)


def _peak(options: BenchmarkOptions, files: FreshFiles, say: Callable[[str], None]) -> dict[str, Any] | None:
    if not options.matrix_peak:
        return None
    say("matrix products")
    text = max((article.text for article in files.chosen.articles), key=len)
    with SideProcess({"side": "matrices", "model": _folder(options.model)}, cores=ONE_CORE) as side:
        found = side.ask({"text": text})
    return {name: value for name, value in found.items() if name not in ("seconds", "cpu_seconds")}


def _folder(model: Path | None) -> str | None:
    return None if model is None else str(model)
