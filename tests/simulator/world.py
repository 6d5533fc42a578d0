"""Everything that a schedule may do next, and the doing of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Literal, NamedTuple

from schemas import codec, topics
from schemas.control import ClockTicked, Tick
from service.domain.policy import Policy
from service.faust_safe.lanes import TP
from service.faust_safe.sending import Outgoing
from service.replay import activation_record
from service.settings import Settings
from tests import builders
from tests.simulator.clock import CLOCK
from tests.simulator.history import Sent, conflicting, history
from tests.simulator.kafka import Kafka
from tests.simulator.policies import FRAMES, small
from tests.simulator.roles import INBOUND, CustomersWorker, IntakeWorker
from tests.simulator.worker import Worker

SIZES = (1, 1, 2, 3, 5, 8)
"""Records in a batch."""
TICKS = (0, 0, 0, -30, -1440 * 3, 4, 6, 1440 * 30)
"""Minutes by which a tick is ahead of the broker's clock; more than 5 must be ignored in wall mode."""
SKEWS = (0, 0, 30, -30, -7200, 86_400 * 20)
"""Seconds that a worker's clock jumps to, ahead of the broker's."""

FILES = (1, 1, 1, 2, 3)
"""Versions of the policy file that a worker starts with."""


class Step(NamedTuple):
    """Something that happens; `amount` and `stop` say how much, and after how many boundaries it stands still (0: never)."""

    kind: str
    who: str = ""
    tp: TP | None = None
    amount: int = 0
    stop: int = 0


