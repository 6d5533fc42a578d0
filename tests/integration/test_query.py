"""`tiering serve` beside a real stream: no wrong answer while the read model is being filled, and nobody's id in its logs."""

import asyncio
import itertools
import json
import signal
import subprocess
from collections import Counter
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiokafka import AIOKafkaProducer
from redis.asyncio import Redis

from schemas import codec, topics
from service.laptop.process import free_port
from service.partitioner import partition_for
from tests.integration.conftest import POLICY, Deployment, until
from tests.integration.test_complete_journey import create_inbound, read, send
from tests.integration.test_redis import FEW, OwnRedis, own_redis, part
from tests.promtool import promtool
from tests.service.test_read_model import PARTITIONS, profile

__all__ = ["own_redis"]  # a fixture
pytestmark = pytest.mark.integration
SECONDS = 120.0
FLUSHES = 5
MANY = 60_000


class Query:
    """`tiering serve` as a process."""

    def __init__(self, deployment: Deployment) -> None:
        self.port, self.ops = free_port(), free_port()
        self.log = deployment.directory / f"query-{len(deployment.workers)}.log"
        addresses = {"TIERING_QUERY": f"127.0.0.1:{self.port}", "TIERING_HTTP": f"127.0.0.1:{self.ops}"}
        self.process = deployment.serve(**addresses)

    async def ask(self, customer: str) -> tuple[int, Any, str | None]:
        """Status, answer and Retry-After."""
        return await _asked(f"http://127.0.0.1:{self.port}/customers/{customer}")

    async def probe(self, path: str) -> tuple[int, Any, str | None]:
        """Of the ops port."""
        return await _asked(f"http://127.0.0.1:{self.ops}/{path}")

    async def ready(self) -> bool:
        """Whether /readyz says so."""
        try:
            return (await self.probe("readyz"))[0] == 200
        except aiohttp.ClientConnectionError:
            return False

    async def answers(self) -> bool:
        """Whether its ports are open."""
        try:
            return (await self.probe("livez"))[0] == 200
        except aiohttp.ClientConnectionError:
            return False


async def _asked(url: str) -> tuple[int, Any, str | None]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        text = await answer.text()
        return answer.status, json.loads(text) if text.startswith("{") else text, answer.headers.get("Retry-After")


async def newest(deployment: Deployment) -> dict[str, Any]:
    """The newest profile of each customer, as the topic has them."""
    records = await read(deployment, topics.CUSTOMER_PROFILES)
    return {record.key.decode(): json.loads(record.value)["data"] for record in records}


async def test_it_answers_with_what_was_published_and_503_while_it_can_not_know(
    deployment: Deployment, own_redis: OwnRedis
) -> None:
    deployment.settings = replace(deployment.settings, redis=f"redis://127.0.0.1:{own_redis.port}/0")
    query = Query(deployment)
    try:
        await until(query.answers, SECONDS)
        status, problem, retry_after = await query.ask("hh-1")
        assert (status, retry_after) == (503, "2")
        assert "still being filled" in problem["detail"]
        assert await query.probe("readyz") == (503, {"role": "query", "waits_for": "the read model to fill partitions 0-3"}, "2")

        await create_inbound(deployment)
        assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
        workers = [deployment.work(role) for role in ("intake", "customers", "read-model")]
        await send(deployment, part(0))
        await until(query.ready, SECONDS)
        assert (await query.ask("nobody"))[0] == 404

        await until(lambda: _complete(deployment, FEW), SECONDS)
        expected = list((await newest(deployment)).items())[:20]
        await until(lambda: _shows(query, expected), SECONDS)

        seen = await _while_redis_is_emptied(deployment, query, list(await newest(deployment)))
        assert seen.keys() == {200, 503}
        assert seen[503] > 10

        workers[-1].send_signal(signal.SIGSTOP)
        await _emptied(deployment)
        assert (await query.ask("nobody"))[0] == 503
        await until(lambda: _is_degraded(query), SECONDS)
        workers[-1].send_signal(signal.SIGCONT)
        await until(lambda: _is_found(query, "nobody", 404), SECONDS)

        exposition = (await query.probe("metrics"))[1]
        assert 'tiering_query_seconds_count{status="503"}' in exposition
        check = [str(promtool()), "check", "metrics"]
        await asyncio.to_thread(subprocess.run, check, input=exposition, text=True, check=True, capture_output=True)
        query.process.send_signal(signal.SIGTERM)
        assert query.process.wait(10) == 0
        said = query.log.read_text()
        assert [json.loads(line)["event"] for line in said.splitlines()][-2:] == ["stopping", "stopped"]
        assert not any(name in said + exposition for name in ("hh-1", "nobody"))
    finally:
        query.process.kill()
        query.process.wait(10)


