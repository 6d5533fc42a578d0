"""The rows of a partition's customers: as they are stored, and what the step that is being taken has made of them."""

from collections.abc import MutableMapping

import msgspec

from service import quarantine
from service.domain.customer import Customer
from service.domain.names import Names
from service.domain.policy import Policy
from service.log_mismatch import LogMismatch
from service.policy_history import PolicyHistory
from service.quarantine import CustomerFailed, Quarantined
from service.rows import customer_row


class CustomerRows:
    """`stored` holds all rows of the partition; those with keys from b"\\0" on are not customers'."""

    def __init__(self, stored: MutableMapping[bytes, bytes], policies: PolicyHistory) -> None:
        self.stored, self.policies = stored, policies
        self.noted: dict[bytes, bytes] = {}
        """Those on which this step has noted orders."""
        self.erased: set[bytes] = set()
        """Whom this step erases: what is stored of them does not count any more, some may be back already."""
        self._quarantined: dict[bytes, bytes] = {}
        """Those of whom this step puts into quarantine."""

    def newest(self, key: bytes) -> bytes | None:
        """A customer's row with what this step has noted on it; None: there is none that counts."""
        row = self.noted.get(key)
        if row is None and key not in self.erased:
            return self.stored.get(key)
        return row

    def decode(self, key: bytes, row: bytes) -> Customer:
        """The customer of a row. customer_row.DamagedRow, customer_row.FutureRow, LogMismatch."""
        head = customer_row.header(row)
        return customer_row.decode(key.decode(), row, self.policies.of(head.policy_version), head)

    def encode(self, key: bytes, customer: Customer, offset: int | None = None) -> bytes:
        """The row of a customer. CustomerFailed, at the record at `offset`."""
        try:
            row = customer_row.encode(customer, self.policies.of(customer.version))
        except Exception as error:
            raise CustomerFailed(key, offset, f"his row can't be written: {error!r}") from error
        if len(row) > (most := quarantine.MOST_BYTES):
            raise CustomerFailed(key, offset, f"his row would be of {len(row)} bytes, and at most {most} are kept")
        return row

    def said(self, key: bytes) -> tuple[Names, Policy] | None:
        """The names last announced of the customer of a stored row, and the policy it is under; None: nothing, or no good row."""
        row = self.stored.get(key)
        if row is None or key[:1] == b"\0" or quarantine.is_quarantined(row):
            return None
        try:
            head = customer_row.header(row)
            policy = self.policies.of(head.policy_version)
        except (customer_row.DamagedRow, customer_row.FutureRow, LogMismatch):  # who works on it says so
            return None
        names = customer_row.decode_names(row, policy, head)
        return None if names is None else (names, policy)

    def quarantine(self, key: bytes, marked: Quarantined) -> None:
        """What stands in the place of a customer's row."""
        self._quarantined[key] = marked.encode()

    def before_quarantine(self, key: bytes) -> tuple[int, int]:
        """Position and sequence of the row of one in quarantine; (-1, 0) when it can't tell."""
        try:
            head = customer_row.header(quarantine.decode(self._quarantined.get(key) or self.stored[key]).row)
        except (customer_row.DamagedRow, msgspec.DecodeError):
            return -1, 0
        return head.position, head.sequence

    def erase(self, key: bytes) -> None:
        """What is stored of a customer does not count any more."""
        self.noted.pop(key, None)
        self._quarantined.pop(key, None)
        self.erased.add(key)

    def in_order(self) -> list[tuple[bytes, bytes]]:
        """Those that are stored, by customer id in code points."""
        return sorted([(key, row) for key, row in self.stored.items() if key[:1] != b"\0"])

    def settle(self, customers: dict[bytes, Customer]) -> dict[bytes, bytes | None]:
        """The rows that this step has changed, those of `customers` too; None for those that are gone. CustomerFailed."""
        changed, stored = self._quarantined, self.stored
        changed.update(self.noted)
        for key, customer in customers.items():
            changed[key] = self.encode(key, customer)
        gone = [key for key in self.erased if key in stored and key not in changed]
        for key in gone:
            del stored[key]
        stored.update(changed)
        self.noted, self.erased, self._quarantined = {}, set(), {}
        settled: dict[bytes, bytes | None] = dict.fromkeys(gone)
        settled.update(changed)
        return settled
