"""A missing optional package is found before long work begins."""

from __future__ import annotations

import sys

import pytest

from ie_model.errors import MissingExtraError
from ie_model.extras import require


class Refuses:
    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "refused":
            raise ImportError(name)


def test_what_is_there_passes_and_is_not_imported() -> None:
    sys.modules.pop("wave", None)
    require("train", "wave")
    assert "wave" not in sys.modules


def test_the_first_that_is_missing_is_named_with_its_extra() -> None:
    with pytest.raises(MissingExtraError, match=r"no_such_package.*ie-model\[train\]"):
        require("train", "json", "no_such_package", "nor_this")


def test_what_an_import_hook_refuses_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [Refuses(), *sys.meta_path])
    with pytest.raises(MissingExtraError, match="refused"):
        require("train", "refused")
