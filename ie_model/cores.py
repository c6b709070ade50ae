"""The processor cores that this process may use."""

from __future__ import annotations

import os


def usable_cores() -> list[int]:
    """Return the numbers of the cores that this process may use; a container often has a share only."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))
