"""One deployment with everything around it: what may happen next, and the doing of it."""

from collections.abc import Iterator
from random import Random
from typing import Literal

from schemas import topics
from service.faust_safe.work import TP
from service.settings import Settings
from tests import builders
from tests.simulator import history
from tests.simulator.broker import Broker
from tests.simulator.kafka import Kafka
from tests.simulator.outside import Outside
from tests.simulator.policies import FRAMES
from tests.simulator.processes import Processes
from tests.simulator.read_model import ReadModelWorker
from tests.simulator.redis import Store
from tests.simulator.roles import INBOUND, CustomersWorker, IntakeWorker
from tests.simulator.step import Possible, Step
from tests.simulator.worker import Worker

INTAKE, CUSTOMERS, READ_MODEL = ("intake 1", "intake 2"), ("worker A", "worker B"), ("reader 1", "reader 2")
FILES = (1, 1, 1, 2, 3)
"""Versions of the policy file that a worker starts with."""
ORACLE_EVERY = 5
"""Of so many schedules one is held against the brute force too: it is slow."""

End = Literal["at once", "when all is sent", "weeks later"]


class World:
    """What a seed begins with, and how it goes on."""

    def __init__(self, seed: int, store: Store) -> None:
        random = Random(f"world {seed}")
        self.asks_the_oracle = seed % ORACLE_EVERY == 0
        self.mode: Literal["events", "wall"] = random.choice(("events", "wall"))
        self.settings = Settings(partitions=random.choice((1, 1, 2)), time=self.mode)
        self.rows_are_new = False
        """Whether they were made anew by a rebuild."""
        self.poison = random.choice((0.0, 0.0, 0.0, 0.2))
        """The share of events at which the code fails."""
        self.redis_is_emptied_last = random.random() < 0.2
        self.end_comes: End = random.choice(("at once", "when all is sent", "weeks later"))
        self.kafka, self.store = Kafka(builders.FIRST.timestamp()), store
        self.log, self.profiles = self._like_log(topics.CUSTOMER_ACTIVITY), self._like_log(topics.CUSTOMER_PROFILES)
        self.outside = Outside(self.kafka, self.log, history.history(random, self.poison), random.randrange(len(FRAMES)))
        self.broker = Broker(self.kafka, store, self.log)
        reads = ((INTAKE, list(INBOUND)), (CUSTOMERS, self.log), (READ_MODEL, self.profiles))
        self.processes = Processes(self.kafka, {name: tps for names, tps in reads for name in names}, self._made)
        store.empty()

    @property
    def _parts(self) -> tuple[Outside, Broker, Processes]:
        return self.outside, self.broker, self.processes

    def begin(self) -> Iterator[str]:
        """One process of each role has everything, another worker stands by."""
        for name in (INTAKE[0], *CUSTOMERS, READ_MODEL[0]):
            yield self.do(Step("start", name))
        for name in (INTAKE[0], CUSTOMERS[0], READ_MODEL[0]):
            yield self.processes.take(name, set(self.processes.reads[name]))

    def possible(self) -> Iterator[Possible]:
        """What may happen next."""
        for part in self._parts:
            yield from part.possible()

    def do(self, step: Step) -> str:
        """Let a step happen; what happened, in words."""
        self.processes.turn_of(step.who)
        name = step.kind.lower().replace(" ", "_")
        [told] = [getattr(part, name)(step) for part in self._parts if hasattr(part, name)]
        assert isinstance(told, str)
        return told

    def end(self) -> None:
        """End all processes."""
        for worker in self.processes.running.values():
            worker.crash()

    def _like_log(self, topic: str) -> list[TP]:
        return [TP(topic, partition) for partition in range(self.settings.partitions)]

    def _made(self, name: str, amount: int) -> Worker:
        if name in INTAKE:
            return IntakeWorker(name, self.kafka, self.settings)
        if name in READ_MODEL:
            return ReadModelWorker(name, self.kafka, self.settings, self.store)
        return CustomersWorker(name, self.kafka, self.settings, self.outside.policy(FILES[amount % len(FILES)]))
