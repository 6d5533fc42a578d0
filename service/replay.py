"""Replay: the same intake and the same partition object as one partition, without Kafka, in `events` time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import NamedTuple

from schemas import codec
from schemas.control import Activation, ClockTicked, PolicyActivated, Tick
from schemas.profile import Profile
from service.domain.calendar import business_day, day_number
from service.domain.policy import Policy
from service.domain.policy_file import parse_policy
from service.effects import Effects
from service.intake import Forward, Rejected, intake
from service.partition import Partition

BITE = 1_000


@dataclass(frozen=True, slots=True)
class LogRecord:
    """A record of a log that is not in Kafka."""

    offset: int
    key: bytes | None
    value: bytes
    timestamp: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()


class Outcome(NamedTuple):
    """What one line led to: announcements as (topic, value), or the reason of its dead letter."""

    announcements: list[bytes]
    rejected: Rejected | None = None


class Replay:
    """One partition fed line by line; offset 0 is the policy, the records that intake forwards are 1, 2, 3, ..."""

    def __init__(self, policy_text: str, until: date | None = None) -> None:
        self.policy: Policy = parse_policy(policy_text)
        self.until = None if until is None else day_number(until)
        self.partition = Partition(0, {})
        self.partition.apply([LogRecord(0, None, activation_record(self.policy, log_id="replay"))])
        self.forwarded = 0

    def feed(self, value: bytes, headers: tuple[tuple[str, bytes], ...] = ()) -> Outcome:
        """Let one event happen, then every review that the clock has made due."""
        taken = intake(value, headers, now=datetime.now(UTC), currency=self.policy.frame.currency)
        if isinstance(taken, Rejected):
            return Outcome([], taken)
        if not isinstance(taken, Forward) or self._is_after(taken.value):
            return Outcome([])
        self.forwarded += 1
        effects = self.partition.apply([LogRecord(self.forwarded, taken.customer_id.encode(), taken.value)])
        announcements = _values(effects)
        for letter in effects.dead_letters:
            return Outcome([*announcements, *self._reviews()], Rejected(letter.code, letter.message))
        return Outcome([*announcements, *self._reviews()])

    def activate(self, policy_text: str, at: datetime) -> list[bytes]:
        """Change the policy, as a record of the log does; what that leads to, and every review that is due."""
        policy = parse_policy(policy_text)
        announcements = self._control(activation_record(policy, log_id="replay", at=at))
        self.policy = self.partition.policies.current
        return announcements

    def tick(self, at: datetime) -> list[bytes]:
        """Let the clock reach an instant; every review that it makes due."""
        return self._control(codec.encode_control(ClockTicked(id=at.isoformat(), source="/tiering", time=at, data=Tick(at=at))))

    def restarted(self) -> "Replay":
        """A replay that goes on from the rows alone, as a worker does after a restart."""
        other = Replay.__new__(Replay)
        other.policy, other.until, other.forwarded = self.policy, self.until, self.forwarded
        other.partition = Partition(0, dict(self.partition.stored))
        return other

    def finish(self) -> Iterator[bytes]:
        """Move the clock to the end of the last day and make all reviews due up to it."""
        self.partition.advance_to(self.last_day())
        yield from self._reviews()

    def profiles(self) -> Iterator[tuple[str, Profile]]:
        """All profiles as of the last day, sorted by customer id."""
        return self.partition.profiles(self.last_day())

    def last_day(self) -> int:
        """The day asked for, else the local date of the largest time in the log."""
        if self.until is not None:
            return self.until
        clock = self.partition.clock
        return clock.day if clock.micros is None else business_day(clock.instant(), self.policy.frame.zone)

    def _control(self, value: bytes) -> list[bytes]:
        self.forwarded += 1
        effects = self.partition.apply([LogRecord(self.forwarded, None, value)])
        return [*_values(effects), *self._reviews()]

    def _is_after(self, value: bytes) -> bool:
        if self.until is None:
            return False
        event = codec.decode_activity(value)
        return business_day(event.time, self.policy.frame.zone) > self.until

    def _reviews(self) -> Iterator[bytes]:
        while self.partition.due:
            yield from _values(self.partition.catch_up(BITE))


def activation_record(policy: Policy, log_id: str, at: datetime = datetime(1970, 1, 1, tzinfo=UTC)) -> bytes:
    """The record that a log begins with, and that changes its policy later."""
    digest = sha256(policy.text.encode()).hexdigest()
    data = Activation(name=policy.name, version=policy.version, log_id=log_id, sha256=digest, text=policy.text)
    event = PolicyActivated(id=f"{policy.label}", source="/tiering", time=at, data=data)
    return codec.encode_control(event)


def _values(effects: Effects) -> list[bytes]:
    return [value for _, _, value in effects.announcements]
