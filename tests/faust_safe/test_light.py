"""Light records say what aiokafka's own say, but for topic and partition."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchError, FetchResult, PartitionRecords
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords

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


def fetched() -> FetchResult:
    """A fetch's answer, as the fetcher keeps it."""
    batch = BatchBuilder(1 << 20, 0)
    for record in RECORDS:
        batch.append(**record)
    records = PartitionRecords(HERE, MemoryRecords(bytes(batch._build())), [], 0, None, None, True, 1)
    state = SimpleNamespace(paused=False, position=0, consumed_to=lambda offset: None)
    assignment = SimpleNamespace(active=True, state_value=lambda tp: state)
    return FetchResult(HERE, assignment=assignment, partition_records=records, backoff=0)


@pytest.fixture
def fetcher() -> Any:
    fetcher = SimpleNamespace(_records={})
    hand_out_light(SimpleNamespace(_fetcher=fetcher))
    return fetcher


def test_all_but_topic_and_partition_is_there(fetcher: Any) -> None:
    fetcher._records[HERE] = fetched()
    ours, theirs = fetcher._records[HERE].getall(), fetched().getall()

    assert len(ours) == len(theirs) == len(RECORDS)
    for mine, other in zip(ours, theirs, strict=True):
        for name in ("offset", "timestamp", "timestamp_type", "key", "value"):
            assert getattr(mine, name) == getattr(other, name)
        assert tuple(mine.headers) == other.headers
    assert not hasattr(ours[0], "topic")
    assert theirs[0].topic == "log"


def test_an_error_that_was_fetched_is_kept(fetcher: Any) -> None:
    fetcher._records[HERE] = error = FetchError(error=ValueError("no such offset"), backoff=0)

    assert fetcher._records[HERE] is error
