"""What is kept in memory of a partition, all of it from its rows, and how it gets back into them."""

from collections.abc import MutableMapping
from typing import Literal

from service.customers import Customers
from service.domain.customer import Customer
from service.effects import Effects
from service.failures import Failures
from service.log_mismatch import LogMismatch
from service.partition_clock import PartitionClock
from service.policy_history import PolicyHistory
from service.rows import partition_row
from service.rows.partition_row import key_of


class PartitionState:
    """Row, policies, clock and customers of a partition, and who has failed in the step that is being taken."""

    def __init__(
        self, number: int, stored: MutableMapping[bytes, bytes], mode: Literal["events", "wall"], failures: Failures, holes: bool
    ) -> None:
        self.number, self.stored, self.mode, self.key = number, stored, mode, key_of(number)
        self.failures = failures
        """Who is put into quarantine when a step is taken again."""
        self.holes = holes
        """Whether the log may have holes."""
        if self.key not in stored and stored:
            raise LogMismatch(f"partition {number} has customers but no row of its own: run `tiering rebuild`")
        self.row = partition_row.read(number, stored.get(self.key))
        """As it was after the last step; `next` and `read_at` go on here."""
        self.next, self.read_at = self.row.next, self.row.read_at
        partition_row.check(number, self.row, self.rows, mode)
        self.policies = PolicyHistory(number, self.row)
        self.clock = PartitionClock(self.row.clock)
        if self.policies:
            self.clock.set_frame(self.policies.current.frame)
        self.customers = Customers(stored, self.policies, self.row.profiled)
        self.waiting = self.customers.waiting

    @property
    def rows(self) -> int:
        """How many customers have a row."""
        return len(self.stored) - (self.key in self.stored) - self.row.erased

    def show(self, key: bytes, customer: Customer, position: int, effects: Effects) -> None:
        """A profile goes out; none waits any more."""
        effects.show(customer, self.policies.of(customer.version), position)
        self.waiting.show(key)

    def has_failed(self, key: bytes, effects: Effects, offset: int | None = None) -> bool:
        """Whether a customer failed when this step was tried before; he goes into quarantine now."""
        failure = self.failures.of(key, offset)
        if failure is None or key in self.waiting.quarantined:
            return False
        effects.quarantined.append((key.decode(), self.customers.quarantine(failure, self.read_at)))
        return True

    def settle(self, effects: Effects) -> None:
        """Rows of all that was touched, the partition row last. CustomerFailed."""
        effects.rows = self.customers.settle()
        if erased := self.customers.erasures.count:
            self.row.erased, self.row.version = erased, partition_row.VERSION
        self.row.profiled = max(self.row.profiled, self.waiting.profiled(self.next - 1))
        self.row.next, self.row.read_at = self.next, self.read_at
        self.row.clock, self.row.time, self.row.customers = self.clock.micros, self.mode, self.rows
        if not self.waiting.behind:
            self.policies.forget_earlier()
        row = self.row.encode()
        if self.stored.get(self.key) != row:
            effects.rows[self.key] = self.stored[self.key] = row
