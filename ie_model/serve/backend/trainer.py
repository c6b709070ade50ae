"""Two threads behind the webhook: one sorts events, the other trains, one run at a time.

Training is a process of its own (:mod:`~ie_model.serve.backend.job`): it takes gigabytes and may crash, and
neither must touch the server. What it leaves behind is an outcome and, where the gate let it pass, a release;
everything but that is removed. A run that fails in any way leaves the old model serving.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ie_model.config import Config
from ie_model.errors import CorpusError, IeModelError
from ie_model.model_folder import SHIPPED
from ie_model.modelling.retrain import CHECKPOINT, RELEASE
from ie_model.serve.backend.corrections import REJECTS, write_corrections
from ie_model.serve.backend.history import FAILED, FINISHED, History, Run
from ie_model.serve.backend.job import LOG, OUTCOME, PROGRESS, Spec
from ie_model.serve.backend.ledger import Ledger

JOB: Final = (sys.executable, "-m", "ie_model.serve.backend.job")
RUNS: Final = "runs"
#: Seconds between two looks at the process, and at whether the server stops.
LOOK: Final = 0.2
#: Seconds that a process gets to end when it is told to.
LAST_SECONDS: Final = 5.0
#: Environment variables that hold secrets: the process needs none.
SECRETS: Final = "IE_MODEL_"
NOT_SECRET: Final = frozenset({"IE_MODEL_CACHE"})
ON_DEMAND: Final = "on demand"

Publish = Callable[[Run, Path, dict[str, Any] | None], None]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingOptions:
    """How to train.

    Attributes:
        config: The config's file.
        resolved: What it holds.
        after: Train by itself after so many corrected tasks; None for on demand only.
        command: Gets the spec's file as its last argument.
    """

    config: Path
    resolved: Config
    after: int | None = None
    command: Sequence[str] = JOB


class CutOffError(Exception):
    """The server stops while a run is under way."""


class Trainer:
    """Sorts and trains until it is stopped.

    Args:
        folder: Where runs have their folders.
        ledger: The events and annotations.
        history: The runs.
        options: None where nothing is trained.
        publish: Serves the release of a run and notes its end and figures; raises where it cannot be served.
    """

    def __init__(
        self,
        folder: Path,
        ledger: Ledger,
        history: History,
        options: TrainingOptions | None,
        publish: Publish,
    ) -> None:
        self._folder = folder / RUNS
        self._ledger = ledger
        self._history = history
        self._options = options
        self._publish = publish
        self._stopping = threading.Event()
        self._sorting = threading.Event()
        self._training = threading.Event()
        self._threads = [
            threading.Thread(target=self._loop, args=(signal, work), name=name, daemon=True)
            for name, signal, work in (
                ("sort", self._sorting, self._sort),
                ("train", self._training, self._train),
            )
        ]

    def start(self) -> None:
        """Go on with what the last server left."""
        self._history.recover()
        for thread in self._threads:
            thread.start()
        self.wake()

    def stop(self) -> None:
        """End both threads; a run that is under way is queued again."""
        self._stopping.set()
        self.wake()
        for thread in self._threads:
            thread.join(2 * LAST_SECONDS)

    def wake(self) -> None:
        """There is something new."""
        self._sorting.set()
        self._training.set()

    def demand(self, cause: str = ON_DEMAND) -> Run:
        """Queue a run, unless one is queued."""
        run = self._history.queue(cause)
        self.wake()
        return run

    def progress(self, run: Run) -> dict[str, Any] | None:
        """How far a run is that is under way."""
        return _read(self._folder / str(run.number) / PROGRESS)

    def _loop(self, signal: threading.Event, work: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            signal.wait()
            signal.clear()
            try:
                work()
            except CutOffError:
                return
            except Exception:
                # Whatever it is must not end the thread: the next event tries again.
                _log.exception("the backend's thread %s failed", threading.current_thread().name)

    def _sort(self) -> None:
        while not self._stopping.is_set() and self._ledger.sort():
            after = self._options.after if self._options else None
            fresh = self._ledger.corrected_tasks(self._history.last_event())
            if after is not None and fresh >= after:
                self.demand(f"after {fresh} corrected tasks")

    def _train(self) -> None:
        while self._options and not self._stopping.is_set() and (run := self._history.begin()):
            try:
                self._run(run, self._options)
            except CutOffError:
                self._history.cut_off(run)
                raise
            except Exception as error:
                _log.exception("training run %d failed", run.number)
                reason = str(error) if isinstance(error, IeModelError) else type(error).__name__
                self._history.end(run, FAILED, reason, None)

    def _run(self, run: Run, options: TrainingOptions) -> None:
        folder = self._folder / str(run.number)
        if run.articles is None:  # one that goes on trains on what it began with
            labels = options.resolved.labels
            articles, rejects = write_corrections(self._ledger.annotations(), folder, labels)
            self._history.count(run, articles, rejects)
            if not articles:
                raise CorpusError(
                    "there is no corrected task to train on",
                    where=f"{RUNS}/{run.number}/{REJECTS}",
                    found=f"{rejects} that cannot be used",
                )
        served = self._history.version(run.against)
        place = SHIPPED if served is None or served.path is None else served.path
        spec = Spec(str(options.config), str(place), str(folder), f"r{run.number}")
        (folder / OUTCOME).unlink(missing_ok=True)
        status = self._wait([*options.command, str(spec.write())], folder)
        outcome = _read(folder / OUTCOME)
        if status != 0 or outcome is None:
            reason = f"the process that trained ended with status {status}; see {RUNS}/{run.number}/{LOG}"
            outcome = {"state": FAILED, "reason": reason, "figures": None}
        shutil.rmtree(folder / CHECKPOINT, ignore_errors=True)
        state, reason = outcome["state"], outcome["reason"]
        if state == FINISHED and run.against != getattr(self._history.serving(), "number", None):
            state, reason = FAILED, "another model was served meanwhile than the one it was compared with"
        if state == FINISHED:
            self._publish(run, folder / RELEASE, outcome["figures"])
        else:
            self._history.end(run, state, reason, outcome["figures"])

    def _wait(self, command: Sequence[str], folder: Path) -> int:
        """Run the process to its end and return its status; ends it when the server stops."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if name in NOT_SECRET or not name.startswith(SECRETS)
        }
        with (folder / LOG).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own command
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,  # Ctrl-C on the server is not for it
            )
        with process:
            while True:
                try:
                    return process.wait(LOOK)
                except subprocess.TimeoutExpired:
                    if self._stopping.is_set():
                        _end(process)
                        raise CutOffError from None


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(LAST_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
