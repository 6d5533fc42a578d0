"""What a partition takes and what it causes: records in, effects out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from schemas import codec, topics
from schemas.dead_letters import Code
from schemas.outbound import Announcement
from schemas.profile import ProfileEvent
from schemas.trace_context import Headers, traced
from service.domain.calendar import midnight
from service.domain.customer import Customer
from service.domain.policy import Policy
from service.quarantine import Quarantined

TOPIC_OF = {
    "tier.changed.v1": topics.TIER_CHANGES,
    "tier.expiring.v1": topics.TIER_CHANGES,
    "segment.changed.v1": topics.SEGMENT_CHANGES,
    "lifecycle.changed.v1": topics.LIFECYCLE_CHANGES,
    "churn.risk-changed.v1": topics.CHURN_RISK,
}


class Record(Protocol):
    """A record of the log, as aiokafka delivers it; `timestamp` in milliseconds."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that was refused, and why."""

    record: Record
    code: Code
    message: str


@dataclass(slots=True)
class Effects:
    """What a step causes: all of it becomes durable together, or none."""

    rows: dict[bytes, bytes | None] = field(default_factory=dict)
    """None: there is none any more."""
    announcements: list[tuple[str, bytes, bytes]] = field(default_factory=list)
    """(topic, key, value)"""
    said: list[Announcement] = field(default_factory=list)
    """The announcements themselves."""
    profiles: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    traces: dict[bytes, Headers] = field(default_factory=dict)
    """By value: which trace an announcement or profile belongs to, where its record said so."""
    dead_letters: list[DeadLetter] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    """How many records were applied, repeated, dead-lettered, control, or ignored: ticks ahead of time, vain
    releases, what erased customers did before."""
    reviewed: int = 0
    """Customers whose turn came because time had passed, or the rules had changed."""
    quarantined: list[tuple[str, Quarantined]] = field(default_factory=list)
    """Customers, each with why."""

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.rows or self.announcements or self.profiles or self.dead_letters)

    def count(self, outcome: str) -> None:
        """One more record with this outcome."""
        self.counts[outcome] = self.counts.get(outcome, 0) + 1

    def say(self, said: Sequence[Announcement]) -> int:
        """Publish announcements; how many."""
        for each in said:
            self.announcements.append((TOPIC_OF[each.type], each.subject.encode(), codec.encode_announcement(each)))
        self.said += said
        return len(said)

    def show(self, customer: Customer, policy: Policy, position: int) -> None:
        """Publish a customer's profile; `position` is the offset of the last record read."""
        data = customer.profile(policy, position)
        event = ProfileEvent(
            id=f"{customer.id}:profile:{data.position}:{data.sequence}",
            subject=customer.id,
            time=midnight(customer.as_of, policy.frame.zone),
            data=data,
        )
        self.profiles.append((customer.id.encode(), codec.encode_profile(event)))

    def trace(self, headers: Headers, announced: int) -> None:
        """The latest announcements, so many, and the latest profile are what a record with these headers led to."""
        if context := traced(headers):
            for _, _, value in self.announcements[-announced:]:
                self.traces[value] = context
            if (profile := self.profiles[-1][1]) is not None:
                self.traces[profile] = context

    def take_back(self, key: bytes) -> None:
        """No profile is published of a customer any more."""
        self.profiles.append((key, None))

    def refuse(self, record: Record, code: Code, message: str) -> None:
        """A record becomes a dead letter."""
        self.dead_letters.append(DeadLetter(record, code, message))
        self.count("dead-lettered")
