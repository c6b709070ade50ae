"""The judgement of the simulation: what share of random order's budget the queue needs for the same F1."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import ROOT

SCRIPT = ROOT / "scripts/simulate_queue.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("simulate_queue", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["simulate_queue"] = module
    spec.loader.exec_module(module)
    return module


def points(*f1s: float, words: int = 100) -> list[dict[str, Any]]:
    return [
        {"articles": 100 * place, "words": 100 * place * words, "f1": f1}
        for place, f1 in enumerate(f1s, start=1)
    ]


def test_the_share_is_read_off_the_mean_curve_between_its_points(script: ModuleType) -> None:
    curves = {"random": [points(0.5, 0.6, 0.7)], "queue": [points(0.5, 0.7, 0.72, words=150)]}
    by_articles, by_words = script.reached(curves, 300)
    assert by_articles["share"] == pytest.approx(200 / 300, abs=1e-3)
    assert by_words["share"] == pytest.approx(200 * 150 / (300 * 100), abs=1e-3)


def test_seeds_are_averaged_and_what_is_never_reached_has_no_share(script: ModuleType) -> None:
    curves = {"random": [points(0.5, 0.6), points(0.5, 0.8)], "queue": [points(0.5, 0.6), points(0.5, 0.7)]}
    assert script.mean_curve(curves["random"], "articles") == [(100.0, 0.5), (200.0, pytest.approx(0.7))]
    assert [row["share"] for row in script.reached(curves, 200)] == [None, None]


def test_a_dip_of_the_queue_s_curve_does_not_undo_what_it_reached(script: ModuleType) -> None:
    curves = {"random": [points(0.5, 0.6, 0.65)], "queue": [points(0.5, 0.65, 0.6)]}
    assert script.reached(curves, 300)[0]["share"] == pytest.approx(200 / 300, abs=1e-3)


def test_kept_curves_are_drawn_again_without_running(tmp_path: Path) -> None:
    kept = tmp_path / "queue.json"
    curves = {"random": [points(0.5, 0.6, 0.7)], "queue": [points(0.5, 0.7, 0.72)]}
    kept.write_text(json.dumps({"curves": curves}), encoding="utf-8")
    call = [sys.executable, SCRIPT, "--redraw", "--json", kept, "--plot", tmp_path / "queue.png"]
    result = subprocess.run(call, check=False, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert "'share': 0.667" in result.stdout
    assert (tmp_path / "queue.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads(kept.read_text(encoding="utf-8"))["curves"] == curves
