"""``ie-model predict --engine ray``: the same command on a cluster."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from ie_model.batch import BatchOptions, Summary
from ie_model.cli.progress import counts_progress
from ie_model.loading import ModelSource


def predict_ray(
    paths: list[str],
    source: ModelSource,
    output: Path,
    options: BatchOptions,
    *,
    address: str | None,
    workers: int | None,
    quiet: bool,
    resume: bool,
    restart: bool,
) -> Summary:
    """Extract ``paths`` on a cluster; see :func:`ie_model.batch.ray_engine.predict_on_ray`.

    The model's folder is made absolute: workers load it for themselves, from storage that they share.
    """
    from ie_model.batch.ray_engine import Cluster, predict_on_ray
    from ie_model.rules import RULES

    model = source.model
    if model is not None and model != Path(RULES):
        source = replace(source, model=model.absolute())
    with counts_progress(quiet) as advance:
        return predict_on_ray(
            paths,
            partial(source.load, threads=1),
            source.info(),
            output,
            cluster=Cluster(address, workers),
            options=options,
            observer=advance,
            resume=resume,
            restart=restart,
        )
