"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from ie_model.errors import OutputError


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 beside ``path`` and rename it there; its folder is made if need be.

    Raises:
        OutputError: The file or its folder cannot be written; nothing is left behind.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_bytes(text.encode("utf-8"))
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write: {error.strerror or error}", where=str(path)) from error
