"""What a user names becomes an extractor."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from ie_model.errors import ModelError
from ie_model.loading import ModelSource

RULES = ModelSource(Path("rules"))


def test_rules_name_the_baseline() -> None:
    assert RULES.load().info.name == RULES.info().name == "rules"


def test_rules_cannot_leave_out_the_unsure() -> None:
    with pytest.raises(ModelError, match="no confidence"):
        ModelSource(Path("rules"), min_confidence=0.5).load()


def test_nothing_named_is_the_shipped_release() -> None:
    assert ModelSource().load().info == ModelSource().info()


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    for act in (ModelSource(tmp_path).info, ModelSource(tmp_path).load):
        with pytest.raises(ModelError, match="no model here"):
            act()


def test_a_source_travels_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(RULES)) == RULES  # noqa: S301 (made one line above)
