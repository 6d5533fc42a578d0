"""The scene of a run: own servers, proxies before them, topics, and a fleet of workers."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from schemas import topics
from service import admin
from service.settings import Settings
from tests.chaos import cleaning, faketime, mounts
from tests.chaos.cells import Cell
from tests.chaos.fleet import Fleet
from tests.chaos.proxy import Proxy
from tests.chaos.servers import Kafka, Redis
from tests.chaos.traffic import PARTITIONS


@dataclass(slots=True)
class Scene:
    """All that a fault can happen to. `seed` is the run's."""

    settings: Settings
    policy: str
    directory: Path
    seed: int
    fleet: Fleet
    kafka: Kafka | None = None
    redis: Redis | None = None
    kafka_proxy: Proxy | None = None
    redis_proxy: Proxy | None = None


async def build(cell: Cell, seed: int, directory: Path, stack: AsyncExitStack) -> Scene:
    """Servers, topics and workers that are not started yet; `stack` ends all of it."""
    if cell.needs == "mounts":
        mounts.mount(directory / "kafka")
    kafka, redis = Kafka(directory / "kafka"), Redis(directory / "redis")
    await kafka.start_again()
    stack.callback(kafka.stop)
    redis.start()
    stack.callback(redis.stop)
    proxies = Proxy(kafka.proxy, kafka.proxied, seed), Proxy(redis.proxy, redis.port, seed)
    for proxy in proxies:
        await proxy.start()
        stack.push_async_callback(proxy.stop)
    settings = Settings(kafka=kafka.address, redis=redis.url, time=cell.time)
    await prepare(settings, cell.policy)
    if cell.cleaned:
        await configure(settings, topics.CHANGELOG, cleaning.QUICK)
    fleet = Fleet(settings, cell.workers, directory)
    stack.push_async_callback(fleet.stop)
    for worker in fleet.workers:
        worker.redis = redis.proxied_url
        if str(worker) in cell.behind:
            worker.kafka = f"127.0.0.1:{kafka.proxy}"
        if cell.needs == "faketime" and (found := faketime.library()):
            worker.extra = faketime.environment(found, worker.clock)
    return Scene(settings, cell.policy, directory, seed, fleet, kafka, redis, *proxies)


async def prepare(settings: Settings, policy: str) -> None:
    """Producers' topics with their own partition counts and any clocks, then the service's."""
    client = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await client.start()
    any_clock = {"message.timestamp.after.max.ms": str(topics.ANY_TIME)}
    new = [NewTopic(settings.topic(name), count, 1, topic_configs=any_clock) for name, count in PARTITIONS.items()]
    await client.create_topics(new)
    await client.close()
    await admin.apply(settings, policy)


async def configure(settings: Settings, name: str, configuration: dict[str, str]) -> None:
    """More settings of a topic, beside those it has by plan."""
    [planned] = [topic for topic in topics.TOPICS if topic.name == name]
    client = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await client.start()
    resource = ConfigResource(ConfigResourceType.TOPIC, settings.topic(name), planned.configuration() | configuration)
    await client.alter_configs([resource])
    await client.close()
