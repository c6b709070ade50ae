"""The end of a server, and the service by itself from its start to its stop."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from ie_model.serve import Limits, Service
from ie_model.serve.errors import LateError, NotReadyError
from ie_model.serve.workers import Pace
from tests.batch.fakes import FakeExtractor
from tests.serve.making import PATIENCE, GatedExtractor, article, ask, located, parts_of, running, until


def test_a_stop_answers_what_was_let_in_and_lets_nothing_in() -> None:
    extractor = GatedExtractor()
    with running(extractor) as server, ThreadPoolExecutor(3) as pool:
        first = pool.submit(server.extract, article("a"))
        extractor.wait_for_batch()
        waiting = ask(pool, server, "b")
        server.server.should_exit = True
        until(lambda: server.service.line.is_closed)
        with pytest.raises(httpx.ConnectError):
            httpx.post(f"{server.url}/extract", json=article("c"), timeout=5)
        extractor.gate.set()
        assert [one.result(PATIENCE).status_code for one in (first, *waiting)] == [200, 200]


def test_after_the_time_of_grace_who_waits_is_told_so() -> None:
    extractor = GatedExtractor()
    with running(extractor, Limits(grace=0.3)) as server, ThreadPoolExecutor(3) as pool:
        first = pool.submit(server.extract, article("a"))
        extractor.wait_for_batch()
        waiting = ask(pool, server, "b")
        server.server.should_exit = True
        for one in (first, *waiting):
            response = one.result(PATIENCE)
            assert response.status_code == 503
            assert parts_of(response)["what"] == "the server stopped before this was read"
        extractor.gate.set()
    assert extractor.batches == [["a"]]


# --- the service by itself -----------------------------------------------------------------------------


async def never() -> None:
    await asyncio.Event().wait()


def test_a_service_is_ready_from_its_start_to_its_stop() -> None:
    service = Service(FakeExtractor())
    with pytest.raises(NotReadyError, match="starting"):
        service.require_ready()
    service.start()
    service.require_ready()
    assert service.stop()
    with pytest.raises(NotReadyError, match="stopping"):
        service.require_ready()


def test_a_stop_tells_of_a_batch_that_still_runs() -> None:
    extractor = GatedExtractor()
    service = Service(extractor)
    service.start()

    async def late() -> None:
        with pytest.raises(LateError):
            await service.extract([located("a")], until=time.monotonic() + 0.05, gone=never)

    asyncio.run(late())
    assert not service.stop(0.05)
    extractor.gate.set()
    until(service.stop)


def test_the_pace_is_that_of_the_newest_batches() -> None:
    pace = Pace()
    assert pace.seconds(100) is None
    pace.note(100, 1.0, 1)
    assert pace.seconds(200) == pytest.approx(2.0)
    for _ in range(50):
        pace.note(100, 0.5, 2)  # two workers at 200 a second each
    assert pace.seconds(400) == pytest.approx(1.0, rel=0.01)
