"""Several processes: the same output as one, and a dead one costs at most the article that killed it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from ie_model.batch import BatchOptions, InProcess, WorkerPool, predict_batch
from ie_model.batch.engines import WhenLarge, engine_of
from ie_model.batch.workers import CHUNKS_AHEAD, DEATHS_IN_A_ROW, Load
from ie_model.errors import IeModelError, ModelError
from ie_model.loading import ModelSource

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

SMALL = BatchOptions(chunk_articles=4)


def write_articles(path: Path, count: int, **others: str) -> Path:
    """Write numbered articles; ``others`` replace the text of the article of their name."""
    rows = []
    for number in range(count):
        text = others.get(f"a{number}", f"بانک ملی {'۱۲۳۴۵۶۷۸۹'[number % 9]} تومان داد.")
        rows.append(json.dumps({"id": f"a{number}", "text": text}) + "\n")
        if number % 7 == 3:
            rows.append("no article\n")
    path.write_text("".join(rows), encoding="utf-8")
    return path


def pool(load: Load = load_fake, workers: int = 2) -> WorkerPool:
    return WorkerPool(load, workers, INFO)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def refused(folder: Path) -> list[tuple[str, str]]:
    lines = (folder / "rejects.jsonl").read_text(encoding="utf-8").splitlines()
    return [(r["id"], r["found"]) for r in map(json.loads, lines) if r["code"] == "internal"]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_workers_write_what_one_process_writes(tmp_path: Path, workers: int) -> None:
    source = write_articles(tmp_path / "in.jsonl", 50)
    predict_batch([source], FakeExtractor(), tmp_path / "one")
    predict_batch([source], pool(workers=workers), tmp_path / "many", options=SMALL)
    assert contents(tmp_path / "many") == contents(tmp_path / "one")


def test_only_so_many_chunks_are_taken_ahead() -> None:
    taken = 0

    def chunks():  # type: ignore[no-untyped-def]
        nonlocal taken
        for _ in range(100):
            taken += 1
            yield []

    run = pool().run(chunks(), None)
    next(run)
    assert taken <= 2 * CHUNKS_AHEAD
    run.close()  # type: ignore[attr-defined]


def test_an_article_that_kills_its_process_is_rejected_and_the_others_go_on(tmp_path: Path) -> None:
    source = write_articles(tmp_path / "in.jsonl", 12, a5=KILLER)
    summary = predict_batch([source], pool(partial(load_fake, kill)), tmp_path / "out", options=SMALL)
    assert (summary.articles, summary.rejected_by_code["internal"]) == (11, 1)
    assert refused(tmp_path / "out") == [("a5", "ended by signal 9")]


def test_a_process_that_dies_by_accident_costs_nothing(tmp_path: Path) -> None:
    source = write_articles(tmp_path / "in.jsonl", 12, a5=KILLER)
    predict_batch([source], FakeExtractor(), tmp_path / "one")
    unlucky = pool(partial(load_fake, partial(kill_once, tmp_path / "flag")))
    predict_batch([source], unlucky, tmp_path / "out", options=SMALL)
    assert contents(tmp_path / "out") == contents(tmp_path / "one")
    assert (tmp_path / "flag").exists()


def test_a_model_that_does_not_load_ends_the_run_with_its_words(tmp_path: Path) -> None:
    source = write_articles(tmp_path / "in.jsonl", 3)
    with pytest.raises(ModelError, match="elsewhere: no such release"):
        predict_batch([source], pool(load_nothing), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_model_that_breaks_down_ends_the_run_with_its_words(tmp_path: Path) -> None:
    source = write_articles(tmp_path / "in.jsonl", 12, a5=HANDED_BACK)
    with pytest.raises(ModelError, match=r"model\.onnx: the tagger is damaged"):
        predict_batch([source], pool(partial(load_fake, break_down)), tmp_path / "out", options=SMALL)


def test_workers_that_cannot_live_end_the_run(tmp_path: Path) -> None:
    source = write_articles(tmp_path / "in.jsonl", 3 * DEATHS_IN_A_ROW)
    with pytest.raises(IeModelError, match="the workers die one after the other; found ended by signal 9"):
        predict_batch([source], pool(load_and_die, 1), tmp_path / "out", options=SMALL)
    assert not (tmp_path / "out").exists()


def test_no_worker_is_no_pool() -> None:
    with pytest.raises(IeModelError, match="workers: too few workers; found 0"):
        pool(workers=0)


def test_little_input_is_left_to_one_process(tmp_path: Path) -> None:
    engine = WhenLarge(lambda: InProcess(FakeExtractor()), pool(load_nothing))
    source = write_articles(tmp_path / "in.jsonl", 3)
    assert predict_batch([source], engine, tmp_path / "out").articles == 3
    with pytest.raises(ModelError, match="no such release"):
        predict_batch([source], engine, tmp_path / "out", options=BatchOptions(chunk_articles=1))


@pytest.mark.parametrize(("workers", "kind"), [(1, InProcess), (2, WorkerPool)])
def test_the_engine_of_so_many_workers(workers: int, kind: type) -> None:
    engine = engine_of(ModelSource(Path("rules")), workers)
    assert isinstance(engine, kind)
    assert engine.info.name == "rules"


PARENT = """
import sys
from functools import partial
from pathlib import Path
from ie_model.batch import BatchOptions, WorkerPool, predict_batch
from tests.batch.fakes import INFO, load_fake, slow

if __name__ == "__main__":
    engine = WorkerPool(partial(load_fake, slow), 2, INFO)
    predict_batch([sys.argv[1]], engine, sys.argv[2], options=BatchOptions(chunk_articles=4))
"""


def children_of(process: int) -> set[int]:
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == process:
                found.add(int(stat.parent.name))
        except (OSError, ValueError, IndexError):
            continue  # it has ended meanwhile
    return found


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_workers_end_with_the_process_that_writes(tmp_path: Path) -> None:
    source = write_articles(tmp_path / "in.jsonl", 20_000)
    script = tmp_path / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    paths = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]))
    run = subprocess.Popen(
        [sys.executable, script, source, tmp_path / "out"], env={**os.environ, "PYTHONPATH": paths}
    )
    try:
        deadline = time.monotonic() + 60
        workers: set[int] = set()
        while len(workers) < 3 and time.monotonic() < deadline:  # two, and multiprocessing's own
            workers = children_of(run.pid)
            time.sleep(0.05)
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
    assert workers
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, workers))
