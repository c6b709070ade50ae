"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from ie_model.errors import OutputError


def write_whole(path: Path, content: str | bytes) -> None:
    """Write ``content``, text as UTF-8, beside ``path`` and rename it there; its folder is made if need be.

    Raises:
        OutputError: The file or its folder cannot be written; nothing is left behind.
    """
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_bytes(data)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write: {error.strerror or error}", where=str(path)) from error
