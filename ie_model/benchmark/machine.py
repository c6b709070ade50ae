"""The machine and the versions that a figure belongs to: figures of different ones do not compare."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ie_model.cores import usable_cores
from ie_model.modelling.speed import processor_name

FLAGS: Final = (
    *("avx2", "avx512f", "avx_vnni", "avx512_vnni", "avx512_bf16"),
    *("amx_tile", "amx_int8", "amx_bf16", "asimddp", "i8mm"),
)
"""Instructions that decide how fast 8-bit and 16-bit matrix products are; names as Linux has them."""
PACKAGES: Final = ("numpy", "onnxruntime", "tokenizers", "torch", "transformers", "openvino")

_CPUINFO: Final = Path("/proc/cpuinfo")
_MEMINFO: Final = Path("/proc/meminfo")
_PACKAGE: Final = Path(__file__).parents[1]
_SLUG: Final = re.compile(r"[^a-z0-9]+")


def describe_machine() -> dict[str, Any]:
    """Return the processor, its flags that matter, usable cores, memory in MB, load, and versions."""
    return {
        "processor": processor_name(),
        "flags": processor_flags(),
        "cores": len(usable_cores()),
        "memory_mb": _total_memory(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
    }


def processor_flags() -> list[str]:
    """Return those of :data:`FLAGS` that the processor has; none where the system does not tell."""
    lines = _lines(_CPUINFO)
    named = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    present = set(named.partition(":")[2].split())
    return [flag for flag in FLAGS if flag in present]


@contextmanager
def on_cores(count: int | None) -> Iterator[None]:
    """Let what is started within run on the last ``count`` cores only; None for all.

    Processes inherit it. Where a system cannot bind processes to cores, nothing happens. The last ones,
    because systems tend to put their own work on the first.
    """
    cores = usable_cores()
    if count is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    os.sched_setaffinity(0, cores[-count:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def commit_of_package() -> str | None:
    """Return the commit of the checkout that the package runs from, ``-dirty`` behind it where changed.

    None for an installed package, or where there is no git.
    """
    git = shutil.which("git")
    if git is None:
        return None
    # Not the commit of some other repository that the environment happens to lie in.
    if _git(git, "ls-files", "--error-unmatch", "__init__.py") is None:
        return None
    return _git(git, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")


def today() -> str:
    """Return the date in UTC, ISO 8601."""
    return datetime.now(UTC).date().isoformat()


def slug(machine: dict[str, Any]) -> str:
    """Return a short name of ``machine`` for files: its processor and number of cores."""
    words = _SLUG.sub("-", str(machine["processor"]).lower()).strip("-")
    return f"{words or 'processor'}-{machine['cores']}"


def _git(git: str, *arguments: str) -> str | None:
    found = subprocess.run(  # noqa: S603 - words of our own, no shell
        [git, "-C", str(_PACKAGE), *arguments], check=False, capture_output=True, text=True
    )
    return found.stdout.strip() if found.returncode == 0 else None


def _total_memory() -> int | None:
    line = next((line for line in _lines(_MEMINFO) if line.startswith("MemTotal")), None)
    return int(line.split()[1]) // 1024 if line else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
