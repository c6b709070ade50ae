"""The backend against a real Label Studio 1.23: what the page shows, what events bring, and the next version.

Run by: pytest -m labelstudio, with ``IE_MODEL_LABEL_STUDIO`` naming the label-studio executable.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from ie_model.corpus.labelstudio_json import results_from_article
from ie_model.corpus.store import load_corpus
from ie_model.labelstudio.client import LabelStudio
from ie_model.labelstudio.project import Backend as Connected
from ie_model.labelstudio.project import set_up
from ie_model.loading import ModelSource
from ie_model.model_folder import MANIFEST, SHIPPED
from ie_model.serve.backend.doors import PASSWORD, USER, WEBHOOK, read_doors
from ie_model.serve.backend.trainer import RUNS
from tests.labelstudio.server import EXECUTABLE, Server
from tests.labelstudio.server import TOKEN as SERVER_TOKEN
from tests.modelling.making import SEEDS, World
from tests.serve.backend.making import Backend, eventually, serving
from tests.serve.backend.test_training import changed, options
from tests.serve.backend.test_training import config as config  # noqa: PLC0414 - fixtures, for the tests here
from tests.serve.backend.test_training import strong as strong  # noqa: PLC0414
from tests.serve.backend.test_training import weak as weak  # noqa: PLC0414
from tests.serve.backend.test_training import world as world  # noqa: PLC0414
from tests.serve.making import until

pytestmark = pytest.mark.labelstudio

TOKEN = "correct-horse"
SECRETS = {USER: "ls", PASSWORD: "pass-word", WEBHOOK: "hook-secret"}
ARTICLES = load_corpus(SEEDS)
#: A server under load takes long for everything.
PATIENCE = 300.0


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudio]:
    """A real server of these tests' own."""
    if not os.environ.get(EXECUTABLE):
        pytest.skip(f"{EXECUTABLE} names no label-studio executable (version 1.23)")
    running = Server(tmp_path_factory.mktemp("studio"))
    try:
        running.start()
        with running.client() as client:
            yield client
    finally:
        running.run("stop")


