"""A run that was stopped goes on, and its files are those of an undisturbed run, byte for byte."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ie_model.batch import BatchOptions, OutputFormat, Shard, Summary, predict_batch, unfinished
from ie_model.batch import output as output_module
from ie_model.batch.output import FRAME_ENTRIES, STATE
from ie_model.errors import IeModelError, OutputError
from ie_model.schema import Article
from ie_model.tagging.runtimes import Runtime

from .fakes import FakeExtractor
from .test_workers import contents, write_articles

FORMATS = [form for form in OutputFormat if form is not OutputFormat.PARQUET]


@pytest.fixture(autouse=True)
def _checkpoint_at_every_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output_module, "CHECKPOINT_SECONDS", 0.0)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_articles(tmp_path / "in.jsonl", 5 * FRAME_ENTRIES)


def stop_at(article: str, failure: BaseException) -> FakeExtractor:
    def fault(found: Article) -> None:
        if found.id == article:
            raise failure

    return FakeExtractor(fault)


def stop(source: Path, out: Path, article: str = "a200", **options: Any) -> None:
    with pytest.raises(KeyboardInterrupt):
        predict_batch(
            [source], stop_at(article, KeyboardInterrupt()), out, options=BatchOptions(**options), resume=True
        )


@pytest.mark.parametrize("form", FORMATS)
def test_a_stopped_run_goes_on_to_the_same_bytes(source: Path, tmp_path: Path, form: OutputFormat) -> None:
    options = BatchOptions(form=form)
    whole = predict_batch([source], FakeExtractor(), tmp_path / "whole", options=options)
    for article in ("a100", "a101", "a250"):
        stop(source, tmp_path / "out", article, form=form)
        assert [path.name for path in (tmp_path / "out").iterdir()] == [STATE]
    assert unfinished(tmp_path / "out") == 4 * FRAME_ENTRIES
    resumed = FakeExtractor()
    summary = predict_batch([source], resumed, tmp_path / "out", options=options, resume=True)
    assert summary == whole
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert unfinished(tmp_path / "out") is None
    assert sum(resumed.chunks) < 2 * FRAME_ENTRIES  # only what was missing


def test_nothing_to_go_on_with_is_a_run_from_the_beginning(source: Path, tmp_path: Path) -> None:
    summary = predict_batch([source], FakeExtractor(), tmp_path / "out", resume=True)
    assert summary.articles == 5 * FRAME_ENTRIES


def test_an_unfinished_run_is_not_thrown_away_in_silence(source: Path, tmp_path: Path) -> None:
    stop(source, tmp_path / "out")
    with pytest.raises(OutputError, match="an unfinished run lies here") as caught:
        predict_batch([source], FakeExtractor(), tmp_path / "out")
    assert "--resume" in str(caught.value)
    assert "--restart" in str(caught.value)
    assert unfinished(tmp_path / "out") == 3 * FRAME_ENTRIES
    begun_anew = FakeExtractor()
    predict_batch([source], begun_anew, tmp_path / "out", restart=True)
    assert sum(begun_anew.chunks) == 5 * FRAME_ENTRIES


def test_an_earlier_output_stays_until_the_stopped_run_is_whole(source: Path, tmp_path: Path) -> None:
    early = write_articles(tmp_path / "early.jsonl", 3)
    predict_batch([early], FakeExtractor(), tmp_path / "out")
    before = contents(tmp_path / "out")
    stop(source, tmp_path / "out")
    assert {name: data for name, data in _files(tmp_path / "out").items() if name in before} == before


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


OTHER_CALLS = {
    "max_chars": {"max_chars": 99},
    "format": {"form": OutputFormat.JSONL_GZ},
    "fields": {"fields": ("id",)},
    "shard": {"shard": Shard(1, 2)},
    "min_confidence": {"min_confidence": 0.5},
    "runtime": {"runtime": Runtime.OPENVINO},
}


@pytest.mark.parametrize(("name", "changed"), OTHER_CALLS.items())
def test_another_call_cannot_go_on(source: Path, tmp_path: Path, name: str, changed: dict[str, Any]) -> None:
    stop(source, tmp_path / "out")
    with pytest.raises(OutputError, match=f"was called otherwise; found {name} .*; expected {name} "):
        predict_batch(
            [source], FakeExtractor(), tmp_path / "out", options=BatchOptions(**changed), resume=True
        )
    assert unfinished(tmp_path / "out") == 3 * FRAME_ENTRIES


@pytest.mark.parametrize("change", ["an article", "its order", "fewer"])
def test_another_input_cannot_go_on(source: Path, tmp_path: Path, change: str) -> None:
    stop(source, tmp_path / "out")
    rows = source.read_text(encoding="utf-8").splitlines(keepends=True)
    if change == "an article":
        rows[10] = json.dumps({"id": "a9", "text": "دیگر"}) + "\n"
    elif change == "its order":
        rows[10], rows[11] = rows[11], rows[10]
    else:
        del rows[20:]
    source.write_text("".join(rows), encoding="utf-8")
    with pytest.raises(OutputError, match="the input has changed since the run was stopped"):
        predict_batch([source], FakeExtractor(), tmp_path / "out", resume=True)


def test_articles_behind_the_stop_may_be_added(source: Path, tmp_path: Path) -> None:
    stop(source, tmp_path / "out")
    with source.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({"id": "late", "text": "بانک ملی ۹ تومان"}) + "\n")
    summary = predict_batch([source], FakeExtractor(), tmp_path / "out", resume=True)
    assert summary.articles == 5 * FRAME_ENTRIES + 1


@pytest.mark.parametrize("damage", ["checkpoint", "call", "cut short"])
def test_a_damaged_state_is_told(source: Path, tmp_path: Path, damage: str) -> None:
    stop(source, tmp_path / "out")
    state = tmp_path / "out" / STATE
    if damage == "cut short":
        (state / "extractions.jsonl").write_bytes(b"{")
    else:
        (state / f"{damage}.json").write_text("{")
    with pytest.raises(OutputError, match=r"cannot be read|shorter than it was"):
        predict_batch([source], FakeExtractor(), tmp_path / "out", resume=True)
    assert predict_batch([source], FakeExtractor(), tmp_path / "out", restart=True).articles == 320


def test_a_run_that_was_stopped_while_placing_only_places(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = predict_batch([source], FakeExtractor(), tmp_path / "whole")
    placed: list[str] = []
    replace = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        if self.parent.name == STATE and target.parent.name == "out":
            placed.append(target.name)
            if len(placed) == 3:
                raise KeyboardInterrupt
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            predict_batch([source], FakeExtractor(), tmp_path / "out")
    assert placed == ["extractions.jsonl", "quantities.csv", "rejects.jsonl"]
    idle = FakeExtractor()
    assert predict_batch([source], idle, tmp_path / "out", resume=True) == whole
    assert idle.chunks == []
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_a_disk_that_fills_up_costs_nothing_that_is_written(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = 0

    def full(descriptor: int) -> None:
        nonlocal synced
        synced += 1
        if synced > 7:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(IeModelError, match=r"No space left on device.*--resume"):
            predict_batch([source], FakeExtractor(), tmp_path / "out")
    assert unfinished(tmp_path / "out") == 2 * FRAME_ENTRIES
    predict_batch([source], FakeExtractor(), tmp_path / "whole")
    predict_batch([source], FakeExtractor(), tmp_path / "out", resume=True)
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_two_runs_do_not_write_into_one_folder(source: Path, tmp_path: Path) -> None:
    def second(article: Article) -> None:
        if article.id == "a1":
            with pytest.raises(OutputError, match="another run writes into this folder"):
                predict_batch([source], FakeExtractor(), tmp_path / "out")

    extractor = FakeExtractor(second)
    assert predict_batch([source], extractor, tmp_path / "out").articles == 5 * FRAME_ENTRIES


def test_shards_together_are_the_whole(source: Path, tmp_path: Path) -> None:
    whole = predict_batch([source], FakeExtractor(), tmp_path / "whole")
    parts: list[Summary] = []
    for number in (1, 2, 3):
        options = BatchOptions(shard=Shard(number, 3))
        parts.append(predict_batch([source], FakeExtractor(), tmp_path / str(number), options=options))
    assert sum(part.articles for part in parts) == whole.articles
    assert sum(part.rejected for part in parts) == whole.rejected
    lines = [
        (tmp_path / part / "extractions.jsonl").read_text(encoding="utf-8").splitlines() for part in "123"
    ]
    expected = (tmp_path / "whole" / "extractions.jsonl").read_text(encoding="utf-8").splitlines()
    assert sorted(line for part in lines for line in part) == sorted(expected)


RUN = """
import sys
from functools import partial
from pathlib import Path
from ie_model.batch import BatchOptions, OutputFormat, WorkerPool, predict_batch
from tests.batch.fakes import INFO, load_fake, slow
import ie_model.batch.output as output

