"""One partition of the log as an object without Kafka: records in, effects out.

The worker, `tiering replay`, and later the back-test and the simulator all drive this one object.
"""

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from typing import Literal

from schemas import codec
from schemas.control import ClockTicked, CustomerReleased, PolicyActivated
from schemas.dead_letters import Code, InvalidEvent
from schemas.inbound import Event, OrderCounted
from schemas.profile import Profile
from service import partition_row
from service.customers import Customers
from service.domain.admission import Refused, admit
from service.domain.customer import Customer
from service.domain.facts import Recognition
from service.domain.occasion import Occasion
from service.domain.published import difference
from service.effects import Effects, Record
from service.failures import Failures, described, failing
from service.log_mismatch import LogMismatch
from service.partition_clock import PartitionClock
from service.partition_row import key_of
from service.policy_history import PolicyHistory, read_policy
from service.quarantine import CustomerFailed, check_rate
from service.rows import DamagedRow, FutureRow

MOST_AHEAD = timedelta(minutes=5)
"""A tick further ahead of its record's broker timestamp is ignored."""


class Partition:
    """The state of one partition of the log, and the only way to change it.

    `stored` holds the rows by key; effects are put into it as they arise, so a step whose effects could not be made durable
    must end the process.
    """

    effects_type = Effects

    def __init__(self, number: int, stored: MutableMapping[bytes, bytes], *, mode: Literal["events", "wall"] = "events") -> None:
        self.number, self.stored, self.mode = number, stored, mode
        self.key = key_of(number)
        self._failures = Failures()
        """Who is put into quarantine when this step is taken again."""
        self._load()

    def _load(self) -> None:
        """All that is kept in memory, from the rows."""
        if self.key not in self.stored and self.stored:
            raise LogMismatch(f"partition {self.number} has customers but no row of its own: run `tiering rebuild`")
        self.row = partition_row.read(self.number, self.stored.get(self.key))
        partition_row.check(self.number, self.row, self.customers, self.mode)
        self.policies = PolicyHistory(self.number, self.row)
        self.clock = PartitionClock(self.row.clock)
        if self.policies:
            self.clock.set_frame(self.policies.current.frame)
        self._customers = Customers(self.stored, self.policies, self.row.profiled)

    @property
    def next(self) -> int:
        """The offset to read next."""
        return self.row.next

    @property
    def log_id(self) -> str | None:
        """The random id of the log that the rows are a function of; None before its first record."""
        return self.row.log_id

    @property
    def due(self) -> int:
        """No more than so many customers are due for review now, or under an earlier policy; 0: there is nothing to catch up."""
        due = self._customers.due.at_most(self.clock.day) + len(self._customers.behind)
        return due or int(self.policies.holds_earlier)

    @property
    def pending_profiles(self) -> int:
        """How many profiles are not yet out."""
        return len(self._customers.unpublished)

    @property
    def customers(self) -> int:
        """How many customers have a row."""
        return len(self.stored) - (self.key in self.stored)

    @property
    def quarantined(self) -> int:
        """How many customers are in quarantine."""
        return len(self._customers.quarantined)

    def apply(self, records: Sequence[Record]) -> Effects:
        """Fold the next records of the log, in order; records before `next` are skipped. LogMismatch, FutureRow, CodeIsWrong."""
        turns = self.apply_in_turns(records, lambda: False)
        while (effects := next(turns)) is None:
            pass
        return effects

    def apply_in_turns(self, records: Sequence[Record], enough: Callable[[], bool]) -> Iterator[Effects | None]:
        """The same with a pause, None, whenever it is `enough` for one turn; the effects of all records come last.

        Nothing else may be asked of the partition meanwhile.
        """
        day = self.clock.day
        while True:
            effects = self.effects_type()
            try:
                for record in records:
                    self._take_next(record, effects)
                    if enough():
                        yield None
                self._end_step(effects, len(records))
                break
            except CustomerFailed as failure:
                self._begin_again(failure, day)
        yield effects

    def catch_up(self, limit: int, enough: Callable[[], bool] = lambda: False) -> Effects:
        """Review due customers, each as of his due day: by day, then by customer id; at most `limit`, or until it is `enough`.

        When nobody is due, bring those who are under an earlier policy to the policy in force.
        """
        return self._step(lambda effects: self._review(limit, enough, effects), limit)

    def publish_profiles(self, limit: int = 1_000_000, enough: Callable[[], bool] = lambda: False) -> Effects:
        """Profiles that are not out yet, bounded as reviews; call it every `profile_seconds` and when leaving the partition."""
        if not self._customers.unpublished:
            return Effects()
        return self._step(lambda effects: self._publish_all(limit, enough, effects), limit)

    def pass_by(self, record: Record) -> None:
        """Let the next record of the log pass, one of a customer who does not matter: only its time counts."""
        if self.mode == "events":
            with suppress(InvalidEvent):
                self.clock.move(codec.decode_counted(record.value or b"").time.timestamp())
        self.row.next = record.offset + 1

    def advance_to(self, day: int) -> None:
        """Move the clock to the end of a business day (a replay's last step)."""
        self.clock.close(day)

    def profiles(self, day: int) -> Iterator[tuple[str, Profile]]:
        """All profiles as of a day that nothing is due before, in the order of customer ids."""
        policy, position = self.policies.current, self.row.next - 1
        for customer in self._customers.in_order():
            for announcement in customer.bring_to(day, policy):
                raise AssertionError(f"{announcement.id} should have been announced by a review")
            yield customer.id, customer.profile(policy, position)

    # One step

    def _step(self, act: Callable[[Effects], None], size: int) -> Effects:
        """Do something of at most `size` records or customers. Whoever fails is quarantined, and all of it done again."""
        day = self.clock.day
        while True:
            effects = self.effects_type()
            try:
                act(effects)
                self._end_step(effects, size)
                return effects
            except CustomerFailed as failure:
                self._begin_again(failure, day)

    def _end_step(self, effects: Effects, size: int) -> None:
        check_rate(dict(effects.quarantined), size, self._customers.quarantined.values(), self.row.read_at)
        self._settle(effects)
        self._failures.clear()

    def _begin_again(self, failure: CustomerFailed, day: int) -> None:
        self._failures.note(failure)
        self._load()
        self.clock.close(day)

    def _review(self, limit: int, enough: Callable[[], bool], effects: Effects) -> None:
        customers = self._customers
        for _ in range(limit):
            key = customers.due.take(self.clock.day)
            if key is not None:
                self._review_one(key, effects)
            elif (key := customers.behind.take()) is None:
                break
            elif customers.is_behind(key):
                self._review_one(key, effects)
            if enough():
                break

    def _review_one(self, key: bytes, effects: Effects) -> None:
        customers = self._customers
        effects.reviewed += 1
        with failing(key):
            if not self._has_failed(key, effects) and (customer := customers.find(key)) is not None:
                customers.bring(customer, min(customer.due, self.clock.day), effects)
                self._publish(key, customer, self.row.next - 1, effects)
                customers.changed(key, customer)

    def _publish_all(self, limit: int, enough: Callable[[], bool], effects: Effects) -> None:
        for key in list(islice(self._customers.unpublished, limit)):
            with failing(key):
                if not self._has_failed(key, effects) and (customer := self._customers.find(key)) is not None:
                    self._publish(key, customer, self.row.next - 1, effects)
            if enough():
                break

    def _has_failed(self, key: bytes, effects: Effects, offset: int | None = None) -> bool:
        """Whether a customer failed when this step was tried before; he goes into quarantine now."""
        failure = self._failures.of(key, offset)
        if failure is None or key in self._customers.quarantined:
            return False
        effects.quarantined.append((key.decode(), self._customers.quarantine(failure, self.row.read_at)))
        return True

    # One record

    def _find_hole(self, offset: int) -> None:
        raise LogMismatch(
            f"partition {self.number}: offset {self.row.next} was expected and {offset} came; the log has a hole: run"
            " `tiering rebuild`"
        )

    def _take_next(self, record: Record, effects: Effects) -> None:
        row, offset = self.row, record.offset
        if offset >= row.next:
            if offset > row.next:
                self._find_hole(offset)
            row.read_at = record.timestamp
            self._take(record, effects)
            row.next = offset + 1

    def _take(self, record: Record, effects: Effects) -> None:
        try:
            event = codec.decode_counted(record.value or b"")
        except InvalidEvent as invalid:
            effects.refuse(record, invalid.code, invalid.message)
            return
        if type(event) is OrderCounted:  # most are; to ask for a type by `is` takes a tenth of isinstance
            self._fold(record, event, effects)
        elif isinstance(event, PolicyActivated):
            self._activate(event)
            effects.count("control")
        elif isinstance(event, ClockTicked):
            self._tick(record, event, effects)
        elif isinstance(event, CustomerReleased):
            effects.count("control" if self._release(record.offset, event, effects) else "ignored")
        else:
            self._fold(record, event, effects)

    def _tick(self, record: Record, event: ClockTicked, effects: Effects) -> None:
        ahead = event.data.at.timestamp() * 1000 - record.timestamp
        if self.mode == "wall" and ahead > MOST_AHEAD.seconds * 1000:
            effects.count("ignored")
            return
        self.clock.move(event.data.at.timestamp())
        effects.count("control")

    def _release(self, offset: int, event: CustomerReleased, effects: Effects) -> bool:
        """Whether he is; a row that can't be used, or with which he fails again, leaves the customer where he is."""
        key, customers = event.subject.encode(), self._customers
        if key not in customers.quarantined or self._failures.of(key, offset):
            return False
        data = event.data
        with failing(key, offset):
            try:
                customer = customers.release(key, data.row)
                former = None if data.former is None else read_policy(data.former, self.number)
            except (DamagedRow, LogMismatch):
                return False
            occasion = Occasion("rebuild", event.time, former=former)
            effects.say(difference(customer, data.published, self.policies.current, occasion))
            customers.bring(customer, max(customer.as_of, self.clock.day), effects)
            customers.changed(key, customer)
            self._publish(key, customer, self.row.next, effects)
        return True

    def _fold(self, record: Record, event: Event, effects: Effects) -> None:
        key = (event.subject or "").encode()
        try:
            if not self._failures:
                self._fold_of(key, record, event, effects)
                return
            if self._failures.of(key, record.offset) and key not in self._failures.stuck:
                self._review_first(key, record.offset, effects)
            self._has_failed(key, effects, record.offset)
            self._fold_of(key, record, event, effects)
            if key in self._failures.suspects:
                self._customers.check_row(key, record.offset)
        except (LogMismatch, FutureRow, MemoryError, CustomerFailed):
            raise
        except Exception as error:
            raise CustomerFailed(key, record.offset, described(error)) from error

    def _review_first(self, key: bytes, offset: int, effects: Effects) -> None:
        """What was due before the record that a customer fails at is announced, as it is when records come one by one."""
        customers, today = self._customers, self.clock.day
        self._failures.stuck.add(key)  # should this fail
        customer = customers.find(key)
        while customer is not None and (customer.due <= today or customer.version != self.policies.current.version):
            customers.bring(customer, min(customer.due, today), effects)
            self._publish(key, customer, offset - 1, effects)
            customers.changed(key, customer)
        self._failures.stuck.discard(key)

    def _fold_of(self, key: bytes, record: Record, event: Event, effects: Effects) -> None:
        policy, seconds = self.policies.current, event.time.timestamp()
        if self.mode == "events":
            self.clock.move(seconds)
        customers, day = self._customers, self.clock.days.at(seconds)
        fingerprint = codec.fingerprint(record.value or b"")
        if (
            isinstance(event, OrderCounted)
            and day >= self.clock.day
            and not self._failures
            and customers.note(key, event.data, day, record.offset, fingerprint)
        ):
            customers.unpublished[key] = None
            effects.count("applied")
            return
        customer = customers.find(key)
        if customer is None and key in customers.quarantined:
            effects.refuse(record, Code.CUSTOMER_QUARANTINED, "in quarantine: see `tiering customers show`")
            return
        if customer is not None and record.offset <= customer.position:
            return  # in the row already
        as_of = max(self.clock.day, day if customer is None else customer.as_of)
        verdict = admit(customer.facts if customer else None, event, day, as_of, fingerprint, policy.frame)
        if verdict is Recognition.NEW:
            customer = customer or Customer.enrolled(key.decode(), as_of, policy)
            said = customers.bring(customer, max(as_of, day), effects)
            if changes := customer.fold(event, day, fingerprint, policy):
                said += effects.say(changes)
            customer.position = record.offset
            customers.changed(key, customer)
            if said:
                self._publish(key, customer, record.offset, effects)
            else:
                customers.unpublished[key] = None
            effects.count("applied")
        elif isinstance(verdict, Refused):
            effects.refuse(record, verdict.code, verdict.message)
        else:
            effects.count("repeated")

    def _activate(self, event: PolicyActivated) -> None:
        begins = not self.policies
        if self.policies.activate(event, self.clock.day):
            self.clock.set_frame(self.policies.current.frame)
            if not begins:
                self._customers.fall_behind()

    def _publish(self, key: bytes, customer: Customer, position: int, effects: Effects) -> None:
        effects.show(customer, self.policies.of(customer.version), position)
        self._customers.unpublished.pop(key, None)

    def _settle(self, effects: Effects) -> None:
        """Rows of all that was touched, the partition row last."""
        effects.rows = self._customers.settle()
        if not self._customers.unpublished:
            self.row.profiled = self.row.next - 1
        self.row.clock, self.row.time, self.row.customers = self.clock.micros, self.mode, self.customers
        if not self._customers.behind:
            self.policies.forget_earlier()
        row = self.row.encode()
        if self.stored.get(self.key) != row:
            effects.rows[self.key] = self.stored[self.key] = row
