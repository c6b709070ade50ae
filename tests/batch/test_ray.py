"""A cluster writes what one process writes, whoever dies on the way.

The cluster is real: two workers on this machine, started once. What is compared are lines as sets: parts have
no order between them.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from ie_model import extras
from ie_model.batch import BatchOptions, OutputFormat, Shard, Summary, predict_batch, unfinished
from ie_model.batch.formats import PART_NAME
from ie_model.batch.output import STATE
from ie_model.batch.ray_engine import Cluster, predict_on_ray
from ie_model.batch.workers import Load
from ie_model.cli import predict as command
from ie_model.errors import IeModelError, MissingExtraError, ModelError, OutputError
from ie_model.loading import ModelSource
from ie_model.model_folder import MANIFEST, SHIPPED

from .fakes import (
    HANDED_BACK,
    INFO,
    KILLER,
    FakeExtractor,
    break_down,
    kill,
    kill_once,
    load_and_die,
    load_fake,
    load_nothing,
)
from .test_workers import write_articles

pytestmark = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra `ray` is missing")

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds"
BLOCK = 16
TWO = Cluster(workers=2)


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """Two workers on this machine, which import the tests' fakes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("RAY_ADDRESS", raising=False)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
        with TWO.connected():
            yield


def on_ray(source: Path, out: Path, load: Load = load_fake, **others: Any) -> Summary:
    others = {"cluster": TWO, "block_entries": BLOCK, **others}
    return predict_on_ray([source], load, INFO, out, **others)


def lines(folder: Path, name: str) -> list[str]:
    """The lines of all parts of one kind, sorted."""
    parts = sorted((folder / name).glob("part-*")) if (folder / name).is_dir() else [folder / f"{name}.jsonl"]
    return sorted(line for part in parts for line in part.read_text(encoding="utf-8").splitlines())


def rows(folder: Path) -> list[tuple[str, ...]]:
    """The rows of the flat table, sorted, and of every part its head."""
    path = folder / "quantities"
    parts = sorted(path.iterdir()) if path.is_dir() else [folder / "quantities.csv"]
    found: list[tuple[str, ...]] = []
    for part in parts:
        head, *rest = csv.reader(io.StringIO(part.read_text(encoding="utf-8-sig"), newline=""))
        assert head[0] == "article"
        found += [tuple(row) for row in rest]
    return sorted(found)


def assert_same(cluster: Path, local: Path) -> None:
    for name in ("extractions", "rejects"):
        assert lines(cluster, name) == lines(local, name)
    assert rows(cluster) == rows(local)
    mine, theirs = (json.loads((folder / "summary.json").read_text()) for folder in (cluster, local))
    assert {**mine, "options": None} == {**theirs, "options": None}


