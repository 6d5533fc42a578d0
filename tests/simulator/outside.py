"""What comes from outside: producers send, policies are activated, ticks are late or ahead."""

from collections.abc import Iterator
from datetime import UTC, datetime

from schemas import codec, topics
from schemas.control import ClockTicked, CustomerErased, CustomerReleased, Erasure, Release, Tick
from service import quarantine
from service.domain.policy import Policy
from service.faust_safe.sending import Outgoing
from service.faust_safe.work import TP
from service.partitioner import partition_for
from service.replay import activation_record
from tests import builders
from tests.simulator.history import CUSTOMERS, Sent, conflicting
from tests.simulator.kafka import Kafka
from tests.simulator.policies import small
from tests.simulator.step import Possible, Step, at

TICKS = (0, 0, 0, -30, -1440 * 3, 4, 6, 1440 * 30)
"""Minutes by which a tick is ahead of the broker's clock; more than 5 must be ignored in wall mode."""

VERSIONS = (2, 3, 2, 3, 1)
"""Of the policy that is activated; many are not above the one in force."""


class Outside:
    """`history` is what producers will send in all, `besides` what they sent in conflict with it."""

    def __init__(self, kafka: Kafka, log: list[TP], history: list[Sent], frame: int) -> None:
        self.kafka, self.log, self.history, self.frame = kafka, log, history, frame
        self.sent: list[Sent] = []
        self.besides: list[Sent] = []
        for tp in log:
            self._control(tp, activation_record(self.policy(1), "log"))

    def possible(self) -> Iterator[Possible]:
        """What may happen next."""
        if not self.all_sent:
            yield 6, Step("send")
        if self.sent:
            yield 1, Step("send again")
            yield 0.7, Step("send in conflict")
            yield 0.4, Step("erase")
        if self._quarantined():
            yield 3, Step("release")
        for tp in self.log:
            yield 0.6, Step("tick", tp=tp)
            yield 1.0, Step("activate", tp=tp)

    @property
    def all_sent(self) -> bool:
        """Whether the history is over."""
        return len(self.sent) == len(self.history)

    def release(self, step: Step) -> str:
        """`tiering customers release`, with the row as it was before."""
        [(tp, key, row)] = self._quarantined()
        now = datetime.fromtimestamp(self.kafka.now, UTC)
        event = CustomerReleased(id="r", source="/tiering", subject=key.decode(), time=now, data=Release(row=row))
        return f"{key.decode()} is released in {at(tp)} at {self._control(tp, codec.encode_control(event))}"

    def erase(self, step: Step) -> str:
        """`tiering customers erase`, of somebody who may be unknown."""
        customer = CUSTOMERS[step.amount % len(CUSTOMERS)]
        tp, now = self._place(customer), datetime.fromtimestamp(self.kafka.now, UTC)
        profiles = self.kafka.read(TP(topics.CUSTOMER_PROFILES, tp.partition))
        value = next((record.value for record in reversed(profiles) if record.key == customer.encode()), None)
        sequence = 0 if value is None else codec.decode_profile(value).data.sequence
        event = CustomerErased(id="e", source="/tiering", subject=customer, time=now, data=Erasure(sequence=sequence))
        return f"{customer} is erased in {at(tp)} at {self._control(tp, codec.encode_control(event))}"

    def _place(self, customer: str) -> TP:
        return self.log[partition_for(customer.encode(), len(self.log))]

    def _quarantined(self) -> list[tuple[TP, bytes, bytes]]:
        """The only one who may be: his partition of the log, his key, and his row as it was before."""
        key, tp = CUSTOMERS[0].encode(), self._place(CUSTOMERS[0])
        rows = self.kafka.read(TP(topics.CHANGELOG, tp.partition))
        row = next((record.value or b"" for record in reversed(rows) if record.key == key), b"")
        found = quarantine.decode(row) if quarantine.is_quarantined(row) else None
        return [(tp, key, found.row)] if found and found.row else []

    def policy(self, version: int) -> Policy:
        """A version of the policy."""
        return small(self.frame, version)

    def send(self, step: Step) -> str:
        """The next event of the history, at its time."""
        sent = self.history[len(self.sent)]
        self.sent.append(sent)
        self.kafka.now = max(self.kafka.now, builders.FIRST.timestamp() + sent.minute * 60)
        return f"a producer sends {self._into(sent)}"

    def send_again(self, step: Step) -> str:
        """An earlier one once more."""
        return f"a producer sends again {self._into(self.sent[step.amount % len(self.sent)])}"

    def send_in_conflict(self, step: Step) -> str:
        """An earlier one with other content."""
        sent = conflicting(self.sent[step.amount % len(self.sent)])
        self.besides.append(sent)
        return f"a producer sends in conflict {self._into(sent)}"

    def tick(self, step: Step) -> str:
        """A tick, right, late or ahead."""
        assert step.tp
        minutes = TICKS[step.amount % len(TICKS)]
        time = datetime.fromtimestamp(self.kafka.now + minutes * 60, UTC)
        offset = self.write_tick(step.tp, time)
        return f"a tick of {time:%Y-%m-%d %H:%M}, {minutes:+d} minutes from the broker's time, to {at(step.tp)} at {offset}"

    def write_tick(self, tp: TP, time: datetime) -> int:
        """Write a tick; its offset."""
        tick = ClockTicked(id=time.isoformat(), source="/tiering", time=time, data=Tick(at=time))
        return self._control(tp, codec.encode_control(tick))

    def activate(self, step: Step) -> str:
        """`tiering policy activate`, of a newer version or not."""
        assert step.tp
        policy, now = self.policy(VERSIONS[step.amount % len(VERSIONS)]), datetime.fromtimestamp(self.kafka.now, UTC)
        return f"{policy.label} is activated in {at(step.tp)} at {self._control(step.tp, activation_record(policy, 'log', now))}"

    def _into(self, sent: Sent) -> str:
        offset = self.kafka.append([Outgoing(sent.topic, 0, b"any", sent.value)])
        return f"{sent.told()} to {sent.topic} at {offset}"

    def _control(self, tp: TP, value: bytes) -> int:
        return self.kafka.append([Outgoing(*tp, None, value)])
