"""The data tables of the room: ``data/*.yaml``, each with its sources; and patterns made of their words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from ie_model.data_tables import load_data

#: Any spacing within a phrase of cleaned text, ZWNJ or none; never a line break.
GAP: Final = r"[^\S\n]*\u200c?[^\S\n]*"


def load_table(name: str) -> Any:
    """Return what a file of ``data/`` holds."""
    return load_data("ie_model.records", name)


def spaced(phrase: str) -> str:
    """Return a pattern for ``phrase`` of cleaned text whose spaces may be written as :data:`GAP`."""
    return GAP.join(map(re.escape, phrase.split()))


def any_of(phrases: Iterable[str]) -> str:
    """Return a pattern for any of ``phrases``, the longest first."""
    return "(?:" + "|".join(map(spaced, sorted(phrases, key=len, reverse=True))) + ")"
