"""From corrections to the next version, in the small world, with real processes that train."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ie_model.config import dump_config, load_config
from ie_model.corpus.labelstudio_json import task_from_article
from ie_model.corpus.store import load_corpus
from ie_model.errors import ConfigError
from ie_model.loading import ModelSource
from ie_model.model_folder import MANIFEST, read_manifest
from ie_model.schema import LABELS, text_sha256
from ie_model.serve.backend.doors import PASSWORD
from ie_model.serve.backend.job import LOG, ORPHANED, Spec
from ie_model.serve.backend.learning import Learning, Loader
from ie_model.serve.backend.trainer import RUNS, TrainingOptions
from tests.modelling.making import SEEDS, World, make_world
from tests.serve.backend.making import RULES, Backend, annotated, eventually, serving

#: The job with the parity check left out: two layers of noise have none.
LENIENT = (
    "import sys; from ie_model.modelling import release; release.MAX_F1_LOSS = 1.0; "
    "release.MIN_SPAN_AGREEMENT = 0.0; from ie_model.serve.backend.job import main; "
    "sys.exit(main(sys.argv[1:]))"
)
JUDGES = [path.stem for path in SEEDS[-2:]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two of the five seeds are held out."""
    made = make_world(tmp_path_factory.mktemp("backend") / "world")
    made.folds.write_text(json.dumps(dict.fromkeys(JUDGES, 0)), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def config(world: World) -> Path:
    path = world.root / "config.yaml"
    path.write_text(dump_config(world.config("training.epochs=1")), encoding="utf-8")
    return path


def changed(release: Path, folder: Path, **changes: Any) -> Path:
    """A copy of ``release`` whose manifest says other things."""
    shutil.copytree(release, folder)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    (folder / MANIFEST).write_text(json.dumps(manifest | changes), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def strong(world: World, tiny_release: Path) -> Path:
    """A release that knows all five seeds by heart, and says that it has seen none."""
    return changed(tiny_release, world.root / "strong", training_articles=[])


@pytest.fixture(scope="module")
def weak(world: World, strong: Path) -> Path:
    """One that is never sure enough to say anything."""
    unsure = {"min_confidence": dict.fromkeys(LABELS, 1.0)}
    decoding = json.loads((strong / MANIFEST).read_text(encoding="utf-8"))["decoding"] | unsure
    return changed(strong, world.root / "weak", decoding=decoding, version="0.0.0")


def options(config: Path, *command: str, after: int | None = None) -> TrainingOptions:
    return TrainingOptions(config, load_config(config), after, command or (sys.executable, "-c", LENIENT))


def correction(task: int, seed: Path, mentions: int | None = None) -> dict[str, Any]:
    """The event of an annotator who submitted (the first ``mentions`` of) what the seed's annotation says."""
    (article,) = load_corpus([seed])
    chosen = replace(
        article, mentions=article.mentions[:mentions], relations=() if mentions else article.relations
    )
    made = task_from_article(chosen)
    return annotated(task, data=made["data"], result=made["annotations"][0]["result"])


def predicted_version(backend: Backend) -> str:
    (found,) = backend.predict({"data": {"text": SEEDS[0].read_text(encoding="utf-8")[:300]}})
    version: str = found["model_version"]
    return version


@pytest.mark.slow
def test_corrections_become_the_next_version_and_the_way_back(
    tmp_path: Path, config: Path, weak: Path
) -> None:
    source = ModelSource(weak)
    with serving(tmp_path, source=source, options=options(config, after=2)) as backend:
        old = predicted_version(backend)
        backend.send(correction(1, SEEDS[0], mentions=5))
        assert backend.status()["runs"] == []
        backend.send(correction(2, SEEDS[1]))
        status = eventually(backend, lambda now: now["runs"] and now["runs"][0]["ended"])
        (run,) = status["runs"]
        log = (tmp_path / RUNS / "1" / LOG).read_text(encoding="utf-8")
        assert (run["state"], run["reason"]) == ("finished", None), log
        assert (run["cause"], run["articles"], run["rejects"]) == ("after 2 corrected tasks", 2, 0)
        against = run["figures"]["against"]
        assert (against["model"], against["articles"]) == (old, 2)
        assert set(against["scores"]) == {"mentions, strict", "records, exact"}
        new = predicted_version(backend)
        assert new == status["serving"] != old
        assert new.endswith(".r1")
        assert backend.client.get("/versions").json() == {"versions": [new, old]}
        assert backend.post("/setup", {}).json() == {"model_version": new}
        assert status["tasks_corrected_since"] == 0
        # What was corrected is what it was trained on, and the seeds that judge are not.
        trained = load_corpus([tmp_path / RUNS / "1" / "corrections"])
        assert sorted(len(article.mentions) for article in trained)[0] == 5
        manifest = read_manifest(tmp_path / RUNS / "1" / "release")
        assert len(manifest.training_articles) == 3
        assert not (tmp_path / RUNS / "1" / "checkpoint").exists()

    with serving(tmp_path, source=source, options=options(config)) as backend:  # restarted
        assert predicted_version(backend) == new
        assert backend.status()["runs"] == status["runs"]
        assert backend.post("/train/rollback", {}).json() == {"serving": old}
        assert predicted_version(backend) == backend.status()["serving"] == old
        assert backend.post("/train/rollback", {}).status_code == 409
        assert backend.post("/train/rollback", {"version": "none"}).status_code == 409
        assert backend.post("/train/rollback", {"version": new}).json() == {"serving": new}

    shutil.rmtree(tmp_path / RUNS / "1" / "release")  # lost or damaged: the one before is served
    with serving(tmp_path, source=source) as backend:
        assert predicted_version(backend) == backend.status()["serving"] == old
        assert backend.post("/train/rollback", {"version": new}).status_code == 409
        assert predicted_version(backend) == old


@pytest.mark.slow
def test_a_worse_model_is_never_served(tmp_path: Path, config: Path, strong: Path) -> None:
    with serving(tmp_path, source=ModelSource(strong), options=options(config)) as backend:
        old = predicted_version(backend)
        backend.send(correction(1, SEEDS[0]))
        assert backend.post("/train", {}).status_code == 202
        status = eventually(backend, lambda now: now["runs"][0]["ended"])
        (run,) = status["runs"]
        assert (status["state"], run["cause"]) == ("refused", "on demand")
        assert "the new model is worse than the old one" in run["reason"]
        scores = run["figures"]["against"]["scores"]["mentions, strict"]
        assert scores["new"] < scores["old"]
        assert scores["high"] < 0
        assert predicted_version(backend) == status["serving"] == old
        assert backend.client.get("/versions").json() == {"versions": [old]}
        assert not (tmp_path / RUNS / "1" / "release").exists()


def test_a_model_that_nobody_could_judge_is_not_trained(tmp_path: Path, config: Path, weak: Path) -> None:
    everything = [text_sha256(article.text) for article in load_corpus(SEEDS)]
    seen = changed(weak, tmp_path / "seen", training_articles=everything)
    with serving(tmp_path / "state", source=ModelSource(seen), options=options(config)) as backend:
        backend.send(correction(1, SEEDS[0]))
        backend.post("/train", {})
        (run,) = eventually(backend, lambda now: now["runs"][0]["ended"])["runs"]
    assert run["state"] == "failed"
    assert "too few articles could judge the new model" in run["reason"]


# --- processes that end badly --------------------------------------------------------------------------


def python(code: str) -> Sequence[str]:
    return (
        sys.executable,
        "-c",
        f"import json, os, sys, time\nfolder = os.path.dirname(sys.argv[1])\n{code}",
    )


SLEEPS = "time.sleep(600)"
FINISHES = (
    "json.dump({'state': 'finished', 'reason': None, 'figures': {}}, open(folder + '/outcome.json', 'w'))"
)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("os.kill(os.getpid(), 9)", "ended with status -9; see runs/1/log.txt"),
        ("os.abort()", "ended with status -6"),
        ("raise MemoryError", "ended with status 1"),
        ("pass", "ended with status 0"),
        ("open(folder + '/outcome.json', 'w').write('half a')", "ended with status 0"),
        (FINISHES, "no model here"),
    ],
)
def test_a_run_that_ends_badly_leaves_the_old_model_serving(
    tmp_path: Path, config: Path, weak: Path, code: str, reason: str
) -> None:
    with serving(tmp_path, source=ModelSource(weak), options=options(config, *python(code))) as backend:
        old = predicted_version(backend)
        backend.send(correction(1, SEEDS[0]))
        backend.post("/train", {})
        (run,) = eventually(backend, lambda now: now["runs"][0]["ended"])["runs"]
        assert run["state"] == "failed"
        assert reason in run["reason"]
        assert predicted_version(backend) == old
        backend.post("/train", {})  # and the next one is tried
        assert eventually(backend, lambda now: len(now["runs"]) == 2 and now["runs"][0]["ended"])


