"""The peak memory of a process and of those it starts, as Linux counts it.

``VmHWM`` of ``/proc`` is read, not ``ru_maxrss``: the latter survives the start of another program, so a
small process started by a big one would look big. Each process's peak is added; memory that two share is
counted twice, and peaks need not fall together, so the sum is an upper bound.

Trade-off: processes are looked at five times a second; one that lives shorter may be missed.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_PAUSE: Final = 0.2
"""Seconds between two looks; a look takes a tenth of a millisecond."""


class MemoryWatch:
    """Looks at a process and its descendants until it is stopped; use it as a context.

    Args:
        pid: The process.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peaks: dict[int, int] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    @property
    def peak_mb(self) -> float | None:
        """Megabytes (of 1024² bytes) so far; None where the system does not tell."""
        self.look()
        return round(sum(self._peaks.values()) / 1024, 1) if self._peaks else None

    def look(self) -> None:
        """Take the peaks as they are now; a process that has ended keeps its last."""
        for pid in _family(self._pid):
            peak = _peak_kb(pid)
            if peak is not None:
                self._peaks[pid] = max(peak, self._peaks.get(pid, 0))

    def _watch(self) -> None:
        while not self._stopped.is_set():
            self.look()
            self._stopped.wait(_PAUSE)


def _family(pid: int) -> list[int]:
    """Return ``pid`` and all its descendants."""
    found = [pid]
    for parent in found:  # grows as it goes
        for path in (_PROC / str(parent) / "task").glob("*/children"):
            try:
                found += map(int, path.read_text(encoding="ascii").split())
            except OSError:
                continue
    return found


def _peak_kb(pid: int) -> int | None:
    try:
        lines = (_PROC / str(pid) / "status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), None)
