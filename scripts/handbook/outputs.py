"""Runs the blocks of a page from top to bottom in one folder, and writes what comes out into the page.

A block ``text`` right behind a block ``bash`` or ``python`` is its output. After a new release the numbers in
the handbook change; this puts the new ones in, and a test holds that they are the real ones.

Example: python scripts/handbook/outputs.py docs/tutorial.md docs/index.md
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
READ_BY_COMMANDS = ("annotations", "configs", "seeds")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = re.compile(r"\bin \d+\.\d s\b")
ALL_WENT, SOME_REJECTED = 0, 3

SHIMS = {
    "ie-model": f'exec "{sys.executable}" -c "from ie_model.cli import main; main()" "$@"',
    "pip": "exit 0",  # whatever a page installs is there
}
"""What the commands of a page are, while it runs from a checkout."""


@dataclass(frozen=True)
class Ran:
    """A block that was run."""

    line: int
    output: str
    shown: re.Match[str] | None
    """The block of output behind it."""

    @property
    def is_current(self) -> bool:
        """Whether the page shows what came out; seconds may differ."""
        return self.shown is None or timeless(self.shown[2]) == timeless(self.output)


def timeless(output: str) -> str:
    """Return ``output`` without what differs from run to run."""
    return SECONDS.sub("in N s", output)


def run_page(text: str, folder: Path) -> Iterator[Ran]:
    """Run every ``bash`` and ``python`` block of a page in ``folder``, in order.

    Raises:
        RuntimeError: A block failed; some rejected input is no failure.
    """
    environment = prepare(folder)
    blocks = list(FENCE.finditer(text))
    for place, block in enumerate(blocks):
        if block[1] not in ("bash", "python"):
            continue
        line = text[: block.start()].count("\n") + 1
        after = blocks[place + 1] if place + 1 < len(blocks) else None
        adjoins = after is not None and after[1] == "text" and not text[block.end() : after.start()].strip()
        yield Ran(line, run_block(block[1], block[2], line, folder, environment), after if adjoins else None)


def prepare(folder: Path) -> dict[str, str]:
    """Put what commands read into ``folder``, and return the environment of its commands."""
    for name in READ_BY_COMMANDS:
        shutil.copytree(ROOT / name, folder / name)
    commands = folder / ".commands"
    commands.mkdir()
    for name, line in SHIMS.items():
        (commands / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (commands / name).chmod(0o755)
    path = f"{commands}{os.pathsep}{os.environ['PATH']}"
    return {
        **os.environ,
        "PATH": path,
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
        "COLUMNS": "110",
    }


def run_block(language: str, code: str, line: int, folder: Path, environment: Mapping[str, str]) -> str:
    """Run one block and return what it printed, without spaces at the ends of lines."""
    call = ["bash", "-euo", "pipefail", "-c", code] if language == "bash" else [sys.executable, "-c", code]
    done = subprocess.run(
        call,
        check=False,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )
    if done.returncode not in (ALL_WENT, SOME_REJECTED):
        raise RuntimeError(f"line {line} ended with {done.returncode}: {done.stderr}")
    return "".join(f"{shown.rstrip()}\n" for shown in done.stdout.removesuffix("\n").split("\n"))


def refreshed(text: str, folder: Path) -> str:
    """Return the page with what really comes out."""
    parts, position = [], 0
    for ran in run_page(text, folder):
        if ran.shown is not None and not ran.is_current:
            parts += [text[position : ran.shown.start(2)], ran.output]
            position = ran.shown.end(2)
    return "".join([*parts, text[position:]])


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as scratch:
            page = Path(name)
            page.write_text(refreshed(page.read_text(encoding="utf-8"), Path(scratch)), encoding="utf-8")
            print(name)
