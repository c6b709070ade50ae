"""Starting what is measured, always in fresh processes, and talking to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from ie_model.batch import EXTRACTIONS
from ie_model.benchmark.machine import on_cores
from ie_model.benchmark.memory import MemoryWatch
from ie_model.errors import IeModelError

_ROOT: Final = Path(__file__).parents[2]
_COMMAND: Final = "from ie_model.cli import main; main()"


class SideProcess:
    """A side (:mod:`ie_model.benchmark.side`) in a process of its own; use it as a context.

    Args:
        config: What it loads, at once.
        cores: It may run on so many cores; None for all.

    Raises:
        IeModelError: What the side raised as it loaded, or it ended.
    """

    def __init__(self, config: dict[str, Any], *, cores: int | None) -> None:
        self._cleanup = ExitStack()
        self._errors = self._cleanup.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - it is one
        with on_cores(cores):
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ie_model.benchmark.side"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=_environment(),
                encoding="utf-8",
            )
        self._cleanup.callback(self._stop)
        self._memory = self._cleanup.enter_context(MemoryWatch(self._process.pid))
        try:
            self.facts = self.ask(config)
        except BaseException:
            self._cleanup.close()
            raise

    def __enter__(self) -> SideProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    @property
    def peak_memory_mb(self) -> float | None:
        """Megabytes so far, children included; None where the system does not tell."""
        return self._memory.peak_mb

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to ``request``.

        Raises:
            IeModelError: What the side raised, or it ended.
        """
        requests, replies = self._process.stdin, self._process.stdout
        if requests is None or replies is None:  # never: both were asked for
            raise IeModelError("a benchmark process cannot be talked to")
        try:
            requests.write(json.dumps(request) + "\n")
            requests.flush()
            line = replies.readline()
        except OSError:
            line = ""
        if not line:
            raise self._ended()
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            error = reply["error"]
            raise IeModelError(error.pop("what"), **error)
        return reply

    def _ended(self) -> IeModelError:
        status = self._process.wait()
        self._errors.seek(0)
        told = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return IeModelError(
            "a benchmark process ended before it answered",
            found=f"exit status {status}" + (f", {told[-1]}" if told else ""),
        )

    def _stop(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:  # it ended with a request unread
                    continue
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:  # it is busy: the benchmark was stopped
            self._process.kill()
            self._process.wait()


def first_extraction_seconds(
    article: Path, output: Path, *, model: str | None, options: list[str], cores: int | None
) -> float:
    """Return the seconds from the start of ``ie-model predict`` on one article to its written extraction.

    A fresh process. The file's time of change tells when it got its name; where a file system does not tell,
    the end of the process counts (some hundredths of a second later).

    Args:
        article: A file with one article.
        output: A folder that does not exist yet.
        model: As ``--model`` takes it.
        options: More options of the command.
        cores: It may run on so many cores; None for all.

    Raises:
        IeModelError: The command failed.
    """
    arguments = ["predict", str(article), "--output", str(output), "--quiet", *options]
    arguments += [] if model is None else ["--model", model]
    with on_cores(cores):
        began = time.time()
        found = subprocess.run(  # noqa: S603 - this very interpreter and package
            [sys.executable, "-c", _COMMAND, *arguments],
            check=False,
            capture_output=True,
            env=_environment(),
        )
        ended = time.time()
    if found.returncode != 0:
        told = found.stderr.decode("utf-8", "replace").strip().splitlines()
        raise IeModelError(
            "ie-model predict failed", found=f"exit status {found.returncode}, {' '.join(told[-3:])}"
        )
    written = (output / EXTRACTIONS).stat().st_ctime
    return (written if began < written < ended else ended) - began


def _environment() -> dict[str, str]:
    """Return the environment of the started processes: this package's code, and no network."""
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", "HF_HUB_OFFLINE": "1"}
