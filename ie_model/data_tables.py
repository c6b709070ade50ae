"""Word lists and other tables that ship with a room as YAML, in its folder ``data``."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

#: The tables load ten times faster with libyaml, which most builds of PyYAML bring.
_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@lru_cache(maxsize=32)
def load_data(room: str, name: str) -> Any:
    """Return what ``data/name`` of a room holds; read once, so it must not be changed.

    Args:
        room: The package, for example ``ie_model.quantities``.
        name: The file.
    """
    with (resources.files(room) / "data" / name).open(encoding="utf-8") as file:
        return _SafeLoader(file).get_single_data()
