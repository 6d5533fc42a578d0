"""Putting a workload's events into a topic, as fast as it goes."""

from collections.abc import Sequence
from itertools import islice

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from service.faust_safe.sending import PRODUCER, Outgoing, all_written, send_all
from service.partitioner import partition_for
from tests.performance.workload import Sent

PARTITIONS = 4
AT_ONCE = 5_000


async def load(kafka: str, topic: str, events: Sequence[Sent], partitions: int = PARTITIONS) -> None:
    """Write the events, each to its key's partition, and wait until all are durable."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True, **PRODUCER)
    await producer.start()
    try:
        left = iter(events)
        while part := list(islice(left, AT_ONCE)):
            keyed = ((event.customer_id.encode(), event.value) for event in part)
            out = [Outgoing(topic, partition_for(key, partitions), key, value) for key, value in keyed]
            await all_written(await send_all(producer, out))
    finally:
        await producer.stop()


async def create(kafka: str, *names: str) -> None:
    """Make new topics of four partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
    finally:
        await admin.close()


async def delete(kafka: str, part: str) -> None:
    """Remove every topic with this in its name."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        if names := [name for name in await admin.list_topics() if part in name]:
            await admin.delete_topics(names)
    finally:
        await admin.close()
