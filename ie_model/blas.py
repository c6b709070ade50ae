"""Small matrix products on one thread.

numpy's BLAS uses a thread a core even for products that take microseconds; on a busy machine these threads
wait for each other. Linking 40 news articles on two cores, both busy with other work, took 8.3 s with two
threads and 2.3 s with one. Parallelism comes from several windows or several processes at once instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let BLAS compute on the calling thread alone."""
    with _controller().limit(limits=1, user_api="blas"):
        yield


@cache
def _controller() -> ThreadpoolController:
    # Finding the libraries takes a millisecond, limiting them some microseconds.
    import numpy as np  # noqa: F401 (only a library that is loaded is found)

    return ThreadpoolController()
