"""A whole benchmark of our side; against the pipeline: tests/cli/test_benchmark.py."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ie_model.benchmark.results import load_results, save_result
from ie_model.benchmark.run import BenchmarkOptions, run_benchmark
from ie_model.benchmark.tables import result_tables
from ie_model.errors import IeModelError
from tests.benchmark.conftest import SEEDS
from tests.tagging.making import ROOT


@pytest.fixture(scope="module")
def result(tiny_release: Path) -> dict[str, Any]:
    return run_benchmark(
        BenchmarkOptions(
            model=tiny_release, articles=SEEDS, limit=3, repeat=2, warm_up=0, workers=(1, 2), scaling=(2, 8)
        )
    )


def test_every_number_of_workers_has_its_row(result: dict[str, Any]) -> None:
    assert [(row["runtime"], row["workers"]) for row in result["throughput"]] == [
        ("onnxruntime", 1),
        ("onnxruntime", 2),
    ]
    for row in result["throughput"]:
        for name in ("articles_per_second", "tokens_per_second", "startup_seconds"):
            low, high = row[name]["interval"]
            assert 0 < low <= row[name]["median"] <= high
    one, two = (row["f1"] for row in result["throughput"])
    assert one == two  # the output does not depend on workers


def test_the_figures_looked_for_first_are_those_of_the_first_row(result: dict[str, Any]) -> None:
    first = result["throughput"][0]
    assert result["articles_per_second"] == first["articles_per_second"]["median"]
    assert result["tokens_per_second_interval"] == first["tokens_per_second"]["interval"]
    assert result["f1"] == first["f1"]
    assert result["ratio_to_pipeline"] is None
    assert result["pipeline"] is None


def test_articles_that_were_trained_on_are_counted(result: dict[str, Any]) -> None:
    assert result["articles"] == result["seen_in_training"] == 3
    assert result["gold"]


def test_cost_is_of_a_million_articles(result: dict[str, Any]) -> None:
    sizes = result["scaling"]["sizes"]
    assert [row["articles"] for row in sizes] == [2, 8]
    for row in sizes:
        assert row["seconds_per_million"] == pytest.approx(row["seconds"] / row["articles"] * 1e6, rel=1e-3)
        assert row["core_hours_per_million"] > 0
    costs = [row["seconds_per_million"] for row in sizes]
    assert result["scaling"]["most_to_least"] == pytest.approx(max(costs) / min(costs), rel=1e-3)
    assert result["scaling"]["linear"] is (max(costs) <= 1.1 * min(costs))


def test_a_result_is_json_without_a_place_of_this_machine(result: dict[str, Any], tiny_release: Path) -> None:
    text = json.dumps(result)
    assert json.loads(text) == result
    assert str(tiny_release) not in text
    assert str(ROOT) not in text


def test_a_result_is_kept_read_and_drawn(result: dict[str, Any], tmp_path: Path) -> None:
    path = save_result(result, tmp_path / "results")
    assert path.name.startswith(f"{result['date']}-")
    assert load_results(tmp_path / "results") == [result]
    drawn = subprocess.run(
        [
            *(sys.executable, str(ROOT / "scripts/plot_benchmarks.py")),
            *("--results", str(tmp_path / "results"), "--output", str(tmp_path)),
        ],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert drawn.returncode == 0, drawn.stderr
    assert {path.name for path in tmp_path.glob("*.png")} == {"speed.png", "scaling.png"}


def test_the_tables_say_what_was_measured(result: dict[str, Any]) -> None:
    out = io.StringIO()
    Console(file=out, width=200).print(result_tables(result))
    shown = out.getvalue()
    assert "3 articles (seeds)" in shown
    assert "F1 is too good: 3 of the articles were trained on" in shown
    assert "Cost by number of articles" in shown


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "no result is kept"), ("{", "cannot be read"), ("[]", "no result of a benchmark")],
)
def test_results_that_are_none(tmp_path: Path, content: str | None, told: str) -> None:
    if content is not None:
        (tmp_path / "a.json").write_text(content)
    with pytest.raises(IeModelError, match=told):
        load_results(tmp_path)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"repeat": 0}, "--repeat"),
        ({"workers": (1, 0)}, "--workers"),
        ({"batches": (0,)}, "--batch"),
        ({"scaling": (-1,)}, "--scaling"),
        ({"runtimes": ("abacus",)}, "no such runtime"),
    ],
)
def test_a_wrong_call_is_told_before_anything_runs(options: dict[str, Any], told: str) -> None:
    with pytest.raises(IeModelError, match=told):
        BenchmarkOptions(**options)
