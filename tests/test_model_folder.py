"""Model folders: the manifest, and files that must be whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ie_model.errors import ModelError
from ie_model.model_folder import (
    MANIFEST,
    CalibrationWeights,
    Manifest,
    file_sha256,
    is_release,
    read_manifest,
    verify_files,
    write_manifest,
    write_whole,
)


def manifest(**changes: Any) -> Manifest:
    fields: dict[str, Any] = {
        "form": "release",
        "name": "default",
        "version": "1",
        "labels": ("AMOUNT",),
        "corpus_fingerprint": "f" * 64,
        "mention_calibration": {"AMOUNT": (1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.25)},
        "record_calibration": CalibrationWeights(slope=0.7, offset=-0.25),
    }
    return Manifest(**{**fields, **changes})


def test_a_manifest_is_equal_after_writing(tmp_path: Path) -> None:
    written = manifest(training_articles=("a", "b"), files={"x": "y"})
    write_manifest(tmp_path, written)
    assert read_manifest(tmp_path) == written
    assert [path.name for path in tmp_path.iterdir()] == [MANIFEST]


@pytest.mark.parametrize("place", ["missing", "."])
def test_no_model_is_told_with_the_mend(tmp_path: Path, place: str) -> None:
    with pytest.raises(ModelError, match="no model here") as caught:
        read_manifest(tmp_path / place)
    assert caught.value.where == str(tmp_path / place)
    assert "ie-model train" in str(caught.value)


@pytest.mark.parametrize(
    ("damage", "part"),
    [
        pytest.param({"labels": None}, "labels", id="a wrong value"),
        pytest.param({"surplus": 1}, "surplus", id="an unknown key"),
        pytest.param({"form": "draft"}, "form", id="an unknown form"),
        pytest.param({"format": 99}, "found 99; expected 2", id="another format"),
        pytest.param(
            {"format": 99, "new": 1}, "found 99; expected 2", id="another format with keys of its own"
        ),
        pytest.param({"windows": {"tokens": 3}}, "windows.tokens", id="a part out of range"),
    ],
)
def test_a_damaged_manifest_names_the_key(tmp_path: Path, damage: dict[str, Any], part: str) -> None:
    tree = {**json.loads(manifest().model_dump_json()), **damage}
    (tmp_path / MANIFEST).write_text(json.dumps(tree), encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        read_manifest(tmp_path)
    assert part in str(caught.value)


@pytest.mark.parametrize("content", [b"{", b"", b"[]", b"\xff"])
def test_a_manifest_that_is_no_json_object_is_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MANIFEST).write_bytes(content)
    with pytest.raises(ModelError, match="damaged"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (manifest().model_dump_json(), True),
        (manifest(form="checkpoint").model_dump_json(), False),
        pytest.param('{"format": 1, "form": "release", "old": 1}', True, id="of an older format"),
        pytest.param("{", False, id="damaged"),
        pytest.param(None, False, id="nothing"),
    ],
)
def test_a_release_is_known_whatever_its_format(tmp_path: Path, content: str | None, found: bool) -> None:
    if content is not None:
        (tmp_path / MANIFEST).write_text(content, encoding="utf-8")
    assert is_release(tmp_path) == found


def test_verify_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"whole")
    whole = manifest(files={"a": file_sha256(tmp_path / "a")})
    verify_files(tmp_path, whole)
    (tmp_path / "a").write_bytes(b"cut")
    with pytest.raises(ModelError, match="damaged") as caught:
        verify_files(tmp_path, whole)
    assert caught.value.expected == whole.files["a"]
    (tmp_path / "a").unlink()
    with pytest.raises(ModelError, match="missing") as caught:
        verify_files(tmp_path, whole)
    assert caught.value.where == str(tmp_path / "a")


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, "متن\n")
    assert path.read_bytes() == "متن\n".encode()
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "half \ud800")
    assert path.read_bytes() == "متن\n".encode()
    assert [item.name for item in tmp_path.iterdir()] == ["a.txt"]
