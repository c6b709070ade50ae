"""The events of webhooks, and the annotations that they add up to, in SQLite.

An event is written, with its annotations, before it is answered, and survives whatever comes then. Sorting it
into the table of annotations is another step, so that the answer waits for one insert only. The file is held
for one server alone (SQLite's exclusive mode); all methods may be called from any thread.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, NamedTuple

from ie_model.errors import ConfigError, IeModelError, OutputError
from ie_model.serve.backend.events import Event, Written
from ie_model.serve.errors import BusyError

LEDGER: Final = "ledger.sqlite"
FORMAT: Final = 1
#: Events that may wait to be sorted: thousands take a second.
MAX_WAITING: Final = 10_000
#: Seconds after which a sender should try again when that many do.
RETRY_AFTER: Final = 5

TABLES: Final = """
CREATE TABLE event (number INTEGER PRIMARY KEY, received REAL NOT NULL, action TEXT NOT NULL, body TEXT);
CREATE INDEX waiting ON event (number) WHERE body IS NOT NULL;
CREATE TABLE annotation (
    id INTEGER PRIMARY KEY, task INTEGER NOT NULL, project INTEGER NOT NULL, data TEXT NOT NULL,
    body TEXT NOT NULL, is_cancelled INTEGER NOT NULL, updated TEXT NOT NULL, event INTEGER NOT NULL,
    is_deleted INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE run (
    number INTEGER PRIMARY KEY, state TEXT NOT NULL, cause TEXT NOT NULL, event INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, created REAL NOT NULL, started REAL, ended REAL,
    articles INTEGER, rejects INTEGER, against INTEGER, reason TEXT, figures TEXT, version INTEGER
);
CREATE TABLE version (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, folder TEXT, run INTEGER, before INTEGER,
    is_base INTEGER NOT NULL, created REAL NOT NULL
);
CREATE TABLE serving (only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER NOT NULL);
"""


class Row(NamedTuple):
    """An annotation that stands, with its task's data; both JSON."""

    annotation: int
    task: int
    data: str
    body: str
    event: int


class Ledger:
    """The file ``ledger.sqlite`` in ``folder``, which is made if need be.

    Raises:
        ConfigError: Another server has it, or it is another version's.
        OutputError: It cannot be written, or is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / LEDGER
        self._lock = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(
                self.path, timeout=1.0, isolation_level=None, check_same_thread=False
            )
            self._open()
        except (OSError, sqlite3.Error) as error:
            raise _unusable(self.path, error) from error

    def _open(self) -> None:
        self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._database.execute("PRAGMA synchronous = FULL")
        with self.writing() as database:
            (found,) = database.execute("PRAGMA user_version").fetchone()
            if found == 0:
                for table in TABLES.split(";"):
                    database.execute(table)
                database.execute(f"PRAGMA user_version = {FORMAT}")
            elif found != FORMAT:
                raise ConfigError(
                    "a ledger of another format", where=str(self.path), found=str(found), expected=str(FORMAT)
                )

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._database.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All of what is done under this is written, or nothing; one within another is part of it."""
        with self._lock:
            if self._database.in_transaction:
                yield self._database
                return
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def read(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return the rows of a query."""
        with self._lock:
            return self._database.execute(query, values).fetchall()

    def one(self, query: str, values: Sequence[Any] = ()) -> Any:
        """Return the one value of a query; None where it has no row."""
        rows = self.read(query, values)
        return rows[0][0] if rows else None

    def put(self, event: Event) -> int:
        """Queue an event and return its number.

        Raises:
            BusyError: Too many are waiting.
        """
        if self.waiting() >= MAX_WAITING:
            raise BusyError("too many events are waiting", retry_after=RETRY_AFTER)
        body = json.dumps({"written": [asdict(one) for one in event.written], "deleted": event.deleted})
        with self.writing() as database:
            return _number(
                database.execute(
                    "INSERT INTO event (received, action, body) VALUES (?, ?, ?)",
                    (time.time(), event.action, body),
                )
            )

    def waiting(self) -> int:
        """How many events wait to be sorted."""
        return int(self.one("SELECT count(*) FROM event WHERE body IS NOT NULL"))

    def sort(self) -> int:
        """Bring the events that wait into the table of annotations; return how many there were."""
        events = self.read("SELECT number, body FROM event WHERE body IS NOT NULL ORDER BY number")
        for number, body in events:
            value = json.loads(body)
            with self.writing() as database:
                for item in value["written"]:
                    _write(database, Written(**item), number)
                for annotation in value["deleted"]:
                    database.execute("UPDATE annotation SET is_deleted = 1 WHERE id = ?", (annotation,))
                database.execute("UPDATE event SET body = NULL WHERE number = ?", (number,))
        return len(events)

    def annotations(self) -> list[Row]:
        """Return all annotations that stand, in the order in which they were last written."""
        query = "SELECT id, task, data, body, event FROM annotation WHERE NOT is_deleted ORDER BY event, id"
        return [Row(*row) for row in self.read(query)]

    def corrected_tasks(self, after: int = 0) -> int:
        """How many tasks have an annotation that stands and was written by an event after ``after``."""
        query = (
            "SELECT count(DISTINCT task) FROM annotation "
            "WHERE event > ? AND NOT is_deleted AND NOT is_cancelled"
        )
        return int(self.one(query, (after,)))

    def last_event(self) -> int:
        """The number of the newest event that is sorted; 0 where there was none."""
        return int(self.one("SELECT coalesce(max(number), 0) FROM event WHERE body IS NULL"))


def _write(database: sqlite3.Connection, one: Written, event: int) -> None:
    # Events may overtake each other: what was updated later stands.
    database.execute(
        "INSERT INTO annotation (id, task, project, data, body, is_cancelled, updated, event) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET task = excluded.task, "
        "project = excluded.project, data = excluded.data, body = excluded.body, "
        "is_cancelled = excluded.is_cancelled, updated = excluded.updated, event = excluded.event "
        "WHERE excluded.updated >= annotation.updated",
        (one.annotation, one.task, one.project, one.data, one.body, one.is_cancelled, one.updated, event),
    )


def _number(cursor: sqlite3.Cursor) -> int:
    return int(cursor.lastrowid or 0)


def _unusable(path: Path, error: Exception) -> IeModelError:
    if "locked" in str(error):
        return ConfigError(
            "another server uses this folder",
            where=str(path.parent),
            mend="Stop it, or give --label-studio another folder.",
        )
    return OutputError(f"the ledger cannot be used: {error}", where=str(path))