@pytest.mark.usefixtures("cluster")
def test_the_same_rows_as_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a folder named relatively: a large file and small ones, bad lines, an id twice."""
    monkeypatch.chdir(tmp_path)
    Path("in/deep").mkdir(parents=True)
    source = write_articles(tmp_path / "in/deep/many.jsonl", 200, a5="", a9="بانک\0")
    with source.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({"id": "a7", "text": "دوباره"}) + "\n")
    for number in range(20):
        Path(f"in/{number}.txt").write_text(f"بانک سپه {number} تومان ۵ تومان", encoding="utf-8")
    Path("in/note.pdf").write_bytes(b"%PDF")
    Path("in/bad.txt").write_bytes(b"\xff")
    summary = on_ray(Path("in"), tmp_path / "out")
    predict_batch(["in"], FakeExtractor(), tmp_path / "local")
    assert_same(tmp_path / "out", tmp_path / "local")
    assert summary.rejected_by_code.keys() == {"broken_json", "duplicate_id", "empty", "not_utf8", "nul"}
    assert summary.skipped == {".pdf": 1}
    assert all(PART_NAME.fullmatch(path.name) for path in (tmp_path / "out").glob("*/*"))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "extractions",
        "quantities",
        "rejects",
        "summary.json",
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
@pytest.mark.skipif(not (SHIPPED / MANIFEST).is_file(), reason="no release is shipped in this checkout")
def test_the_shipped_release_on_the_seeds(tmp_path: Path) -> None:
    source = ModelSource()
    load = partial(source.load, threads=1)
    predict_on_ray([SEEDS], load, source.info(), tmp_path / "out", cluster=TWO)
    predict_batch([SEEDS], source.load(threads=1), tmp_path / "local")
    assert_same(tmp_path / "out", tmp_path / "local")


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_an_article_that_ends_its_worker_is_rejected_by_name(tmp_path: Path) -> None:
    source = write_articles(tmp_path / "in.jsonl", 60, a20=KILLER)
    summary = on_ray(source, tmp_path / "out", partial(load_fake, kill))
    assert (summary.articles, summary.rejected_by_code["internal"]) == (59, 1)
    refused = [json.loads(line) for line in lines(tmp_path / "out", "rejects")]
    assert [one["id"] for one in refused if one["code"] == "internal"] == ["a20"]


@pytest.mark.usefixtures("cluster")
def test_a_worker_that_is_killed_costs_nothing(tmp_path: Path) -> None:
    source = write_articles(tmp_path / "in.jsonl", 60, a20=KILLER)
    on_ray(source, tmp_path / "out", partial(load_fake, partial(kill_once, tmp_path / "flag")))
    assert (tmp_path / "flag").exists()
    predict_batch([source], FakeExtractor(), tmp_path / "local")
    assert_same(tmp_path / "out", tmp_path / "local")


@pytest.mark.usefixtures("cluster")
def test_a_model_that_does_not_load_ends_the_run_with_its_own_error(tmp_path: Path) -> None:
    source = write_articles(tmp_path / "in.jsonl", 40)
    with pytest.raises(ModelError, match="no such release"):
        on_ray(source, tmp_path / "out", load_nothing)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_workers_that_cannot_live_end_the_run(tmp_path: Path) -> None:
    source = write_articles(tmp_path / "in.jsonl", 20)
    with pytest.raises(IeModelError, match=r"the workers die one after the other.*--workers"):
        on_ray(source, tmp_path / "out", load_and_die)


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("form", [OutputFormat.JSONL_ZST, OutputFormat.PARQUET])
def test_other_formats(tmp_path: Path, form: OutputFormat) -> None:
    import pyarrow.parquet as pq
    import zstandard

    source = write_articles(tmp_path / "in.jsonl", 40)
    on_ray(source, tmp_path / "out", options=BatchOptions(form=form))
    parts = sorted((tmp_path / "out" / "extractions").iterdir())
    ids: list[str] = []
    for part in parts:
        if form is OutputFormat.PARQUET:
            ids += pq.read_table(part).column("id").to_pylist()
        else:
            data = zstandard.ZstdDecompressor().stream_reader(part.read_bytes()).read()
            ids += [json.loads(line)["id"] for line in data.splitlines()]
    assert ids == [f"a{number}" for number in range(40)]
    assert len(list((tmp_path / "out" / "quantities").iterdir())) == len(parts)


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
class TestAStoppedRun:
    """Goes on without doing again what is done."""

    @pytest.fixture
    def source(self, tmp_path: Path) -> Path:
        return write_articles(tmp_path / "in.jsonl", 100, a99=HANDED_BACK)

    @pytest.fixture
    def stopped(self, source: Path, tmp_path: Path) -> Path:
        """The output of a run whose model broke down in the last block."""
        with pytest.raises(ModelError, match="the tagger is damaged"):
            on_ray(source, tmp_path / "out", partial(load_fake, break_down))
        assert [path.name for path in (tmp_path / "out").iterdir()] == [STATE]
        return tmp_path / "out"

    def test_keeps_its_parts(self, source: Path, stopped: Path, tmp_path: Path) -> None:
        kept = {path: path.stat().st_mtime_ns for path in stopped.glob(f"{STATE}/run-*/extractions/*")}
        assert kept
        on_ray(source, stopped, resume=True)
        predict_batch([source], FakeExtractor(), tmp_path / "local")
        assert_same(stopped, tmp_path / "local")
        now = {path.name: path.stat().st_mtime_ns for path in (stopped / "extractions").iterdir()}
        assert {path.name: then for path, then in kept.items()}.items() <= now.items()

    def test_is_not_thrown_away_in_silence(self, source: Path, stopped: Path) -> None:
        for engine in ("ray", "local"):
            with pytest.raises(OutputError, match="an unfinished run lies here"):
                on_ray(source, stopped) if engine == "ray" else predict_batch(
                    [source], FakeExtractor(), stopped
                )
        with pytest.raises(OutputError, match="was called otherwise; found block_entries 17"):
            on_ray(source, stopped, block_entries=17, resume=True)
        with pytest.raises(OutputError, match="was called otherwise"):
            predict_batch([source], FakeExtractor(), stopped, resume=True)
        assert unfinished(stopped)

    def test_does_not_go_on_with_another_input(self, source: Path, stopped: Path) -> None:
        text = source.read_text(encoding="utf-8")
        source.write_text(text.replace('"a1"', '"b1"'), encoding="utf-8")
        with pytest.raises(OutputError, match=r"the input has changed.*--restart"):
            on_ray(source, stopped, resume=True)
        source.write_text("\n", encoding="utf-8")
        with pytest.raises(OutputError, match="the input has changed"):
            on_ray(source, stopped, resume=True)
        assert on_ray(source, stopped, restart=True).rejected_by_code == {"no_articles": 1}


RUN = """
import sys
from functools import partial
from ie_model.batch.ray_engine import Cluster, predict_on_ray
from tests.batch.fakes import INFO, load_fake, slow

