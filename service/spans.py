"""Spans: records of topics from one offset to another."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokafka import TopicPartition

from service.faust_safe.reader import CONSUMER
from service.settings import Settings

_FIRST_LOOK = 1_000


class Span(NamedTuple):
    """The records of a partition from `start` to before `end`."""

    topic: str
    partition: int
    start: int
    end: int


@asynccontextmanager
async def consumer(settings: Settings) -> AsyncIterator[Any]:
    """A consumer of committed records, without a group. KafkaError when Kafka does not answer."""
    opened = settings.cluster.consumer(**CONSUMER)
    try:
        await opened.start()
        await asyncio.sleep(0)  # aiokafka can't end a task of its own that has not begun
        yield opened
    finally:
        await opened.stop()


async def whole(source: Any, topic: str, partitions: Iterable[int]) -> list[Span]:
    """All that lies in partitions of a topic now; what comes later is not in it."""
    tps = [TopicPartition(topic, partition) for partition in partitions]
    first, end = await source.beginning_offsets(tps), await source.end_offsets(tps)
    return [Span(tp.topic, tp.partition, first[tp], end[tp]) for tp in tps]


async def records(source: Any, spans: Sequence[Span]) -> AsyncGenerator[Any, None]:
    """The records of at most one span a partition; those of a partition in their order."""
    end = {TopicPartition(span.topic, span.partition): span.end for span in spans if span.start < span.end}
    if not end:
        return
    source.assign(list(end))
    for span in spans:
        if span.start < span.end:
            source.seek(TopicPartition(span.topic, span.partition), span.start)
    left = set(end)
    while left:
        for tp, batch in (await source.getmany(*left, timeout_ms=200)).items():
            for record in batch:
                if record.offset < end[tp]:
                    yield record
        # The position, not the last record: a partition may end in a transaction's marker.
        left = {tp for tp in left if await source.position(tp) < end[tp]}


async def last(source: Any, span: Span, wanted: Callable[[Any], bool]) -> Any:
    """The last record of a span that is wanted, looked for from the end backwards; None when there is none."""
    end, size = span.end, _FIRST_LOOK
    while end > span.start:
        start, found = max(span.start, end - size), None
        async for record in records(source, [span._replace(start=start, end=end)]):
            if wanted(record):
                found = record
        if found is not None:
            return found
        end, size = start, size * 2
    return None
