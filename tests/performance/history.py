"""A history: Workload W played by one partition under a policy, to be gone on with by very many customers who have its rows."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, islice
from random import Random

from service.domain.policy_file import parse_policy
from service.partition import Partition
from service.replay import LogRecord, activation_record
from service.rows import partition_row
from tests.performance import workload
from tests.performance.workload import Sent

CUSTOMERS, EVENTS = 10_000, 150_000
"""Fifteen events each, as in the workload."""
DAYS = 300
"""Of the whole: less than the policy's window, so that nobody is due because a year is over."""
BATCH = 1_000


class History:
    """Events are played once for each policy; those that follow are the same for all."""

    def __init__(self, policy_text: str, lived: Sequence[Sent]) -> None:
        self.partition = Partition(0, {})
        self.partition.apply([LogRecord(0, None, activation_record(parse_policy(policy_text), log_id="history"))])
        for start in range(0, len(lived), BATCH):
            apply(self.partition, lived[start : start + BATCH])
        review(self.partition)
        self.partition.publish_profiles()

    def crowded(self, customers: int) -> Partition:
        """A partition of so many customers, each with the row of one of the history; no two rows are one object."""
        own = partition_row.read(0, self.partition.stored[self.partition.key])
        own.customers = None  # other rows than were counted
        rows = [row for key, row in self.partition.stored.items() if key != self.partition.key]
        stored = {_id(number).encode(): bytes(memoryview(rows[number % len(rows)])) for number in range(customers)}
        return Partition(0, stored | {self.partition.key: own.encode()})


def events(following: int) -> tuple[list[Sent], list[Sent]]:
    """What is played for a history, and so many events after it."""
    stream = workload.activities(workload.orders(EVENTS + following, CUSTOMERS, DAYS))
    return list(islice(stream, EVENTS)), list(stream)


def addressed(sent: Sequence[Sent], customers: int) -> Iterator[Sent]:
    """The same events, each to one of so many customers, who come as often as the workload's do."""
    random = Random(customers)
    ids = list(range(customers))
    random.shuffle(ids)
    weights = list(accumulate(1 / (50 + rank) for rank in range(1, customers + 1)))
    for event, number in zip(sent, random.choices(ids, cum_weights=weights, k=len(sent)), strict=True):
        customer = _id(number)
        yield Sent(customer, event.value.replace(event.customer_id.encode(), customer.encode()))


def apply(partition: Partition, sent: Sequence[Sent]) -> None:
    """Read them as the next records of the log, in one batch."""
    first = partition.next
    records = [LogRecord(first + place, each.customer_id.encode(), each.value) for place, each in enumerate(sent)]
    counts = partition.apply(records).counts
    if not counts.keys() <= {"applied", "repeated"}:
        raise ValueError(f"every event should be applied, or repeated: {counts}")


def review(partition: Partition) -> None:
    """Make all reviews that are due."""
    while partition.due:
        partition.catch_up(BATCH)


def _id(number: int) -> str:
    return f"d{number:07}"
