"""The read model while Redis is away, and after it has lost everything."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from schemas import codec, topics
from service.laptop import redis as laptop_redis
from service.laptop.process import Server, free_port
from service.laptop.servers import Servers
from service.read_model import ReadModel
from tests.integration.conftest import POLICY, Deployment, until
from tests.integration.test_complete_journey import create_inbound, events, read, send

pytestmark = pytest.mark.integration


class OwnRedis:
    """A Redis of the test's own, on a port that stays."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.port = directory, free_port()
        self.server: Server | None = None
        self.start()

    def start(self) -> None:
        """Start it, empty."""
        self.server, self.url = laptop_redis.start(self.directory, self.port)

    def stop(self) -> None:
        """End it."""
        if self.server is not None:
            self.server.stop()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    """A Redis that may be stopped."""
    running = OwnRedis(tmp_path / "own-redis")
    yield running
    running.stop()


@pytest.fixture
def deployment(servers: Servers, tmp_path: Path, own_redis: OwnRedis) -> Iterator[Deployment]:
    """A deployment on the shared Kafka and the test's own Redis."""
    deployed = Deployment(servers, tmp_path)
    deployed.settings = replace(deployed.settings, redis=own_redis.url)
    yield deployed
    deployed.stop()


async def published(deployment: Deployment) -> dict[str, bytes]:
    """The newest profile of every customer on the topic, its data as JSON."""
    newest: dict[str, bytes] = {}
    for record in await read(deployment, topics.CUSTOMER_PROFILES):
        newest[record.key.decode()] = record.value
    return newest


async def shown(deployment: Deployment) -> dict[str, object]:
    """What Redis holds."""
    model = ReadModel(deployment.settings)
    held = {customer_id: profile async for customer_id, profile in model.profiles()}
    await model.stop()
    return dict(held)


async def equal(deployment: Deployment) -> bool:
    """Whether Redis holds exactly the newest profiles of the topic."""
    on_topic = {name: codec.decode_profile(value).data for name, value in (await published(deployment)).items()}
    return bool(on_topic) and await shown(deployment) == on_topic


async def test_the_stream_goes_on_without_redis_and_an_emptied_redis_is_refilled(
    deployment: Deployment, own_redis: OwnRedis
) -> None:
    await create_inbound(deployment)
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    workers = [deployment.work(role) for role in ("intake", "customers", "read-model")]
    chosen = events()[:900]
    await send(deployment, chosen[:300])
    await until(lambda: equal(deployment), 40)
    customers = len(await published(deployment))

    await asyncio.to_thread(own_redis.stop)
    await send(deployment, chosen[300:600])

    async def stream_went_on() -> bool:
        return len(await published(deployment)) > customers

    await until(stream_went_on, 30)

    await asyncio.to_thread(own_redis.start)  # empty, and nothing new comes: it is refilled by itself
    await until(lambda: equal(deployment), 40)

    client = Redis.from_url(own_redis.url)
    await client.flushall()
    await client.aclose()
    await send(deployment, chosen[600:])  # emptied under traffic
    await until(lambda: equal(deployment), 40)
    assert [worker.poll() for worker in workers] == [None, None, None]
