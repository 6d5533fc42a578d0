"""The loop one would write by hand on confluent-kafka (librdkafka), everything done in batches."""

import time

from confluent_kafka import Consumer, Message, Producer, TopicPartition

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
        self._consumer = Consumer(
            {"bootstrap.servers": task.kafka, "group.id": task.run, "auto.offset.reset": "earliest", "enable.auto.commit": False}
        )
        self._producer = Producer(
            {
                "bootstrap.servers": task.kafka,
                "acks": "all",
                "linger.ms": 5,
                "batch.size": 1_000_000,
                "queue.buffering.max.messages": 1_000_000,
                "partitioner": "murmur2_random",
            }
        )

    def run(self) -> None:
        """Until all is done."""
        self._producer.list_topics(self.task.changelog)
        self._consumer.subscribe([self.task.log])
        over, committed, positions = False, time.monotonic(), dict[int, int]()
        while not over:
            if not (records := self._consumer.consume(BATCH, timeout=0.5)):
                continue
            over = self.course.passed(len(records))
            values: dict[int, list[bytes]] = {}
            for record in records:
                values.setdefault(record.partition(), []).append(record.value())
                positions[record.partition()] = record.offset() + 1
            for partition, of_partition in values.items():
                self._take(partition, of_partition)
            self._producer.poll(0)
            if over or time.monotonic() - committed > COMMIT_SECONDS:
                self._producer.flush()
                offsets = [TopicPartition(self.task.log, partition, offset) for partition, offset in positions.items()]
                self._consumer.commit(offsets=offsets, asynchronous=False)
                committed = time.monotonic()
        self.course.done()
        self.course.answer(len(self.states), *totals(self.states.values()), self.changes)

    def _take(self, partition: int, values: list[bytes]) -> None:
        changes, changed = list[TierChange](), set[str]()
        fold(self.states, values, changes, changed)
        for customer in changed:
            state = bytes(self.states[customer])
            self._producer.produce(self.task.changelog, state, customer.encode(), partition, on_delivery=_written)
        for change in changes:
            self._producer.produce(self.task.changes, encode(change), change.customer_id.encode(), on_delivery=_written)
        self.changes += len(changes)


def _written(error: object, message: Message) -> None:
    if error:
        raise RuntimeError(f"Kafka did not take a record: {error}")


if __name__ == "__main__":
    Loop(Task.given()).run()
