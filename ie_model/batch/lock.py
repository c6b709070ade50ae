"""One run at a time in a folder: an advisory lock that ends with the process that holds it.

Where the system has no such locks (Windows), two runs into one folder are not told apart.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from ie_model.errors import OutputError

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

LOCK: Final = "lock"


class RunLock:
    """The right to write into ``folder``, which is made for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None
        self.refused = False
        """Whether another run holds it: then the folder is that run's."""

    def take(self) -> None:
        """Take the lock.

        Raises:
            OutputError: Another run has it.
            OSError: The folder cannot be made or written.
        """
        self._folder.mkdir(exist_ok=True)
        self._descriptor = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if fcntl is None:
            return
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.refused = True
            raise OutputError(
                "another run writes into this folder",
                where=str(self._folder.parent),
                mend="Wait for it, or name another folder by --output.",
            ) from error

    def clear(self) -> None:
        """Remove whatever else lies in the folder."""
        for path in self._folder.iterdir():
            if path.name == LOCK:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    def release(self) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