if __name__ == "__main__":
    output.CHECKPOINT_SECONDS = 0.05
    engine = WorkerPool(partial(load_fake, slow), 2, INFO)
    form = OutputFormat.JSONL_GZ
    predict_batch([sys.argv[1]], engine, sys.argv[2], options=BatchOptions(form=form), resume=True)
"""


def test_killed_at_random_moments_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    source = write_articles(tmp_path / "in.jsonl", 1500)
    script = tmp_path / "run.py"
    script.write_text(RUN, encoding="utf-8")
    paths = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, str(script), str(source), str(tmp_path / "out")]
    draw = random.Random(5)
    kills, reached = 0, []
    for _ in range(40):
        run = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": paths}, start_new_session=True)
        try:
            if kills < 4:
                run.wait(timeout=draw.uniform(0.9, 1.8))
            else:
                run.wait(timeout=120)
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            run.wait()
            kills += 1
            if (tmp_path / "out" / "summary.json").exists():
                # Killed when everything was in its place, perhaps before the hidden folder was gone.
                shutil.rmtree(tmp_path / "out" / STATE, ignore_errors=True)
                break
            reached.append(unfinished(tmp_path / "out") or 0)
            time.sleep(0.05)
            continue
        assert run.returncode == 0
        break
    assert kills
    assert reached == sorted(reached)
    options = BatchOptions(form=OutputFormat.JSONL_GZ)
    predict_batch([source], FakeExtractor(), tmp_path / "whole", options=options)
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
