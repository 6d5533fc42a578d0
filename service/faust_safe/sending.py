"""Records on their way out: grouped by partition, sent as whole batches, in order."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

_NO_HEADERS: list[tuple[str, bytes]] = []
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


Content = tuple[bytes | None, bytes | None, Sequence[tuple[str, bytes]], int | None]
"""A record whose partition is known: key, value, headers, timestamp."""


class Sent(NamedTuple):
    """One batch under way."""

    topic: str
    partition: int
    records: int
    written: "asyncio.Future[Any]"
    """Its result carries the offset of the batch's first record; it raises when the broker refused the batch."""


async def send_all(producer: Any, records: Iterable[Outgoing]) -> list[Sent]:
    """Hand records to a producer in whole batches; those of one partition keep their order. Nothing is written yet."""
    lying: dict[tuple[str, int], list[Content]] = {}
    for record in records:
        lying.setdefault(record[:2], []).append(record[2:])
    sent: list[Sent] = []
    for (topic, partition), contents in lying.items():
        sent += await send(producer, topic, partition, contents)
    return sent


async def send(producer: Any, topic: str, partition: int, contents: Iterable[Content]) -> list[Sent]:
    """The same for records of one partition."""
    sent: list[Sent] = []
    for batch in _batches(producer, contents):
        written = await producer.send_batch(batch, topic, partition=partition)
        sent.append(Sent(topic, partition, batch.record_count(), written))
    return sent


async def all_written(sent: Iterable[Sent]) -> None:
    """Wait until every batch is durable; raises what the broker said to the first that it refused."""
    for batch in sent:
        await batch.written


def _batches(producer: Any, contents: Iterable[Content]) -> Iterable[Any]:
    left = iter(contents)
    first = next(left, None)
    while first is not None:
        batch = producer.create_batch()
        first = _fill(batch, first, left)
        yield batch


def _fill(batch: Any, first: Content, left: Iterator[Content]) -> Content | None:
    """Put records into a batch until it is full, which it never is for the first one; the first that has no place in it.

    By the builder inside the batch: the batch's own `append` takes more than twice the time, for serializers that we don't have.
    """
    append, count = batch._builder.append, 0
    for content in chain((first,), left):
        key, value, headers, timestamp = content
        if append(count, timestamp, key, value, list(headers) if headers else _NO_HEADERS) is None:
            break
        count += 1
    else:
        content = None
    batch._relative_offset = count
    return content
