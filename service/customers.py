"""The customers of a partition: rows that are decoded when they are needed."""

from collections.abc import Iterator, MutableMapping

import msgspec

from schemas.inbound import Amounts
from service import noted_orders, quarantine, rows
from service.behind import Behind
from service.domain.calendar import NEVER
from service.domain.customer import Customer
from service.domain.names import Names
from service.domain.policy import Policy
from service.erasures import KEY_BYTES, Erasure, Erasures
from service.log_mismatch import LogMismatch
from service.policy_history import PolicyHistory
from service.quarantine import CustomerFailed, Quarantined
from service.waiting import AT_ONCE, Waiting

MOST_KNOWN = 2_000


class Customers:
    """Customers by key; `stored` holds all rows of the partition, those with keys from b"\\0" on are not customers'."""

    def __init__(self, stored: MutableMapping[bytes, bytes], policies: PolicyHistory, profiled: int) -> None:
        self.stored, self.policies = stored, policies
        self.waiting = Waiting()
        self.erasures = Erasures(stored)
        self._changed: dict[bytes, Customer] = {}
        """Those whose rows this step will change."""
        self._noted: dict[bytes, bytes] = {}
        """The rows on which this step has noted orders."""
        self._known: dict[bytes, Customer] = {}
        """Those who were decoded latest, most of whom come again soon."""
        self._marked: dict[bytes, bytes] = {}
        """The rows of those whom this step puts into quarantine."""
        self._placed: dict[bytes, int] = {}
        """The nearest day at which this step has placed a customer in the due index: his row may know none, or a later one."""
        self._erased: set[bytes] = set()
        """Those whom this step erases: what is stored of them does not count any more, some may be back already."""
        for key, row in stored.items():
            if key[:1] != b"\0":
                self.waiting.look_at(key, row, policies, profiled)
            elif len(key) == KEY_BYTES:
                self.erasures.look_at(row)

    def find(self, key: bytes) -> Customer | None:
        """A customer; None when there is none, or when he is quarantined. rows.DamagedRow, rows.FutureRow."""
        customer = self._known.get(key) or self._changed.get(key)
        if customer is None and key in self.stored and key not in self.waiting.quarantined and key not in self._erased:
            customer = self._known[key] = self._decode(key, self._newest(key))
        return customer

    def shown(self, key: bytes) -> Customer | None:
        """A customer for his profile and nothing else: of one who is not in memory no more is decoded than that. As `find`."""
        if key in self._known or key in self._changed or key not in self.stored or key in self.waiting.quarantined:
            return self.find(key)
        row = self._newest(key)
        head = rows.header(row)
        policy = self.policies.of(head.policy_version)
        customer = rows.decode_shown(key.decode(), row, policy, head)
        if customer is None:
            customer = self._known[key] = rows.decode(key.decode(), row, policy, head)
        return customer

    def said(self, key: bytes) -> tuple[Names, Policy] | None:
        """The names last announced of the customer of a stored row, and the policy it is under; None: nothing, or no good row."""
        row = self.stored.get(key)
        if row is None or key[:1] == b"\0" or quarantine.is_quarantined(row):
            return None
        try:
            head = rows.header(row)
            policy = self.policies.of(head.policy_version)
        except (rows.DamagedRow, rows.FutureRow, LogMismatch):  # who works on it says so
            return None
        names = rows.decode_names(row, policy, head)
        return None if names is None else (names, policy)

    def note(self, key: bytes, order: Amounts, day: int, offset: int, fingerprint: int) -> bool:
        """Take an order of a day no earlier than the clock's on the customer's row, if that is possible."""
        in_full = key in self._changed or key in self.waiting.damaged or key in self._erased
        row = None if in_full else self._noted.get(key) or self.stored.get(key)
        noted = None if row is None else noted_orders.note(row, order, day, offset, fingerprint, self.policies.current)
        if noted is None:
            return False
        self._noted[key], due = noted
        self._known.pop(key, None)
        if due is not None:
            self.waiting.due.place(key, due)
        return True

    def quarantine(self, failure: CustomerFailed, since: int) -> Quarantined:
        """From now on nothing is done with a customer; what stands in the place of his row.

        Nothing was noted in this step: it is one that is taken again.
        """
        key, offset = failure.key, -1 if failure.offset is None else failure.offset
        changed = self._changed.pop(key, None)
        row = self._stored_row(key) if changed is None else self._row(key, changed)
        self._known.pop(key, None)
        self.waiting.quarantine(key, since)
        marked = Quarantined(failure.reason, offset, since, row)
        self._marked[key] = marked.encode()
        return marked

    def release(self, key: bytes, row: bytes) -> Customer:
        """The customer of a row that takes the place of one in quarantine. rows.DamagedRow, LogMismatch.

        Neither one of another policy than the one in force (whether that is still known depends on the batches), nor one that
        knows less than the one in quarantine: of two releases that were sent, say, the second. Nor one from before he was erased.
        """
        customer = self._decode(key, row)
        position, sequence = self._kept(key)
        position = max(position, self.erasures.of(key).offset)
        if customer.version != self.policies.current.version or customer.position < position or customer.sequence < sequence:
            raise LogMismatch(f"{key.decode()}: the row is older than the policy in force, an erasure, or the one in quarantine")
        del self.waiting.quarantined[key]
        self._known[key] = customer
        return customer

    def erase(self, key: bytes, erasure: Erasure) -> None:
        """From now on there is no such customer. The erasure has the sequence of his profile: his row may know a later one."""
        self.erasures.add(key, erasure._replace(sequence=max(erasure.sequence, self._sequence_of(key))))
        self._changed.pop(key, None)
        self._noted.pop(key, None)
        self._known.pop(key, None)
        self._marked.pop(key, None)
        self._placed.pop(key, None)
        self.waiting.erase(key)
        self._erased.add(key)

    def enrolled(self, key: bytes, day: int) -> Customer:
        """A customer of whom nothing is known, as of `day`: his announcements go on from what was said before he was erased."""
        customer = Customer.enrolled(key.decode(), day, self.policies.current)
        customer.sequence = self.erasures.of(key).sequence
        return customer

    def _sequence_of(self, key: bytes) -> int:
        """Of what has been announced to a customer; 0 when his row can't tell, or there is none."""
        if key in self.waiting.quarantined:
            return self._kept(key)[1]
        if (customer := self._known.get(key) or self._changed.get(key)) is not None:
            return customer.sequence
        try:
            return rows.header(row).sequence if (row := self._noted.get(key) or self._stored_row(key)) else 0
        except rows.DamagedRow:
            return 0

    def _kept(self, key: bytes) -> tuple[int, int]:
        """Position and sequence of the row in quarantine; (-1, 0) when it can't tell."""
        try:
            head = rows.header(quarantine.decode(self._marked.get(key) or self.stored[key]).row)
        except (rows.DamagedRow, msgspec.DecodeError):
            return -1, 0
        return head.position, head.sequence

    def changed(self, key: bytes, customer: Customer) -> None:
        """The customer is not what his row says any more.

        He has a place in the due index no later than the due day of his row, so only a nearer one needs another.
        """
        row = self._noted.pop(key, None) or self.stored.get(key)
        self._changed[key] = customer
        nearest = self._placed.get(key, NEVER if row is None else rows.due_of(row))
        if customer.due < nearest:
            self._placed[key] = customer.due
            self.waiting.due.place(key, customer.due)

    def is_due(self, key: bytes, day: int) -> bool:
        """Whether a customer whose place on a day came up is due by then."""
        return key in self.waiting.damaged if day == AT_ONCE else self._due_of(key) <= day

    def place(self, key: bytes) -> None:
        """Have a customer whose place came up, and was left with that, come up again."""
        self.waiting.due.place(key, self._due_of(key))

    def is_behind(self, key: bytes) -> bool:
        """Whether a customer is under an earlier policy, or has a row that can't tell."""
        if key in self.waiting.quarantined or key[:1] == b"\0":
            return False
        if (customer := self._known.get(key) or self._changed.get(key)) is not None:
            return customer.version != self.policies.current.version
        try:
            return bool(self.policies.after(rows.header(self._newest(key)).policy_version))
        except rows.DamagedRow:
            return True

    def fall_behind(self) -> None:
        """The rules have changed: everybody may be under an earlier policy now."""
        self.waiting.behind = Behind([*self.stored, *(self._changed.keys() - self.stored.keys())])

    def in_order(self) -> Iterator[Customer]:
        """All customers but the quarantined, by id in code points, each decoded anew; what is done to them is not kept."""
        for key, row in sorted(self._rows()):
            if key not in self.waiting.quarantined:
                yield self._decode(key, row)

    def settle(self) -> dict[bytes, bytes | None]:
        """The rows that this step has changed, None for those that are gone; its customers are remembered for the next steps.

        CustomerFailed.
        """
        changed, known = self._marked, self._known
        changed.update(self._noted)
        for key, customer in self._changed.items():
            changed[key] = self._row(key, customer)
        changed.update(self.erasures.settle())
        gone = [key for key in self._erased if key in self.stored and key not in changed]
        for key in gone:
            del self.stored[key]
        self.stored.update(changed)
        known.update(self._changed)
        self._changed, self._noted, self._marked, self._placed = {}, {}, {}, {}
        if self._erased:
            self._leave_places()
        while len(known) > MOST_KNOWN:
            del known[next(iter(known))]
        settled: dict[bytes, bytes | None] = dict.fromkeys(gone)
        settled.update(changed)
        return settled

    def _leave_places(self) -> None:
        """Whom this step has erased waits for nothing any more, but who is back already waits for what he should."""
        erased, self._erased = self._erased, set()
        self.waiting.take_away(erased)
        for key in erased:
            if key in self.stored:
                self.place(key)
                if self.is_behind(key):
                    self.waiting.behind.add(key)

    def check_row(self, key: bytes, offset: int) -> None:
        """See whether a customer's row can be written after the record at `offset`. CustomerFailed."""
        if (customer := self._changed.get(key)) is not None:
            self._row(key, customer, offset)

    def _due_of(self, key: bytes) -> int:
        """The due day of a customer whose row is good, as it is now; NEVER: he is in quarantine."""
        if key in self.waiting.quarantined:
            return NEVER
        customer = self._changed.get(key)
        return rows.due_of(self._newest(key)) if customer is None else customer.due

    def _stored_row(self, key: bytes) -> bytes:
        """As it was before this step; empty: there is none that counts."""
        return b"" if key in self._erased else self.stored.get(key, b"")

    def _newest(self, key: bytes) -> bytes:
        return self._noted.get(key) or self.stored[key]

    def _row(self, key: bytes, customer: Customer, offset: int | None = None) -> bytes:
        try:
            row = self._encoded(customer)
        except Exception as error:
            raise CustomerFailed(key, offset, f"his row can't be written: {error!r}") from error
        if len(row) > (most := quarantine.MOST_BYTES):
            raise CustomerFailed(key, offset, f"his row would be of {len(row)} bytes, and at most {most} are kept")
        return row

    def _encoded(self, customer: Customer) -> bytes:
        return rows.encode(customer, self.policies.of(customer.version))

    def _rows(self) -> Iterator[tuple[bytes, bytes]]:
        return ((key, row) for key, row in self.stored.items() if key[:1] != b"\0")

    def _decode(self, key: bytes, row: bytes) -> Customer:
        head = rows.header(row)
        return rows.decode(key.decode(), row, self.policies.of(head.policy_version), head)
