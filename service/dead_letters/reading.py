"""The dead-letter topics of a deployment: reading all letters as they are now, or the records of some of them."""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from schemas.topics import CUSTOMER_ACTIVITY, DEAD_LETTER_REPLAYS, INBOUND, dead_letter_topic
from service import spans
from service.dead_letters.letters import Letter, Letters
from service.faust_safe.batches import Refusal
from service.faust_safe.reader import Reader
from service.place import Place
from service.settings import Settings
from service.spans import Span

SOURCES = (*INBOUND, CUSTOMER_ACTIVITY)
"""The topics that dead letters come from."""


async def partition_counts(settings: Settings) -> dict[str, int]:
    """How many partitions each topic has. Refusal when one that is needed here is missing."""
    found = await Reader(settings.cluster).partition_counts()
    for name in (*map(dead_letter_topic, SOURCES), DEAD_LETTER_REPLAYS):
        if settings.topic(name) not in found:
            raise Refusal(f"the topic {settings.topic(name)} is missing: run `tiering topics apply --policy FILE`")
    return found


async def read(settings: Settings, source: Any, seen: Callable[[], None] = lambda: None) -> Letters:
    """All letters that lie there when it is called; `seen` is called for each record."""
    counts, letters = await partition_counts(settings), Letters()
    replays = settings.topic(DEAD_LETTER_REPLAYS)
    async for record in spans.records(source, await spans.whole(source, replays, range(counts[replays]))):
        letters.add_replay(record.value or b"")
    for name in SOURCES:
        dead = settings.topic(dead_letter_topic(name))
        async for record in spans.records(source, await spans.whole(source, dead, range(counts[dead]))):
            letters.add_refused(record)
            seen()
    return letters


async def records(source: Any, letters: Iterable[Letter]) -> AsyncIterator[tuple[Letter, Any]]:
    """Letters with the record of their latest refusal, as far as it is still there; those of a partition in their order."""
    wanted = {letter.latest.place: letter for letter in letters}
    bounds: dict[tuple[str, int], tuple[int, int]] = {}
    for topic, partition, offset in wanted:
        low, high = bounds.get((topic, partition), (offset, offset))
        bounds[topic, partition] = min(low, offset), max(high, offset)
    between = [Span(*where, low, high + 1) for where, (low, high) in bounds.items()]
    async for record in spans.records(source, between):
        letter = wanted.get(Place(record.topic, record.partition, record.offset))
        if letter is not None:
            yield letter, record


async def record(settings: Settings, source: Any, place: Place) -> Any:
    """One record of a dead-letter topic; None when there is none."""
    counts = await partition_counts(settings)
    if place.topic not in {settings.topic(dead_letter_topic(name)) for name in SOURCES} or place.partition >= counts[place.topic]:
        return None
    [span] = await spans.whole(source, place.topic, [place.partition])
    if span.start <= place.offset < span.end:
        async for found in spans.records(source, [span._replace(start=place.offset, end=place.offset + 1)]):
            return found
    return None
