"""Redis away and Redis emptied, under a real stream: the stream goes on, and the read model comes right by itself."""

import dataclasses
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from redis.asyncio import Redis

from schemas import codec, topics
from schemas.profile import Profile
from service.demo.journey import Sent, events
from service.faust_safe.reader import Reader
from service.laptop import redis
from service.laptop.process import Server, free_port
from service.laptop.servers import Servers
from service.stored_profiles import StoredProfiles
from tests.integration.conftest import POLICY, Deployment, until
from tests.integration.test_complete_journey import create_inbound, read, send

SECONDS = 90.0
FEW = 200
pytestmark = pytest.mark.integration


class OwnRedis:
    """A Redis that can go away and come back, empty, at the same address."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.port = directory, free_port()
        self.server: Server | None = None

    def start(self) -> str:
        """Its URL."""
        self.server, url = redis.start(self.directory, self.port)
        return url

    def stop(self) -> None:
        """Away, with all its data."""
        if self.server is not None:
            self.server.stop()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    """A running one."""
    own = OwnRedis(tmp_path / "redis")
    own.start()
    yield own
    own.stop()


@pytest_asyncio.fixture
async def running(servers: Servers, own_redis: OwnRedis, tmp_path: Path) -> AsyncIterator[Deployment]:
    """All three workers on that Redis."""
    deployment = Deployment(servers, tmp_path)
    deployment.settings = dataclasses.replace(deployment.settings, redis=f"redis://127.0.0.1:{own_redis.port}/0")
    await create_inbound(deployment)
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    for role in ("intake", "customers", "read-model"):
        deployment.work(role)
    yield deployment
    deployment.stop()


def part(number: int) -> list[Sent]:
    """The n-th few hundred orders: the first ones of many customers, who change segment by them."""
    orders = [each for each in events() if each.topic == topics.ORDERS]
    return orders[number * FEW : (number + 1) * FEW]


async def newest_profiles(deployment: Deployment) -> dict[str, Profile]:
    """What the profiles topic says."""
    records = await read(deployment, topics.CUSTOMER_PROFILES)
    return {record.key.decode(): codec.decode_profile(record.value).data for record in records}


async def equal_to_the_topic(deployment: Deployment, orders: int) -> bool:
    """Whether the topic holds all orders, and Redis exactly what the topic says."""
    model = StoredProfiles(deployment.settings)
    try:
        expected = await newest_profiles(deployment)
        if sum(profile.totals.orders for profile in expected.values()) != orders:
            return False
        return {customer: profile async for customer, profile in model.profiles()} == expected
    finally:
        await model.stop()


async def lag(deployment: Deployment, role: str, topic: str) -> int:
    """Records of a topic that a role has not yet committed."""
    settings = deployment.settings
    admin, reader = AIOKafkaAdminClient(bootstrap_servers=settings.kafka), Reader(settings.cluster)
    await admin.start()
    try:
        committed = await admin.list_consumer_group_offsets(settings.group(role))
        left = 0
        for number in range(settings.partitions):
            tp = TopicPartition(settings.topic(topic), number)
            left += (await reader.bounds(*tp))[1] - (max(committed[tp].offset, 0) if tp in committed else 0)
        return left
    finally:
        await admin.close()
        await reader.stop()


async def caught_up(deployment: Deployment, log: int) -> bool:
    """Whether the log has so many records and the customers have read them all."""
    return len(await read(deployment, topics.CUSTOMER_ACTIVITY)) == log and not await lag(
        deployment, "customers", topics.CUSTOMER_ACTIVITY
    )


async def test_with_redis_away_the_stream_goes_on_and_the_read_model_catches_up(running: Deployment, own_redis: OwnRedis) -> None:
    await send(running, part(0))
    await until(lambda: equal_to_the_topic(running, FEW), SECONDS)
    said = len(await read(running, topics.SEGMENT_CHANGES))

    own_redis.stop()
    await send(running, part(1))
    await until(lambda: caught_up(running, running.settings.partitions + 2 * FEW), SECONDS)
    assert len(await read(running, topics.SEGMENT_CHANGES)) > said
    assert all(worker.poll() is None for worker in running.workers)

    own_redis.start()
    await until(lambda: equal_to_the_topic(running, 2 * FEW), SECONDS)
    assert all(worker.poll() is None for worker in running.workers)


async def test_emptied_redis_refills_by_itself_idle_and_under_traffic(running: Deployment) -> None:
    await send(running, part(0))
    await until(lambda: equal_to_the_topic(running, FEW), SECONDS)
    client = Redis.from_url(running.settings.redis)

    await client.flushall()
    await until(lambda: equal_to_the_topic(running, FEW), SECONDS)

    for number in range(1, 4):
        await send(running, part(number))
        await client.flushall()
    await until(lambda: equal_to_the_topic(running, 4 * FEW), SECONDS)
    await client.aclose()


@pytest.mark.parametrize("before", [True, False], ids=["before-the-start", "while-it-runs"])
async def test_a_stop_while_redis_is_away_ends_within_seconds(running: Deployment, own_redis: OwnRedis, before: bool) -> None:
    await send(running, part(0))
    await until(lambda: equal_to_the_topic(running, FEW), SECONDS)
    own_redis.stop()
    worker = running.workers[-1]
    if before:
        worker.send_signal(signal.SIGKILL)
        worker.wait(5)
        worker = running.work("read-model")
    await send(running, part(1))
    log = running.directory / f"read-model-{len(running.workers) - 1}.log"
    await until(lambda: "Redis does not answer" in log.read_text(), SECONDS)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(8) == 0
