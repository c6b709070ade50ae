"""The scripts that make the handbook, for tests: they are no package."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


def script(name: str) -> ModuleType:
    """Import ``scripts/handbook/<name>.py``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(ROOT / "scripts/handbook"), *sys.path])
        return importlib.import_module(name)
