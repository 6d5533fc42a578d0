"""The yardstick of recovery, as a process: a plain aiokafka consumer puts a changelog into a dict."""

import asyncio
import os
import sys
import time

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.performance.watch import resident_megabytes


class Recovered(msgspec.Struct):
    """Seconds from the assignment to the last row, CPU meanwhile, memory afterwards in 10**6 bytes."""

    rows: int
    seconds: float
    cpu: float
    resident_mb: float


async def recover(servers: str, topic: str, partitions: int) -> Recovered:
    """All rows, by key."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 << 20,
    )
    rows: dict[bytes, bytes] = {}
    async with consumer:
        tps = [TopicPartition(topic, number) for number in range(partitions)]
        began, cpu = time.monotonic(), time.process_time()
        ends = await consumer.end_offsets(tps)
        consumer.assign(tps)
        left = {tp for tp in tps if ends[tp]}
        while left:
            for records in (await consumer.getmany(*left, timeout_ms=200)).values():
                for record in records:
                    rows[record.key] = record.value
            left = {tp for tp in left if await consumer.position(tp) < ends[tp]}
        seconds, used = time.monotonic() - began, time.process_time() - cpu
    return Recovered(len(rows), seconds, used, resident_megabytes(os.getpid()))


if __name__ == "__main__":
    found = asyncio.run(recover(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    sys.stdout.buffer.write(msgspec.json.encode(found))
