"""A consumer group seen from outside: whether somebody works in it, and how far it has read."""

from collections.abc import Iterable

from aiokafka import TopicPartition

from service.faust_safe.cluster import Cluster


async def members(cluster: Cluster, group: str) -> int:
    """How many processes are in a group; one that was killed stays until its session times out."""
    admin = cluster.admin()
    try:
        await admin.start()
        [response] = await admin.describe_consumer_groups([group])
        return sum(len(described[5]) for described in response.groups)
    finally:
        await admin.close()


async def committed(cluster: Cluster, group: str, topic: str, partitions: Iterable[int]) -> dict[int, int]:
    """The offset that a group reads next, of each of these partitions that it has read from."""
    consumer = cluster.consumer(group_id=group, enable_auto_commit=False)
    try:
        await consumer.start()
        tps = [TopicPartition(topic, partition) for partition in partitions]
        consumer.assign(tps)
        return {tp.partition: offset for tp in tps if (offset := await consumer.committed(tp)) is not None}
    finally:
        await consumer.stop()
