"""The real read model on the simulated Kafka and a real Redis: each of its steps is one answer of Redis."""

from types import SimpleNamespace
from typing import Any

from agents.read_model import Profiles
from service.faust_safe.work import TP, Course, StartAgain
from service.read_model import ReadModel
from service.settings import Settings
from tests.simulator.kafka import Kafka, Record
from tests.simulator.redis import FAULTS, NONE, Killed, Store
from tests.simulator.worker import Activity, Worker


class ReadModelWorker(Worker):
    """Reads profiles."""

    spare_weight = 0.5

    def __init__(self, name: str, kafka: Kafka, settings: Settings, store: Store) -> None:
        super().__init__(name, kafka)
        self.store, self.group = store, settings.group("read-model")
        app: Any = SimpleNamespace(observation=SimpleNamespace(batch=lambda *_: None), course=self._course)
        self.work = Profiles(app, ReadModel(settings))

    def begin(self, key: TP | None, activity: Activity, stop: int) -> str:
        """Everything of a step; `stop` says what befalls it."""
        fault = self.store.client.fault = FAULTS.get(stop, NONE)
        told = f"while Redis {fault}" if fault else "to its end"
        try:
            self.store.run(activity)
        except Killed:
            self.left = True
        self.store.client.fault = ""
        return told

    async def process(self, tp: TP, records: list[Record]) -> None:
        """As a lane does it."""
        try:
            await super().process(tp, records)
        except StartAgain:
            await self._start_again(tp)

    async def spare(self, tp: TP) -> None:
        """As a lane does it."""
        try:
            await super().spare(tp)
        except StartAgain:
            await self._start_again(tp)

    def has_more(self, tp: TP) -> bool:
        """Whether it has been told to read again."""
        return self.lanes[tp] < self.kafka.end(tp) and bool(self.kafka.read(tp, self.lanes[tp]))

    def _course(self, tp: TP) -> Course:
        return Course(self.lanes[tp], self.kafka.end(tp), 0.0)

    async def _start_again(self, tp: TP) -> None:
        self.done.pop(tp, None)
        offset = await self.work.start(tp)
        self.lanes[tp] = self.lanes[tp] if offset is None else offset
