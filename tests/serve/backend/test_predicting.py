"""Predictions over real connections, asked for as a real Label Studio asked."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ie_model.labelstudio.predictions import prediction_from_extraction
from ie_model.rules import RuleExtractor
from ie_model.schema import Article, ModelInfo
from ie_model.serve import Limits
from ie_model.serve.backend import predicting, routes
from tests.batch.fakes import FakeExtractor
from tests.serve.backend.making import TEXT, Backend, payload, serving
from tests.serve.making import GatedExtractor, until

RULES_VERSION = "rules " + RuleExtractor.info.version


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    with serving(tmp_path_factory.mktemp("backend"), limits=Limits(max_chars=5000)) as found:
        yield found


def kinds(prediction: dict[str, Any]) -> list[str]:
    return [item["type"] for item in prediction["result"]]


def test_a_backend_is_alive_and_says_its_version(backend: Backend) -> None:
    assert backend.client.get("/health").json() == {"status": "alive"}
    assert backend.post("/setup", payload("setup")).json() == {"model_version": RULES_VERSION}
    assert backend.client.get("/versions").json() == {"versions": [RULES_VERSION]}


def test_a_task_gets_what_the_extractor_finds_relations_included(backend: Backend) -> None:
    asked = payload("predict")
    answer = backend.post("/predict", asked)
    (found,) = answer.json()["results"]
    data = asked["tasks"][0]["data"]
    article = Article(id="task:1", text=data["text"], meta=data["meta"])
    (extraction,) = RuleExtractor().extract_many([article])
    assert found == prediction_from_extraction(extraction)
    assert found["model_version"] == RULES_VERSION
    assert kinds(found)
    for region in found["result"]:
        value = region["value"]
        assert data["text"][value["start"] : value["end"]] == value["text"]


def test_relations_come_along(backend: Backend) -> None:
    backend.service.replace(FakeExtractor())
    try:
        (found,) = backend.predict({"data": {"text": TEXT}})
    finally:
        backend.service.replace(RuleExtractor())
    assert kinds(found) == ["labels", "labels", "relation"]
    by = found["result"][-1]
    assert (by["labels"], by["direction"]) == (["by"], "right")
    assert {by["from_id"], by["to_id"]} == {region["id"] for region in found["result"][:2]}


def test_many_tasks_get_one_entry_each_in_order(backend: Backend) -> None:
    asked = payload("predict_many")
    found = backend.post("/predict", asked).json()["results"]
    assert len(found) == len(asked["tasks"]) == 2
    alone = [
        backend.post("/predict", {**asked, "tasks": [task]}).json()["results"][0] for task in asked["tasks"]
    ]
    assert found == alone


def test_only_what_lies_where_the_annotator_drew(backend: Backend) -> None:
    asked = payload("predict_drawn")
    (drawn,) = [item["value"] for item in asked["params"]["context"]["result"]]
    drawn |= {"start": 2200, "end": 2700}  # recorded with another model, whose mentions were elsewhere
    (found,) = backend.post("/predict", asked).json()["results"]
    (everything,) = backend.post("/predict", {**asked, "params": None}).json()["results"]
    spans = [item["value"] for item in found["result"] if item["type"] == "labels"]
    assert spans
    assert all(span["start"] < drawn["end"] and drawn["start"] < span["end"] for span in spans)
    assert len(found["result"]) < len(everything["result"])
    assert all(item in everything["result"] for item in found["result"])


@pytest.mark.parametrize("context", [None, {}, {"result": []}, {"result": [None, {"value": 3}]}, "x", [1]])
def test_without_anything_drawn_all_is_asked_for(backend: Backend, context: Any) -> None:
    asked = payload("predict")
    asked["params"]["context"] = context
    assert backend.post("/predict", asked).json() == backend.post("/predict", payload("predict")).json()


UNUSABLE = [
    None,
    "task",
    {},
    {"data": None},
    {"data": {"id": "1"}},
    {"data": {"text": ""}},
    {"data": {"text": 7}},
    {"data": {"text": "\0"}},
    {"data": {"text": "م" * 5001}},
    {"data": {"text": TEXT, "meta": {"a": [[[]] * 3], "deep": eval("[" * 80 + "]" * 80)}}},  # noqa: S307
]


def test_a_task_that_cannot_be_used_gets_an_empty_prediction_and_a_line_in_the_log(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    good = {"id": 1, "data": {"text": TEXT}}
    with caplog.at_level(logging.WARNING):
        found = backend.predict(good, *UNUSABLE, good)
    assert len(found) == len(UNUSABLE) + 2
    assert found[1:-1] == [{"model_version": RULES_VERSION, "result": []}] * len(UNUSABLE)
    assert kinds(found[0]) == kinds(found[-1]) != []
    told = [record.getMessage() for record in caplog.records]
    assert [
        f"no prediction for task {number} of the request" in " ".join(told) for number in range(1, 13)
    ] == [
        False,
        *[True] * 10,
        False,
    ]
    assert TEXT not in " ".join(told)


def test_no_tasks_get_no_entries(backend: Backend) -> None:
    assert backend.predict() == []


def test_the_same_article_twice_gets_the_same_twice(backend: Backend) -> None:
    task = {"id": 1, "data": {"id": "a", "text": TEXT}}
    first, second = backend.predict(task, task)
    assert first == second
    assert first["result"]


def test_the_date_is_found_beside_the_text_or_in_meta(backend: Backend) -> None:
    class Seen(FakeExtractor):
        def extract(self, article: Article) -> Any:
            metas.append(article.meta)
            return super().extract(article)

    metas: list[Any] = []
    backend.service.replace(Seen())
    try:
        backend.predict({"data": {"id": "a", "text": TEXT, "meta": {"date": "1403/05/01"}, "priority": 3}})
    finally:
        backend.service.replace(RuleExtractor())
    assert metas == [{"date": "1403/05/01", "priority": 3}]


def test_an_interface_that_takes_none_gets_none_and_is_asked_for_again(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert backend.predict({"data": {"text": TEXT}}, None, label_config="<View></View>") == [[], []]
    assert "no Labels tag over a Text tag" in caplog.text


def test_another_interface_gets_its_own_names(backend: Backend) -> None:
    config = '<View><Labels name="marks" toName="news"><Label value="AMOUNT"/></Labels><Text name="news" value="$body"/></View>'  # noqa: E501
    (found,) = backend.predict({"data": {"body": TEXT}}, label_config=config)
    (region,) = found["result"]
    assert (region["from_name"], region["to_name"], region["value"]["labels"]) == (
        "marks",
        "news",
        ["AMOUNT"],
    )


# --- time ----------------------------------------------------------------------------------------------


class Slow(RuleExtractor):
    """Takes a moment for each article."""

    def extract_many(self, articles: Any) -> Any:
        batch = list(articles)
        time.sleep(0.05 * len(batch))
        return super().extract_many(batch)


def test_what_is_not_done_in_time_has_no_prediction_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(routes, "SECONDS", 1.0)
    monkeypatch.setattr(predicting, "CHUNK_ARTICLES", 4)
    tasks = [{"id": number, "data": {"text": f"{TEXT} {number}"}} for number in range(60)]
    with serving(tmp_path, extractor=Slow()) as backend:
        started = time.monotonic()
        found = backend.predict(*tasks)
        assert time.monotonic() - started < 3
    assert len(found) == 60
    done = [entry for entry in found if entry]
    assert 4 <= len(done) < 60
    assert found == [*done, *[[]] * (60 - len(done))]
    assert "tasks got no prediction" in caplog.text


def test_nothing_at_all_in_time_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "SECONDS", 0.2)
    gated = GatedExtractor()
    with serving(tmp_path, extractor=gated) as backend:
        assert backend.post("/predict", payload("predict")).status_code == 504
        gated.gate.set()


# --- the swap ------------------------------------------------------------------------------------------


class Version(FakeExtractor):
    def __init__(self, version: str) -> None:
        super().__init__()
        self.info = ModelInfo(name="fake", version=version)  # type: ignore[misc]

    def extract(self, article: Article) -> Any:
        return super().extract(article).model_copy(update={"model": self.info})


def test_a_swap_sends_nobody_away_and_every_prediction_names_its_model(tmp_path: Path) -> None:
    task = {"data": {"text": TEXT}}
    with serving(tmp_path, extractor=Version("0")) as backend, ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(backend.predict, *[task] * 5) for _ in range(60)]
        for number in range(1, 30):
            backend.service.replace(Version(str(number)))
            time.sleep(0.005)
        versions = {entry["model_version"] for one in asked for entry in one.result(60)}
        assert all(len(one.result()) == 5 for one in asked)
        assert versions <= {f"fake {number}" for number in range(30)}
        assert len(versions) > 1
        assert backend.predict(task)[0]["model_version"] == "fake 29"
        assert backend.client.get("/version").json()["model"]["version"] == "29"


def test_a_batch_that_runs_ends_with_the_old_model(tmp_path: Path) -> None:
    gated = GatedExtractor()
    with serving(tmp_path, extractor=gated) as backend, ThreadPoolExecutor(2) as pool:
        old = pool.submit(backend.predict, {"data": {"text": TEXT}})
        gated.wait_for_batch()
        new = pool.submit(backend.predict, {"data": {"text": TEXT}})
        until(lambda: backend.service.line.articles == 1)
        backend.service.replace(Version("2"))
        gated.gate.set()
        assert old.result(20)[0]["model_version"] == "fake 1"
        assert new.result(20)[0]["model_version"] == "fake 2"
