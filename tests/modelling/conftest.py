"""Fixtures of the modelling room: one small world, one model trained in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ie_model.evaluation.report import EvaluationReport
from ie_model.modelling.train import train_model
from tests.modelling.making import World, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def trained(world: World) -> tuple[Path, EvaluationReport | None]:
    """A model folder (never to be changed) and the report of its training."""
    folder = world.root / "model"
    return folder, train_model(world.config("training.epochs=3"), folder)
