"""Files appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from ie_model.errors import OutputError
from ie_model.files import write_whole


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.json"
    write_whole(path, "old")

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match=r"x\.json: cannot write: No space left on device"):
        write_whole(path, "new")
    assert [file.name for file in tmp_path.iterdir()] == ["x.json"]
    assert path.read_text() == "old"
