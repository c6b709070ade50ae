"""What was trained and what is served, in the ledger: runs and versions, which survive the server.

A run is ``queued``, ``running``, and then ``finished`` (its model is served), ``refused`` (by the gate, or by
the check of its 8 bits) or ``failed``. One that a stop or a crash cut off is queued again and goes on from
its last checkpoint, :data:`MAX_ATTEMPTS` times at most.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from ie_model.serve.backend.ledger import Ledger

QUEUED, RUNNING, FINISHED, REFUSED, FAILED = "queued", "running", "finished", "refused", "failed"
MAX_ATTEMPTS: Final = 3
#: Runs that the status shows, newest first.
SHOWN: Final = 20


@dataclass(frozen=True)
class Run:
    """One training; times in seconds of the epoch."""

    number: int
    state: str
    cause: str
    event: int
    attempts: int
    created: float
    started: float | None
    ended: float | None
    articles: int | None
    rejects: int | None
    against: int | None
    reason: str | None
    figures: str | None
    version: int | None

    def to_json(self) -> dict[str, Any]:
        """Return what the status says of it."""
        return {
            "number": self.number,
            "state": self.state,
            "cause": self.cause,
            "attempts": self.attempts,
            "created": self.created,
            "started": self.started,
            "ended": self.ended,
            "articles": self.articles,
            "rejects": self.rejects,
            "reason": self.reason,
            "figures": json.loads(self.figures) if self.figures else None,
        }


@dataclass(frozen=True)
class Version:
    """A model that was served; ``folder`` is None for the release of the package."""

    number: int
    name: str
    folder: str | None
    run: int | None
    before: int | None
    is_base: bool
    created: float

    @property
    def path(self) -> Path | None:
        """Its folder."""
        return None if self.folder is None else Path(self.folder)


RUN: Final = f"SELECT {', '.join(field.name for field in fields(Run))} FROM run"  # noqa: S608
VERSION: Final = f"SELECT {', '.join(field.name for field in fields(Version))} FROM version"  # noqa: S608


class History:
    """Runs and versions in ``ledger``."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    # --- runs ---

    def queue(self, cause: str) -> Run:
        """Queue a run, unless one is queued; return it."""
        with self._ledger.writing() as database:
            waiting = self._runs("WHERE state = ?", QUEUED)
            if waiting:
                return waiting[0]
            database.execute(
                "INSERT INTO run (state, cause, event, created) VALUES (?, ?, ?, ?)",
                (QUEUED, cause, self._ledger.last_event(), time.time()),
            )
            return self._runs("WHERE state = ?", QUEUED)[0]

    def begin(self) -> Run | None:
        """Take the run that is queued, if any."""
        with self._ledger.writing() as database:
            waiting = self._runs("WHERE state = ? ORDER BY number LIMIT 1", QUEUED)
            if not waiting:
                return None
            number, serving = waiting[0].number, self.serving()
            database.execute(
                "UPDATE run SET state = ?, started = ?, attempts = attempts + 1, against = ?, "
                "event = max(event, ?) WHERE number = ?",
                (
                    RUNNING,
                    time.time(),
                    serving.number if serving else None,
                    self._ledger.last_event(),
                    number,
                ),
            )
            return self._runs("WHERE number = ?", number)[0]

    def count(self, run: Run, articles: int, rejects: int) -> None:
        """Note how many corrected articles a run uses and how many it cannot."""
        self._update(run, "articles = ?, rejects = ?", articles, rejects)

    def end(self, run: Run, state: str, reason: str | None, figures: dict[str, Any] | None) -> None:
        """Note how a run ended."""
        written = None if figures is None else json.dumps(figures)
        self._update(
            run, "state = ?, ended = ?, reason = ?, figures = ?", state, time.time(), reason, written
        )

    def cut_off(self, run: Run) -> None:
        """Queue a run again that did not come to its end."""
        if run.attempts >= MAX_ATTEMPTS:
            self.end(run, FAILED, f"cut off {run.attempts} times", None)
        else:
            self._update(run, "state = ?", QUEUED)

    def recover(self) -> None:
        """Queue again what a server that is gone was running."""
        for run in self._runs("WHERE state = ?", RUNNING):
            self.cut_off(run)

    def runs(self) -> list[Run]:
        """The newest runs, newest first."""
        return self._runs(f"ORDER BY number DESC LIMIT {SHOWN}")

    def last_event(self) -> int:
        """The newest event that a run has seen."""
        return int(self._ledger.one("SELECT coalesce(max(event), 0) FROM run"))

    # --- versions ---

    def serving(self) -> Version | None:
        """What is served; None before anything was."""
        found = self._versions("WHERE number = (SELECT version FROM serving)")
        return found[0] if found else None

    def start_from(self, name: str, folder: Path | None) -> Version:
        """Return what a starting server serves: what it served last, unless it is started with another model.

        Args:
            name: The model that the server was started with, as Label Studio is told.
            folder: Where it lies.
        """
        place = None if folder is None else str(folder)
        bases = self._versions("WHERE is_base ORDER BY number DESC LIMIT 1")
        serving = self.serving()
        if serving is not None and bases and (bases[0].name, bases[0].folder) == (name, place):
            return serving
        return self.serve(name, place, run=None, is_base=True)

    def serve(self, name: str, folder: str | None, *, run: Run | None, is_base: bool = False) -> Version:
        """Note that a new version is served from now on, made by ``run``."""
        with self._ledger.writing() as database:
            serving = self.serving()
            cursor = database.execute(
                "INSERT INTO version (name, folder, run, before, is_base, created) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    name,
                    folder,
                    run.number if run else None,
                    serving.number if serving else None,
                    is_base,
                    time.time(),
                ),
            )
            number = int(cursor.lastrowid or 0)
            self.go_to(number)
            if run is not None:
                self._update(run, "version = ?", number)
            return self._versions("WHERE number = ?", number)[0]

    def go_to(self, number: int) -> None:
        """Note that an earlier version is served from now on."""
        with self._ledger.writing() as database:
            database.execute("INSERT OR REPLACE INTO serving (only, version) VALUES (1, ?)", (number,))

    def versions(self) -> list[Version]:
        """All versions, newest first."""
        return self._versions("ORDER BY number DESC")

    def version(self, number: int | None) -> Version | None:
        """The version with a number."""
        found = self._versions("WHERE number = ?", number)
        return found[0] if found else None

    def _update(self, run: Run, assignments: str, *values: Any) -> None:
        with self._ledger.writing() as database:
            database.execute(f"UPDATE run SET {assignments} WHERE number = ?", (*values, run.number))  # noqa: S608

    def _runs(self, rest: str, *values: Any) -> list[Run]:
        return [Run(*row) for row in self._ledger.read(f"{RUN} {rest}", values)]

    def _versions(self, rest: str, *values: Any) -> list[Version]:
        return [Version(*row) for row in self._ledger.read(f"{VERSION} {rest}", values)]
