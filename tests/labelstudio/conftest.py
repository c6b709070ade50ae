"""One real Label Studio for all tests that are marked ``labelstudio``; each takes a project of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from ie_model.labelstudio.client import LabelStudio
from ie_model.labelstudio.project import Project, set_up
from tests.cli.conftest import ie_model as ie_model  # noqa: PLC0414 - a fixture, for the tests here
from tests.labelstudio.server import EXECUTABLE, Annotator, Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server; started by ``scripts/labelstudio.sh``, stopped when all tests are done.

    Its first start makes a database of 300 migrations; ``IE_MODEL_LABEL_STUDIO_DATA`` names a folder that
    keeps it from one run of the tests to the next.
    """
    if not os.environ.get(EXECUTABLE):
        pytest.skip(f"{EXECUTABLE} names no label-studio executable (version 1.23)")
    kept = os.environ.get("IE_MODEL_LABEL_STUDIO_DATA")
    running = Server(Path(kept) if kept else tmp_path_factory.mktemp("labelstudio"))
    try:
        running.start()
        yield running
    finally:
        running.run("stop")


@pytest.fixture
def client(server: Server) -> Iterator[LabelStudio]:
    """Our client, as the administrator."""
    with server.client() as opened:
        yield opened


@pytest.fixture
def title() -> str:
    """Title of a project that is not there yet."""
    return f"test {uuid4().hex[:12]}"


@pytest.fixture
def new_project(client: LabelStudio) -> Callable[[], Project]:
    """Makes projects with our interface, each new."""
    return lambda: set_up(client, f"test {uuid4().hex[:12]}").project


@pytest.fixture
def project(new_project: Callable[[], Project]) -> Project:
    """A new project with our interface."""
    return new_project()


@pytest.fixture(scope="session")
def second(server: Server) -> Annotator:
    """Another annotator."""
    return server.annotator(f"second-{uuid4().hex[:8]}")


@pytest.fixture
def labelstudio_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Address and token for the command line."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    """Folder that screenshots are kept in: ``IE_MODEL_SCREENSHOTS``, else one that is thrown away."""
    folder = Path(os.environ.get("IE_MODEL_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
