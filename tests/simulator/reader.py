"""The service's reader on the simulator's Kafka."""

from collections.abc import AsyncIterator, Callable

from service.faust_safe.work import TP
from tests.simulator.kafka import Kafka, Record
from tests.simulator.producer import Boundary

BATCH = 5


class Reader:
    """What the service's own reader offers, on this Kafka."""

    def __init__(self, kafka: Kafka) -> None:
        self.kafka = kafka

    async def read(self, topic: str, start: dict[int, int], apply: Callable[[int, list[Record]], None]) -> dict[int, int]:
        """Each partition from its offset to its present end; the ends."""
        ends = {}
        for partition, offset in start.items():
            tp = TP(topic, partition)
            await Boundary(f"before it reads {topic}-{partition}")
            apply(partition, self.kafka.read(tp, offset))
            ends[partition] = self.kafka.end(tp)
        return ends

    async def batches(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[list[Record]]:
        """The records from an offset up to another."""
        while records := [each for each in self.kafka.read(TP(topic, partition), start, BATCH) if each.offset < end]:
            await Boundary(f"before it reads {topic}-{partition} at {start}")
            yield records
            start = records[-1].offset + 1

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The first offset and the one after the last record."""
        await Boundary(f"before it looks at the ends of {topic}-{partition}")
        return 0, self.kafka.end(TP(topic, partition))

    async def holds_records(self, topic: str, partition: int) -> bool:
        """Whether there is one that was committed."""
        await Boundary(f"before it looks for records in {topic}-{partition}")
        return bool(self.kafka.read(TP(topic, partition)))

    async def record(self, topic: str, partition: int, offset: int) -> Record:
        """The first record from an offset on."""
        return self.kafka.read(TP(topic, partition), offset, 1)[0]
