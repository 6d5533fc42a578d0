"""A log whose orders may be noted, and the same log with every order folded in full."""

from datetime import datetime
from typing import Any, NamedTuple

from schemas import codec
from schemas.control import ClockTicked, Tick
from service.domain.customer import Customer
from service.domain.policy import Frame
from service.domain.policy_file import parse_policy
from service.effects import Effects
from service.intake import Forward, intake
from service.partition import Partition
from service.replay import LogRecord, activation_record
from service.rows import front
from tests import builders

KEY = b"c-1"


def never_note(partition: Partition, *keys: bytes | None) -> None:
    """Orders of these customers are folded in full from now on, until the partition is loaded again.

    As those of customers whose rows were found damaged: so it can be asked of machine code too, where nothing can be patched.
    """
    partition.state.waiting.damaged.update(key for key in keys if key)


class Found(NamedTuple):
    """What a log leads to; rows are not compared, for they say the same in other words."""

    announcements: list[tuple[str, bytes, bytes]]
    refused: list[tuple[int, str]]
    counts: dict[str, int]
    profiles: list[Any]
    positions: list[int]
    facts: list[Any]


class Log:
    """A log, and the partition that reads it step by step; `noting` False: every order is folded in full."""

    def __init__(self, *, noting: bool = True) -> None:
        self.noting = noting
        self.batches: list[list[LogRecord]] = []
        self.steps: list[Effects] = []
        self.partition = Partition(0, {})

    @property
    def next(self) -> int:
        """The offset of the next record."""
        return sum(map(len, self.batches))

    def take(self, *records: LogRecord) -> Effects:
        """Read records in one step."""
        self.batches.append(list(records))
        if not self.noting:
            never_note(self.partition, *[record.key for record in records])
        self.steps.append(self.partition.apply(records))
        return self.steps[-1]

    def activate(self, text: str, day: int = 0) -> None:
        """A policy, from noon of a day on."""
        at = datetime.fromisoformat(builders.instant(day))
        self.take(LogRecord(self.next, None, activation_record(parse_policy(text), "log", at)))

    def tick(self, day: int) -> None:
        """Time passes, to noon of a day."""
        at = datetime.fromisoformat(builders.instant(day))
        tick = ClockTicked(id="t", source="/tiering", time=at, data=Tick(at=at))
        self.take(LogRecord(self.next, None, codec.encode_control(tick)))

    def send(self, *events: bytes) -> Effects:
        """Events by way of intake, in one step."""
        return self.take(*map(self.record, events, range(self.next, self.next + len(events))))

    def send_each(self, *events: bytes) -> None:
        """The same, in a step each."""
        for event in events:
            self.send(event)

    def record(self, event: bytes, offset: int) -> LogRecord:
        """An event as it is in the log."""
        taken = intake(event, (), now=builders.FIRST.replace(year=2030), currency="USD")
        assert isinstance(taken, Forward), taken
        return LogRecord(offset, taken.customer_id.encode(), taken.value)

    def restart(self) -> None:
        """A worker that knows the rows only."""
        self.partition = Partition(0, dict(self.partition.stored))

    @property
    def row(self) -> bytes:
        """The customer's."""
        return self.partition.stored[KEY]

    @property
    def customer(self) -> Customer:
        """As his row has him."""
        return self.partition.state.customers.rows.decode(KEY, self.row)

    @property
    def notes(self) -> int | None:
        """How many orders are noted on the customer's row; None: none may be."""
        if self.row[0] != front.VERSION or not self.row[front.FLAGS_AT] & front.CALM:
            return None
        _, _, _, most, _, _, _, _, _, _, _, noted, *_ = front.ASKED.unpack_from(self.row, len(self.row) - front.ASKED.size)
        return int(noted) if most else None

    def in_full(self) -> "Log":
        """The same steps, no order noted."""
        other = Log(noting=False)
        for batch in self.batches:
            other.take(*batch)
        return other

    def found(self, silent: int) -> Found:
        """All that it leads to, till so many days after its end."""
        last = Partition(0, dict(self.partition.stored))
        customers = list(last.state.customers.in_order())
        day = max([last.clock.day, *(each.as_of for each in customers)]) + silent
        last.advance_to(day)
        steps = [*self.steps]
        while last.due:
            steps.append(last.catch_up(100))
        return Found(
            sorted([each for step in steps for each in step.announcements], key=lambda each: each[1]),
            [(letter.record.offset, letter.code) for step in steps for letter in step.dead_letters],
            {outcome: sum(step.counts.get(outcome, 0) for step in steps) for step in steps for outcome in step.counts},
            list(last.profiles(day)),
            [each.position for each in customers],
            [_facts(each, self.partition.policies.current.frame) for each in customers],
        )


def assert_no_difference(log: Log) -> None:
    """Folding every order in full gives the same, at once and after a silence."""
    full = log.in_full()
    for silent in (0, 60):
        assert log.found(silent) == full.found(silent)


def _facts(customer: Customer, frame: Frame) -> Any:
    """Totals and what is remembered; when days and ids past their bounds are dropped is another matter."""
    facts, remembered = customer.facts, (customer.facts.orders.orders, customer.facts.orders.refunds, customer.facts.events)
    facts.forget_ids(customer.as_of, frame)
    totals = [facts.purchases.up_to(column, customer.as_of) for column in range(3)]
    kept = [(each.cells, each.days.tolist(), [column.tolist() for column in each.columns]) for each in remembered]
    return facts.enrolled_on, facts.not_before, totals, facts.purchases.days_up_to(customer.as_of), kept
