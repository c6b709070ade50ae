"""Our side: ``ie-model predict`` without its command line. What the benchmark knows of predicting is here.

Trade-off: what is timed is the whole of a run, from the file of articles to the files of results, values,
links and records included. The other side (:mod:`ie_model.benchmark.pipeline`) is timed from texts in memory
to entities in memory: it does less, and the comparison is in its favour.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ie_model.batch import EXTRACTIONS, BatchOptions, predict_batch
from ie_model.errors import IeModelError
from ie_model.extras import require
from ie_model.schema import Extraction
from ie_model.tagging.runtimes import Runtime


def read_runtime(name: str) -> Runtime:
    """Return the runtime called ``name``.

    Raises:
        IeModelError: There is none.
        MissingExtraError: It is not installed.
    """
    if name not in set(Runtime):
        raise IeModelError(
            "no such runtime", where="--runtime", found=repr(name), expected=" or ".join(Runtime)
        )
    runtime = Runtime(name)
    if runtime is Runtime.OPENVINO:
        require("openvino", "openvino", "onnx")
    return runtime


def command_options(runtime: str) -> list[str]:
    """Return the options by which ``ie-model predict`` takes this runtime.

    It uses by itself all cores that it may, of which the benchmark leaves it as many as there are workers.
    """
    return ["--runtime", runtime]


class PredictingSide:
    """A loaded model that runs batches.

    Args:
        model: Folder of a release or a checkpoint; None for the shipped release.
        runtime: What computes the encoder.
        workers: Threads, each with a window of its own: what ``predict`` takes for as few articles.

    Raises:
        ModelError: No model there.
        IeModelError: No such runtime.
    """

    def __init__(self, model: str | None, runtime: str, workers: int) -> None:
        from ie_model.extractor import Extractor

        self._extractor = Extractor.load(model, threads=workers, runtime=read_runtime(runtime))

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Extract the articles of a file into a folder.

        Args:
            request: ``articles``, a file; ``output``, a folder.

        Raises:
            IeModelError: An article was rejected: what is timed would not be all of them.
        """
        summary = predict_batch(
            [request["articles"]], self._extractor, request["output"], options=BatchOptions()
        )
        if summary.rejected:
            raise IeModelError(
                "articles were rejected, and a benchmark is of articles that are read",
                found=", ".join(f"{count} {code}" for code, count in summary.rejected_by_code.items()),
                mend="See what is wrong with them: ie-model predict FILE --output out",
            )
        return {"articles": summary.articles, "records": summary.records}


def read_extractions(output: Path) -> dict[str, Extraction]:
    """Return what a run wrote, by article id."""
    with (output / EXTRACTIONS).open(encoding="utf-8") as file:
        found = [Extraction.model_validate_json(line) for line in file]
    return {extraction.id: extraction for extraction in found}
