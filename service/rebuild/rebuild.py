"""Rebuild: the rows of a partition made anew from the log; what differs from what was published is announced.

Workers must not run. The partition's transactional producer is taken over first, so that one that runs all the same is shut
out. Every step is one transaction, with a partition row that says that a rebuild is under way: no worker takes the rows for
whole, and a rebuild that was interrupted goes on where it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from schemas import codec, topics
from service.activity_log import ActivityLog, look
from service.effects import Effects
from service.faust_safe import group
from service.faust_safe.batches import Refusal
from service.faust_safe.reader import Reader
from service.faust_safe.sending import Outgoing
from service.faust_safe.transaction import Transactions
from service.outgoing import outgoing
from service.policy_history import read_policy
from service.quarantine import is_quarantined
from service.rebuild import other_frame, start
from service.rebuild.differences import Differences
from service.rebuild.partition import RebuiltPartition, first_row, last_position
from service.rows.partition_row import key_of
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
    refused: int
    """Records that could not be folded: those read before are dead letters already, and are not written again."""
    differences: Differences


@dataclass(frozen=True, slots=True)
class Wish:
    """How a rebuild is to be done."""

    dry: bool = False
    """Nothing is written and nobody shut out."""
    beside: bool = False
    """(dry) Workers run: what they publish meanwhile is no difference."""
    under: str | None = None
    """The text of a policy that is in the log, or (dry) would be put there first."""
    anew: bool = False
    """An interrupted rebuild does not go on."""
    erase: bool = False
    """Profiles of customers that are in no record of the log are taken back."""
    announce_all: bool = False
    """It is known that nothing is published."""


class Rebuild:
    """Rebuilds partitions one after the other."""

    def __init__(self, settings: Settings, progress: Progress, wish: Wish = Wish()) -> None:
        self.settings, self.progress, self.wish = settings, progress, wish
        self.cluster = settings.cluster
        self.reader = Reader(self.cluster)
        self.group = settings.group("customers")
        self.transactions = Transactions(self.cluster, self.group)

    async def stop(self) -> None:
        """Close the connections."""
        await self.transactions.stop()
        await self.reader.stop()

    async def partition(self, number: int) -> Outcome:
        """Rebuild one. Refusal when the log can't be read, LogMismatch when it can't be followed."""
        log = await look(self.reader, self.settings.topic(topics.CUSTOMER_ACTIVITY), number)
        if self.wish.dry and self.wish.under is not None:
            log = other_frame.followed_by(log, self.wish.under)
        if not self.wish.dry:
            await self.transactions.open([number])  # whoever works on the partition is shut out
        partition = await self._begun(log)
        knows_its_place = number in await group.committed(self.cluster, self.group, log.topic, [number])
        read = (partition.row.rebuilding or 0) if knows_its_place else 0
        await self._read(partition, log.topic, start.reads_until(read, log))
        await self._announce(partition)
        await self._write(partition, partition.end(), read=(log.topic, partition.next))
        await self.transactions.close(number)
        missing = sum(following - first for first, following in log.holes if first < partition.next)
        return Outcome(
            number, partition.next, partition.customers, partition.quarantined, missing, partition.refused, partition.differences
        )

    async def _begun(self, log: ActivityLog) -> RebuiltPartition:
        """Where an interrupted rebuild was, else at the beginning of the log, no row being left but of who was erased."""
        rows = await self._newest(topics.CHANGELOG, log.partition)
        known = [read_policy(each.data.text, log.partition) for each in log.policies]
        key = key_of(log.partition)
        row = start.row_of(log.partition, rows.get(key))
        if not (self.wish.dry or self.wish.anew) and start.goes_on(row, log):
            return RebuiltPartition(log.partition, rows, known, self.settings.time)
        if row is not None and row.time not in (None, self.settings.time) and not (self.wish.anew or self.wish.dry):
            raise Refusal(
                f"partition {log.partition} was read in {row.time} time, and TIERING_TIME is {self.settings.time}: set it to"
                f" {row.time}, or say --anew to have all of the log read in {self.settings.time} time"
            )
        if start.agrees(row, log) and any(key[:1] != b"\0" and not is_quarantined(each) for key, each in rows.items()):
            await self._check_profiles(log)
        read = start.was_read(row, await self._told_elsewhere(log) if row is None or row.log_id is None else 0, log)
        erased = start.erased(rows, row, log)
        first = first_row(log.log_id, log.begins_under, read, len(erased)).encode()
        partition = RebuiltPartition(log.partition, {**erased, key: first}, known, self.settings.time)
        changed: dict[bytes, bytes | None] = {each: erased.get(each) for each in rows if each != key}
        names = [each for each in changed if changed[each] != rows[each]]
        for at in range(0, len(names) + 1, RECORDS):
            await self._write_rows(partition, {**{each: changed[each] for each in names[at : at + RECORDS]}, key: first})
        return partition

    async def _check_profiles(self, log: ActivityLog) -> None:
        """Refusal when what was announced is known by the rows alone, which are about to go."""
        topic = self.settings.topic(topics.CUSTOMER_PROFILES)
        if self.wish.dry or self.wish.announce_all or (await self.reader.bounds(topic, log.partition))[1]:
            return
        raise Refusal(
            f"no profile is published of partition {log.partition}, and its rows know what was announced: start the workers of"
            " customers, they publish all profiles anew. If rows are wrong too bring the topic back from a copy before; with"
            " --announce-all everything is announced anew, in sequences that begin with 1"
        )

    async def _told_elsewhere(self, log: ActivityLog) -> int:
        """How far the log had been read when the rows are gone: by the group's offset, and by the profiles, one of which went out
        with every announcement, for after a kill that offset is a moment old. A log that is a new one has no offset yet."""
        committed = (await group.committed(self.cluster, self.group, log.topic, [log.partition])).get(log.partition, 0)
        if not committed:
            return 0
        published = await self._newest(topics.CUSTOMER_PROFILES, log.partition)
        return max(committed, last_position(published) + 1)

    async def _read(self, partition: RebuiltPartition, topic: str, end: int) -> None:
        number, bite, began = partition.number, Effects(), partition.next
        async for records in self.reader.batches(topic, number, partition.next, end):
            for at in range(0, len(records), RECORDS):
                _add(bite, partition.apply(records[at : at + RECORDS]))
                if partition.next - began >= RECORDS:
                    await self._close(partition, bite)
                    bite, began = Effects(), partition.next
                    self.progress.reads(number, partition.next, end)
        partition.state.next = max(partition.next, end)  # the log may end in a hole
        await self._close(partition, bite)
        self.progress.reads(number, end, end)

    async def _close(self, partition: RebuiltPartition, bite: Effects) -> None:
        """Every review that is due by now, and all of the bite becomes durable."""
        while partition.due:
            _add(bite, partition.catch_up(CUSTOMERS))
            if len(bite.rows) >= RECORDS:  # a transaction must not outlast its timeout
                await self._make_durable(partition, bite)
                bite = Effects()
        await self._make_durable(partition, bite)

    async def _make_durable(self, partition: RebuiltPartition, bite: Effects) -> None:
        partition.refused += len(bite.dead_letters)
        # Those of records that had been read before were written then.
        bite.dead_letters = [each for each in bite.dead_letters if each.record.offset >= (partition.row.rebuilding or 0)]
        await self._write(partition, bite)

    async def _announce(self, partition: RebuiltPartition) -> None:
        published = await self._newest(topics.CUSTOMER_PROFILES, partition.number)
        keys = sorted({*partition.keys, *published})
        known = [key for key in partition.keys if not is_quarantined(partition.stored[key])]
        if known and not published and not (self.wish.dry or self.wish.announce_all):
            raise Refusal(
                f"partition {partition.number} has {len(known)} customers and no profile is published: what was announced to them"
                " is not known. If the topic of the profiles was lost bring it back from a copy; with --announce-all everything"
                " is announced anew, in sequences that begin with 1"
            )
        gone = sum(not partition.was_erased(key) for key in published.keys() - partition.stored.keys())
        if gone and not (self.wish.dry or self.wish.erase):
            raise Refusal(
                f"of {gone} customers of partition {partition.number} a profile is published, and the log has no record: fill the"
                " log first (`tiering backfill`) and run `tiering rebuild` again, or say --erase: it takes their profiles back"
            )
        if self.wish.beside:
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
        if not self.wish.dry:
            changelog = self.settings.topic(topics.CHANGELOG)
            await self.transactions.write(partition.number, others, rows=(changelog, rows), read=read)


def _is_newer(profile: bytes | None, following: int) -> bool:
    """Whether a worker has published a profile after the last record that is looked at."""
    return profile is not None and codec.decode_profile(profile).data.position >= following


def _add(bite: Effects, effects: Effects) -> None:
    bite.rows.update(effects.rows)
    bite.dead_letters += effects.dead_letters
