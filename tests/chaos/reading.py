"""Reading topics back, whole."""

from collections.abc import Sequence
from typing import Any, Literal

from aiokafka import AIOKafkaConsumer, TopicPartition

from service.faust_safe.cluster import Cluster
from service.faust_safe.reader import Reader

Isolation = Literal["read_committed", "read_uncommitted"]


async def records(kafka: str, names: Sequence[str], isolation: Isolation = "read_committed") -> list[Any]:
    """All records of topics, those of one partition in their order. KafkaError when Kafka does not answer."""
    counts = await Reader(Cluster([kafka])).partition_counts()
    tps = [TopicPartition(name, number) for name in names for number in range(counts[name])]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka, isolation_level=isolation, enable_auto_commit=False, max_partition_fetch_bytes=8 << 20
    )
    await consumer.start()
    try:
        consumer.assign(tps)
        await consumer.seek_to_beginning(*tps)
        ends = await consumer.end_offsets(tps)
        found: list[Any] = []
        while any([await consumer.position(tp) < ends[tp] for tp in tps]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                found += batch
        return found
    finally:
        await consumer.stop()
