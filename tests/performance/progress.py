"""How far the roles of a deployment have come, seen from outside: committed offsets, ends of topics, positions in Redis."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from redis.asyncio import Redis

from schemas import topics
from service.settings import Settings

LOOK_SECONDS = 0.05
LONGEST_LOOK_SECONDS = 0.5
PRECISION = 0.005
"""Moments are as exact as this part of what has passed, or as a look."""
CALM_SECONDS = 1.6
"""Without a change for so long, nothing comes any more: of what waits something goes out every second."""


@dataclass(frozen=True, slots=True)
class Moments:
    """When so much was done: the first of it seen, a third of it, all of it; and when all that it caused was out."""

    first: float
    first_count: int
    third: float
    third_count: int
    done: float
    count: int
    out: float


class Progress:
    """Open between `start` and `stop`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
        self._consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka)
        self._redis: Redis = Redis.from_url(settings.redis)

    async def start(self) -> None:
        """Connect."""
        await self._admin.start()
        await self._consumer.start()

    async def stop(self) -> None:
        """Close the connections."""
        await self._consumer.stop()
        await self._admin.close()
        await self._redis.aclose()

    async def committed(self, role: str) -> int:
        """The sum of what a role's group has committed."""
        try:
            offsets = await self._admin.list_consumer_group_offsets(self.settings.group(role))
        except KafkaError as error:
            if error.retriable:  # the group's coordinator takes its time to be there
                return 0
            raise
        return sum(max(0, offset.offset) for offset in offsets.values())

    async def written(self, topic: str) -> int:
        """The sum of the ends of a topic's partitions."""
        return sum(await self.ends(topic))

    async def ends(self, topic: str) -> list[int]:
        """The ends of a topic's partitions."""
        name = self.settings.topic(topic)
        tps = [TopicPartition(name, partition) for partition in range(self.settings.partitions)]
        found = await self._consumer.end_offsets(tps)
        return [found[tp] for tp in tps]

    async def position(self) -> int:
        """The sum of the read model's positions in Redis."""
        return sum(await self._positions())

    async def customers(self) -> int:
        """Profiles in Redis."""
        return len({key async for key in self._redis.scan_iter(match=f"{self.settings.topic_prefix}profile:*", count=1_000)})

    async def all_shown(self) -> bool:
        """Whether the read model is at the profiles' end: only the marker of a transaction may lie behind its position."""
        pairs = zip(await self._positions(), await self.ends(topics.CUSTOMER_PROFILES), strict=True)
        return all(position >= end - 1 for position, end in pairs)

    async def _positions(self) -> list[int]:
        prefix = self.settings.topic_prefix
        keys = [f"{prefix}read-model:next:{partition}" for partition in range(self.settings.partitions)]
        return [int(each or 0) for each in await self._redis.mget(keys)]


Count = Callable[[], Awaitable[int]]


async def follow(count: Count, before: int, until: int, check: Callable[[], None]) -> Moments:
    """Look at a count until it is `until`; `check` raises when nothing more can come."""
    first_count, first = await _reaches(count, before + 1, check)
    third_count, third = await _reaches(count, before + math.ceil((until - before) / 3), check, first)
    _, done = await _reaches(count, until, check, first)
    return Moments(first, first_count - before, third, third_count - before, done, until - before, done)


async def calm(count: Count, check: Callable[[], None]) -> float:
    """Wait until a count has not changed for a while; the moment of its last change."""
    last, changed = await count(), time.monotonic()
    while time.monotonic() - changed < CALM_SECONDS:
        check()
        await asyncio.sleep(LOOK_SECONDS)
        if (now := await count()) != last:
            last, changed = now, time.monotonic()
    return changed


async def _reaches(count: Count, least: int, check: Callable[[], None], since: float | None = None) -> tuple[int, float]:
    """The first count seen that is so much, and when. The longer it goes on, the seldomer it is looked at: looks cost Kafka."""
    while (now := await count()) < least:
        check()
        passed = 0.0 if since is None else time.monotonic() - since
        await asyncio.sleep(min(max(LOOK_SECONDS, passed * PRECISION), LONGEST_LOOK_SECONDS))
    return now, time.monotonic()