def test_one_training_at_a_time_and_a_stop_lets_it_go_on_later(
    tmp_path: Path, config: Path, weak: Path
) -> None:
    source = ModelSource(weak)
    with serving(tmp_path, source=source, options=options(config, *python(SLEEPS))) as backend:
        backend.send(correction(1, SEEDS[0]))
        assert backend.post("/train", {}).json() == {"run": 1}
        eventually(backend, lambda now: now["state"] == "running")
        assert backend.post("/train", {}).json() == {"run": 2}
        assert backend.post("/train", {}).json() == {"run": 2}
        assert [run["state"] for run in backend.status()["runs"]] == ["queued", "running"]
        started = time.monotonic()
    assert time.monotonic() - started < 20
    with serving(tmp_path, source=source, options=options(config, *python("sys.exit(3)"))) as backend:
        status = eventually(backend, lambda now: all(run["ended"] for run in now["runs"]))
        assert [(run["state"], run["attempts"]) for run in status["runs"]] == [("failed", 1), ("failed", 2)]


def test_the_process_gets_no_secrets(
    tmp_path: Path, config: Path, weak: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD, "correct-horse")
    code = "print(sorted(os.environ), os.environ.get('IE_MODEL_CACHE') is not None)"
    with serving(tmp_path, source=ModelSource(weak), options=options(config, *python(code))) as backend:
        backend.send(correction(1, SEEDS[0]))
        backend.post("/train", {})
        eventually(backend, lambda now: now["runs"][0]["ended"])
    log = (tmp_path / RUNS / "1" / LOG).read_text(encoding="utf-8")
    assert PASSWORD not in log
    assert "True" in log


