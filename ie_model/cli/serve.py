"""``ie-model serve``: extraction over HTTP until the process is told to stop."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ie_model.errors import EXIT_OK, ConfigError
from ie_model.extras import require
from ie_model.loading import ModelSource
from ie_model.serve import Limits, Service
from ie_model.tagging.runtimes import Runtime

if TYPE_CHECKING:
    from fastapi import FastAPI

    from ie_model.serve.backend.trainer import TrainingOptions

EXTRA = "serve"
NEEDS_FOLDER = "Name a folder by --label-studio."
NEEDS_CONFIG = "Name one by --train-config."
DEFAULTS = Limits()
LOOPBACK = "127.0.0.1"
PORT = 8765


def serve(
    *,
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="A release folder, or rules for the baseline.")
    ] = None,
    host: Annotated[str, typer.Option(help="Name or address to listen on.")] = LOOPBACK,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = PORT,
    no_token: Annotated[
        bool, typer.Option("--no-token", help="Let other machines in without a token.")
    ] = False,
    min_confidence: Annotated[
        float, typer.Option(min=0, max=1, help="Leave out mentions less sure than this.")
    ] = 0.0,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Windows computed at once; one a core if not given.")
    ] = None,
    runtime: Annotated[
        Runtime, typer.Option(help="What computes the encoder; openvino is an extra.")
    ] = Runtime.ONNXRUNTIME,
    workers: Annotated[int, typer.Option(min=1, help="Batches extracted at once.")] = DEFAULTS.workers,
    max_chars: Annotated[int, typer.Option(min=1, help="Longer articles are rejected.")] = DEFAULTS.max_chars,
    max_articles: Annotated[
        int, typer.Option(min=1, help="Articles that one request may hold.")
    ] = DEFAULTS.max_articles,
    max_body: Annotated[
        int, typer.Option(min=1, help="Bytes that the body of a request may have.")
    ] = DEFAULTS.max_body,
    queue: Annotated[int, typer.Option(min=1, help="Articles that may wait.")] = DEFAULTS.queue_articles,
    queue_chars: Annotated[int, typer.Option(min=1, help="Characters that may wait.")] = DEFAULTS.queue_chars,
    timeout: Annotated[
        float, typer.Option(min=0.001, help="Seconds that a request may take.")
    ] = DEFAULTS.timeout,
    grace: Annotated[
        float, typer.Option(min=0.001, help="Seconds that a stop gives to requests under way.")
    ] = DEFAULTS.grace,
    label_studio: Annotated[
        Path | None,
        typer.Option(help="Be Label Studio's ML backend, and keep what it sends in this folder."),
    ] = None,
    train_config: Annotated[
        Path | None, typer.Option(help="A config by which corrections of --label-studio train.")
    ] = None,
    train_after: Annotated[
        int | None, typer.Option(min=1, help="Train by itself after so many corrected tasks.")
    ] = None,
) -> None:
    """Answer requests over HTTP with extractions.

    Prints its address when it is ready, and stops at SIGTERM or SIGINT. Where the environment variable
    IE_MODEL_TOKEN is set, requests must show it; only /health and /ready are open. Label Studio shows
    IE_MODEL_BACKEND_USER and IE_MODEL_BACKEND_PASSWORD, its webhook IE_MODEL_WEBHOOK_SECRET.

    Example: ie-model serve --port 8765
    """
    require(EXTRA, "fastapi", "uvicorn", "prometheus_client")
    options = _training(label_studio, train_config, train_after)
    limits = Limits(
        max_body=max_body,
        max_bodies=max(max_body, DEFAULTS.max_bodies),
        max_chars=max_chars,
        max_articles=max_articles,
        queue_articles=queue,
        queue_chars=queue_chars,
        timeout=timeout,
        grace=grace,
        workers=workers,
    )
    source = ModelSource(model, min_confidence, runtime)

    def build(token: str | None) -> tuple[FastAPI, Service]:
        if label_studio is None:
            return _plain(source, threads, limits, token)
        return _backend(source, threads, limits, token, folder=label_studio, options=options)

    _run(build, host, port, no_token=no_token)


def _training(folder: Path | None, config: Path | None, after: int | None) -> TrainingOptions | None:
    """Check how to train, before a model is loaded; None for not at all."""
    if config is not None and folder is None:
        raise ConfigError("nothing brings corrections to train on", where="--train-config", mend=NEEDS_FOLDER)
    if config is None:
        if after is not None:
            raise ConfigError("no config to train by", where="--train-after", mend=NEEDS_CONFIG)
        return None
    from ie_model.config import load_config
    from ie_model.serve.backend.trainer import TrainingOptions

    require("train", "torch", "transformers", "datasets", "sklearn")
    return TrainingOptions(config.resolve(), load_config(config), after)


def _plain(
    source: ModelSource, threads: int | None, limits: Limits, token: str | None
) -> tuple[FastAPI, Service]:
    from ie_model.serve.app import create_app

    service = Service(source.load(threads=threads), limits)
    return create_app(service, token=token), service


def _backend(
    source: ModelSource,
    threads: int | None,
    limits: Limits,
    token: str | None,
    *,
    folder: Path,
    options: TrainingOptions | None,
) -> tuple[FastAPI, Service]:
    from ie_model.serve.app import create_app
    from ie_model.serve.backend.doors import read_doors
    from ie_model.serve.backend.learning import Learning, Loader
    from ie_model.serve.backend.routes import backend_router

    doors = read_doors(token=token is not None)
    learning = Learning(folder, Loader(source, threads), options)
    service = Service(learning.first_extractor(), limits)
    routers = [backend_router(service, learning)]
    return create_app(service, token=token, routers=routers, doors=doors), service


def _run(
    build: Callable[[str | None], tuple[FastAPI, Service]], host: str, port: int, *, no_token: bool
) -> None:
    from ie_model.serve import running

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    token = running.read_token()
    # Bound before the model is loaded: a port that is taken is told of at once.
    with running.bind(host, port) as bound:
        running.require_safe(bound, token, no_token=no_token)
        app, service = build(token)
        if token is None and not running.is_loopback(bound):
            typer.echo("warning: other machines can use this server without a token", err=True)
        running.serve(app, service, bound, lambda: typer.echo(f"ie-model serves {running.address(bound)}"))
    if not service.stop(0):
        # A batch that outlived all grace would be waited for at the end of the process.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(EXIT_OK)
