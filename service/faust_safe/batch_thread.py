"""The thread that fetches, and keeps the membership in the group: it hands out whole fetched batches."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from aiokafka.errors import TopicAuthorizationFailedError
from faust.transport.drivers import aiokafka as driver

from service.faust_safe.fetched import Fetched
from service.faust_safe.gathering import gather
from service.faust_safe.light import hand_out_light
from service.faust_safe.membership import Membership
from service.faust_safe.memory import end_without_memory
from service.faust_safe.work import Delivery

ASKED_SECONDS = 2.0
"""A worker that ends asks for so long whether another has its name."""


class Batch(NamedTuple):
    """Stands in for an aiokafka record: `offset` is the last one's, `value` the delivery."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: int
    value: Delivery
    key: bytes | None = None
    checksum: int | None = None
    serialized_key_size: int = 0
    serialized_value_size: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()


def batch_of(tp: Any, delivery: Delivery) -> Batch:
    """The batch that carries a delivery."""
    last = delivery.records[-1]
    return Batch(tp.topic, tp.partition, last.offset, last.timestamp, last.timestamp_type, delivery)


class BatchThread(driver.AIOKafkaConsumerThread):
    """Here seeks and fetches have one order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fetched = Fetched(self._ensure_consumer)
        self._seeks: Counter[tuple[str, int]] = Counter()

    def _create_worker_consumer(self, transport: Any) -> Any:
        end_without_memory(self.thread_loop, self.app.die)
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = self.app.fetch_max_wait_ms  # Faust has 1500 written in
        consumer._isolation_level = "read_committed"
        return consumer

    async def on_start(self) -> None:
        """Connect."""
        await super().on_start()
        hand_out_light(self._consumer)
        self._membership = Membership(self._consumer)
        self._membership.watch(self.app.replaced, self.app.forgotten)

    def is_replaced(self) -> bool:
        """See BatchConsumer."""
        asked = asyncio.run_coroutine_threadsafe(self._membership.is_replaced(), self.thread_loop)
        try:
            return asked.result(ASKED_SECONDS)
        except TimeoutError:
            return False

    async def _fetch_records(self, consumer: Any, active_partitions: Any, **limits: Any) -> Any:
        if hidden := consumer._client.cluster.unauthorized_topics:  # aiokafka would ask for them again and again, without a pause
            raise TopicAuthorizationFailedError(set(hidden))
        fetched = await super()._fetch_records(consumer, active_partitions, **limits)
        gather(consumer._fetcher, came=bool(fetched), idle_ms=self.app.fetch_max_wait_ms)
        for tp, records in fetched.items():
            if records and tp.topic in self.app.batch_topics:
                follows = self.fetched.hand_out(tuple(tp), records)
                fetched[tp] = [batch_of(tp, Delivery(follows, records, self._seeks[tuple(tp)]))]
        return fetched

    async def _seek_wait(self, consumer: Any, partitions: Mapping[Any, int]) -> None:
        # Before the seek: it waits for positions, and a fetch may run meanwhile.
        offsets = {tuple(tp): offset for tp, offset in partitions.items()}
        self._seeks.update(offsets.keys())
        with self.fetched.sought(offsets):
            await super()._seek_wait(consumer, partitions)
