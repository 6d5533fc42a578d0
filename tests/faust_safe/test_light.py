"""Light records say what aiokafka's own say, but for topic and partition; they come as many at a time."""

import gc
import struct
import weakref
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchError, FetchResult, PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c

from service.faust_safe.light import hand_out_light

HERE = TopicPartition("log", 3)
RECORDS: list[dict[str, Any]] = [
    {"key": b"c-1", "value": b"{}", "timestamp": 1_700_000_000_000, "headers": []},
    {
        "key": None,
        "value": b"policy",
        "timestamp": 1_700_000_000_001,
        "headers": [("content-type", b"application/json"), ("n", None)],
    },
    {"key": b"c-2", "value": None, "timestamp": 1_700_000_000_002, "headers": []},
]
ABORTS: dict[str, Any] = {"key": struct.pack(">hh", 0, 0), "value": bytes(6), "timestamp": 1_700_000_000_003, "headers": []}
TRANSACTIONAL, CONTROL = 0x10, 0x20


def batch(offset: int, records: Sequence[dict[str, Any]] = RECORDS, attributes: int = 0, producer: int = -1) -> bytes:
    """A batch as Kafka keeps it: offset, attributes and producer are in its head, the last two under its checksum."""
    builder = BatchBuilder(1 << 20, 0)
    for record in records:
        builder.append(**record)
    raw = bytearray(builder._build())
    struct.pack_into(">q", raw, 0, offset)
    struct.pack_into(">h", raw, 21, attributes)
    struct.pack_into(">q", raw, 43, producer)
    struct.pack_into(">I", raw, 17, calc_crc32c(bytes(raw[21:])))
    return bytes(raw)


WITH_ABORTED = b"".join(
    [
        batch(10),
        batch(13, attributes=TRANSACTIONAL, producer=7),
        batch(16, [ABORTS], TRANSACTIONAL | CONTROL, 7),
        batch(17),
    ]
)


def fetched(raw: bytes, begin: int = 10, aborted: Sequence[tuple[int, int]] = ()) -> FetchResult:
    """A fetch's answer from an offset on, as the fetcher keeps it; `aborted`: producers, their first offsets."""
    records = PartitionRecords(HERE, MemoryRecords(raw), list(aborted), begin, None, None, True, 1)
    state = SimpleNamespace(paused=False, position=begin)
    state.consumed_to = lambda offset: setattr(state, "position", offset)
    assignment = SimpleNamespace(active=True, state_value=lambda tp: state)
    return FetchResult(HERE, assignment=assignment, partition_records=records, backoff=0)


def light(result: FetchResult) -> FetchResult:
    """The same as a consumer that hands out light records keeps it."""
    fetcher = SimpleNamespace(_records={})
    hand_out_light(SimpleNamespace(_fetcher=fetcher))
    fetcher._records[HERE] = result
    return result


def takes(result: FetchResult, most: int | None) -> Iterator[tuple[list[int], int, bool]]:
    """The offsets of each `getall`, the position after it, and whether there may be more."""
    while result.has_more():
        offsets = [record.offset for record in result.getall(most)]
        yield offsets, result._assignment.state_value(HERE).position, result.has_more()


def test_all_but_topic_and_partition_is_there() -> None:
    result = light(fetched(batch(10)))
    ours, theirs = result.getall(), fetched(batch(10)).getall()

    assert len(ours) == len(theirs) == len(RECORDS)
    for mine, other in zip(ours, theirs, strict=True):
        for name in ("offset", "timestamp", "timestamp_type", "key", "value"):
            assert getattr(mine, name) == getattr(other, name)
        assert tuple(mine.headers) == other.headers
    assert not hasattr(ours[0], "topic")
    assert theirs[0].topic == "log"


@pytest.mark.parametrize("most", [None, 1, 2, 3, 4, 6, 12, 100])
@pytest.mark.parametrize("begin", [10, 11, 12, 14, 17, 24])
def test_they_come_as_aiokafkas_do(begin: int, most: int | None) -> None:
    raw = b"".join([batch(offset) for offset in (10, 13, 20, 23) if offset + len(RECORDS) > begin])

    ours = list(takes(light(fetched(raw, begin)), most))

    assert ours == list(takes(fetched(raw, begin), most))
    assert [offset for offsets, _, _ in ours for offset in offsets] == [
        offset for offset in (*range(10, 16), *range(20, 26)) if offset >= begin
    ]


@pytest.mark.parametrize("most", [None, 1, 3, 4])
def test_what_was_aborted_is_left_out(most: int | None) -> None:
    ours = list(takes(light(fetched(WITH_ABORTED, aborted=[(7, 13)])), most))

    assert ours == list(takes(fetched(WITH_ABORTED, aborted=[(7, 13)]), most))
    assert [offset for offsets, _, _ in ours for offset in offsets] == [10, 11, 12, 17, 18, 19]


def test_a_batch_whose_checksum_is_wrong_is_refused_and_read_again_from_its_begin() -> None:
    raw = batch(10) + batch(13)[:-1] + b"\x01"
    result = light(fetched(raw))

    assert [record.offset for record in result.getall(3)] == [10, 11, 12]
    with pytest.raises(CorruptRecordException):
        result.getall(3)
    assert result.getall(3) == []
    assert result._assignment.state_value(HERE).position == 13
    assert not result.has_more()


def test_after_a_seek_nothing_comes() -> None:
    result = light(fetched(batch(10) + batch(13)))
    result.getall(2)
    result._assignment.state_value(HERE).position = 14

    assert result.getall(2) == []
    assert not result.has_more()


def test_nothing_stays_of_what_was_read_though_the_collector_rests() -> None:
    result = light(fetched(batch(10) + batch(13)))
    batches = weakref.ref(result._partition_records)
    gc.disable()
    try:
        while result.has_more():
            result.getall(2)
        gone = weakref.ref(result)
        del result

        assert gone() is None
        assert batches() is None
    finally:
        gc.enable()


def test_an_error_that_was_fetched_is_kept() -> None:
    error: Any = FetchError(error=ValueError("no such offset"), backoff=0)

    assert light(error) is error
