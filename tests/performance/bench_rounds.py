"""What one event, one review, one profile and one row cost, for customers of so many ledger days, round by round."""

from collections.abc import Callable, Iterator, Sequence
from cProfile import Profile
from itertools import islice

from service.effects import Record
from service.partition import Partition
from service.replay import LogRecord
from service.rows import customer_row
from tests.performance.bench_log import BATCH, TODAY, BenchLog
from tests.performance.bench_timing import Cost, micros_each, yardstick

LIMIT = 12.0
LATE_DAYS = 30
LATE_EVENTS = 50
AHEAD_DAYS = 30
"""How far the clock jumps for the reviews."""

WARM, COLD = "in-order order, customer in memory", "in-order order, row decoded anew"
LATE, REVIEW = f"order {LATE_DAYS} days late", "review of a due customer"
PROFILE, DECODE, ENCODE = "profile out", "row decoded", "row encoded"


class Rounds:
    """The costs of one kind of customer; each round is the next purchase day of every customer."""

    def __init__(self, log: BenchLog) -> None:
        self.log, self.day = log, TODAY
        self.costs = {work: Cost(work, log.ledger_days) for work in (WARM, COLD, LATE, REVIEW, PROFILE, DECODE, ENCODE)}
        self.costs[WARM].limit = LIMIT
        self._fold(self.log.partition, self._begin()[1])  # so that all customers are in memory
        self.log.partition.publish_profiles()

    def round(self) -> None:
        """One more value for every cost, with the yardstick before and after each."""
        whole, records = self._begin()
        partition, stored = self.log.partition, dict(self.log.partition.stored)
        policy = partition.policies.current
        # First of all, before what the others need is prepared: that takes the place of the customers in the caches.
        self._measure(whole, {WARM: lambda: self._fold(partition, records)})

        def again() -> Partition:
            return Partition(0, dict(stored))

        customers = [customer_row.decode(key.decode(), row, policy) for key, row in stored.items() if key != partition.key]
        cold, late, ahead = again(), again(), again()
        late_orders = self.log.orders(self.day - LATE_DAYS, islice(self.log.customers, LATE_EVENTS))
        late_records = self.log.records(late_orders, start=records[0].offset)
        ahead.advance_to(self.day + AHEAD_DAYS)
        encoded = [(key.decode(), row) for key, row in stored.items() if key != partition.key]
        self._measure(
            whole,
            {
                COLD: lambda: self._fold(cold, records),
                LATE: lambda: self._fold(late, late_records),
                REVIEW: lambda: sum(reviews(ahead)),
                PROFILE: lambda: len(partition.publish_profiles().profiles),
                DECODE: lambda: len([customer_row.decode(customer_id, row, policy) for customer_id, row in encoded]),
                ENCODE: lambda: len([customer_row.encode(customer, policy) for customer in customers]),
            },
        )

    def _measure(self, whole: list[bytes], works: dict[str, Callable[[], int]]) -> None:
        before = yardstick(whole)
        for work, run in works.items():
            self.costs[work].micros.append(micros_each(run))
            after = yardstick(whole)
            self.costs[work].yardsticks.append((before + after) / 2)
            before = after

    def profiled(self, profiler: Profile) -> None:
        """A day of in-order orders under a profiler."""
        _, records = self._begin()
        with profiler:
            self._fold(self.log.partition, records)

    def _begin(self) -> tuple[list[bytes], list[LogRecord]]:
        """The next purchase day: whole orders, and what comes of them in the log."""
        self.day += self.log.step_days
        self.log.begin(self.day)
        whole = self.log.orders(self.day)
        return whole, self.log.records(whole)

    def _fold(self, partition: Partition, records: Sequence[Record]) -> int:
        for start in range(0, len(records), BATCH):
            counts = partition.apply(records[start : start + BATCH]).counts
            if set(counts) != {"applied"}:
                raise ValueError(f"every record should be applied: {counts}")
        return len(records)


def reviews(partition: Partition) -> Iterator[int]:
    """Make all reviews that are due; how many each bite was (each review's profile goes out)."""
    while partition.due:
        yield len(partition.catch_up(BATCH).profiles)
