"""Backfill: history from files straight into the log, in the order of time; a run that was interrupted can go on.

Lines are counted over all files as they are merged. They are written in rounds, a round's records of a partition as one
batch, and its last record carries a mark: up to which line this partition has all. The next round is written when this one
is durable. So the last mark of each partition tells where to go on, with nothing lost and nothing sent twice.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aiokafka.errors import KafkaTimeoutError

from schemas.topics import CUSTOMER_ACTIVITY
from service.backfill.files import Files
from service.backfill.marks import header
from service.carried import carried
from service.event_files import Line
from service.faust_safe.sending import Outgoing, Sent, all_written, send_all
from service.intake import Forward, Taken, intake
from service.partitioner import place_of
from service.settings import Settings

MOST_RECORDS, MOST_BYTES, OVERHEAD = 2_000, 700_000, 160
"""Of a round: its records of a partition have to fit into one batch."""
MOST_SECONDS = 1.0
"""A round is not held back for longer, however slowly lines come."""
PATIENCE_SECONDS = 120.0
"""A broker may be away for so long."""


class Backfill:
    """Takes lines as they are merged; `begun`: up to which line each partition has all, `producer` an idempotent one."""

    def __init__(self, producer: Any, settings: Settings, currency: str, files: Files, begun: Mapping[int, int]) -> None:
        self.producer, self.settings, self.currency, self.files, self.begun = producer, settings, currency, files, begun
        self.line = self.sent = 0
        """How many lines were taken, and how many of them were new to the log."""
        self._log = settings.topic(CUSTOMER_ACTIVITY)
        self._round: list[Outgoing] = []
        self._size, self._since = 0, time.monotonic()
        self._under_way: list[Sent] = []

    async def take(self, line: Line) -> Taken:
        """The intake's word on a line; one that is forwarded is written, unless the log has it."""
        self.line += 1
        taken = intake(line.value, (), now=datetime.now(UTC), currency=self.currency)
        if isinstance(taken, Forward):
            key, partition = place_of(taken.customer_id, self.settings.partitions)
            if self.line > self.begun.get(partition, 0):
                self.sent += 1
                trace = carried(line.value, ())
                self._round.append(Outgoing(self._log, partition, key, taken.value, trace))
                self._size += len(key) + len(taken.value) + OVERHEAD + sum(len(name) + len(value) for name, value in trace)
                if self._is_full():
                    await self._next_round()
        return taken

    async def finish(self) -> None:
        """Wait until all is durable."""
        await self._next_round()
        await self._next_round()

    def _is_full(self) -> bool:
        if len(self._round) == MOST_RECORDS or self._size > MOST_BYTES:
            return True
        return time.monotonic() - self._since > MOST_SECONDS

    async def _next_round(self) -> None:
        """KafkaTimeoutError when the last round is not durable after PATIENCE_SECONDS: the producer itself would try for ever."""
        try:
            await asyncio.wait_for(all_written(self._under_way), PATIENCE_SECONDS)
        except TimeoutError:
            raise KafkaTimeoutError(f"nothing was taken for {PATIENCE_SECONDS:.0f} s") from None
        self._under_way = await send_all(self.producer, self._marked(self._round))
        self._round, self._size, self._since = [], 0, time.monotonic()

    def _marked(self, records: Sequence[Outgoing]) -> Iterable[Outgoing]:
        last = {record.partition: number for number, record in enumerate(records)}
        for number, record in enumerate(records):
            marked = number == last[record.partition]
            yield record._replace(headers=[*record.headers, header(self.files, self.line)]) if marked else record
