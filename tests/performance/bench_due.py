"""A day begins: what it costs when few of very many customers are due, and how long a partition stands still for it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median

from agents.customers import BITE, BITE_SECONDS
from schemas import codec
from schemas.control import ClockTicked, Tick
from service.collector import Collector
from service.domain.calendar import midnight
from service.partition import Partition
from service.replay import LogRecord
from service.rows import partition_row
from tests.performance.bench_log import BenchLog

SIZES = (10_000, 100_000, 1_000_000)
ONE_IN = 100
LEDGER_DAYS = 100


@dataclass
class Day:
    """The beginning of a day in a partition of so many customers; times in seconds of CPU."""

    customers: int
    due: int
    load: float
    """The rows of all are looked at: what a worker does when it takes the partition over."""
    idle: float
    """A look whether anybody is due, on a day on which nobody is."""
    bites: list[float] = field(default_factory=list)

    @property
    def each(self) -> float:
        """A due customer."""
        return sum(self.bites) / self.due

    @property
    def longest(self) -> float:
        """The longest time that no record is taken."""
        return max(self.bites)


def days(policy_text: str) -> Iterator[Day]:
    """The same number of customers in a hundred is due, in partitions of several sizes."""
    bench = BenchLog(policy_text, LEDGER_DAYS)
    for size in SIZES:
        yield _day(bench, size)


def _day(bench: BenchLog, size: int) -> Day:
    stored, due_on, due = _rows(bench, size)
    began = time.process_time()
    partition = Partition(0, stored, mode="wall")
    loaded = time.process_time()
    Collector().pass_over_all()
    idle_began = time.process_time()
    looks = 1_000
    for _ in range(looks):
        _ = partition.due
    day = Day(size, due, loaded - began, (time.process_time() - idle_began) / looks)
    _tick(partition, bench, due_on)
    while partition.due:
        day.bites.append(_bite(partition))
    return day


def _rows(bench: BenchLog, size: int) -> tuple[dict[bytes, bytes], int, int]:
    """Clones of the benchmark's customers; one in a hundred is of those who are due first, which day that is, how many."""
    known = [bench.partition.state.customers.find(key) for key in bench.partition.stored if key != bench.partition.key]
    customers = [each for each in known if each is not None]
    due_on = min(each.due for each in customers)
    first = [bench.partition.stored[each.id.encode()] for each in customers if each.due == due_on]
    later = [bench.partition.stored[each.id.encode()] for each in customers if each.due > due_on]
    own = partition_row.read(0, bench.partition.stored[bench.partition.key])
    own.customers = None  # other rows than were counted
    stored = {bench.partition.key: own.encode()}
    for number in range(size):
        among = later if number % ONE_IN else first
        stored[f"due-{number:07}".encode()] = among[number // ONE_IN % len(among)]
    return stored, due_on, size // ONE_IN


def _tick(partition: Partition, bench: BenchLog, day: int) -> None:
    frame = bench.policy.frame
    at = midnight(day, frame.zone) + timedelta(minutes=frame.settle_minutes + 1)
    tick = codec.encode_control(ClockTicked(id="tick", source="/tiering", time=at, data=Tick(at=at)))
    partition.apply([LogRecord(partition.next, None, tick, round(at.timestamp() * 1000))])


def _bite(partition: Partition) -> float:
    began = time.process_time()
    until = time.perf_counter() + BITE_SECONDS
    partition.catch_up(BITE, enough=lambda: time.perf_counter() >= until)
    return time.process_time() - began


def lines(found: list[Day]) -> Iterator[str]:
    """For people, a line a size."""
    for day in found:
        yield (
            f"{day.customers:,} customers, {day.due:,} due: {day.each * 1e6:.0f} us each, in bites of"
            f" {median(day.bites) * 1e3:.1f} ms (longest {day.longest * 1e3:.1f}); nobody due: {day.idle * 1e6:.2f} us;"
            f" rows looked at in {day.load:.2f} s"
        )
