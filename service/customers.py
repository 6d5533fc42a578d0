"""The customers of a partition, decoded from their rows when they are needed."""

from collections.abc import Iterator, MutableMapping

from schemas.inbound import Amounts
from service.behind import Behind
from service.customer_rows import CustomerRows
from service.domain.calendar import NEVER
from service.domain.customer import Customer
from service.erasures import KEY_BYTES, Erasure, Erasures
from service.log_mismatch import LogMismatch
from service.policy_history import PolicyHistory
from service.quarantine import CustomerFailed, Quarantined
from service.rows import customer_row, noted_orders
from service.waiting import AT_ONCE, Waiting

MOST_KNOWN = 2_000


class Customers:
    """Customers by key."""

    def __init__(self, stored: MutableMapping[bytes, bytes], policies: PolicyHistory, profiled: int) -> None:
        self.policies = policies
        self.rows = CustomerRows(stored, policies)
        self.waiting = Waiting()
        self.erasures = Erasures(stored)
        self._changed: dict[bytes, Customer] = {}
        """Those whose rows this step will change."""
        self._known: dict[bytes, Customer] = {}
        """Those who were decoded latest, most of whom come again soon."""
        self._placed: dict[bytes, int] = {}
        """The nearest day at which this step has placed a customer in the due index: his row may know none, or a later one."""
        for key, row in stored.items():
            if key[:1] != b"\0":
                self.waiting.look_at(key, row, policies, profiled)
            elif len(key) == KEY_BYTES:
                self.erasures.look_at(row)

    def find(self, key: bytes) -> Customer | None:
        """A customer; None when there is none, or when he is quarantined. customer_row.DamagedRow, customer_row.FutureRow."""
        customer = self._known.get(key) or self._changed.get(key)
        if customer is None and key not in self.waiting.quarantined and (row := self.rows.newest(key)) is not None:
            customer = self._known[key] = self.rows.decode(key, row)
        return customer

    def shown(self, key: bytes) -> Customer | None:
        """A customer for his profile and nothing else: of one who is not in memory no more is decoded than that. As `find`."""
        row = None if key in self._known or key in self._changed or key in self.waiting.quarantined else self.rows.newest(key)
        if row is None:
            return self.find(key)
        head = customer_row.header(row)
        policy = self.policies.of(head.policy_version)
        customer = customer_row.decode_shown(key.decode(), row, policy, head)
        if customer is None:
            customer = self._known[key] = customer_row.decode(key.decode(), row, policy, head)
        return customer

    def note(self, key: bytes, order: Amounts, day: int, offset: int, fingerprint: int) -> bool:
        """Take an order of a day no earlier than the clock's on the customer's row, if that is possible."""
        row = None if key in self._changed or key in self.waiting.damaged else self.rows.newest(key)
        noted = None if row is None else noted_orders.note(row, order, day, offset, fingerprint, self.policies.current)
        if noted is None:
            return False
        self.rows.noted[key], due = noted
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
        row = self.rows.newest(key) if changed is None else self.rows.encode(key, changed)
        self._known.pop(key, None)
        self.waiting.quarantine(key, since)
        marked = Quarantined(failure.reason, offset, since, row or b"")
        self.rows.quarantine(key, marked)
        return marked

    def release(self, key: bytes, row: bytes) -> Customer:
        """The customer of a row that takes the place of one in quarantine. customer_row.DamagedRow, LogMismatch.

        Neither one of another policy than the one in force (whether that is still known depends on the batches), nor one that
        knows less than the one in quarantine: of two releases that were sent, say, the second. Nor one from before he was erased.
        """
        customer = self.rows.decode(key, row)
        position, sequence = self.rows.before_quarantine(key)
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
        self._known.pop(key, None)
        self._placed.pop(key, None)
        self.rows.erase(key)
        self.waiting.erase(key)

    def enrolled(self, key: bytes, day: int) -> Customer:
        """A customer of whom nothing is known, as of `day`: his announcements go on from what was said before he was erased."""
        customer = Customer.enrolled(key.decode(), day, self.policies.current)
        customer.sequence = self.erasures.of(key).sequence
        return customer

    def changed(self, key: bytes, customer: Customer) -> None:
        """The customer is not what his row says any more.

        He has a place in the due index no later than the due day of his row, so only a nearer one needs another.
        """
        row = self.rows.noted.pop(key, None) or self.rows.stored.get(key)
        self._changed[key] = customer
        nearest = self._placed.get(key, NEVER if row is None else customer_row.due_of(row))
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
            return bool(self.policies.after(customer_row.header(self.rows.newest(key) or b"").policy_version))
        except customer_row.DamagedRow:
            return True

    def fall_behind(self) -> None:
        """The rules have changed: everybody may be under an earlier policy now."""
        stored = self.rows.stored
        self.waiting.behind = Behind([*stored, *(self._changed.keys() - stored.keys())])

    def in_order(self) -> Iterator[Customer]:
        """All customers but the quarantined, by id in code points, each decoded anew; what is done to them is not kept."""
        for key, row in self.rows.in_order():
            if key not in self.waiting.quarantined:
                yield self.rows.decode(key, row)

    def check_row(self, key: bytes, offset: int) -> None:
        """See whether a customer's row can be written after the record at `offset`. CustomerFailed."""
        if (customer := self._changed.get(key)) is not None:
            self.rows.encode(key, customer, offset)

    def settle(self) -> dict[bytes, bytes | None]:
        """The rows that this step has changed, None for those that are gone; its customers are remembered for the next steps.

        CustomerFailed.
        """
        known, erased = self._known, self.rows.erased
        settled = self.rows.settle(self._changed)
        settled.update(self.erasures.settle())
        known.update(self._changed)
        self._changed, self._placed = {}, {}
        if erased:
            self._leave_places(erased)
        while len(known) > MOST_KNOWN:
            del known[next(iter(known))]
        return settled

    def _leave_places(self, erased: set[bytes]) -> None:
        """Whom this step has erased waits for nothing any more, but who is back already waits for what he should."""
        self.waiting.take_away(erased)
        for key in erased:
            if self.rows.newest(key) is not None:
                self.place(key)
                if self.is_behind(key):
                    self.waiting.behind.add(key)

    def _due_of(self, key: bytes) -> int:
        """The due day of a customer whose row is good, as it is now; NEVER: he is in quarantine, or there is none."""
        if key in self.waiting.quarantined:
            return NEVER
        if (customer := self._changed.get(key)) is not None:
            return customer.due
        row = self.rows.newest(key)
        return NEVER if row is None else customer_row.due_of(row)

    def _sequence_of(self, key: bytes) -> int:
        """Of what has been announced to a customer; 0 when his row can't tell, or there is none."""
        if key in self.waiting.quarantined:
            return self.rows.before_quarantine(key)[1]
        if (customer := self._known.get(key) or self._changed.get(key)) is not None:
            return customer.sequence
        try:
            return 0 if (row := self.rows.newest(key)) is None else customer_row.header(row).sequence
        except customer_row.DamagedRow:
            return 0
