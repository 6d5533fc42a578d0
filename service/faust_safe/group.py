"""A consumer group seen from outside: whether somebody works in it, and how far it has read."""

from collections.abc import Iterable, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from service.faust_safe import fixes  # noqa: F401


async def members(servers: Sequence[str], group: str) -> int:
    """How many processes are in a group; one that was killed stays until its session times out."""
    admin = AIOKafkaAdminClient(bootstrap_servers=list(servers))
    try:
        await admin.start()
        [response] = await admin.describe_consumer_groups([group])
        return sum(len(described[5]) for described in response.groups)
    finally:
        await admin.close()


async def committed(servers: Sequence[str], group: str, topic: str, partitions: Iterable[int]) -> dict[int, int]:
    """The offset that a group reads next, of each of these partitions that it has read from."""
    consumer = AIOKafkaConsumer(bootstrap_servers=list(servers), group_id=group, enable_auto_commit=False)
    try:
        await consumer.start()
        tps = [TopicPartition(topic, partition) for partition in partitions]
        consumer.assign(tps)
        return {tp.partition: offset for tp in tps if (offset := await consumer.committed(tp)) is not None}
    finally:
        await consumer.stop()
