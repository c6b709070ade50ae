"""Small products stay on one thread, and whoever else uses BLAS gets its threads back."""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from ie_model.blas import one_blas_thread


def blas_threads() -> list[int]:
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@pytest.mark.skipif(not blas_threads(), reason="this numpy has a BLAS that cannot be asked")
def test_one_thread_within_and_as_before_after() -> None:
    before = blas_threads()
    with one_blas_thread():
        assert set(blas_threads()) == {1}
        assert (np.eye(3) @ np.eye(3)).sum() == 3
    assert blas_threads() == before


@pytest.mark.skipif(not blas_threads(), reason="this numpy has a BLAS that cannot be asked")
def test_threads_that_overlap_leave_things_as_they_were() -> None:
    before = blas_threads()
    first, second = one_blas_thread(), one_blas_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert set(blas_threads()) == {1}  # the second still works
    second.__exit__(None, None, None)
    assert blas_threads() == before
