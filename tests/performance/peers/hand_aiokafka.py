"""The yardstick: the loop one would write by hand on aiokafka, without a framework, with everything done in batches."""

import asyncio
import time
from collections.abc import Awaitable, Iterator

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.performance.peers.kernel import TierChange, encode, fold, totals
from tests.performance.peers.task import Course, Task

BATCH = 1_000
COMMIT_SECONDS = 2.8


class Loop:
    """States in memory, a changelog record for each state that a batch changed, commits after the broker's answers."""

    def __init__(self, task: Task) -> None:
        self.task, self.course = task, Course(task.events)
        self.states: dict[str, bytearray] = {}
        self.changes = 0
        self._under_way: list[Awaitable[object]] = []
        self._consumer = AIOKafkaConsumer(
            task.log,
            bootstrap_servers=task.kafka,
            group_id=task.run,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            fetch_max_wait_ms=200,
        )
        self._producer = AIOKafkaProducer(
            bootstrap_servers=task.kafka, acks="all", max_batch_size=1_000_000, max_request_size=4_000_000
        )

    async def run(self) -> None:
        """Until all is done."""
        await self._producer.start()
        await self._producer.partitions_for(self.task.changelog)
        await self._consumer.start()
        over, committed, positions = False, time.monotonic(), {}
        while not over:
            for tp, records in (await self._consumer.getmany(timeout_ms=1_000)).items():
                for start in range(0, len(records), BATCH):
                    batch = records[start : start + BATCH]
                    over = self.course.passed(len(batch))
                    await self._take(tp.partition, [record.value for record in batch])
                    positions[tp] = batch[-1].offset + 1
            if over or time.monotonic() - committed > COMMIT_SECONDS:
                for each in self._under_way:
                    await each
                self._under_way.clear()
                await self._consumer.commit(positions)
                committed = time.monotonic()
        self.course.done()
        self.course.answer(len(self.states), *totals(self.states.values()), self.changes)

    async def _take(self, partition: int, values: list[bytes]) -> None:
        changes, changed = list[TierChange](), set[str]()
        fold(self.states, values, changes, changed)
        for batch in self._batches(changed):
            self._under_way.append(await self._producer.send_batch(batch, self.task.changelog, partition=partition))
        for change in changes:
            sent = await self._producer.send(self.task.changes, encode(change), key=change.customer_id.encode())
            self._under_way.append(sent)
        self.changes += len(changes)

    def _batches(self, customers: set[str]) -> Iterator[object]:
        batch, now = self._producer.create_batch(), int(time.time() * 1000)
        for customer in customers:
            key, value = customer.encode(), bytes(self.states[customer])
            if batch.append(key=key, value=value, timestamp=now) is None:  # full
                yield batch
                batch = self._producer.create_batch()
                batch.append(key=key, value=value, timestamp=now)
        yield batch


async def main() -> None:
    """As the environment says."""
    await Loop(Task.given()).run()


if __name__ == "__main__":
    asyncio.run(main())
