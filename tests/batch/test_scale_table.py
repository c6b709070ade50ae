"""The table of docs/scale.md is what its script prints."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scale_table", ROOT / "scripts" / "scale_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_has_the_table_of_its_command(script: ModuleType) -> None:
    page = (ROOT / "docs/scale.md").read_text(encoding="utf-8")
    speed = float(page.partition("--articles-per-second ")[2].split()[0])
    assert script.table(10**8, speed) in page


def test_twice_the_cores_are_half_the_time(script: ModuleType) -> None:
    assert script.seconds(1000, 5.0, 2) == 100.0
    assert script.duration(100.0) == "1.7 minutes"
    assert script.duration(1.0) == "1.0 seconds"


def test_output_is_weighed_in_files_and_parts(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text(json.dumps({"articles": 4}))
    (tmp_path / "extractions").mkdir()
    (tmp_path / "extractions" / "part-00000-000000.jsonl").write_bytes(b"x" * 30)
    (tmp_path / "quantities.csv").write_bytes(b"x" * 10)
    (tmp_path / "rejects.jsonl").write_bytes(b"x" * 1000)
    assert script.bytes_per_article(tmp_path) == 10.0
