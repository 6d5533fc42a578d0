"""One partition of the log as an object without Kafka: records in, effects out.

The worker, `tiering replay`, and later the back-test and the simulator all drive this one object.
"""

from collections.abc import Iterator, MutableMapping, Sequence
from datetime import timedelta
from heapq import nsmallest
from typing import Literal

from schemas import codec, topics
from schemas.control import ClockTicked, PolicyActivated
from schemas.dead_letters import Code, InvalidEvent
from schemas.inbound import Event
from schemas.outbound import Announcement
from schemas.profile import Profile, ProfileEvent
from service.customers import Customers
from service.domain.admission import Refused, admit
from service.domain.calendar import midnight
from service.domain.customer import Customer
from service.domain.facts import Recognition
from service.domain.occasion import Occasion
from service.effects import Effects, Record
from service.partition_clock import PartitionClock
from service.partition_row import PartitionRow
from service.policy_history import LogMismatch, PolicyHistory

MOST_AHEAD = timedelta(minutes=5)
"""A tick further ahead of its record's broker timestamp is ignored."""

TOPIC_OF = {
    "tier.changed.v1": topics.TIER_CHANGES,
    "tier.expiring.v1": topics.TIER_CHANGES,
    "segment.changed.v1": topics.SEGMENT_CHANGES,
    "lifecycle.changed.v1": topics.LIFECYCLE_CHANGES,
    "churn.risk-changed.v1": topics.CHURN_RISK,
}


