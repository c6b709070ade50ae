"""A measured side in a process of its own: ``python -m ie_model.benchmark.side``.

It reads one JSON object a line and answers each by one: the first says what to load, the others what to run.
A process of its own keeps memory, threads and caches of the sides apart; that it lives on lets the sides
take turns without loading anew.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any, Protocol, TextIO

from ie_model.errors import IeModelError


class Side(Protocol):
    """What answers requests once it is loaded."""

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked; what is returned may hold ``seconds`` of its own."""
        ...


def open_side(config: dict[str, Any]) -> Side:
    """Return the side that ``config["side"]`` names.

    Raises:
        IeModelError: It cannot be loaded.
    """
    if config["side"] == "pipeline":
        from ie_model.benchmark.pipeline import PipelineSide

        return PipelineSide(config["checkpoint"], threads=config.get("threads", 1))
    if config["side"] == "matrices":
        from ie_model.benchmark.matrices import MatrixSide

        return MatrixSide(config["model"])
    from ie_model.benchmark.predicting import PredictingSide

    return PredictingSide(config["model"], config["runtime"], config["workers"])


def serve(requests: TextIO, replies: TextIO) -> None:
    """Answer every line of ``requests``; an error of the package's family is an answer too."""
    side: Side | None = None
    for line in requests:
        request = json.loads(line)
        try:
            if side is None:
                side = open_side(request)
                reply = {"ready": True, **getattr(side, "facts", {})}
            else:
                reply = _timed(side, request)
        except IeModelError as error:
            parts = ("what", "where", "found", "expected", "mend")
            reply = {"error": {part: getattr(error, part) for part in parts}}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


def _timed(side: Side, request: dict[str, Any]) -> dict[str, Any]:
    began, used = time.perf_counter(), _cpu_seconds()
    found = side.run(request)
    return {"seconds": time.perf_counter() - began, "cpu_seconds": _cpu_seconds() - used, **found}


def _cpu_seconds() -> float:
    """Return the processor time of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main() -> None:
    """Serve standard input; whatever libraries print goes to standard error."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin, replies)


if __name__ == "__main__":
    main()
