"""The partitions' own rows: how far each has read, its clock, its policies; the newest of each in the changelog."""

from collections.abc import Iterable
from typing import Any

from schemas import topics
from service import spans
from service.log_mismatch import LogMismatch
from service.rows import partition_row
from service.rows.partition_row import PartitionRow, key_of
from service.settings import Settings
from service.spans import Span

_FIRST_LOOK, _GROWS = 1_000, 10


class OwnRows(dict[int, PartitionRow]):
    """By partition; one without a row has an empty one."""

    def __init__(self, found: dict[int, PartitionRow], damaged: list[str]) -> None:
        super().__init__(found)
        self.damaged = damaged
        """Why the rows that are missing here can't be read."""


async def read(settings: Settings, source: Any, partitions: Iterable[int]) -> OwnRows:
    """Of these partitions."""
    found: dict[int, PartitionRow] = {}
    damaged = []
    for number, value in (await _newest(settings, source, partitions)).items():
        try:
            found[number] = partition_row.read(number, value)
        except LogMismatch as why:
            damaged.append(str(why))
    return OwnRows(found, damaged)


async def _newest(settings: Settings, source: Any, partitions: Iterable[int]) -> dict[int, bytes | None]:
    """Looked for from the end backwards: a worker writes it in every transaction, so it is most often among the last records."""
    left = {span.partition: span for span in await spans.whole(source, settings.topic(topics.CHANGELOG), partitions)}
    found: dict[int, bytes | None] = dict.fromkeys(left)
    look = _FIRST_LOOK
    while left:
        tails = [span._replace(start=max(span.start, span.end - look)) for span in left.values()]
        async for record in spans.records(source, tails):
            if record.key == key_of(record.partition):
                found[record.partition] = record.value
        left = {span.partition: _before(left[span.partition], span) for span in tails if found[span.partition] is None}
        left = {number: span for number, span in left.items() if span.start < span.end}
        look *= _GROWS
    return found


def _before(whole: Span, tail: Span) -> Span:
    return whole._replace(end=tail.start)