@dataclass
class Loop:
    """A project with the seeds, connected to a backend."""

    studio: LabelStudio
    project: int
    tasks: dict[str, int]

    @property
    def backend(self) -> dict[str, Any]:
        (found,) = self.studio.get("/api/ml/", project=self.project)
        value: dict[str, Any] = found
        return value

    def open(self, article: str) -> dict[str, Any]:
        """The task as the page gets it when it is opened."""
        value: dict[str, Any] = self.studio.get(f"/api/tasks/{self.tasks[article]}/")
        return value

    def predictions(self, article: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.open(article)["predictions"]
        return found

    def submit(self, article: str, **more: Any) -> int:
        """Submit what the seed's annotation says, as an annotator."""
        (one,) = [one for one in ARTICLES if one.id == article]
        body = {"result": results_from_article(one), "lead_time": 12.5, **more}
        return int(self.studio.post(f"/api/tasks/{self.tasks[article]}/annotations/", body)["id"])

    def predict_all(self) -> None:
        selected = {"selectedItems": {"all": True, "excluded": []}}
        self.studio.post("/api/dm/actions", selected, id="retrieve_tasks_predictions", project=self.project)


def connect(studio: LabelStudio, backend: Backend, title: str, *, secrets: dict[str, str] = SECRETS) -> Loop:
    shown = Connected(backend.url.rstrip("/"), secrets[USER], secrets[PASSWORD], secrets[WEBHOOK])
    project = set_up(studio, title, backend=shown).project.id
    tasks = [{"data": {"id": one.id, "text": one.text, "meta": one.meta}} for one in ARTICLES]
    studio.post(f"/api/projects/{project}/import", tasks)
    made = studio.get("/api/tasks", project=project, page_size=100)["tasks"]
    return Loop(studio, project, {task["data"]["id"]: task["id"] for task in made})


def doors() -> Any:
    return read_doors(token=True, environment=SECRETS)


def backend_of(folder: Path, **more: Any) -> Any:
    return serving(folder, token=TOKEN, shows_token=True, doors=doors(), **more)


@pytest.mark.skipif(not (SHIPPED / MANIFEST).is_file(), reason="no release is shipped in this checkout")
def test_a_task_that_is_opened_shows_the_shipped_model_s_prediction(
    tmp_path: Path, studio: LabelStudio
) -> None:
    with backend_of(tmp_path, source=ModelSource()) as backend:
        loop = connect(studio, backend, "opened")
        version = backend.status()["serving"]
        assert (loop.backend["state"], loop.backend["model_version"]) == ("CO", version)
        (prediction,) = loop.predictions(ARTICLES[0].id)
        assert prediction["model_version"] == version
        assert 0 < prediction["score"] <= 1
        kinds = [item["type"] for item in prediction["result"]]
        assert kinds.count("labels") > 10
        assert "relation" in kinds
        text = ARTICLES[0].text
        for item in prediction["result"]:
            if item["type"] == "labels":
                assert text[item["value"]["start"] : item["value"]["end"]] == item["value"]["text"]
        loop.predict_all()
        assert {len(loop.predictions(one.id)) for one in ARTICLES} == {1}
        assert studio.get(f"/api/ml/{loop.backend['id']}/versions") == {"versions": [version]}


def test_a_project_with_fewer_labels_can_still_open_its_tasks(tmp_path: Path, studio: LabelStudio) -> None:
    with backend_of(tmp_path) as backend:
        shown = Connected(backend.url.rstrip("/"), SECRETS[USER], SECRETS[PASSWORD], SECRETS[WEBHOOK])
        made = set_up(studio, "fewer labels", labels=["PERCENTAGE"], backend=shown).project
        studio.post(f"/api/projects/{made.id}/import", [{"data": {"id": "a", "text": ARTICLES[0].text}}])
        (task,) = studio.get("/api/tasks", project=made.id)["tasks"]
        (prediction,) = studio.get(f"/api/tasks/{task['id']}/")["predictions"]
        labels = {label for item in prediction["result"] for label in item["value"]["labels"]}
        assert labels == {"PERCENTAGE"}


def test_a_wrong_password_connects_nothing(tmp_path: Path, studio: LabelStudio) -> None:
    from ie_model.errors import IeModelError

    with backend_of(tmp_path) as backend, pytest.raises(IeModelError, match="401"):
        connect(studio, backend, "wrong", secrets={**SECRETS, PASSWORD: "wrong"})


def test_every_change_of_an_annotation_is_an_event(tmp_path: Path, studio: LabelStudio) -> None:
    with backend_of(tmp_path) as backend:
        loop = connect(studio, backend, "events")
        rows = backend.learning.ledger.annotations
        first = loop.submit(ARTICLES[0].id)
        second = loop.submit(ARTICLES[1].id)
        loop.submit(ARTICLES[2].id, result=[], was_cancelled=True)
        until(lambda: len(rows()) == 3)
        assert backend.status()["tasks_corrected"] == 2  # skipped is not corrected
        stored = json.loads(rows()[0].body)
        assert stored["result"] == results_from_article(ARTICLES[0])
        assert json.loads(rows()[0].data)["id"] == ARTICLES[0].id
        studio.patch(f"/api/annotations/{second}/", {"result": []})
        until(lambda: [json.loads(row.body)["result"] for row in rows() if row.annotation == second] == [[]])
        with httpx.Client(headers={"Authorization": f"Token {SERVER_TOKEN}"}, timeout=60) as plain:
            plain.delete(f"{studio.url}/api/annotations/{first}/").raise_for_status()
        until(lambda: {row.annotation for row in rows()} == {second, second + 1})
        loop.predict_all()
        selected = {"selectedItems": {"all": False, "included": [loop.tasks[ARTICLES[3].id]]}}
        studio.post("/api/dm/actions", selected, id="predictions_to_annotations", project=loop.project)
        until(lambda: len(rows()) == 3)  # many at one time come as one event


def test_without_the_secret_events_change_nothing(tmp_path: Path, studio: LabelStudio) -> None:
    with backend_of(tmp_path) as backend:
        loop = connect(studio, backend, "no secret", secrets={**SECRETS, WEBHOOK: "wrong"})
        loop.submit(ARTICLES[0].id)
        assert backend.metric('ie_model_requests_total{route="none",status="401"}') >= 1
        assert backend.learning.ledger.last_event() == 0


def test_the_loop_closes(tmp_path: Path, studio: LabelStudio, config: Path, weak: Path, world: World) -> None:
    """Predict, correct, train, judge, serve: the next task's prediction is the new version's."""
    with backend_of(tmp_path, source=ModelSource(weak), options=options(config, after=2)) as backend:
        loop = connect(studio, backend, "loop")
        old = backend.status()["serving"]
        assert [one["model_version"] for one in loop.predictions(ARTICLES[3].id)] == [old]
        loop.submit(ARTICLES[0].id)
        loop.submit(ARTICLES[1].id)
        status = eventually(backend, lambda now: now["runs"] and now["runs"][0]["ended"], PATIENCE)
        assert status["state"] == "finished", (tmp_path / RUNS / "1/log.txt").read_text()
        new = status["serving"]
        assert new.endswith(".r1")
        # What has a prediction keeps it until it is asked for anew; a new task gets the new version's.
        assert [one["model_version"] for one in loop.predictions(ARTICLES[3].id)] == [old]
        studio.post(
            f"/api/projects/{loop.project}/import", [{"data": {"id": "new", "text": ARTICLES[4].text}}]
        )
        made = studio.get("/api/tasks", project=loop.project, page_size=100)["tasks"]
        loop.tasks |= {task["data"]["id"]: task["id"] for task in made}
        assert [one["model_version"] for one in loop.predictions("new")] == [new]
        assert loop.backend["model_version"] == new
        assert studio.get(f"/api/ml/{loop.backend['id']}/versions") == {"versions": [new, old]}
        loop.predict_all()
        assert {one["model_version"] for one in loop.predictions(ARTICLES[3].id)} == {old, new}


def test_a_worse_model_is_refused_and_the_button_trains(
    tmp_path: Path, studio: LabelStudio, config: Path, strong: Path
) -> None:
    served = changed(strong, tmp_path / "served")
    with backend_of(tmp_path / "state", source=ModelSource(served), options=options(config)) as backend:
        loop = connect(studio, backend, "worse")
        old = backend.status()["serving"]
        loop.submit(ARTICLES[0].id)
        studio.post(f"/api/ml/{loop.backend['id']}/train", {})
        status = eventually(backend, lambda now: now["runs"] and now["runs"][0]["ended"], PATIENCE)
        assert (status["state"], status["runs"][0]["cause"]) == ("refused", "by Label Studio's button")
        assert [one["model_version"] for one in loop.predictions(ARTICLES[3].id)] == [old]
        assert loop.backend["state"] == "CO"
    shutil.rmtree(served)


def test_an_annotator_s_frame_brings_what_lies_in_it(tmp_path: Path, studio: LabelStudio) -> None:
    with backend_of(tmp_path) as backend:
        loop = connect(studio, backend, "drawn")
        found = loop.backend
        change = {"is_interactive": True, "project": loop.project, "url": found["url"]}
        secrets = {"basic_auth_user": SECRETS[USER], "basic_auth_pass": SECRETS[PASSWORD]}
        studio.patch(f"/api/ml/{found['id']}", {**change, **secrets, "auth_method": "BASIC_AUTH"})
        everything = [
            item for item in loop.predictions(ARTICLES[0].id)[0]["result"] if item["type"] == "labels"
        ]
        one = everything[0]["value"]
        frame = {"id": "f", "type": "labels", "from_name": "label", "to_name": "text"}
        value = {"start": one["start"] - 2, "end": one["end"] + 2, "labels": ["AMOUNT"], "text": ""}
        asked = {"task": loop.tasks[ARTICLES[0].id], "context": {"result": [{**frame, "value": value}]}}
        answer = studio.post(f"/api/ml/{found['id']}/interactive-annotating", asked)
        assert [item["value"]["start"] for item in answer["data"]["result"]] == [one["start"]]