async def test_who_is_published_last_is_never_unknown_while_a_long_topic_is_read(deployment: Deployment) -> None:
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    last = await _published(deployment, MANY)
    query = Query(deployment)
    try:
        await until(query.answers, SECONDS)
        deployment.work("read-model")
        seen: Counter[int] = Counter()
        began = asyncio.get_running_loop().time()
        while not seen[200] and asyncio.get_running_loop().time() < began + SECONDS:
            seen[(await query.ask(last))[0]] += 1
        assert seen.keys() == {200, 503}
    finally:
        query.process.kill()
        query.process.wait(10)


async def _published(deployment: Deployment, count: int) -> str:
    """Publish so many profiles in one partition; the customer of the last one."""
    customers = (f"c-{number}" for number in itertools.count())
    here = list(itertools.islice((each for each in customers if partition_for(each.encode(), PARTITIONS) == 0), count))
    topic, written = deployment.settings.topic(topics.CUSTOMER_PROFILES), None
    async with AIOKafkaProducer(bootstrap_servers=deployment.settings.kafka, linger_ms=5) as producer:
        for number, customer in enumerate(here):
            record = profile(number, customer, number)
            written = await producer.send(topic, record.value, key=record.key, partition=0)
        assert written is not None
        await written
    return here[-1]


async def _complete(deployment: Deployment, orders: int) -> bool:
    records = await read(deployment, topics.CUSTOMER_PROFILES)
    newest = {record.key: codec.decode_profile(record.value).data for record in records}
    return sum(profile.totals.orders for profile in newest.values()) == orders


async def _shows(query: Query, expected: list[tuple[str, Any]]) -> bool:
    answers = [await query.ask(customer) for customer, _ in expected]
    return all(status == 200 and answer["data"] == data for (status, answer, _), (_, data) in zip(answers, expected, strict=True))


async def _is_found(query: Query, customer: str, status: int) -> bool:
    return (await query.ask(customer))[0] == status


async def _is_degraded(query: Query) -> bool:
    status, answer, _ = await query.probe("readyz")
    return status == 200 and answer.get("degraded") == "the read model to fill partitions 0-3"


async def _emptied(deployment: Deployment) -> None:
    async with Redis.from_url(deployment.settings.redis) as client:
        await client.flushall()


async def _while_redis_is_emptied(deployment: Deployment, query: Query, customers: list[str]) -> Counter[int]:
    """The answers about customers that exist, asked without a pause while Redis is emptied again and again."""
    seen: Counter[int] = Counter()

    async def ask() -> None:
        number = 0
        while True:
            seen[(await query.ask(customers[number % len(customers)]))[0]] += 1
            number += 1

    asking = [asyncio.create_task(ask()) for _ in range(3)]
    for number in range(1, FLUSHES + 1):
        await send(deployment, part(number))
        await _emptied(deployment)
        await asyncio.sleep(1.5)
    await until(lambda: _is_found(query, customers[0], 200), SECONDS)
    for task in asking:
        task.cancel()
    return seen
