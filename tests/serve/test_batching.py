"""Batching across requests, and what happens when there is too much: nothing depends on company."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from ie_model.errors import ModelError
from ie_model.extractor import Extractor
from ie_model.model_folder import MANIFEST, SHIPPED
from ie_model.schema import Article
from ie_model.serve import Limits
from tests.batch.fakes import FakeExtractor
from tests.serve.making import (
    PATIENCE,
    GatedExtractor,
    article,
    ask,
    parts_of,
    running,
    until,
)

ROOT = Path(__file__).parents[2]

needs_release = pytest.mark.skipif(
    not (SHIPPED / MANIFEST).is_file(), reason="no release is shipped in this checkout"
)


# --- batches -------------------------------------------------------------------------------------------


def test_what_waits_while_a_batch_runs_is_the_next_batch() -> None:
    extractor = GatedExtractor()
    with running(extractor) as server, ThreadPoolExecutor(8) as pool:
        first = pool.submit(server.extract, article("a"))
        extractor.wait_for_batch()
        others = ask(pool, server, "b", "c", "d", "e")
        extractor.gate.set()
        answers = [one.result(PATIENCE) for one in (first, *others)]
    assert extractor.sizes == [1, 4]
    assert [answer.json()["id"] for answer in answers] == ["a", "b", "c", "d", "e"]


def test_answers_are_those_of_one_article_at_a_time() -> None:
    names = [f"n{number}" for number in range(40)]
    extractor = GatedExtractor()
    with running(extractor) as server, ThreadPoolExecutor(len(names)) as pool:
        asked = [pool.submit(server.extract, article(name)) for name in names]
        extractor.wait_for_batch()
        extractor.gate.set()
        answers = [one.result(PATIENCE) for one in asked]
    assert max(extractor.sizes) > 1
    assert sum(extractor.sizes) == len(names)
    for name, answer in zip(names, answers, strict=True):
        assert answer.text == FakeExtractor().extract(Article(**article(name))).model_dump_json()


@needs_release
def test_the_shipped_release_answers_alike_alone_and_in_company() -> None:
    extractor = Extractor.load(threads=1)
    texts = {path.stem: path.read_text(encoding="utf-8")[:700] for path in (ROOT / "seeds").iterdir()}
    alone = {name: extractor.extract(text, id=name).model_dump_json() for name, text in texts.items()}
    with running(extractor) as server, ThreadPoolExecutor(len(texts)) as pool:
        asked = {name: pool.submit(server.extract, article(name, text)) for name, text in texts.items()}
        assert {name: one.result(PATIENCE).text for name, one in asked.items()} == alone
        articles = [article(name, text) for name, text in texts.items()]
        results = server.extract({"articles": articles}).text
    assert all(f'{{"extraction": {one}}}' in results for one in alone.values())


def test_a_small_request_does_not_wait_behind_a_large_one() -> None:
    extractor = GatedExtractor()
    limits = Limits(batch_articles=2)
    with running(extractor, limits) as server, ThreadPoolExecutor(2) as pool:
        large = pool.submit(server.extract, {"articles": [article(f"l{n}") for n in range(9)]})
        extractor.wait_for_batch()
        small = pool.submit(server.extract, article("small"))
        until(lambda: server.service.line.articles == 8)
        extractor.gate.set()
        assert small.result(PATIENCE).status_code == large.result(PATIENCE).status_code == 200
    place = next(place for place, batch in enumerate(extractor.batches) if "small" in batch)
    assert place == 1


def test_a_bug_on_one_article_costs_no_other_request() -> None:
    def fault(one: Article) -> None:
        if one.id == "bad":
            raise ValueError(one.text)

    extractor = GatedExtractor(fault)
    with running(extractor) as server, ThreadPoolExecutor(4) as pool:
        first = pool.submit(server.extract, article("a"))
        extractor.wait_for_batch()
        others = ask(pool, server, "b", "bad", "c")
        extractor.gate.set()
        statuses = [one.result(PATIENCE).status_code for one in (first, *others)]
        assert statuses == [200, 200, 422, 200]
        assert server.extract(article("d")).status_code == 200


# --- too much, too late, gone --------------------------------------------------------------------------


def test_a_full_line_says_when_to_come_again() -> None:
    extractor = GatedExtractor()
    with running(extractor, Limits(queue_articles=2)) as server, ThreadPoolExecutor(4) as pool:
        first = pool.submit(server.extract, article("a"))
        extractor.wait_for_batch()
        waiting = ask(pool, server, "b", "c")
        refused = server.extract(article("d"))
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert parts_of(refused)["what"] == "too many articles are waiting"
        assert server.metric("ie_model_queue_articles") == 2
        assert server.client.get("/ready").status_code == 200
        extractor.gate.set()
        assert [one.result(PATIENCE).status_code for one in (first, *waiting)] == [200] * 3
        assert server.extract(article("d")).status_code == 200
    assert sorted(name for batch in extractor.batches for name in batch) == ["a", "b", "c", "d"]


def test_what_waits_keeps_its_bytes_until_it_is_answered() -> None:
    extractor = GatedExtractor()
    large = {**article("a"), "meta": {"x": "y" * 900}}
    limits = Limits(max_body=1500, max_bodies=1500)
    with running(extractor, limits) as server, ThreadPoolExecutor(1) as pool:
        first = pool.submit(server.extract, large)
        extractor.wait_for_batch()
        refused = server.extract(large)
        assert refused.status_code == 429
        assert parts_of(refused)["what"] == "the requests under way are too large together"
        extractor.gate.set()
        assert first.result(PATIENCE).json()["meta"] == large["meta"]
        assert server.extract(large).status_code == 200


def test_a_request_that_cannot_be_in_time_is_told_at_once() -> None:
    extractor = GatedExtractor()
    with running(extractor, Limits(timeout=5)) as server, ThreadPoolExecutor(4) as pool:
        first = pool.submit(server.extract, article("a"))
        extractor.wait_for_batch()
        waiting = ask(pool, server, "b")
        server.service.pace.note(1, 1.0, 1)  # a character a second
        started = time.monotonic()
        refused = server.extract(article("c"))
        assert (refused.status_code, time.monotonic() - started < 4) == (429, True)
        left = sum(len(article(name)["text"]) for name in "ab")
        assert int(refused.headers["retry-after"]) == -(-left // 2)
        extractor.gate.set()
        assert [one.result(PATIENCE).status_code for one in (first, *waiting)] == [200] * 2


def test_a_small_request_is_let_in_beside_a_large_one_that_is_slow() -> None:
    extractor = GatedExtractor()
    limits = Limits(timeout=15, batch_articles=1)
    with running(extractor, limits) as server, ThreadPoolExecutor(4) as pool:
        large = pool.submit(server.extract, {"articles": [article(f"l{n}", "م" * 100) for n in range(9)]})
        extractor.wait_for_batch()
        server.service.pace.note(50, 1.0, 1)  # 18 s for the large one, 4 s until the small one's turn
        small = ask(pool, server, "s")[0]
        assert server.extract({"articles": [article(f"m{n}", "م" * 99) for n in range(9)]}).status_code == 429
        extractor.gate.set()
        assert [one.result(PATIENCE).status_code for one in (small, large)] == [200, 200]


def test_no_answer_in_time_is_status_504_and_frees_the_place() -> None:
    extractor = GatedExtractor()
    with running(extractor, Limits(timeout=1.5)) as server, ThreadPoolExecutor(2) as pool:
        running_one = pool.submit(server.extract, article("a"))
        extractor.wait_for_batch()
        waiting_one = pool.submit(server.extract, article("b"))
        for one in (running_one, waiting_one):
            response = one.result(PATIENCE)
            assert response.status_code == 504
            assert parts_of(response)["found"] == "over 1.5 s"
        assert (server.service.line.articles, server.service.line.chars) == (0, 0)
        extractor.gate.set()
        assert server.extract(article("c")).status_code == 200
    assert extractor.batches == [["a"], ["c"]]


def test_a_client_that_goes_away_frees_its_place() -> None:
    extractor = GatedExtractor()
    with running(extractor) as server, ThreadPoolExecutor(2) as pool:
        first = pool.submit(server.extract, article("a"))
        extractor.wait_for_batch()
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{server.url}/extract", json=article("b"), timeout=httpx.Timeout(5, read=0.2))
        until(lambda: server.service.line.articles == 0)
        extractor.gate.set()
        assert first.result(PATIENCE).status_code == 200
        until(lambda: server.metric('ie_model_requests_total{route="/extract",status="499"}') == 1)
    assert extractor.batches == [["a"]]


def test_an_extractor_that_cannot_work_ends_the_readiness_not_the_process() -> None:
    def fault(_: Article) -> None:
        raise ModelError("the model is damaged", where="secret/path")

    with running(FakeExtractor(fault)) as server:
        failed = server.extract(article("a"))
        again = server.extract(article("a"))
        ready = server.client.get("/ready")
        assert [failed.status_code, again.status_code, ready.status_code] == [503] * 3
        for response in (failed, again, ready):
            assert parts_of(response)["what"] == "the extractor does not work"
            assert "secret" not in response.text
        assert server.client.get("/health").status_code == 200
        assert server.metric("ie_model_ready") == 0
