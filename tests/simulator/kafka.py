"""Kafka as the simulator needs it: topics in memory, transactions that fence, committed offsets, a clock of its own."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from service.faust_safe.sending import Outgoing
from service.faust_safe.work import TP


class Fenced(Exception):
    """A newer producer has the transactional id."""


class Record(NamedTuple):
    """A record as aiokafka delivers it; `timestamp` in milliseconds."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int
    headers: tuple[tuple[str, bytes], ...] = ()


class Kafka:
    """What is durable. `now` is the broker's clock, in seconds since 1970; it only goes forward."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.committed: dict[tuple[str, TP], int] = {}
        """Offsets by group."""
        self.aborted: list[Record] = []
        """What only read_uncommitted readers see."""
        self._records: defaultdict[TP, list[Record]] = defaultdict(list)
        self._ends: defaultdict[TP, int] = defaultdict(int)
        self._epochs: defaultdict[str, int] = defaultdict(int)
        self._open: dict[str, list[Record]] = {}

    def read(self, tp: TP, offset: int = 0, most: int | None = None) -> list[Record]:
        """Committed records from an offset on."""
        end = self.end(tp)
        return [record for record in self._records[tp] if offset <= record.offset < end][:most]

    def end(self, tp: TP) -> int:
        """As read_committed readers see it: no further than the first open transaction."""
        open_ = (record.offset for records in self._open.values() for record in records if TP(*record[:2]) == tp)
        return min(open_, default=self._ends[tp])

    def append(self, records: Iterable[Outgoing]) -> int:
        """Write records of one partition without a transaction; the first one's offset."""
        written = [self._placed(record) for record in records]
        for record in written:
            self._records[TP(record.topic, record.partition)].append(record)
        return written[0].offset

    def topics(self) -> set[TP]:
        """All partitions that have records."""
        return set(self._records)

    # Transactions

    def fence(self, transactional_id: str) -> int:
        """InitProducerId: ends the former owner's transaction and shuts him out; the new epoch."""
        self._end(self._open.pop(transactional_id, []), commit=False)
        self._epochs[transactional_id] += 1
        return self._epochs[transactional_id]

    def write(self, transactional_id: str, epoch: int, records: Iterable[Outgoing]) -> int:
        """Add to a transaction; the first record's offset. Fenced."""
        self._check(transactional_id, epoch)
        written = [self._placed(record) for record in records]
        self._open.setdefault(transactional_id, []).extend(written)
        return written[0].offset

    def commit(self, transactional_id: str, epoch: int, group: str, offsets: dict[TP, int]) -> None:
        """Make a transaction and its offsets visible. Fenced."""
        self._check(transactional_id, epoch)
        self._end(self._open.pop(transactional_id, []), commit=True)
        self.committed.update({(group, tp): offset for tp, offset in offsets.items()})

    def has_open(self, partition: int) -> bool:
        """Whether a transaction of a partition's owner is open."""
        return any(self._belongs(name, partition) for name in self._open)

    def end_open(self, partition: int) -> None:
        """As the coordinator does when a transaction has taken too long."""
        for name in [name for name in self._open if self._belongs(name, partition)]:
            self.fence(name)

    def compact(self, tp: TP) -> int:
        """Drop what a newer record of its key replaces; how many. A transaction that is open is not touched."""
        newest = {record.key: record.offset for record in self._records[tp]}
        before = len(self._records[tp])
        self._records[tp] = [record for record in self._records[tp] if newest[record.key] == record.offset]
        return before - len(self._records[tp])

    @staticmethod
    def _belongs(transactional_id: str, partition: int) -> bool:
        return transactional_id.endswith(f"-{partition}")

    def _check(self, transactional_id: str, epoch: int) -> None:
        if self._epochs[transactional_id] != epoch:
            raise Fenced(transactional_id)

    def _end(self, records: list[Record], *, commit: bool) -> None:
        if not commit:
            self.aborted += records
        for record in records if commit else ():
            self._records[TP(record.topic, record.partition)].append(record)
        for tp in {TP(record.topic, record.partition) for record in records}:
            self._ends[tp] += 1  # the transaction's marker

    def _placed(self, record: Outgoing) -> Record:
        tp = TP(record.topic, record.partition)
        offset = self._ends[tp]
        self._ends[tp] += 1
        stamp = round(self.now * 1000) if record.timestamp is None else record.timestamp
        return Record(*tp, offset, record.key, record.value, stamp, tuple(record.headers))