def report(counts):
    print(counts.articles, flush=True)

if __name__ == "__main__":
    load, cluster = partial(load_fake, slow), Cluster(workers=1)
    predict_on_ray([sys.argv[1]], load, INFO, sys.argv[2], cluster=cluster, observer=report, block_entries=16)
"""


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_a_driver_that_is_killed_loses_nothing_that_is_written(tmp_path: Path) -> None:
    source = write_articles(tmp_path / "in.jsonl", 3000)
    script = tmp_path / "run.py"
    script.write_text(RUN, encoding="utf-8")
    call = [sys.executable, str(script), str(source), str(tmp_path / "out")]
    with subprocess.Popen(call, stdout=subprocess.PIPE) as driver:
        assert driver.stdout is not None
        assert driver.stdout.readline()
        driver.send_signal(signal.SIGKILL)
    assert unfinished(tmp_path / "out")
    kept = written_at(tmp_path.glob(f"out/{STATE}/run-*/extractions/*"))
    on_ray(source, tmp_path / "out", resume=True)
    predict_batch([source], FakeExtractor(), tmp_path / "local")
    assert_same(tmp_path / "out", tmp_path / "local")
    assert kept
    assert kept.items() <= written_at(tmp_path.glob("out/extractions/*")).items()


def written_at(parts: Iterable[Path]) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in parts}


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_the_command(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(command.predict)
    write_articles(tmp_path / "in.jsonl", 10)
    arguments = [str(tmp_path / "in.jsonl"), "--model", "rules", "--engine", "ray", "--workers", "2"]
    result = CliRunner().invoke(app, [*arguments, "--output", str(tmp_path / "out")])
    assert result.exit_code == 3, result.output
    assert "10 articles" in result.stdout
    assert f"see {tmp_path / 'out' / 'rejects'}" in "".join(result.stderr.splitlines())
    # The parts make way for the files of a later run on this machine.
    predict_batch([tmp_path / "in.jsonl"], FakeExtractor(), tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(OutputFormat.JSONL.files)


@pytest.mark.usefixtures("cluster")
@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="read from Linux's /proc")
def test_a_cluster_of_our_own_listens_on_the_loopback_only() -> None:
    inodes = {inode for pid in descendants(os.getpid()) for inode in sockets(pid)}
    listening = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            cells = line.split()
            if cells[3] == "0A" and cells[9] in inodes:
                listening.add(cells[1].partition(":")[0])
    assert listening
    # 127.0.0.1, ::1 and ::ffff:127.0.0.1, as the kernel writes them
    assert listening <= {"0100007F", "0" * 24 + "01000000", "0" * 16 + "FFFF00000100007F"}


def descendants(parent: int) -> set[int]:
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = {parent}
    while more := {pid for pid, above in parents.items() if above in found} - found:
        found |= more
    return found


def sockets(pid: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{pid}/fd").glob("*"):
        with suppress(OSError):
            found |= set(re.findall(r"socket:\[(\d+)\]", str(link.readlink())))
    return found


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "standard input": ("-", {}),
    "--limit": ("in", {"options": BatchOptions(limit=3)}),
    "--shard": ("in", {"options": BatchOptions(shard=Shard(1, 2))}),
    "too few workers": ("in", {"cluster": Cluster(workers=0)}),
    "Ray's client": ("in", {"cluster": Cluster("ray://127.0.0.1:10001")}),
    "no such file": ("nowhere", {}),
    "too small": ("in", {"block_entries": 0}),
}


@pytest.mark.parametrize(("what", "asked"), REFUSED.items())
def test_what_is_refused_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, asked: tuple[str, dict[str, Any]]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    with pytest.raises(IeModelError, match=what):
        on_ray(Path(asked[0]), tmp_path / "out", **asked[1])
    assert not (tmp_path / "out").exists()


def test_an_address_without_a_cluster_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("خبر", encoding="utf-8")
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        arguments = ["predict", "a.txt", "-o", "out", "--engine", "ray", "--ray-address", address]
        script = f"import sys; from ie_model.cli import main; sys.argv[1:] = {arguments!r}; main()"
        result = subprocess.run(
            [sys.executable, "-c", script],
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert result.returncode == 2
    assert "there is no cluster" in result.stderr
    assert not (tmp_path / "out").exists()


def test_without_ray_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "_is_there", lambda package: package != "ray")
    (tmp_path / "a.txt").write_text("خبر", encoding="utf-8")
    with pytest.raises(MissingExtraError, match=r"ie-model\[ray\]"):
        on_ray(tmp_path / "a.txt", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_something_else_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("خبر", encoding="utf-8")
    (tmp_path / "out" / "rejects").mkdir(parents=True)
    (tmp_path / "out" / "rejects" / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="something else stands in its place"):
        on_ray(tmp_path / "a.txt", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out" / "rejects").iterdir()] == ["mine.txt"]
