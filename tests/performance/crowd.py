"""A crowd: very many customers with rows like those of Complete Journey's households, and a changelog that holds them."""

from collections.abc import Iterator
from pathlib import Path

import service.policies
from schemas import topics
from service.demo.deployment import Deployment
from service.domain.policy_file import parse_policy
from service.effects import Record
from service.faust_safe.reader import Reader
from service.faust_safe.sending import Outgoing
from service.faust_safe.transaction import Transactions
from service.partition import Partition
from service.partitioner import partition_for
from service.replay import LogRecord, activation_record
from service.rows import partition_row
from tests.performance.bench_rows import journey_replay

POLICY = Path(service.policies.__path__[0]) / "coffee.toml"
TRANSACTION = 1_000
"""Rows written together, as a worker does."""


class Crowd:
    """Each household's row, as often as it takes; `policy` is the text that all are under."""

    def __init__(self) -> None:
        replay = journey_replay(POLICY.read_text(encoding="utf-8"))
        partition = replay.partition
        self.policy = replay.policy.text
        self.clock = partition.row.clock
        """Where the time of the rows ends, in microseconds since 1970."""
        self.read = partition.next
        self._rows = [row for key, row in partition.stored.items() if key != partition.key]

    @property
    def row_bytes(self) -> float:
        """Of a row, in the mean."""
        return sum(map(len, self._rows)) / len(self._rows)

    def rows(self, customers: int) -> Iterator[tuple[bytes, bytes]]:
        """Keys and rows; no two rows are one object, and no copies are made whose places would stay empty."""
        households = self._rows
        for number in range(customers):
            yield b"h%07d" % number, bytes(memoryview(households[number % len(households)]))

    async def settle(self, deployment: Deployment, customers: int) -> None:
        """A new deployment whose workers find so many customers in the changelog and nothing to read in the log."""
        await deployment.prepare(self.policy)
        settings = deployment.settings
        changelog = settings.topic(topics.CHANGELOG)
        transactions = Transactions(settings.cluster, settings.group("customers"))
        await transactions.open(range(settings.partitions))
        waiting: dict[int, list[Outgoing]] = {number: [] for number in range(settings.partitions)}
        counts = dict.fromkeys(waiting, 0)
        for key, row in self.rows(customers):
            number = partition_for(key, settings.partitions)
            waiting[number].append(Outgoing(changelog, number, key, row))
            counts[number] += 1
            if len(waiting[number]) == TRANSACTION:
                await transactions.write(number, waiting[number])
                waiting[number].clear()
        reader = Reader(settings.cluster)
        for number, records in waiting.items():
            first = await reader.record(settings.topic(topics.CUSTOMER_ACTIVITY), number, 0)
            own = self._own_row(number, counts[number], first).items()
            await transactions.write(number, [*records, *(Outgoing(changelog, number, key, row) for key, row in own)])
        await reader.stop()
        await transactions.stop()

    def stored(self, customers: int) -> dict[bytes, bytes]:
        """All rows of a partition of so many customers, without Kafka."""
        first = LogRecord(0, None, activation_record(parse_policy(self.policy), log_id="crowd"))
        stored = dict(self.rows(customers))
        stored.update(self._own_row(0, customers, first))
        return stored

    def _own_row(self, number: int, customers: int, first: Record) -> dict[bytes, bytes]:
        """The row of a partition that has read the policy at the beginning of its log, and whose clock is where the rows are."""
        partition = Partition(number, {})
        partition.apply([first])
        row = partition_row.read(number, partition.stored[partition.key])
        row.customers, row.clock, row.profiled = customers, self.clock, self.read
        return {partition.key: row.encode()}
