"""The cluster of a run: one that is there, or one of this machine's cores that lives as long as the run.

A cluster of our own listens on the loopback only, has no dashboard and sends no usage statistics. Who has
called ``ray.init`` already keeps that cluster; who has only imported Ray gets one that listens as Ray likes.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from ie_model.cores import usable_cores
from ie_model.errors import IeModelError
from ie_model.extras import require

LOOPBACK: Final = "127.0.0.1"
STORE_BYTES: Final = 512 << 20
"""Shared memory of a cluster of our own; blocks on their way are about a megabyte each."""
CLIENT: Final = "ray://"
AUTO: Final = "auto"
SECONDS_TO_ANSWER: Final = 10.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a run's workers are."""

    address: str | None = None
    """``HOST:PORT`` or ``auto``; None for that of ``RAY_ADDRESS``, or a new one on this machine."""
    workers: int | None = None
    """One thread and one model each; None for one a core of the cluster."""

    def check(self) -> None:
        """Find what would fail later.

        Raises:
            IeModelError: Too few workers, or an address of a kind that cannot be used.
            MissingExtraError: Ray is not installed.
        """
        require("ray", "ray", "pyarrow", "pandas")
        if self.workers is not None and self.workers < 1:
            raise IeModelError(
                "too few workers", where="workers", found=str(self.workers), expected="at least 1"
            )
        if (self._named() or "").startswith(CLIENT):
            raise IeModelError(
                "Ray's client cannot run this",
                where="--ray-address",
                found=CLIENT,
                expected="HOST:PORT or auto",
                mend="Run the command on a machine of the cluster, or by: ray job submit",
            )

    @contextmanager
    def connected(self) -> Iterator[int]:
        """Be connected, and give the number of workers.

        Raises:
            IeModelError: There is no cluster at the address, or it has no processor.
        """
        # Read when Ray is imported.
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        # Its own processes' warnings go to the terminal of who started them, unless told otherwise.
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
        if self._named() is None:
            # Ray takes 127.0.0.1 for the address that other machines see, and listens on all, but where it
            # makes no clusters of several machines: what it does on macOS and Windows unless told otherwise.
            os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
        import ray

        resources: Any = ray.cluster_resources
        was = ray.is_initialized()
        if not was:
            self._connect()
        try:
            workers = self.workers or int(resources().get("CPU", 0))
            if workers < 1:
                raise IeModelError("the cluster has no processor", mend="Start nodes, or name --workers.")
            yield workers
        finally:
            if not was:
                ray.shutdown()

    def _named(self) -> str | None:
        named = os.environ.get("RAY_ADDRESS") or None
        return named or self.address if self.address in (None, AUTO) else self.address

    def _connect(self) -> None:
        address = self._named()
        settings: dict[str, Any] = {"address": address}
        if address is None:
            settings = {
                "address": "local",
                "num_cpus": self.workers or len(usable_cores()),
                "include_dashboard": False,
                "object_store_memory": STORE_BYTES,
                "_node_ip_address": LOOPBACK,
            }
        import ray

        try:
            _answers(address)
            with _signals_kept():
                ray.init(**settings, log_to_driver=False, logging_level=logging.CRITICAL)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            raise IeModelError(
                "there is no cluster" if address else "no cluster can be started here",
                where=address or LOOPBACK,
                found=(str(error).splitlines() or [type(error).__name__])[0],
                mend="Start one by `ray start --head`, or leave --ray-address and RAY_ADDRESS out."
                if address
                else "Use --engine local.",
            ) from error


def _answers(address: str | None) -> None:
    """Raise :class:`OSError` where nobody listens: Ray itself was seen to wait there for minutes."""
    host, colon, port = (address or "").rpartition(":")
    if colon and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), SECONDS_TO_ANSWER).close()


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Keep our own handling of SIGTERM, which Ray replaces."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
