"""The whole loop, as people go through it: correct in a browser, pull, check, train, serve, and again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ie_model.corpus.check import check_corpus
from ie_model.corpus.labelstudio_json import results_from_article
from ie_model.corpus.store import load_corpus
from ie_model.labelstudio.client import LabelStudio
from ie_model.labelstudio.outgoing import read_outgoing
from ie_model.labelstudio.project import Backend as Connected
from ie_model.labelstudio.project import set_up
from ie_model.labelstudio.pull import pull
from ie_model.labelstudio.push import push
from ie_model.loading import ModelSource
from ie_model.serve.backend.doors import PASSWORD, USER, WEBHOOK, read_doors
from ie_model.serve.backend.trainer import RUNS
from tests.conftest import ROOT
from tests.labelstudio.making import Gold
from tests.labelstudio.server import Annotator, Server
from tests.labelstudio.test_browser import browser as browser  # noqa: PLC0414 - fixtures, for the test here
from tests.labelstudio.test_browser import mark_anew, open_task, region, submit
from tests.labelstudio.test_browser import page as page  # noqa: PLC0414
from tests.modelling.making import World
from tests.serve.backend.making import eventually, serving
from tests.serve.backend.test_training import config as config  # noqa: PLC0414
from tests.serve.backend.test_training import options
from tests.serve.backend.test_training import strong as strong  # noqa: PLC0414
from tests.serve.backend.test_training import weak as weak  # noqa: PLC0414
from tests.serve.backend.test_training import world as world  # noqa: PLC0414

pytestmark = pytest.mark.labelstudio

SECRETS = {USER: "ls", PASSWORD: "pass-word", WEBHOOK: "hook-secret"}
TOKEN = "correct-horse"
PATIENCE = 300.0
"""Seconds that training a model of two layers may take beside a server on a busy machine."""
ARTICLES = load_corpus([ROOT / "annotations/seeds"])
CORRECTED = next(article for article in ARTICLES if article.id.startswith("002"))
NEW = next(article for article in ARTICLES if article.id.startswith("004"))
"""Pushed when the new model serves."""


def test_what_an_annotator_corrects_is_in_the_next_model(
    page: Any,
    server: Server,
    client: LabelStudio,
    second: Annotator,
    title: str,
    tmp_path: Path,
    config: Path,
    weak: Path,
    world: World,
) -> None:
    first = [ROOT / "seeds" / f"{article.id}.txt" for article in ARTICLES if article is not NEW]
    doors = read_doors(token=True, environment=SECRETS)
    state = tmp_path / "state"
    with serving(
        state, source=ModelSource(weak), options=options(config), token=TOKEN, shows_token=True, doors=doors
    ) as backend:
        old = backend.status()["serving"]
        shown = Connected(backend.url.rstrip("/"), *(SECRETS[name] for name in (USER, PASSWORD, WEBHOOK)))
        project = set_up(client, title, backend=shown).project
        push(client, project, read_outgoing(first), extractor=Gold(ARTICLES))
        tasks = {task["data"]["id"]: task["id"] for task in client.tasks(project.id)}

        open_task(page, server, project, tasks[CORRECTED.id])
        region(page, "2089 طرح").scroll_into_view_if_needed()
        mark_anew(page, "2089 طرح", "2089", key="1")
        submit(page)
        other = next(article for article in ARTICLES if article.id in tasks and article is not CORRECTED)
        second.submit(tasks[other.id], results_from_article(other))

        report = pull(client, project, tmp_path / "pulled")
        assert (report.written, report.rejects) == (2, [])
        pulled = load_corpus([tmp_path / "pulled"])
        assert not [one for one in check_corpus(pulled).findings if one.severity == "error"]
        (corrected,) = [article for article in pulled if article.id == CORRECTED.id]
        assert "2089" in {mention.text for mention in corrected.mentions}

        eventually(backend, lambda now: now["tasks_corrected"] == 2, PATIENCE)
        assert backend.post("/train", {}).status_code == 202
        status = eventually(backend, lambda now: now["runs"][0]["ended"], PATIENCE)
        assert status["state"] == "finished", (state / RUNS / "1/log.txt").read_text(encoding="utf-8")
        assert status["serving"] != old
        trained = load_corpus([state / RUNS / "1/corrections"])
        assert {article.text for article in trained} == {article.text for article in pulled}

        push(client, project, read_outgoing([ROOT / "seeds" / f"{NEW.id}.txt"]))
        (task,) = [task["id"] for task in client.tasks(project.id) if task["data"]["id"] == NEW.id]
        page.goto(f"{server.url}/projects/{project.id}/data?task={task}")
        page.wait_for_selector(".lsf-richtext__container")
        (prediction,) = client.get(f"/api/tasks/{task}/")["predictions"]
        assert prediction["model_version"] == status["serving"]
