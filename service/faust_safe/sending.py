"""Records on their way out: grouped by partition, sent as whole batches, in order."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

PRODUCER = {"acks": "all", "max_batch_size": 1 << 20, "max_request_size": 8 << 20, "request_timeout_ms": 20_000}
"""How every producer of the service is set up."""


class Outgoing(NamedTuple):
    """A record for a partition of a topic."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    timestamp: int | None = None
    """Milliseconds since 1970; None: now."""


class Sent(NamedTuple):
    """One batch under way."""

    topic: str
    partition: int
    records: int
    written: "asyncio.Future[Any]"
    """Its result carries the offset of the batch's first record; it raises when the broker refused the batch."""


async def send_all(producer: Any, records: Iterable[Outgoing]) -> list[Sent]:
    """Hand records to a producer in whole batches; those of one partition keep their order. Nothing is written yet."""
    lying: dict[tuple[str, int], list[Outgoing]] = {}
    for record in records:
        lying.setdefault((record.topic, record.partition), []).append(record)
    sent: list[Sent] = []
    for (topic, partition), group in lying.items():
        for batch in _batches(producer, group):
            written = await producer.send_batch(batch, topic, partition=partition)
            sent.append(Sent(topic, partition, batch.record_count(), written))
    return sent


async def all_written(sent: Iterable[Sent]) -> None:
    """Wait until every batch is durable; raises what the broker said to the first that it refused."""
    for batch in sent:
        await batch.written


def _batches(producer: Any, records: Iterable[Outgoing]) -> Iterable[Any]:
    batch = producer.create_batch()
    for record in records:
        if not _append(batch, record):
            yield batch
            batch = producer.create_batch()
            _append(batch, record)  # a batch always takes its first record
    yield batch


def _append(batch: Any, record: Outgoing) -> bool:
    taken = batch.append(key=record.key, value=record.value, timestamp=record.timestamp, headers=list(record.headers))
    return taken is not None
