"""A consumer without a group: reads a table's changelog in bulk, and looks at single records and ends of a topic."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from aiokafka import TopicPartition

from service.faust_safe.cluster import Cluster
from service.faust_safe.light import hand_out_light

CONSUMER: dict[str, Any] = {
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",
    "isolation_level": "read_committed",
    "fetch_max_wait_ms": 50,
    "max_partition_fetch_bytes": 4 << 20,
}
"""How every consumer without a group is set up."""
_LOOK_BACK = 1_000
Apply = Callable[[int, Sequence[Any]], None]


class Course(NamedTuple):
    """How far a reading is, in offsets, of which there are at least as many as records."""

    left: int
    of: int


class Reader:
    """One at a time: calls wait for each other. Each topic has a consumer: one that is given another topic waits 0.1 s for it."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._consumers: dict[str, Any] = {}
        self._lock = asyncio.Lock()
        self.course = Course(0, 0)
        """Of the latest `read`."""

    async def stop(self) -> None:
        """Close the connections."""
        while self._consumers:
            await self._consumers.popitem()[1].stop()

    async def rest(self) -> None:
        """The same, when the calls under way have ended: consumers fetch on and on. The next call opens what it needs."""
        async with self._lock:
            await self.stop()

    async def read(self, topic: str, start: Mapping[int, int], apply: Apply) -> dict[int, int]:
        """Read each partition from its offset in `start` to its present end, calling apply(partition, records); the ends."""
        async with self._lock:
            consumer = await self._ready(topic)
            wanted = {TopicPartition(topic, partition): offset for partition, offset in start.items()}
            first = await consumer.beginning_offsets(list(wanted))
            end = await consumer.end_offsets(list(wanted))
            consumer.assign(list(wanted))
            for tp, offset in wanted.items():
                consumer.seek(tp, max(offset, first[tp]))
            left = {tp: size for tp in wanted if (size := end[tp] - max(wanted[tp], first[tp])) > 0}
            of = sum(left.values())
            while left:
                self.course = Course(sum(left.values()), of)
                for tp, records in (await consumer.getmany(*left, timeout_ms=200)).items():
                    apply(tp.partition, records)
                # The position, not the last record: the log may end in a transaction's marker or a compacted batch.
                left = {tp: size for tp in left if (size := end[tp] - await consumer.position(tp)) > 0}
            self.course = Course(0, of)
            return {tp.partition: max(end[tp], wanted[tp]) for tp in wanted}

    async def batches(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[Sequence[Any]]:
        """The records of a partition from `start` up to `end`, as they are fetched; to be read to the end."""
        async with self._lock:
            consumer, tp = await self._ready(topic), TopicPartition(topic, partition)
            consumer.assign([tp])
            consumer.seek(tp, start)
            while await consumer.position(tp) < end:
                for records in (await consumer.getmany(tp, timeout_ms=200)).values():
                    yield [record for record in records if record.offset < end]

    async def partition_counts(self) -> dict[str, int]:
        """How many partitions each topic has."""
        admin = self.cluster.admin()
        try:
            await admin.start()
            return {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
        finally:
            await admin.close()

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The first offset of a partition and the one after its last."""
        async with self._lock:
            consumer = await self._ready(topic)
            tp = TopicPartition(topic, partition)
            first, end = await consumer.beginning_offsets([tp]), await consumer.end_offsets([tp])
            return first[tp], end[tp]

    async def record(self, topic: str, partition: int, offset: int) -> Any:
        """The first record at or after an offset; the caller has seen that there is one."""
        async with self._lock:
            consumer = await self._ready(topic)
            tp = TopicPartition(topic, partition)
            consumer.assign([tp])
            consumer.seek(tp, offset)
            while True:
                for records in (await consumer.getmany(tp, timeout_ms=500, max_records=1)).values():
                    return records[0]

    async def holds_records(self, topic: str, partition: int) -> bool:
        """Whether a partition has a record that was committed; what was aborted does not count."""
        async with self._lock:
            consumer, tp = await self._ready(topic), TopicPartition(topic, partition)
            first, end = (await consumer.beginning_offsets([tp]))[tp], (await consumer.end_offsets([tp]))[tp]
            if first == end:  # to be assigned a partition takes a while
                return False
            consumer.assign([tp])
            consumer.seek(tp, first)
            while await consumer.position(tp) < end:
                if any((await consumer.getmany(tp, timeout_ms=200, max_records=1)).values()):
                    return True
            return False

    async def newest(self, topic: str, partition: int, key: bytes) -> bytes | None:
        """The value of the newest record with a key; None when there is none. Looked for from the end backwards."""
        async with self._lock:
            consumer, tp = await self._ready(topic), TopicPartition(topic, partition)
            first, until = (await consumer.beginning_offsets([tp]))[tp], (await consumer.end_offsets([tp]))[tp]
            span = _LOOK_BACK
            while until > first:
                begin = max(first, until - span)
                records = await self._between(consumer, tp, begin, until)
                found = [record.value for record in records if record.key == key]
                if found:
                    return bytes(found[-1]) if found[-1] is not None else None
                until, span = begin, span * 10
            return None

    async def _between(self, consumer: Any, tp: Any, begin: int, until: int) -> list[Any]:
        consumer.assign([tp])
        consumer.seek(tp, begin)
        found: list[Any] = []
        while await consumer.position(tp) < until:
            for records in (await consumer.getmany(tp, timeout_ms=200)).values():
                found += [record for record in records if record.offset < until]
        return found

    async def _ready(self, topic: str) -> Any:
        if topic not in self._consumers:
            consumer = self.cluster.consumer(**CONSUMER)
            try:
                await consumer.start()
            except BaseException:
                await consumer.stop()
                raise
            hand_out_light(consumer)
            self._consumers[topic] = consumer
        return self._consumers[topic]
