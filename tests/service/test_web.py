"""Probes and metrics over real HTTP."""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.telemetry.observation import Observation
from service.web.probes import STUCK_SECONDS, State
from service.web.server import OpsServer


@dataclass
class FakeLane:
    """Has had a batch under way for so long."""

    tp: tuple[str, int]
    waits_since: float | None = None


class Worker:
    """Says what a test has it say."""

    state = State("customers", None, ())


@pytest.fixture
def worker() -> Worker:
    """A worker that is ready and has no partition."""
    return Worker()


@pytest.fixture
async def address(worker: Worker) -> AsyncIterator[str]:
    """Where the ops server listens."""
    server = OpsServer("127.0.0.1:0", lambda: worker.state)
    yield await server.start()
    await server.stop()


async def get(address: str, path: str) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers."""
    async with aiohttp.ClientSession() as session, session.get(f"http://{address}{path}") as response:
        return response.status, await response.text(), dict(response.headers)


async def test_not_ready_says_what_it_waits_for(address: str, worker: Worker) -> None:
    worker.state = State("customers", "the rows of 4 partitions", ())
    status, body, headers = await get(address, "/readyz")
    assert (status, headers["Retry-After"]) == (503, "2")
    assert json.loads(body) == {"role": "customers", "waits_for": "the rows of 4 partitions"}
    assert (await get(address, "/livez"))[0] == 200

    worker.state = State("customers", None, (FakeLane(("log", 0)),))
    status, body, headers = await get(address, "/readyz")
    assert (status, json.loads(body)) == (200, {"role": "customers", "partitions": 1})
    assert "Retry-After" not in headers


@pytest.mark.parametrize(
    ("busy", "may_wait", "status"),
    [(None, False, 200), (STUCK_SECONDS - 5, False, 200), (STUCK_SECONDS + 1, False, 503), (STUCK_SECONDS + 1, True, 200)],
)
async def test_alive_until_one_batch_hangs(address: str, worker: Worker, busy: float | None, may_wait: bool, status: int) -> None:
    hanging = FakeLane(("log", 3), None if busy is None else time.monotonic() - busy)
    worker.state = State("customers", None, (FakeLane(("log", 0)), hanging), may_wait)
    found, body, _ = await get(address, "/livez")
    assert found == status
    assert [line.split(":")[0] for line in json.loads(body)["stuck"]] == (["log-3"] if status == 503 else [])


async def test_started_once_ready_and_then_for_good(address: str, worker: Worker) -> None:
    worker.state = State("customers", "the rows of 4 partitions", ())
    status, body, headers = await get(address, "/startupz")
    assert (status, json.loads(body)["waits_for"], headers["Retry-After"]) == (503, "the rows of 4 partitions", "2")

    worker.state = State("customers", "the rows of 4 partitions", (), has_worked=True)
    assert (await get(address, "/startupz"))[0] == 200
    assert (await get(address, "/readyz"))[0] == 503


async def test_alive_while_the_thread_that_fetches_answers(address: str, worker: Worker) -> None:
    worker.state = State("read-model", None, (), may_wait=True, silent_since=time.monotonic() - STUCK_SECONDS + 5)
    assert (await get(address, "/livez"))[0] == 200

    worker.state = State("read-model", None, (), may_wait=True, silent_since=time.monotonic() - STUCK_SECONDS - 1)
    status, body, _ = await get(address, "/livez")
    assert (status, json.loads(body)["stuck"]) == (503, ["the thread that fetches has not answered for 61 s"])


async def test_what_is_wrong_while_it_goes_on_is_said_and_it_stays_ready(address: str, worker: Worker) -> None:
    worker.state = State("read-model", None, (), degraded="Redis does not answer")
    status, body, _ = await get(address, "/readyz")
    assert (status, json.loads(body)) == (200, {"role": "read-model", "partitions": 0, "degraded": "Redis does not answer"})


@pytest.mark.parametrize("path", ["/", "/table/customers", "/router", "/metrics/", "/metrics/x", "/customers/c-1", "/healthz"])
async def test_nothing_else_is_served(address: str, path: str) -> None:
    assert (await get(address, path))[0] == 404


async def test_nothing_can_be_changed(address: str) -> None:
    async with aiohttp.ClientSession() as session, session.post(f"http://{address}/metrics", data=b"x") as response:
        assert response.status == 405


async def test_a_batch_is_counted_once(address: str) -> None:
    observation = Observation("customers")
    records = [SimpleNamespace(timestamp=0)]

    before = await value(address, "tiering_records_total", outcome="applied")
    observation.batch("customer-activity", {"applied": 3, "dead-lettered": 1}, records, ["too-late"])
    observation.transaction("records", 0.003, [])

    assert await value(address, "tiering_records_total", outcome="applied") == before + 3
    assert await value(address, "tiering_dead_letters_total", code="too-late") >= 1
    assert await value(address, "tiering_transactions_total") >= 1


async def value(address: str, name: str, **labels: str) -> float:
    """The sum of a metric's samples with these labels."""
    _, body, _ = await get(address, "/metrics")
    return sum(
        sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


async def test_a_role_without_redis_says_nothing_of_it(address: str) -> None:
    labels = {
        sample.labels["role"]
        for family in text_string_to_metric_families((await get(address, "/metrics"))[1])
        for sample in family.samples
        if sample.name == "tiering_redis_up"
    }
    assert labels <= {"read-model", "query"}
