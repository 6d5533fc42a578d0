"""A Faust table that is loaded in bulk, by partition, behind the fence of its transactions."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

import faust
from faust.tables import TableManager
from faust.tables.recovery import Recovery

from service.faust_safe.former_owners import states_left
from service.faust_safe.sending import Outgoing, Sent
from service.faust_safe.transaction import Transactions


class Part:
    """One partition of a table: its rows, and the next changelog offset that is not known here yet."""

    __slots__ = ("position", "rows")

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}
        self.position = 0

    def load(self, records: Sequence[Any]) -> None:
        """Put changelog records into the rows."""
        rows = self.rows
        for record in records:
            if (row := record.value) is None:
                rows.pop(record.key, None)
            else:
                rows[record.key] = row
        if records:
            self.position = records[-1].offset + 1

    def put(self, rows: Mapping[bytes, bytes | None]) -> None:
        """Rows that were written; None: there is none any more."""
        kept = self.rows
        for key, row in rows.items():
            if row is None:
                kept.pop(key, None)
            else:
                kept[key] = row


class SafeTable(faust.Table):
    """Rows are opaque bytes, reached by partition. Faust supplies the changelog's assignment, nothing else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts: dict[int, Part] = {}
        self.loaded = 0
        self.transactions = Transactions(self.app.cluster, self.app.conf.id)

    @property
    def changelog(self) -> str:
        """The topic's name."""
        return str(self.changelog_topic.get_topic_name())

    async def own(self, partitions: set[int]) -> int:
        """Own exactly these partitions, with every row that the changelog has; how many records of it were read."""
        self.loaded = 0
        for partition in set(self.parts) - partitions:
            del self.parts[partition]
            await self.transactions.close(partition)
        await self.transactions.open(partitions)  # fence first, then look at the end of the log
        for partition in partitions:
            self.parts.setdefault(partition, Part())
        start = {partition: self.parts[partition].position for partition in partitions}
        if start:
            ends = await self.app.reader.read(self.changelog, start, self._load)
            for partition, end in ends.items():
                self.parts[partition].position = max(self.parts[partition].position, end)
        return self.loaded

    async def write(self, partition: int, rows: Mapping[bytes, bytes | None], others: Sequence[Outgoing]) -> list[Sent]:
        """Rows, one of which says what to read next, and other records in one transaction."""
        sent = await self.transactions.write(partition, others, rows=(self.changelog, rows))
        part = self.parts[partition]
        part.put(rows)
        for batch in sent:
            if batch.topic == self.changelog:
                part.position = batch.written.result().offset + batch.records
        return sent

    def _load(self, partition: int, records: Sequence[Any]) -> None:
        self.parts[partition].load(records)
        self.loaded += len(records)


class SafeRecovery(Recovery):
    """Tables load themselves, lanes say where to read on, and streams resume only when no fetch is under way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._one_at_a_time = asyncio.Lock()

    def need_recovery(self) -> bool:
        """Never by Faust."""
        return False

    async def _resume_streams(self, generation_id: int = 0) -> None:
        await self.on_recovery_completed(generation_id)  # the way of an app without tables

    async def on_recovery_completed(self, generation_id: int = 0) -> None:
        """Called after every rebalance, outside of the assignment callback: heartbeats go on meanwhile."""
        app, consumer = self.app, self.app.consumer
        async with self._one_at_a_time:
            consumer.stop_flow()
            await consumer.wait_fetch_idle()
            if app.consumer_generation_id != generation_id:
                return  # the next rebalance has begun; it comes here again
            self._set_recovery_started()
            try:
                app.taken(sorted(tp for tp in consumer.assignment() if tp.topic in app.batch_topics))
                await self._own_tables()
                await app.prepare_lanes()
            except Exception as error:  # noqa: BLE001 - whatever it is, nothing may run on half a state
                app.die(error)
            await super().on_recovery_completed(generation_id)
            if app.consumer_generation_id == generation_id:
                app.waits_for = None
                app.now_ready()

    async def _own_tables(self) -> None:
        for table in self.tables.values():
            partitions = self._assigned(table.changelog)
            self.app.waits_for = f"the rows of {len(partitions)} partitions"
            self.app.recovering(len(partitions))
            others = table.transactions.to_take_over(partitions)
            states = await states_left(self.app.cluster, others)
            self.app.takes_over({others[each]: state for each, state in states.items()})
            began = time.monotonic()
            self.app.recovered(await table.own(partitions), time.monotonic() - began)

    def _assigned(self, changelog: str) -> set[int]:
        return {tp.partition for tp in self.app.assignor.assigned_actives() if tp.topic == changelog}


class SafeTableManager(TableManager):
    """Faust's, with our recovery."""

    _recovery: SafeRecovery | None = None

    @property
    def recovery(self) -> SafeRecovery:
        """The recovery service."""
        if self._recovery is None:
            self._recovery = SafeRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery
