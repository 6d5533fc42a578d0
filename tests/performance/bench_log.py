"""A partition of many customers who all have so many ledger days, and the records that come next in its log."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from service.domain.calendar import day_number
from service.domain.policy_file import parse_policy
from service.intake import Forward, intake
from service.partition import Partition
from service.replay import LogRecord, activation_record
from service.rows import customer_row, partition_row
from tests.performance.bench_events import Producer

SPAN_DAYS, RHYTHM_DAYS = 730, 3.65
"""A history's purchase days lie this far apart, or nearer where there are more of them than the span holds so."""
TODAY = day_number(date(2025, 6, 2))
"""The first day that is measured."""
CUSTOMERS = 1_000
HISTORIES = 20
"""How many different histories there are; each is that of several customers."""
BATCH = 500
"""Records a batch, about what a worker fetches at once when it is behind."""
OPENING, CLOSING = 8 * 60, 22 * 60
_NOW = datetime(2100, 1, 1, tzinfo=UTC)


class BenchLog:
    """The log's records are made as they are needed; the partition has read all of them."""

    def __init__(self, policy_text: str, ledger_days: int) -> None:
        self.policy = parse_policy(policy_text)
        self.producer = Producer(self.policy.frame, seed=ledger_days)
        self.ledger_days = ledger_days
        self.span_days = min(SPAN_DAYS, round(ledger_days * RHYTHM_DAYS))
        self.step_days = max(1, round(self.span_days / ledger_days))
        """Everybody goes on buying in his rhythm while it is measured."""
        self.customers = [f"m-{ledger_days}-{number:06}" for number in range(CUSTOMERS)]
        self.partition = self._with_clones(self._with_histories())

    def records(self, values: Iterable[bytes], start: int | None = None) -> list[LogRecord]:
        """What intake forwards of producers' events, as the next records of the log."""
        first = self.partition.next if start is None else start
        return [LogRecord(offset, *self._taken(value)) for offset, value in enumerate(values, start=first)]

    def orders(self, day: int, customers: Iterable[str] | None = None) -> list[bytes]:
        """Whole orders: one of every customer in the course of a day."""
        who = list(self.customers if customers is None else customers)
        minutes = [OPENING + (CLOSING - OPENING) * number // len(who) for number in range(len(who))]
        return [self.producer.order(customer, day, minute) for customer, minute in zip(who, minutes, strict=True)]

    def begin(self, day: int) -> None:
        """It is the small hours of a day: the clock is there, all reviews are made, all profiles are out."""
        settled = self.policy.frame.settle_minutes + 1
        clock = self.producer.interaction("clock", day, settled, "app-open")
        self.partition.apply(self.records([clock]))
        self.review()
        self.partition.publish_profiles()

    def review(self) -> None:
        """All reviews that are due."""
        while self.partition.due:
            self.partition.catch_up(BATCH)

    def _taken(self, value: bytes) -> tuple[bytes, bytes]:
        taken = intake(value, (), now=_NOW, currency=self.policy.frame.currency)
        if not isinstance(taken, Forward):
            raise TypeError(f"intake should forward what the benchmark sends: {taken}")
        return taken.customer_id.encode(), taken.value

    def _with_histories(self) -> Partition:
        self.partition = Partition(0, {})
        self.partition.apply([LogRecord(0, None, activation_record(self.policy, log_id="bench"))])
        for day in range(TODAY - self.span_days, TODAY - 1):
            values = [value for customer in self._buyers(day) for value in self.producer.day_of(customer, day, 600)]
            self.partition.apply(self.records(values))
            self.review()
        self.partition.publish_profiles()
        return self.partition

    def _buyers(self, day: int) -> Iterable[str]:
        """Who buys on a day: everybody's purchase days lie evenly in the span, each history begins a day later."""
        past = day - (TODAY - self.span_days)
        for number in range(HISTORIES):
            shifted = past + number
            if (shifted + 1) * self.ledger_days // self.span_days > shifted * self.ledger_days // self.span_days:
                yield f"history-{number}"

    def _with_clones(self, partition: Partition) -> Partition:
        """The same rows for many customers; a row is encoded anew because it may depend on the customer's id."""
        own = partition_row.read(0, partition.stored[partition.key])
        own.customers = None  # other rows than were counted
        stored, policy = {partition.key: own.encode()}, partition.policies.current
        for number, customer_id in enumerate(self.customers):
            history = f"history-{number % HISTORIES}"
            customer = customer_row.decode(history, partition.stored[history.encode()], policy)
            customer.id = customer_id
            stored[customer_id.encode()] = customer_row.encode(customer, policy)
        return Partition(0, stored)