class World:
    """One deployment: producers, Kafka, and the processes of intake and customers."""

    def __init__(self, seed: int) -> None:
        random = Random(f"world {seed}")
        self.mode: Literal["events", "wall"] = random.choice(("events", "wall"))
        self.settings = Settings(partitions=random.choice((1, 1, 2)), time=self.mode)
        self.frame = random.randrange(len(FRAMES))
        self.history = history(random)
        self.ends_in_silence = random.random() < 0.4
        self.sent: list[Sent] = []
        self.sent_besides: list[Sent] = []
        """In conflict with others."""
        self.kafka = Kafka(builders.FIRST.timestamp())
        self.log = [TP(topics.CUSTOMER_ACTIVITY, partition) for partition in range(self.settings.partitions)]
        for tp in self.log:
            self._control(tp, activation_record(self.policy(1), "log"))
        self.clocks_were_slow = False
        """So that intake may have found good events to be of the future."""
        self.workers: dict[str, Worker] = {}
        self.owners: dict[TP, str] = {}
        """As the groups' coordinator sees it."""

    # What may happen

    def possible(self) -> Iterator[tuple[float, Step]]:
        """Steps with their weights; amounts are the scheduler's."""
        if len(self.sent) < len(self.history):
            yield 4, Step("send")
        if self.sent:
            yield 1, Step("send again")
            yield 0.7, Step("send in conflict")
        for tp in self.log:
            yield 0.6, Step("tick", tp=tp)
            yield 0.4, Step("activate", tp=tp)
        for name in ("I", "J", "A", "B"):
            yield from self._possible_of(name)

    def _possible_of(self, name: str) -> Iterator[tuple[float, Step]]:
        worker = self.workers.get(name)
        if worker is None:
            yield 2, Step("start", name)
            return
        yield 0.3 + 0.7 * len(worker.activities), Step("crash", name)
        if not worker.activities and any(self.owners.get(tp, name) == name for tp in self._reads(name)):
            idle = all(self.owners.get(tp) != name for tp in self._reads(name))
            yield 15 if idle else 0.5, Step("take partitions", name)
        if name in self.owners.values():
            yield 0.5, Step("lose the session", name)
        for key in worker.activities:
            yield 3, Step("go on", name, key)
        for tp, offset in worker.lanes.items():
            if worker.free(tp):
                if self.kafka.end(tp) > offset:
                    yield 12, Step("process", name, tp)
                    yield 0.2, Step("process again", name, tp)
                if name not in "IJ":
                    yield 3, Step("spare", name, tp)
        if worker.done:
            yield 1, Step("commit", name)
        if isinstance(worker, CustomersWorker):
            yield 0.5, Step("look at the clock", name)
        yield 0.2, Step("clock", name)

    def _reads(self, name: str) -> list[TP]:
        return list(INBOUND) if name in "IJ" else self.log

    # The doing

    def begin(self) -> Iterator[str]:
        """One process of each role runs, before anything happens."""
        for name in "IA":
            yield f"-- {self.do(Step('start', name))}"
            yield f"-- {name} takes all {self.take(name, set(self._reads(name)))}"

    def do(self, step: Step) -> str:
        """Let a step happen; what happened, in words."""
        CLOCK.monotonic += 0.4
        worker = self.workers.get(step.who)
        CLOCK.wall = self.kafka.now + (worker.skew if worker else 0.0)
        told: str = getattr(self, "_" + step.kind.replace(" ", "_"))(step)
        return told

    def end(self) -> None:
        """End all processes."""
        for worker in self.workers.values():
            worker.crash()

    def _send(self, step: Step) -> str:
        sent = self.history[len(self.sent)]
        self.sent.append(sent)
        self.kafka.now = max(self.kafka.now, builders.FIRST.timestamp() + sent.minute * 60)
        return f"a producer sends {self._into(sent)}"

    def _send_again(self, step: Step) -> str:
        return f"a producer sends again {self._into(self.sent[step.amount % len(self.sent)])}"

    def _send_in_conflict(self, step: Step) -> str:
        sent = conflicting(self.sent[step.amount % len(self.sent)])
        self.sent_besides.append(sent)
        return f"a producer sends in conflict {self._into(sent)}"

    def _into(self, sent: Sent) -> str:
        offset = self.kafka.append([Outgoing(sent.topic, 0, b"any", sent.value)])
        return f"{sent.value.decode()} to {sent.topic} at {offset}"

    def _tick(self, step: Step) -> str:
        assert step.tp
        minutes = TICKS[step.amount % len(TICKS)]
        at = datetime.fromtimestamp(self.kafka.now + minutes * 60, UTC)
        offset = self.tick(step.tp, at)
        return f"a tick of {at:%Y-%m-%d %H:%M}, {minutes:+d} minutes from the broker's time, to {_at(step.tp)} at {offset}"

    def tick(self, tp: TP, at: datetime) -> int:
        """Write a tick; its offset."""
        return self._control(
            tp, codec.encode_control(ClockTicked(id=at.isoformat(), source="/tiering", time=at, data=Tick(at=at)))
        )

    def _activate(self, step: Step) -> str:
        assert step.tp
        at = datetime.fromtimestamp(self.kafka.now, UTC)
        policy = self.policy(1 + step.amount % 3)
        return f"policy {policy.label} to {_at(step.tp)} at {self._control(step.tp, activation_record(policy, 'log', at))}"

    def policy(self, version: int) -> Policy:
        """A version of this world's policy."""
        return small(self.frame, version)

    def _control(self, tp: TP, value: bytes) -> int:
        return self.kafka.append([Outgoing(*tp, None, value)])

    # Processes

    def _start(self, step: Step) -> str:
        if step.who in "IJ":
            self.workers[step.who] = IntakeWorker(step.who, self.kafka, self.settings)
            return f"{step.who} starts"
        policy = self.policy(FILES[step.amount % len(FILES)])
        self.workers[step.who] = CustomersWorker(step.who, self.kafka, self.settings, policy)
        return f"{step.who} starts with the file {policy.label}"

    def _crash(self, step: Step) -> str:
        where = self.workers.pop(step.who).crash()
        self._release(step.who)
        return f"{step.who} crashes ({where})"

    def _take_partitions(self, step: Step) -> str:
        free = [tp for tp in self._reads(step.who) if self.owners.get(tp, step.who) == step.who]
        chosen = {tp for place, tp in enumerate(free) if len(free) > 2 or (step.amount >> place) & 1} or set(free)
        return f"{step.who} takes {', '.join(map(_at, sorted(chosen)))} {self.take(step.who, chosen, step.stop)}"

    def take(self, who: str, tps: set[TP], stop: int = 0) -> str:
        """Give partitions to a worker."""
        worker = self.workers[who]
        self.owners.update(dict.fromkeys(tps, who))
        return self._after(who, worker.begin(None, worker.take(tps), stop))

    def _lose_the_session(self, step: Step) -> str:
        self.owners = {tp: owner for tp, owner in self.owners.items() if owner != step.who}
        return f"{step.who} is thought to be gone: others may take its partitions, it does not know"

    def _go_on(self, step: Step) -> str:
        told = self._after(step.who, self.workers[step.who].go_on(step.tp, step.stop))
        return f"{step.who} goes on with {'taking' if step.tp is None else _at(step.tp)} {told}"

    def _process(self, step: Step) -> str:
        return self.process(step, self.workers[step.who].lanes[step.tp or self.log[0]])

    def _process_again(self, step: Step) -> str:
        return self.process(step, max(0, self.workers[step.who].lanes[step.tp or self.log[0]] - 2))

    def process(self, step: Step, offset: int) -> str:
        """Hand a batch to a worker."""
        assert step.tp
        worker = self.workers[step.who]
        records = self.kafka.read(step.tp, offset, SIZES[step.amount % len(SIZES)] + worker.lanes[step.tp] - offset)
        told = self._after(step.who, worker.begin(step.tp, worker.process(step.tp, records), step.stop))
        return f"{step.who} takes {_at(step.tp)} from {records[0].offset} to {records[-1].offset} {told}"

    def _spare(self, step: Step) -> str:
        assert step.tp
        worker = self.workers[step.who]
        told = self._after(step.who, worker.begin(step.tp, worker.spare(step.tp), step.stop))
        return f"{step.who} reviews and publishes at {_at(step.tp)} {told}"

    def _commit(self, step: Step) -> str:
        self.workers[step.who].commit()
        return f"{step.who} commits its offsets"

    def _clock(self, step: Step) -> str:
        self.workers[step.who].skew = skew = SKEWS[step.amount % len(SKEWS)]
        self.clocks_were_slow |= skew < -3600
        return f"the clock of {step.who} jumps to {skew:+d} s from the broker's"

    def _look_at_the_clock(self, step: Step) -> str:
        worker = self.workers[step.who]
        assert isinstance(worker, CustomersWorker)
        worker.look()
        return f"{step.who} looks at its clock"

    def _after(self, who: str, told: str) -> str:
        worker = self.workers[who]
        if worker.left:
            del self.workers[who]
        if worker.left or None not in worker.activities:
            self._release(who)
        return told

    def _release(self, who: str) -> None:
        worker = self.workers.get(who)
        lanes = worker.lanes if worker else {}
        self.owners = {tp: owner for tp, owner in self.owners.items() if owner != who or tp in lanes}


def _at(tp: TP) -> str:
    return f"{tp.topic}-{tp.partition}"
