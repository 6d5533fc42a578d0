"""One Kafka transaction a batch: all that the batch causes, or nothing. What to read next is in the partition's own row.

One transactional id a partition, so that opening it ends what a former owner left open and shuts that owner out.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

from service.faust_safe.cluster import Cluster
from service.faust_safe.sending import PRODUCER, Outgoing, Sent, all_written, send, send_all


class Transactions:
    """The producers of the partitions that this process owns."""

    def __init__(self, cluster: Cluster, group: str) -> None:
        self.cluster, self.group = cluster, group
        self._producers: dict[int, Any] = {}

    def to_take_over(self, partitions: Iterable[int]) -> dict[str, int]:
        """Those of these partitions that are not this process's yet, by their transactional ids."""
        return {self._id(partition): partition for partition in partitions if partition not in self._producers}

    async def open(self, partitions: Iterable[int]) -> None:
        """Own these partitions: to be done before their changelog is read."""
        await asyncio.gather(*(self._open(partition) for partition in partitions))

    async def close(self, partition: int) -> None:
        """The partition is another's now."""
        producer = self._producers.pop(partition, None)
        if producer is not None:
            await producer.stop()

    async def stop(self) -> None:
        """Close all."""
        for partition in list(self._producers):
            await self.close(partition)

    async def write(
        self,
        partition: int,
        records: Iterable[Outgoing],
        *,
        rows: tuple[str, Mapping[bytes, bytes | None]] | None = None,
        read: tuple[str, int] | None = None,
    ) -> list[Sent]:
        """Write records and rows (topic, values by key) in one transaction of the partition; `read`: the group's offset too
        (topic, next offset), as a rebuild does at its end.

        Raises whatever went wrong; then nothing of it is visible to read_committed readers.
        """
        producer = self._producers[partition]
        await producer.begin_transaction()
        sent = await send_all(producer, records)
        if rows is not None:
            topic, values = rows
            sent += await send(producer, topic, partition, ((key, row, (), None) for key, row in values.items()))
        if read is not None:
            topic, offset = read
            offsets = {TopicPartition(topic, partition): OffsetAndMetadata(offset, "")}
            await producer.send_offsets_to_transaction(offsets, self.group)
        await all_written(sent)  # a refused record raises here, and the transaction is never committed
        await producer.commit_transaction()
        return sent

    async def _open(self, partition: int) -> None:
        await self.close(partition)
        producer = self.cluster.producer(
            transactional_id=self._id(partition),
            transaction_timeout_ms=30_000,
            retry_backoff_ms=5,
            **PRODUCER,
        )
        try:
            await producer.start()  # InitProducerId: ends the last owner's transaction and fences it
        except BaseException:
            await producer.stop()
            raise
        self._producers[partition] = producer

    def _id(self, partition: int) -> str:
        return f"{self.group}-{partition}"
