"""The processes of the three roles, and which partitions each may read: two of each role, so that one can take over."""

from collections.abc import Callable, Iterator

from service.faust_safe.work import TP
from tests.simulator.clock import CLOCK
from tests.simulator.kafka import Kafka
from tests.simulator.roles import CustomersWorker
from tests.simulator.step import Possible, Step, at
from tests.simulator.worker import Worker

SIZES = (1, 2, 3, 5, 8)
"""Records in a batch."""
SKEWS = (0, 0, 30, -30, -7200, 86_400 * 20)
"""Seconds that a worker's clock jumps to, ahead of the broker's."""

Make = Callable[[str, int], Worker]


class Processes:
    """Those that run, by name. `reads`: what each reads, whether it runs or not; `make`: starts one (name, an amount)."""

    def __init__(self, kafka: Kafka, reads: dict[str, list[TP]], make: Make) -> None:
        self.kafka, self.reads, self._make = kafka, reads, make
        self.running: dict[str, Worker] = {}
        self.owners: dict[TP, str] = {}
        """As the groups' coordinator sees it."""
        self.clocks_were_slow = False
        """So that intake may have found good events to be of the future."""

    def possible(self) -> Iterator[Possible]:
        """What may happen next."""
        for name in self.reads:
            if name in self.running:
                yield from self._possible_of(name, self.running[name])
            else:
                yield 2, Step("start", name)

    def _possible_of(self, name: str, worker: Worker) -> Iterator[Possible]:
        yield 0.3 + 0.7 * len(worker.activities), Step("crash", name)
        if not worker.activities and any(self.owners.get(tp, name) == name for tp in self.reads[name]):
            yield 0.5 if name in self.owners.values() else 15, Step("take partitions", name)
        if name in self.owners.values():
            yield 0.8, Step("lose the session", name)
        for key in worker.activities:
            yield 3, Step("go on", name, key)
        for tp, offset in worker.lanes.items():
            if worker.free(tp):
                if self.kafka.end(tp) > offset:
                    yield 12, Step("process", name, tp)
                    yield 1, Step("process again", name, tp)
                yield worker.spare_weight, Step("spare", name, tp)
        if worker.done:
            yield 1, Step("commit", name)
        if isinstance(worker, CustomersWorker):
            yield 0.5, Step("look at the clock", name)
        yield 0.2, Step("set the clock", name)

    def start(self, step: Step) -> str:
        """A process that owns nothing yet."""
        self.running[step.who] = worker = self._make(step.who, step.amount)
        return f"{step.who} starts{worker.told}"

    def crash(self, step: Step) -> str:
        """Everything in its memory is gone."""
        where = self.running.pop(step.who).crash()
        self._release(step.who)
        return f"{step.who} crashes ({where})"

    def take_partitions(self, step: Step) -> str:
        """Some of those that nobody else has."""
        free = [tp for tp in self.reads[step.who] if self.owners.get(tp, step.who) == step.who]
        chosen = {tp for place, tp in enumerate(free) if len(free) > 2 or (step.amount >> place) & 1} or set(free)
        return self.take(step.who, chosen, step.stop)

    def take(self, who: str, tps: set[TP], stop: int = 0) -> str:
        """Give partitions to a process, whoever has them."""
        worker = self.running[who]
        self.owners.update(dict.fromkeys(tps, who))
        told = self._after(who, worker.begin(None, worker.take(tps), stop))
        return f"{who} takes {', '.join(map(at, sorted(tps)))} {told}"

    def lose_the_session(self, step: Step) -> str:
        """From now on others may take its partitions; it goes on as before, being paused only for the coordinator."""
        self.owners = {tp: owner for tp, owner in self.owners.items() if owner != step.who}
        return f"{step.who} is thought to be gone: others may take its partitions, it does not know"

    def go_on(self, step: Step) -> str:
        """From where something stands."""
        told = self._after(step.who, self.running[step.who].go_on(step.tp, step.stop))
        return f"{step.who} goes on with {'taking partitions' if step.tp is None else at(step.tp)} {told}"

    def process(self, step: Step, before: int = 0) -> str:
        """The next batch; `before`: with so many records that it has had."""
        assert step.tp
        worker = self.running[step.who]
        offset = max(0, worker.lanes[step.tp] - before)
        records = self.kafka.read(step.tp, offset, SIZES[step.amount % len(SIZES)] + worker.lanes[step.tp] - offset)
        if not records:
            return f"{step.who} finds nothing in {at(step.tp)}"
        told = self._after(step.who, worker.begin(step.tp, worker.process(step.tp, records), step.stop))
        return f"{step.who} reads {at(step.tp)} from {records[0].offset} to {records[-1].offset} {told}"

    def process_again(self, step: Step) -> str:
        """A batch that begins before the place to read on at."""
        return self.process(step, before=2)

    def spare(self, step: Step) -> str:
        """What is done between batches."""
        assert step.tp
        worker = self.running[step.who]
        told = self._after(step.who, worker.begin(step.tp, worker.spare(step.tp), step.stop))
        return f"{step.who} sees what is to do between batches of {at(step.tp)} {told}"

    def commit(self, step: Step) -> str:
        """Offsets of what is done."""
        self.running[step.who].commit()
        return f"{step.who} commits its offsets"

    def look_at_the_clock(self, step: Step) -> str:
        """As a customers' worker does every second."""
        worker = self.running[step.who]
        assert isinstance(worker, CustomersWorker)
        worker.look()
        return f"{step.who} looks at its clock"

    def set_the_clock(self, step: Step) -> str:
        """A worker's clock jumps."""
        self.running[step.who].skew = skew = SKEWS[step.amount % len(SKEWS)]
        self.clocks_were_slow |= skew < -3600
        return f"the clock of {step.who} jumps to {skew:+d} s from the broker's"

    def has_all(self, who: str) -> bool:
        """Whether a process reads all that its role reads."""
        return all(self.owners.get(tp) == who and tp in self.running[who].lanes for tp in self.reads[who])

    def turn_of(self, who: str) -> None:
        """The machine's clocks are those of one process now."""
        CLOCK.monotonic += 0.4
        CLOCK.wall = self.kafka.now + (self.running[who].skew if who in self.running else 0.0)

    def _after(self, who: str, told: str) -> str:
        worker = self.running[who]
        if worker.left:
            del self.running[who]
        if worker.left or None not in worker.activities:
            self._release(who)
        return told

    def _release(self, who: str) -> None:
        lanes = self.running[who].lanes if who in self.running else {}
        self.owners = {tp: owner for tp, owner in self.owners.items() if owner != who or tp in lanes}
