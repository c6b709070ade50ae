"""Small matrix products on one thread.

numpy's BLAS uses a thread a core even for products that take microseconds; on a busy machine these threads
wait for each other. Linking 40 news articles on two cores, both busy with other work, took 8.3 s with two
threads and 2.3 s with one. Parallelism comes from several windows or several processes at once instead.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController


class _Limit:
    """One limit for all threads that want it: the first sets it, the last takes it away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._limiter: Any = None

    def enter(self) -> None:
        with self._lock:
            self._users += 1
            if self._users == 1:
                self._limiter = _controller().limit(limits=1, user_api="blas")

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            if not self._users:
                self._limiter.restore_original_limits()


_LIMIT = _Limit()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let BLAS compute on the calling thread alone; meanwhile that holds for the whole process."""
    _LIMIT.enter()
    try:
        yield
    finally:
        _LIMIT.leave()


@cache
def _controller() -> ThreadpoolController:
    # Finding the libraries takes a millisecond, limiting them some microseconds.
    import numpy as np  # noqa: F401 (only a library that is loaded is found)

    return ThreadpoolController()
