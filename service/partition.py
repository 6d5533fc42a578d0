"""One partition of the log as an object without Kafka: records in, effects out.

The worker, `tiering replay`, and later the back-test and the simulator all drive this one object.
"""

from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from datetime import timedelta
from heapq import nsmallest
from typing import Literal

from schemas import codec, topics
from schemas.control import ClockTicked, PolicyActivated
from schemas.dead_letters import InvalidEvent
from schemas.inbound import Event
from schemas.outbound import Announcement
from schemas.profile import Profile, ProfileEvent
from service import rows
from service.domain.admission import Refused, admit
from service.domain.calendar import business_day, midnight
from service.domain.customer import Customer
from service.domain.facts import Recognition
from service.domain.policy import Policy
from service.domain.policy_file import parse_policy
from service.due_index import DueIndex
from service.effects import Effects, Record
from service.partition_clock import PartitionClock
from service.partition_row import PartitionRow

MOST_KNOWN = 2_000
MOST_AHEAD = timedelta(minutes=5)
"""A tick further ahead of its record's broker timestamp is ignored."""

TOPIC_OF = {
    "tier.changed.v1": topics.TIER_CHANGES,
    "tier.expiring.v1": topics.TIER_CHANGES,
    "segment.changed.v1": topics.SEGMENT_CHANGES,
    "lifecycle.changed.v1": topics.LIFECYCLE_CHANGES,
    "churn.risk-changed.v1": topics.CHURN_RISK,
}


class LogMismatch(Exception):
    """The log is not what the rows say it is; the message says what to do."""


