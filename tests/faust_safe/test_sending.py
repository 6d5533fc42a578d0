"""Records come out of the batches as they went in, however full a batch is."""

from typing import Any

import pytest
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from service.faust_safe.sending import Content, Outgoing, all_written, send, send_all


class Written:
    """A batch that is durable at once."""

    def __await__(self) -> Any:
        yield from ()


class Producer:
    """Keeps the batches that it is given, by partition."""

    def __init__(self, batch_size: int) -> None:
        self.batch_size = batch_size
        self.batches: dict[tuple[str, int], list[Any]] = {}

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(self.batch_size, 0)

    async def send_batch(self, batch: BatchBuilder, topic: str, *, partition: int) -> Written:
        self.batches.setdefault((topic, partition), []).append(batch)
        return Written()

    def records(self, topic: str, partition: int) -> list[Content]:
        return [content for batch in self.batches.get((topic, partition), ()) for content in contents(batch)]


def contents(batch: BatchBuilder) -> list[Content]:
    """What lies in a batch; its offsets are those of the batch's records in order."""
    lying = list(MemoryRecords(bytes(batch._build())).next_batch())
    assert [record.offset for record in lying] == list(range(batch.record_count()))
    return [(record.key, record.value, record.headers, record.timestamp) for record in lying]


def some(number: int) -> list[Content]:
    """Records of growing size: with and without key, value, headers."""
    return [
        (b"c-%d" % each if each % 3 else None, b"v" * each if each % 7 else None, [("n", b"1")] if each % 2 else [], 1_000 + each)
        for each in range(number)
    ]


@pytest.mark.parametrize(("batch_size", "least", "most"), [(1, 100, 100), (1_000, 2, 99), (1 << 20, 1, 1)])
async def test_records_keep_order_and_content_across_batches(batch_size: int, least: int, most: int) -> None:
    producer, records = Producer(batch_size), some(100)

    sent = await send(producer, "log", 2, records)

    await all_written(sent)
    assert producer.records("log", 2) == records
    assert sum(batch.records for batch in sent) == len(records)
    assert least <= len(sent) == len(producer.batches["log", 2]) <= most


async def test_records_are_sorted_by_topic_and_partition() -> None:
    producer = Producer(1 << 20)
    records = [Outgoing("log", place % 2, b"%d" % place, b"v", (("n", b"1"),), 5) for place in range(5)]

    await send_all(producer, [*records, Outgoing("dead", 0, None, None, (), 7)])

    assert producer.records("log", 0) == [(b"%d" % place, b"v", [("n", b"1")], 5) for place in (0, 2, 4)]
    assert producer.records("log", 1) == [(b"%d" % place, b"v", [("n", b"1")], 5) for place in (1, 3)]
    assert producer.records("dead", 0) == [(None, None, [], 7)]


async def test_of_nothing_no_batch_is_made() -> None:
    producer = Producer(1 << 20)

    assert await send(producer, "log", 0, []) == []
    assert await send_all(producer, []) == []
    assert not producer.batches
