"""Which mentions state one fact: ``with`` between quantities, ``by`` to institutions.

Two linkers share one protocol: :class:`RuleLinker` (no training) and :class:`PairLinker` (boosted trees over
readable pair features; ``ie_model.linking.training`` trains it). A head on the tagger's encoder would be a
third.
"""

from __future__ import annotations

from pathlib import Path

from ie_model.errors import ModelError
from ie_model.linking.base import LinkedRecord, Linker, read_json
from ie_model.linking.pairs import PairLinker, pair_linker_from_json
from ie_model.linking.rules import RuleLinker

__all__ = ["LinkedRecord", "Linker", "PairLinker", "RuleLinker", "load_linker"]


def load_linker(path: str | Path) -> Linker:
    """Read a linker that was saved.

    Raises:
        ModelError: The file is missing, damaged, of another format version or of an unknown method.
    """
    path = Path(path)
    tree = read_json(path)
    method = tree.get("method")
    if method == "rules":
        return RuleLinker()
    if method == "learned":
        return pair_linker_from_json(tree, where=str(path))
    raise ModelError(
        "the linker is of an unknown method",
        where=str(path),
        found=repr(method),
        expected="'learned' or 'rules'",
    )
