"""``ie-model benchmark``: one JSON object, tables, and what is told when something is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.calling import CommandLine
from tests.tagging.making import ROOT

SEEDS = ROOT / "annotations/seeds"
FEW = ("--articles", SEEDS, "--limit", 2, "--warm-up", 0)

WITHOUT_TORCH = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ImportError(name)
sys.meta_path.insert(0, Blocker())
from ie_model.cli import main
main()
"""


@pytest.mark.slow
def test_against_the_pipeline_as_one_json_object(ie_model: CommandLine, tiny_release: Path) -> None:
    outcome = ie_model(
        *("benchmark", "--model", tiny_release, *FEW),
        *("--against", "pipeline", "--batch", "2", "--repeat", 2, "--json", "--save"),
    )
    assert outcome.status == 0, outcome.err
    result = json.loads(outcome.out)
    needed = {"ratio_to_pipeline", "ratio_interval", "f1", "f1_pipeline", "articles_per_second"}
    needed |= {"tokens_per_second", "articles_per_second_pipeline", "tokens_per_second_pipeline"}
    needed |= {"pipeline_setting", "machine", "date", "commit", "release", "articles"}
    assert needed <= result.keys()
    low, high = result["ratio_interval"]
    assert 0 < low <= result["ratio_to_pipeline"] <= high
    assert 0.5 < result["f1"] <= 1  # it knows the seeds by heart
    assert 0 < result["f1_pipeline"] <= 1  # cut elsewhere, its windows are not those it knows
    compared = result["pipeline"]["compared"].values()
    assert [one["setting"]["batch"] for one in compared][:2] == [1, 16]
    assert result["pipeline_setting"] in [one["setting"] for one in compared]
    assert result["pipeline"]["same_training"]
    assert result["pipeline"]["restored"]  # no checkpoint was named: the weights are the release's own
    assert len(result["pipeline"]["tried"]) >= 6
    (kept,) = Path("benchmarks/results").iterdir()
    assert json.loads(kept.read_text(encoding="utf-8")) == result
    assert "pair 2 of 2" in outcome.err


def test_tables_for_people(ie_model: CommandLine, tiny_release: Path, tmp_path: Path) -> None:
    articles = tmp_path / "news.jsonl"
    articles.write_text('{"id": "a", "text": "بانک ملی ۲۰ نفر را پذیرفت."}\n{"id": "b"}\n', encoding="utf-8")
    outcome = ie_model(
        "benchmark", "--model", tiny_release, "--articles", articles, "--repeat", 1, "--warm-up", 0
    )
    assert outcome.status == 3  # the second article has no text
    assert "1 articles (news.jsonl)" in outcome.out
    assert "Speed, one core for each worker" in outcome.out
    assert "1 rejected: " in outcome.err
    assert not Path("benchmarks").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(("--against", "pipeline", "--checkpoint", "nowhere"), "no model here", id="nowhere"),
        pytest.param(("--against", "spacy"), "pipeline", id="no such rival"),
        pytest.param(("--articles", "nowhere.jsonl"), "nowhere.jsonl", id="no articles"),
        pytest.param((), "--articles", id="no checkout"),
        pytest.param(("--runtime", "abacus"), "no such runtime", id="no such runtime"),
        pytest.param(("--workers", "1,two"), "not a list of numbers", id="workers that are no numbers"),
        pytest.param(("--runtime", "onnxruntime,"), "not a list", id="an empty runtime"),
        pytest.param(("--repeat", "0"), "--repeat", id="no repetition"),
        pytest.param(("--scaling", "0"), "--scaling", id="no articles at all"),
    ],
)
def test_a_wrong_call(
    ie_model: CommandLine, tiny_release: Path, arguments: tuple[str, ...], told: str
) -> None:
    outcome = ie_model("benchmark", "--model", tiny_release, *arguments)
    assert outcome.status == 2
    assert told in outcome.err
    assert outcome.out == ""


def test_without_torch_the_extra_is_named(tiny_release: Path, tiny_checkpoint: Path) -> None:
    call = ["benchmark", "--model", tiny_release, "--checkpoint", tiny_checkpoint, "--articles", SEEDS]
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *map(str, call), "--against", "pipeline"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert result.returncode == 2
    assert 'pip install "ie-model[train]"' in result.stderr
    assert "Traceback" not in result.stderr
