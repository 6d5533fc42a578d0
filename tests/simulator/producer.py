"""A producer with the interface of aiokafka's; everything that it does for others to see has boundaries before and after."""

from collections.abc import Generator, Mapping
from types import SimpleNamespace
from typing import Any

from service.faust_safe.sending import Outgoing
from service.faust_safe.work import TP
from tests.simulator.kafka import Kafka

FULL = 3
"""Records in a batch."""


class Boundary:
    """Awaited between two effects: the scheduler decides whether, and when, it goes on from here."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __await__(self) -> Generator["Boundary", None, None]:
        yield self


class Batch:
    """A batch that is soon full."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self._builder = self

    def append(
        self, offset: int, timestamp: int | None, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]
    ) -> object | None:
        """Take a record; None when there is no place."""
        if len(self.records) == FULL:
            return None
        assert offset == len(self.records)
        self.records.append({"timestamp": timestamp, "key": key, "value": value, "headers": headers})
        return self

    def record_count(self) -> int:
        """How many there are."""
        return len(self.records)


class Written:
    """A future that is done."""

    def __init__(self, offset: int) -> None:
        self.offset = offset

    def __await__(self) -> Generator[Any, None, "Written"]:
        yield from ()
        return self

    def result(self) -> "Written":
        """Itself: it carries the offset."""
        return self


class Producer:
    """Of one process; with a transactional id it fences at `start`."""

    def __init__(self, kafka: Kafka, *, transactional_id: str | None = None) -> None:
        self.kafka, self.id = kafka, transactional_id
        self.epoch = 0
        self.offsets: dict[TP, int] = {}
        self.group = ""
        self.client = SimpleNamespace(cluster=SimpleNamespace(partitions_for_topic=lambda _: {0}))

    async def start(self) -> None:
        """Connect."""
        if self.id is not None:
            await Boundary(f"before it fences {self.id}")
            self.epoch = self.kafka.fence(self.id)
            await Boundary(f"after it has fenced {self.id}")

    async def stop(self) -> None:
        """Nothing is kept open."""

    async def begin_transaction(self) -> None:
        """Only the producer knows of it."""
        await Boundary("before the transaction")

    def create_batch(self) -> Batch:
        """An empty one."""
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> Written:
        """Written at once."""
        records = [Outgoing(topic, partition, **record) for record in batch.records]
        if self.id is None:
            await Boundary(f"before {len(records)} records are written to {topic}-{partition}")
            return Written(self.kafka.append(records))
        offset = self.kafka.write(self.id, self.epoch, records)
        await Boundary(f"with {len(records)} records in an open transaction at {topic}-{partition}")
        return Written(offset)

    async def send_and_wait(self, topic: str, value: bytes, *, partition: int) -> None:
        """One record."""
        await Boundary(f"before a record is written to {topic}-{partition}")
        self.kafka.append([Outgoing(topic, partition, None, value)])
        await Boundary(f"after a record was written to {topic}-{partition}")

    async def send_offsets_to_transaction(self, offsets: Mapping[Any, Any], group: str) -> None:
        """Of a group, with the transaction."""
        self.group = group
        self.offsets = {TP(*tp): each.offset for tp, each in offsets.items()}

    async def commit_transaction(self) -> None:
        """All of it becomes visible."""
        assert self.id is not None
        await Boundary("before the transaction is committed")
        self.kafka.commit(self.id, self.epoch, self.group, self.offsets)
        await Boundary("after the transaction was committed, before the worker knows")


class Cluster:
    """The service's way to this Kafka."""

    def __init__(self, kafka: Kafka) -> None:
        self.kafka = kafka

    def producer(self, *, transactional_id: str | None = None, **_: Any) -> Producer:
        """Of one process."""
        return Producer(self.kafka, transactional_id=transactional_id)
