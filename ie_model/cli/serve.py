"""``ie-model serve``: extraction over HTTP until the process is told to stop."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ie_model.errors import EXIT_OK
from ie_model.extras import require
from ie_model.loading import ModelSource
from ie_model.serve import Limits, Service
from ie_model.tagging.runtimes import Runtime

EXTRA = "serve"
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
) -> None:
    """Answer requests over HTTP with extractions.

    Prints its address when it is ready, and stops at SIGTERM or SIGINT. Where the environment variable
    IE_MODEL_TOKEN is set, requests must show it; only /health and /ready are open.

    Example: ie-model serve --port 8765
    """
    require(EXTRA, "fastapi", "uvicorn", "prometheus_client")
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
    _run(source, host, port, limits, no_token=no_token, threads=threads)


def _run(
    source: ModelSource,
    host: str,
    port: int,
    limits: Limits,
    *,
    no_token: bool,
    threads: int | None,
) -> None:
    from ie_model.serve import running
    from ie_model.serve.app import create_app

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    token = running.read_token()
    # Bound before the model is loaded: a port that is taken is told of at once.
    with running.bind(host, port) as bound:
        running.require_safe(bound, token, no_token=no_token)
        service = Service(source.load(threads=threads), limits)
        app = create_app(service, token=token)
        if token is None and not running.is_loopback(bound):
            typer.echo("warning: other machines can use this server without a token", err=True)
        running.serve(app, service, bound, lambda: typer.echo(f"ie-model serves {running.address(bound)}"))
    if not service.stop(0):
        # A batch that outlived all grace would be waited for at the end of the process.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(EXIT_OK)
