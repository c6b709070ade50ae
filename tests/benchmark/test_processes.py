"""Sides in processes of their own: their errors, their memory, their end."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ie_model.benchmark.files import FreshFiles
from ie_model.benchmark.memory import MemoryWatch
from ie_model.benchmark.processes import SideProcess, first_extraction_seconds
from ie_model.benchmark.side import serve
from ie_model.benchmark.sweep import our_side
from ie_model.errors import IeModelError

linux = pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="no /proc here")

HOLDS = """
import subprocess, sys
held = bytearray(60_000_000)
if len(sys.argv) > 1:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], **pipes)
    child.stdout.readline()
print("ready", flush=True)
sys.stdin.readline()
"""


def test_an_error_of_a_side_arrives_whole(tmp_path: Path) -> None:
    with pytest.raises(IeModelError, match="no model here") as caught:
        SideProcess(our_side(str(tmp_path), "onnxruntime", 1), cores=1)
    assert caught.value.where == str(tmp_path)
    assert caught.value.mend


def test_a_side_that_ends_is_told_with_its_status(tiny_release: Path) -> None:
    with SideProcess(our_side(str(tiny_release), "onnxruntime", 1), cores=None) as side:
        os.kill(side._process.pid, signal.SIGKILL)
        with pytest.raises(IeModelError, match="ended before it answered; found exit status -9"):
            side.ask({"articles": "a", "output": "b"})


def test_an_error_does_not_end_a_side(files: FreshFiles, tiny_release: Path, tmp_path: Path) -> None:
    replies = io.StringIO()
    requests = [
        our_side(str(tiny_release), "onnxruntime", 1),
        {"articles": str(tmp_path / "nowhere.jsonl"), "output": str(files.new_output())},
        {"articles": str(files.variant(0, 2).path), "output": str(files.new_output())},
    ]
    serve(io.StringIO("".join(json.dumps(request) + "\n" for request in requests)), replies)
    loaded, refused, done = map(json.loads, replies.getvalue().splitlines())
    assert loaded == {"ready": True}
    assert "nowhere.jsonl" in refused["error"]["where"]
    assert done["articles"] == 2
    assert done["seconds"] > 0
    assert done["cpu_seconds"] > 0


def test_rejected_articles_are_no_benchmark(tiny_release: Path, tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text('{"id": "a", "text": "بانک"}\n{\n', encoding="utf-8")
    replies = io.StringIO()
    requests = [
        our_side(str(tiny_release), "onnxruntime", 1),
        {"articles": str(path), "output": str(tmp_path / "o")},
    ]
    serve(io.StringIO("".join(json.dumps(request) + "\n" for request in requests)), replies)
    error = json.loads(replies.getvalue().splitlines()[1])["error"]
    assert error["found"] == "1 broken_json"


def test_the_first_extraction_is_waited_for(files: FreshFiles, tiny_release: Path) -> None:
    output = files.new_output()
    seconds = first_extraction_seconds(
        files.variant(0, 1).path, output, model=str(tiny_release), options=[], cores=1
    )
    assert seconds > 0
    assert len((output / "extractions.jsonl").read_text(encoding="utf-8").splitlines()) == 1


def test_a_start_that_fails_says_why(files: FreshFiles, tmp_path: Path) -> None:
    with pytest.raises(IeModelError, match=r"exit status 2.*no-such-folder"):
        first_extraction_seconds(
            files.variant(0, 1).path,
            files.new_output(),
            model=str(tmp_path / "no-such-folder"),
            options=[],
            cores=None,
        )


@linux
def test_the_peak_counts_children_and_outlives_them() -> None:
    child = HOLDS.replace("60_000_000", "80_000_000")
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, child], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin
    assert process.stdout
    with MemoryWatch(process.pid) as watch:
        process.stdout.readline()
        seen = watch.peak_mb
        process.communicate(b"\n")
        assert watch.peak_mb == pytest.approx(seen)
    assert seen is not None
    assert 140e6 / 1024**2 < seen < 400


def test_a_process_that_never_was_has_no_peak() -> None:
    with MemoryWatch(2**22 + 1) as watch:
        assert watch.peak_mb is None