class Partition:
    """The state of one partition of the log, and the only way to change it.

    `stored` holds the rows by key; effects are put into it as they arise, so a step whose effects could not be made durable
    must end the process.
    """

    def __init__(self, number: int, stored: MutableMapping[bytes, bytes], *, mode: Literal["events", "wall"] = "events") -> None:
        self.number, self.stored, self.mode = number, stored, mode
        self.key = b"\0" + number.to_bytes(4, "big")
        self.row = PartitionRow.decode(stored[self.key]) if self.key in stored else PartitionRow()
        self.policies = PolicyHistory(number, self.row)
        self.clock = PartitionClock(self.row.clock)
        if self.policies:
            self.clock.set_frame(self.policies.current.frame)
        if self.key not in stored and stored:
            raise LogMismatch(f"partition {number} has customers but no row of its own: run `tiering rebuild`")
        self._customers = Customers(stored, self.policies, self.row.profiled)

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
        """How many customers are due for review now, or still under an earlier policy."""
        return self._customers.due.due(self.clock.day) + len(self._customers.behind)

    @property
    def pending_profiles(self) -> int:
        """How many profiles are not yet out."""
        return len(self._customers.unpublished)

    @property
    def customers(self) -> int:
        """How many customers have a row."""
        return len(self.stored) - (self.key in self.stored)

    def apply(self, records: Sequence[Record]) -> Effects:
        """Fold the next records of the log, in order; records before `next` are skipped."""
        effects, row = Effects(), self.row
        for record in records:
            offset = record.offset
            if offset < row.next:
                continue
            if offset > row.next:
                raise LogMismatch(
                    f"partition {self.number}: offset {row.next} was expected and {offset} came; the log has a"
                    " hole: run `tiering rebuild`"
                )
            self._take(record, effects)
            row.next = offset + 1
        return self._settled(effects)

    def catch_up(self, limit: int) -> Effects:
        """Review at most `limit` due customers, each as of his due day: by day, then by customer id.

        When nobody is due, bring as many who are under an earlier policy to the policy in force.
        """
        effects, customers = Effects(), self._customers
        for key in customers.due.first(self.clock.day, limit) or nsmallest(limit, customers.behind):
            customer = customers.find(key)
            if customer is not None:
                self._bring(customer, min(customer.due, self.clock.day), effects)
                self._publish(effects, key, customer)
                customers.changed(key, customer)
        return self._settled(effects)

    def publish_profiles(self, limit: int = 1_000_000) -> Effects:
        """Profiles that are not out yet; call it every `profile_seconds` and when leaving the partition."""
        effects = Effects()
        if not self._customers.unpublished:
            return effects
        for key in nsmallest(limit, self._customers.unpublished):
            customer = self._customers.find(key)
            if customer is not None:
                self._publish(effects, key, customer)
        return self._settled(effects)

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

    # One record

    def _take(self, record: Record, effects: Effects) -> None:
        try:
            event = codec.decode_counted(record.value or b"")
        except InvalidEvent as invalid:
            effects.refuse(record, invalid.code, invalid.message)
            return
        if isinstance(event, PolicyActivated):
            self._activate(event)
            effects.count("control")
        elif isinstance(event, ClockTicked):
            if self.mode == "events" or event.data.at.timestamp() * 1000 <= record.timestamp + MOST_AHEAD.seconds * 1000:
                self.clock.move(event.data.at.timestamp())
            effects.count("control")
        else:
            self._fold(record, event, effects)

    def _fold(self, record: Record, event: Event, effects: Effects) -> None:
        policy, seconds = self.policies.current, event.time.timestamp()
        if self.mode == "events":
            self.clock.move(seconds)
        key = (event.subject or "").encode()
        customers = self._customers
        customer = customers.find(key)
        if customer is None and key in customers.quarantined:
            effects.refuse(record, Code.CUSTOMER_QUARANTINED, "the customer's row can't be used: tiering customers show")
            return
        if customer is not None and record.offset <= customer.position:
            return  # in the row already
        day = self.clock.days.at(seconds)
        as_of = max(self.clock.day, day if customer is None else customer.as_of)
        fingerprint = codec.fingerprint(record.value or b"")
        verdict = admit(customer.facts if customer else None, event, day, as_of, fingerprint, policy.frame)
        if verdict is Recognition.NEW:
            customer = customer or Customer.enrolled(key.decode(), as_of, policy)
            said = self._bring(customer, max(as_of, day), effects)
            if changes := customer.fold(event, day, fingerprint, policy):
                said += self._say(effects, changes)
            customer.position = record.offset
            customers.changed(key, customer)
            if said:
                self._publish(effects, key, customer, position=record.offset)
            else:
                customers.unpublished.add(key)
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

    # One customer

    def _bring(self, customer: Customer, day: int, effects: Effects) -> int:
        """Day by day and policy by policy to the opening of a day; how much was said."""
        said, policy = 0, self.policies.current
        if customer.version != policy.version:
            for step in self.policies.after(customer.version):
                before = self.policies.of(customer.version)
                said += self._say(effects, customer.bring_to(max(step.day, customer.as_of), before))
                said += self._say(effects, customer.adopt(step.policy, before, Occasion("policy", step.time, former=before)))
                self._customers.behind.discard(customer.id.encode())
        if changes := customer.bring_to(day, policy):
            said += self._say(effects, changes)
        return said

    def _say(self, effects: Effects, said: list[Announcement]) -> int:
        for announcement in said:
            topic = TOPIC_OF[announcement.type]
            effects.announcements.append((topic, announcement.subject.encode(), codec.encode_announcement(announcement)))
        return len(said)

    def _publish(self, effects: Effects, key: bytes, customer: Customer, position: int | None = None) -> None:
        policy = self.policies.of(customer.version)
        data = customer.profile(policy, self.row.next - 1 if position is None else position)
        event = ProfileEvent(
            id=f"{customer.id}:profile:{data.position}:{data.sequence}",
            subject=customer.id,
            time=midnight(customer.as_of, policy.frame.zone),
            data=data,
        )
        effects.profiles.append((key, codec.encode_profile(event)))
        self._customers.unpublished.discard(key)

    def _settled(self, effects: Effects) -> Effects:
        """Rows of all that was touched, the partition row last."""
        effects.rows = self._customers.settle()
        if not self._customers.unpublished:
            self.row.profiled = self.row.next - 1
        self.row.clock = self.clock.micros
        if not self._customers.behind:
            self.policies.forget_earlier()
        row = self.row.encode()
        if self.stored.get(self.key) != row:
            effects.rows[self.key] = self.stored[self.key] = row
        return effects