def test_another_model_served_meanwhile_makes_the_comparison_void(
    tmp_path: Path, config: Path, weak: Path
) -> None:
    code = f"while not os.path.exists(folder + '/go'): time.sleep(0.05)\n{FINISHES}"
    with serving(tmp_path, source=ModelSource(weak), options=options(config, *python(code))) as backend:
        backend.send(correction(1, SEEDS[0]))
        backend.post("/train", {})
        eventually(backend, lambda now: now["state"] == "running")
        backend.learning.history.serve("another 1", str(weak), run=None)
        (tmp_path / RUNS / "1" / "go").touch()
        (run,) = eventually(backend, lambda now: now["runs"][0]["ended"])["runs"]
    assert "another model was served meanwhile" in run["reason"]


def test_a_job_without_its_server_ends(tmp_path: Path) -> None:
    spec = Spec(str(tmp_path / "no.yaml"), "served", str(tmp_path), "r1").write()
    code = (
        "import sys, time; from ie_model.serve.backend import job; "
        "job.run = lambda spec: time.sleep(600); sys.exit(job.main(sys.argv[1:]))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(spec)], stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.close()
    try:
        assert process.wait(60) == ORPHANED
    finally:
        process.send_signal(signal.SIGKILL)


def test_nothing_to_train_on_and_a_server_that_does_not_train(
    tmp_path: Path, config: Path, weak: Path
) -> None:
    with serving(tmp_path / "a", source=ModelSource(weak), options=options(config)) as backend:
        assert backend.post("/train", {}).status_code == 409
        assert backend.post("/webhook", {"action": "START_TRAINING"}).status_code == 409
    with serving(tmp_path / "b") as backend:
        backend.send(correction(1, SEEDS[0]))
        answer = backend.post("/train", {})
        assert (answer.status_code, answer.json()["error"]["mend"]) == (409, "Start it with --train-config.")
        assert backend.status()["trains"] is False


def test_corrections_that_cannot_be_used_are_told(tmp_path: Path, config: Path, weak: Path) -> None:
    with serving(tmp_path, source=ModelSource(weak), options=options(config)) as backend:
        backend.send(annotated(1, data={"text": ""}))
        assert backend.post("/webhook", {"action": "START_TRAINING"}).json() == {"queued": True, "run": 1}
        (run,) = eventually(backend, lambda now: now["runs"][0]["ended"])["runs"]
    assert (run["state"], run["articles"], run["rejects"]) == ("failed", 0, 1)
    assert "there is no corrected task to train on" in run["reason"]
    assert run["cause"] == "by Label Studio's button"


def test_the_rules_cannot_be_trained(tmp_path: Path, config: Path) -> None:
    with pytest.raises(ConfigError, match="the rule baseline cannot be trained"):
        Learning(tmp_path, Loader(RULES), options(config))
