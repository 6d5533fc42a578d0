"""Probes and metrics over real HTTP."""

import json
from collections.abc import AsyncIterator
from types import SimpleNamespace

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.observation import Observation
from service.web.probes import Probes
from service.web.server import OpsServer


class Clock:
    """Seconds that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock at 0."""
    return Clock()


@pytest.fixture
def probes(clock: Clock) -> Probes:
    """Probes of a process that is starting."""
    return Probes(clock)


@pytest.fixture
async def address(probes: Probes) -> AsyncIterator[str]:
    """Where the ops server listens."""
    server = OpsServer("127.0.0.1:0", probes, max_age=60)
    yield await server.start()
    await server.stop()


async def get(address: str, path: str) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers."""
    async with aiohttp.ClientSession() as session, session.get(f"http://{address}{path}") as response:
        return response.status, await response.text(), dict(response.headers)


async def test_not_ready_says_what_it_waits_for(address: str, probes: Probes) -> None:
    probes.waiting_for("recovery")
    status, body, headers = await get(address, "/readyz")

    assert (status, json.loads(body), headers["Retry-After"]) == (503, {"ready": False, "waiting_for": "recovery"}, "2")

    probes.ready()
    assert (await get(address, "/readyz"))[0] == 200


async def test_a_standstill_is_not_alive(address: str, probes: Probes, clock: Clock) -> None:
    clock.now = 1000.0
    assert (await get(address, "/livez"))[0] == 200  # it is starting: a restart would not help

    probes.ready()
    clock.now += 61
    assert (await get(address, "/livez"))[0] == 503


async def test_nothing_else_is_served(address: str) -> None:
    assert (await get(address, "/"))[0] == 404
    assert (await get(address, "/table/customers"))[0] == 404


async def test_a_batch_is_counted_once(address: str) -> None:
    observation = Observation("customers")
    records = [SimpleNamespace(timestamp=0)]

    before = await value(address, "tiering_records_total", outcome="applied")
    observation.batch("customer-activity", {"applied": 3, "dead-lettered": 1}, records, ["too-late"])
    observation.transaction(0.003, ["tier-changes", "tier-changes"])

    assert await value(address, "tiering_records_total", outcome="applied") == before + 3
    assert await value(address, "tiering_dead_letters_total", code="too-late") >= 1
    assert await value(address, "tiering_announcements_total", topic="tier-changes") >= 2


async def value(address: str, name: str, **labels: str) -> float:
    """The sum of a metric's samples with these labels."""
    _, body, _ = await get(address, "/metrics")
    return sum(
        sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


async def test_every_metric_has_the_prefix_and_a_meaning(address: str) -> None:
    _, body, _ = await get(address, "/metrics")

    for family in text_string_to_metric_families(body):
        assert family.documentation
        assert family.name.startswith(("tiering_", "process_", "python_"))
