"""Watches how far each role has come, several times a second, so that a report can say how long a fault held it up."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from schemas import topics
from service.settings import Settings
from tests.chaos.traffic import PARTITIONS

PAUSE = 0.2
PATIENCE = 3.0
READS = {"intake": topics.INBOUND, "customers": (topics.CUSTOMER_ACTIVITY,), "read-model": (topics.CUSTOMER_PROFILES,)}


class Look(NamedTuple):
    """What was committed and what there was, by partition, not before a moment (monotonic seconds)."""

    at: float
    committed: dict[TopicPartition, int]
    ends: dict[TopicPartition, int]


class Watch:
    """Looks at one role of a deployment until cancelled; the looks are kept."""

    def __init__(self, settings: Settings, role: str) -> None:
        self.settings, self.role = settings, role
        self.looks: list[Look] = []

    async def run(self) -> None:
        """Look, and connect anew whenever Kafka was away."""
        while True:
            with suppress(KafkaError, OSError, TimeoutError):
                await self._session()
            await asyncio.sleep(PAUSE)

    async def _session(self) -> None:
        async with self._clients() as clients:
            while True:
                async with asyncio.timeout(PATIENCE):
                    self.looks.append(await self._look(*clients))
                await asyncio.sleep(PAUSE)

    @asynccontextmanager
    async def _clients(self) -> AsyncIterator[tuple[AIOKafkaAdminClient, AIOKafkaConsumer]]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.settings.kafka, request_timeout_ms=2000)
        consumer = AIOKafkaConsumer(bootstrap_servers=self.settings.kafka, request_timeout_ms=2000)
        try:
            async with asyncio.timeout(PATIENCE):
                await admin.start()
                await consumer.start()
            yield admin, consumer
        finally:
            with suppress(KafkaError, OSError, TimeoutError):
                await consumer.stop()
                await admin.close()

    async def _look(self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> Look:
        tps = [
            TopicPartition(self.settings.topic(name), number)
            for name in READS[self.role]
            for number in range(PARTITIONS.get(name, self.settings.partitions))
        ]
        at, ends = time.monotonic(), await consumer.end_offsets(tps)
        offsets = await admin.list_consumer_group_offsets(self.settings.group(self.role))
        committed = {tp: max(0, offsets[tp].offset) if tp in offsets else 0 for tp in tps}
        return Look(at, committed, ends)

    async def waits(self) -> bool:
        """Whether any record waits now."""
        async with self._clients() as clients:
            look = await self._look(*clients)
        return any(look.committed[tp] < look.ends[tp] for tp in look.ends)

    def write(self, file: Path) -> None:
        """All looks, a line each, for whoever asks what stood still: seconds, and by partition what was committed and the end."""
        with file.open("w") as out:
            for look in self.looks:
                places = " ".join(f"{tp.topic}-{tp.partition}:{look.committed[tp]}/{look.ends[tp]}" for tp in look.ends)
                out.write(f"{look.at - self.looks[0].at:.2f} {places}\n")

    def longest_stand(self) -> float:
        """Seconds that a partition had records waiting and nothing new was committed, at the most."""
        longest, since = 0.0, dict[TopicPartition, tuple[float, int]]()
        for look in self.looks:
            for tp, committed in look.committed.items():
                if committed >= look.ends[tp] or since.get(tp, (0.0, -1))[1] != committed:
                    since[tp] = look.at, committed
                longest = max(longest, look.at - since[tp][0])
        return longest

    def again(self, at: float) -> float | None:
        """Seconds from a moment until every partition had gone on from there or had nothing to do; None: not seen."""
        looks = [look for look in self.looks if look.at >= at]
        held_up = set(looks[0].ends) if looks else set()
        for look in looks:
            base = looks[0].committed
            held_up = {tp for tp in held_up if look.committed[tp] <= base[tp] and look.committed[tp] < look.ends[tp]}
            if not held_up:
                return look.at - at
        return None