class Partition:
    """The state of one partition of the log, and the only way to change it.

    `stored` holds the rows by key; effects are put into it as they arise, so a step whose effects could not be made durable
    must end the process.
    """

    def __init__(self, number: int, stored: MutableMapping[bytes, bytes], *, mode: Literal["events", "wall"] = "events") -> None:
        self.number, self.stored, self.mode = number, stored, mode
        self.key = b"\0" + number.to_bytes(4, "big")
        self.row = PartitionRow.decode(stored[self.key]) if self.key in stored else PartitionRow()
        self.policy: Policy | None = parse_policy(self.row.policy) if self.row.policy is not None else None
        self.clock = PartitionClock(self.row.clock)
        if self.policy is not None:
            self.clock.set_frame(self.policy.frame)
        self._unpublished: set[bytes] = set()
        self._index = DueIndex()
        self._open: dict[bytes, Customer] = {}
        """Customers that this step has looked at."""
        self._known: dict[bytes, Customer] = {}
        """Decoded customers of the latest steps, most of whom come again soon."""
        if self.key not in stored and stored:
            raise LogMismatch(f"partition {number} has customers but no row of its own: run `tiering rebuild`")
        for key, row in stored.items():
            if key[:1] != b"\0":
                head = rows.header(row)
                self._index.put(key, head.due)
                if head.position > self.row.profiled:
                    self._unpublished.add(key)

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
        """How many customers are due for review now."""
        return self._index.due(self.clock.day)

    @property
    def pending_profiles(self) -> int:
        """How many profiles are not yet out."""
        return len(self._unpublished)

    @property
    def customers(self) -> int:
        """How many customers have a row."""
        return len(self.stored) - (self.key in self.stored)

    def apply(self, records: Sequence[Record]) -> Effects:
        """Fold the next records of the log, in order; records before `next` are skipped."""
        effects = Effects()
        for record in records:
            if record.offset < self.row.next:
                continue
            if record.offset > self.row.next:
                raise LogMismatch(
                    f"partition {self.number}: offset {self.row.next} was expected and {record.offset} came; the log has a"
                    " hole: run `tiering rebuild`"
                )
            self._take(record, effects)
            self.row.next = record.offset + 1
        return self._settled(effects)

    def catch_up(self, limit: int) -> Effects:
        """Review at most `limit` due customers, each as of his due day: by day, then by customer id."""
        effects = Effects()
        for key in self._index.first(self.clock.day, limit):
            customer = self._customer(key)
            due = customer.due
            self._say(effects, customer.bring_to(due, self._policy()))
            self._publish(effects, key, customer)
            self._touched(key, customer)
        return self._settled(effects)

    def publish_profiles(self, limit: int = 1_000_000) -> Effects:
        """Profiles that are not out yet; call it every `profile_seconds` and when leaving the partition."""
        effects = Effects()
        if not self._unpublished:
            return effects
        for key in nsmallest(limit, self._unpublished):
            self._publish(effects, key, self._customer(key))
        return self._settled(effects)

    def advance_to(self, day: int) -> None:
        """Move the clock to the end of a business day (a replay's last step)."""
        self.clock.close(day)

    def profiles(self, day: int) -> Iterator[tuple[str, Profile]]:
        """All profiles as of a day that nothing is due before, in the order of customer ids."""
        policy, position = self._policy(), self.row.next - 1
        for key in sorted(key for key in self.stored if key[:1] != b"\0"):
            customer = rows.decode(key.decode(), self.stored[key])
            for announcement in customer.bring_to(day, policy):
                raise AssertionError(f"{announcement.id} should have been announced by a review")
            yield customer.id, customer.profile(policy, position)

    # One record

    def _take(self, record: Record, effects: Effects) -> None:
        try:
            event = codec.decode_activity(record.value or b"")
        except InvalidEvent as invalid:
            effects.refuse(record, invalid.code, invalid.message)
            return
        if isinstance(event, PolicyActivated):
            self._activate(event)
            effects.count("control")
        elif isinstance(event, ClockTicked):
            if self.mode == "wall" and event.data.at.timestamp() * 1000 <= record.timestamp + MOST_AHEAD.seconds * 1000:
                self.clock.move(event.data.at)
            effects.count("control")
        else:
            self._fold(record, event, effects)

    def _fold(self, record: Record, event: Event, effects: Effects) -> None:
        frame = self._policy().frame
        if self.mode == "events":
            self.clock.move(event.time)
        key = (event.subject or "").encode()
        customer = self._customer(key) if key in self._open or key in self.stored else None
        if customer is not None and record.offset <= customer.position:
            return  # in the row already
        day = business_day(event.time, frame.zone)
        as_of = max(self.clock.day, customer.as_of if customer else day)
        fingerprint = codec.fingerprint(record.value or b"")
        verdict = admit(customer.facts if customer else None, event, day, as_of, fingerprint, frame)
        if isinstance(verdict, Refused):
            effects.refuse(record, verdict.code, verdict.message)
        elif verdict is Recognition.REPEAT:
            effects.count("repeated")
        else:
            customer = customer or Customer.enrolled(key.decode(), as_of, self._policy())
            self._apply(record, event, customer, max(as_of, day), day, fingerprint, effects)

    def _apply(
        self, record: Record, event: Event, customer: Customer, as_of: int, day: int, fingerprint: int, effects: Effects
    ) -> None:
        """Bring the customer to the as-of day, fold the event, say what changed by either."""
        policy, key = self._policy(), customer.id.encode()
        said = self._say(effects, customer.bring_to(as_of, policy))
        said += self._say(effects, customer.fold(event, day, fingerprint, policy))
        customer.position = record.offset
        self._touched(key, customer)
        if said:
            self._publish(effects, key, customer, position=record.offset)
        else:
            self._unpublished.add(key)
        effects.count("applied")

    def _activate(self, event: PolicyActivated) -> None:
        if self.row.policy is None:
            self.row.log_id, self.row.policy = event.data.log_id, event.data.text
            self.policy = parse_policy(event.data.text)
            self.clock.set_frame(self.policy.frame)
        elif event.data.version == self._policy().version and event.data.text != self.row.policy:
            raise LogMismatch(
                f"partition {self.number}: the log holds {self._policy().label} twice with different content: give the changed"
                " policy a higher version"
            )
        elif event.data.version > self._policy().version:
            raise LogMismatch(
                f"partition {self.number}: the log changes the policy to {event.data.name}@{event.data.version}, which this"
                " version of the service cannot follow: upgrade first"
            )

    # Effects

    def _policy(self) -> Policy:
        if self.policy is None:
            raise LogMismatch(
                f"partition {self.number}: the log does not begin with a policy: run `tiering topics apply --policy FILE`"
            )
        return self.policy

    def _customer(self, key: bytes) -> Customer:
        customer = self._open.get(key)
        if customer is None:
            customer = self._known.pop(key, None) or rows.decode(key.decode(), self.stored[key])
            self._open[key] = customer
        return customer

    def _touched(self, key: bytes, customer: Customer) -> None:
        self._open[key] = customer
        self._index.put(key, customer.due)

    def _say(self, effects: Effects, said: Iterable[Announcement]) -> int:
        before = len(effects.announcements)
        for announcement in said:
            effects.announcements.append(
                (TOPIC_OF[announcement.type], announcement.subject.encode(), codec.encode_announcement(announcement))
            )
        return len(effects.announcements) - before

    def _remember(self) -> None:
        self._known.update(self._open)
        self._open.clear()
        while len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]

    def _publish(self, effects: Effects, key: bytes, customer: Customer, position: int | None = None) -> None:
        policy = self._policy()
        data = customer.profile(policy, self.row.next - 1 if position is None else position)
        event = ProfileEvent(
            id=f"{customer.id}:profile:{data.position}:{data.sequence}",
            subject=customer.id,
            time=midnight(customer.as_of, policy.frame.zone),
            data=data,
        )
        effects.profiles.append((key, codec.encode_profile(event)))
        self._unpublished.discard(key)

    def _settled(self, effects: Effects) -> Effects:
        """Rows of all that was touched, the partition row last."""
        for key, customer in self._open.items():
            row = rows.encode(customer)
            if self.stored.get(key) != row:
                effects.rows[key] = self.stored[key] = row
        self._remember()
        if not self._unpublished:
            self.row.profiled = self.row.next - 1
        self.row.clock = self.clock.micros
        row = self.row.encode()
        if self.stored.get(self.key) != row:
            effects.rows[self.key] = self.stored[self.key] = row
        return effects
