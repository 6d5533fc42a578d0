"""Rebuild: the rows of a partition made anew from the log; what differs from what was published is announced.

Workers must not run. The partition's transactional producer is taken over first, so that one that runs all the same is shut
out. Every step is one transaction, with a partition row that says that a rebuild is under way: no worker takes the rows for
whole, and a rebuild that was interrupted goes on where it was.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from schemas import codec, topics
from service import other_frame
from service.activity_log import ActivityLog, look
from service.differences import Differences
from service.effects import Effects
from service.faust_safe import group
from service.faust_safe.reader import Reader
from service.faust_safe.sending import Outgoing
from service.faust_safe.transaction import Transactions
from service.outgoing import outgoing
from service.partition_row import PartitionRow, key_of
from service.policy_history import read_policy
from service.rebuilt_partition import RebuiltPartition, first_row
from service.settings import Settings

RECORDS, CUSTOMERS = 5_000, 500
"""Read, or compared, between two transactions."""


class Progress(Protocol):
    """Is told how far a partition is."""

    def reads(self, partition: int, offset: int, end: int) -> None: ...
    def compares(self, partition: int, customers: int, of: int) -> None: ...


class Outcome(NamedTuple):
    """What a rebuild of one partition has led to."""

    partition: int
    next: int
    """Up to which offset the log was read; workers go on from there."""
    customers: int
    quarantined: int
    missing: int
    """Records that the log should have and has not."""
    differences: Differences


class Rebuild:
    """Rebuilds partitions one after the other.

    `dry`: nothing is written and nobody shut out, `beside` running workers or not; `under`: the text of a policy that is in the
    log, or (dry) would be put there first; `anew`: an interrupted rebuild does not go on.
    """

    def __init__(
        self,
        settings: Settings,
        progress: Progress,
        *,
        dry: bool = False,
        beside: bool = False,
        under: str | None = None,
        anew: bool = False,
    ) -> None:
        self.settings, self.progress, self.under, self.anew = settings, progress, under, anew
        self.dry, self.beside = dry, beside
        self.servers = settings.kafka.split(",")
        self.reader = Reader(self.servers)
        self.group = settings.group("customers")
        self.transactions = Transactions(self.servers, self.group)

    async def stop(self) -> None:
        """Close the connections."""
        await self.transactions.stop()
        await self.reader.stop()

    async def partition(self, number: int) -> Outcome:
        """Rebuild one. Refusal when the log can't be read, LogMismatch when it can't be followed."""
        log = await look(self.reader, self.settings.topic(topics.CUSTOMER_ACTIVITY), number)
        if self.dry and self.under is not None:
            log = other_frame.followed_by(log, self.under)
        if not self.dry:
            await self.transactions.open([number])  # whoever works on the partition is shut out
        partition = await self._begun(log)
        await self._read(partition, min(partition.row.rebuilding or log.end, log.end))
        await self._announce(partition)
        await self._write(partition, partition.end(), read=(log.topic, partition.next))
        await self.transactions.close(number)
        missing = sum(following - first for first, following in partition.holes.items())
        return Outcome(number, partition.next, partition.customers, partition.quarantined, missing, partition.differences)

    async def _begun(self, log: ActivityLog) -> RebuiltPartition:
        """Where an interrupted rebuild of this log under these policies was, else at its beginning, no row being left."""
        rows = await self._newest(topics.CHANGELOG, log.partition)
        known = [read_policy(each.data.text, log.partition) for each in log.policies]
        key = key_of(log.partition)
        row = _partition_row(rows.get(key))
        if not (self.dry or self.anew) and row is not None and _goes_on(row, log):
            return RebuiltPartition(log.partition, rows, known, self.settings.time)
        first = first_row(log.log_id, log.begins_under, await self._was_read(row, log)).encode()
        partition = RebuiltPartition(log.partition, {key: first}, known, self.settings.time)
        await self._write_rows(partition, {**dict.fromkeys(rows), key: first})
        return partition

    async def _was_read(self, row: PartitionRow | None, log: ActivityLog) -> int:
        """Up to which offset this log had been read when the rows were lost; 0: not at all, or nobody knows."""
        if row is not None and row.log_id is not None:
            read = row.next if row.rebuilding is None else row.rebuilding
            return min(read, log.end) if row.log_id == log.log_id else 0
        committed = await group.committed(self.servers, self.group, log.topic, [log.partition])
        read = committed.get(log.partition, 0)
        return read if read <= log.end else 0

    async def _read(self, partition: RebuiltPartition, end: int) -> None:
        topic, number = self.settings.topic(topics.CUSTOMER_ACTIVITY), partition.number
        bite, began = Effects(), partition.next
        async for records in self.reader.batches(topic, number, partition.next, end):
            for at in range(0, len(records), RECORDS):
                _add(bite, partition.apply(records[at : at + RECORDS]))
                if partition.next - began >= RECORDS:
                    await self._close(partition, bite)
                    bite, began = Effects(), partition.next
                    self.progress.reads(number, partition.next, end)
        partition.row.next = max(partition.next, end)  # the log may end in a hole
        await self._close(partition, bite)
        self.progress.reads(number, end, end)

    async def _close(self, partition: RebuiltPartition, bite: Effects) -> None:
        """Every review that is due by now, and all of the bite becomes durable."""
        while partition.due:
            _add(bite, partition.catch_up(CUSTOMERS))
        if partition.row.rebuilding:
            bite.dead_letters.clear()  # written when the records were read first
        await self._write(partition, bite)

    async def _announce(self, partition: RebuiltPartition) -> None:
        published = await self._newest(topics.CUSTOMER_PROFILES, partition.number)
        keys = sorted({*partition.keys, *published})
        if self.beside:
            keys = [key for key in keys if not _is_newer(published.get(key), partition.next)]
        for at in range(0, len(keys), CUSTOMERS):
            await self._write(partition, partition.announce(published, keys[at : at + CUSTOMERS]))
            self.progress.compares(partition.number, min(at + CUSTOMERS, len(keys)), len(keys))

    async def _newest(self, topic: str, partition: int) -> dict[bytes, bytes]:
        """The newest value of each key of a compacted topic."""
        found: dict[bytes, bytes] = {}

        def take(_: int, records: Sequence[Any]) -> None:
            for record in records:
                if record.value is None:
                    found.pop(record.key, None)
                else:
                    found[record.key] = record.value

        await self.reader.read(self.settings.topic(topic), {partition: 0}, take)
        return found

    async def _write(self, partition: RebuiltPartition, effects: Effects, read: tuple[str, int] | None = None) -> None:
        others = list(outgoing(self.settings, partition.number, effects))
        effects.rows.pop(partition.key, None)
        if effects.rows or others or read:
            await self._write_rows(partition, {**effects.rows, partition.key: partition.stored[partition.key]}, others, read)

    async def _write_rows(
        self,
        partition: RebuiltPartition,
        rows: Mapping[bytes, bytes | None],
        others: Sequence[Outgoing] = (),
        read: tuple[str, int] | None = None,
    ) -> None:
        if not self.dry:
            changelog = self.settings.topic(topics.CHANGELOG)
            changes = [Outgoing(changelog, partition.number, key, row) for key, row in rows.items()]
            await self.transactions.write(partition.number, [*others, *changes], read=read)


def _partition_row(row: bytes | None) -> PartitionRow | None:
    """None for a damaged one too."""
    try:
        return None if row is None else PartitionRow.decode(row)
    except msgspec.DecodeError:
        return None


def _is_newer(profile: bytes | None, following: int) -> bool:
    """Whether a worker has published a profile after the last record that is looked at."""
    return profile is not None and codec.decode_profile(profile).data.position >= following


def _goes_on(row: PartitionRow, log: ActivityLog) -> bool:
    """Whether the rows are those of an interrupted rebuild of the log as it is to be read now."""
    if row.rebuilding is None or row.log_id != log.log_id or row.next > log.end or row.policy is None:
        return False
    return read_policy(row.policy, log.partition).version >= log.begins_under.data.version


def _add(bite: Effects, effects: Effects) -> None:
    bite.rows.update(effects.rows)
    bite.dead_letters += effects.dead_letters
