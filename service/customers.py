"""The customers of a partition: rows that are decoded when they are needed, and who among them waits for what."""

from collections.abc import Iterator, MutableMapping

from service import rows
from service.domain.calendar import NEVER
from service.domain.customer import Customer
from service.due_index import DueIndex
from service.policy_history import PolicyHistory

MOST_KNOWN = 2_000
_QUARANTINED = bytes([rows.QUARANTINED])


class Customers:
    """Customers by key; `stored` holds all rows of the partition, those with keys from b"\\0" on are not customers'.

    Sets of keys: `unpublished` (a profile is to go out), `behind` (under an earlier policy), `quarantined` (the row can't be
    used, and nothing more is done with it).
    """

    def __init__(self, stored: MutableMapping[bytes, bytes], policies: PolicyHistory, profiled: int) -> None:
        self.stored, self.policies = stored, policies
        self.unpublished: set[bytes] = set()
        self.behind: set[bytes] = set()
        self.quarantined: set[bytes] = set()
        self.due = DueIndex()
        self._changed: dict[bytes, Customer] = {}
        """Those whose rows this step will change."""
        self._known: dict[bytes, Customer] = {}
        """Those who were decoded latest, most of whom come again soon."""
        self._damaged: dict[bytes, bytes] = {}
        for key, row in self._rows():
            self._look_at(key, row, profiled)

    def find(self, key: bytes) -> Customer | None:
        """A customer; None when there is none, or when he is (or now becomes) quarantined."""
        customer = self._known.get(key) or self._changed.get(key)
        if customer is None and key in self.stored and key not in self.quarantined:
            customer = self._decoded(key)
            if customer is not None:
                self._known[key] = customer
        return customer

    def changed(self, key: bytes, customer: Customer) -> None:
        """The customer is not what his row says any more."""
        self._changed[key] = customer
        self.due.put(key, customer.due)

    def fall_behind(self) -> None:
        """All customers are under an earlier policy now."""
        self.behind = ({key for key, _ in self._rows()} | self._changed.keys()) - self.quarantined

    def in_order(self) -> Iterator[Customer]:
        """All customers but the quarantined, by id in code points, each decoded anew; what is done to them is not kept."""
        for key, row in sorted(self._rows()):
            if key not in self.quarantined:
                yield self._decode(key, row)

    def settle(self) -> dict[bytes, bytes]:
        """The rows that this step has changed; its customers are remembered for the next steps."""
        changed, known = self._damaged, self._known
        for key, customer in self._changed.items():
            changed[key] = rows.encode(customer, self.policies.of(customer.version))
        self.stored.update(changed)
        known.update(self._changed)
        self._changed, self._damaged = {}, {}
        while len(known) > MOST_KNOWN:
            del known[next(iter(known))]
        return changed

    def _rows(self) -> Iterator[tuple[bytes, bytes]]:
        return ((key, row) for key, row in self.stored.items() if key[:1] != b"\0")

    def _decode(self, key: bytes, row: bytes) -> Customer:
        head = rows.header(row)
        return rows.decode(key.decode(), row, self.policies.of(head.policy_version), head)

    def _decoded(self, key: bytes) -> Customer | None:
        try:
            return self._decode(key, self.stored[key])
        except rows.DamagedRow:
            self._quarantine(key)
            return None

    def _quarantine(self, key: bytes) -> None:
        """The row is kept as it was, behind a mark."""
        self.quarantined.add(key)
        self.due.put(key, NEVER)
        self.unpublished.discard(key)
        self.behind.discard(key)
        self._damaged[key] = _QUARANTINED + self.stored[key]

    def _look_at(self, key: bytes, row: bytes, profiled: int) -> None:
        """What a row's header says, when the partition is taken over."""
        if row[:1] == _QUARANTINED:
            self.quarantined.add(key)
            return
        try:
            head = rows.header(row)
        except rows.DamagedRow:
            self.due.put(key, -NEVER)  # due at once: the next review quarantines him
            return
        self.due.put(key, head.due)
        if head.position > profiled:
            self.unpublished.add(key)
        if self.policies.after(head.policy_version):
            self.behind.add(key)
