"""The Faust app of one role: what its probes and its log say of it."""

import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import Any

from schemas import topics
from service import metrics
from service.faust_safe.batches import BatchApp
from service.faust_safe.former_owners import UNFINISHED
from service.faust_safe.membership import named
from service.faust_safe.work import TP, Course
from service.logs import log_events
from service.partition_names import ranges
from service.settings import Settings
from service.telemetry.observation import Observation
from service.web.probes import SILENT_SECONDS, State


class RoleApp(BatchApp):
    """One a process."""

    def __init__(self, settings: Settings, role: str, **conf: Any) -> None:
        self.settings, self.role = settings, role
        self.observation = Observation(role)
        self.background: list[Callable[[], Coroutine[Any, Any, None]]] = []
        """What runs beside the lanes until it is cancelled; its failure ends the process."""
        self.degraded: Callable[[], str | None] = lambda: None
        """What is wrong while the role goes on."""
        self.holds = ""
        """The partitions that it was given, in words."""
        self._stops: list[Callable[[], Awaitable[None]]] = []
        self._has_worked = self._says_silent = False
        self.observation.looks.append(self.tell_of_kafka)
        super().__init__(settings.group(role), settings.cluster, **named(settings.instance), **conf)

    def state(self) -> State:
        """For the probes."""
        waits_for = self._waits_for()
        self._has_worked = self._has_worked or waits_for is None
        return State(
            self.role,
            waits_for,
            tuple(self.lanes.by_tp.values()),
            may_wait=self.work.deadline is None,
            silent_since=self.silent_since,
            has_worked=self._has_worked,
            degraded=self.degraded(),
        )

    def is_ready(self) -> bool:
        """Whether /readyz says so."""
        return self.state().waits_for is None

    def course(self, tp: TP) -> Course | None:
        """How far a partition has come; None while it is not worked on, or nothing was fetched."""
        lane = self.lanes.by_tp.get(tp)
        return None if lane is None else self.consumer.fetched.course(lane)

    def is_busy(self) -> bool:
        """Whether records wait here, or are being dealt with."""
        return any(lane.waits_since is not None for lane in self.lanes.by_tp.values())

    async def prepare_lanes(self) -> None:
        """Partitions were given to this process."""
        metrics.REBALANCES.inc()
        await super().prepare_lanes()

    def takes_over(self, states: Mapping[int, str]) -> None:
        """Partitions are taken over from former owners."""
        metrics.FENCES.inc(len(states))
        for partition in (partition for partition, state in states.items() if state in UNFINISHED):
            metrics.TRANSACTION_ABORTS.inc()
            metrics.TRANSACTION_ABORTED.labels(self.settings.topic(topics.CUSTOMER_ACTIVITY), str(partition)).set(time.time())

    def recovered(self, rows: int, seconds: float) -> None:
        """A table was read from its changelog."""
        self.observation.recovered(rows, seconds)
        log_events.RECOVERED(rows=rows, seconds=round(seconds, 2))

    def taken(self, partitions: Iterable[TP]) -> None:
        """The group gave this process these partitions; what was before is not any more."""
        self.holds = ranges(partitions)
        log_events.TAKEN(partitions=self.holds)

    def left(self) -> None:
        """The partitions are others' now, or will be."""
        if self.holds:
            log_events.LEFT(partitions=self.holds)
        self.holds = ""

    def recovering(self, count: int) -> None:
        """A table is about to be read from its changelog."""
        log_events.RECOVERING(count=count)

    def now_ready(self) -> None:
        """Every partition that was taken is worked on."""
        log_events.READY(partitions=self.holds)

    def _waits_for(self) -> str | None:
        if self.stopping:
            return "its end"
        if self.waits_for is not None:
            left, of = self.reader.course
            return f"{self.waits_for}: {of - left:,} of {of:,} changelog records are read" if left else self.waits_for
        if (silent := self._silent_for()) > SILENT_SECONDS:
            return f"an answer of Kafka, for {silent:.0f} s"
        return None

    def tell_of_kafka(self) -> None:
        """Log when Kafka is found silent, and when it answers again; about once a second."""
        if self.stopping or self.waits_for is not None:
            return
        silent = self._silent_for()
        if silent > SILENT_SECONDS and not self._says_silent:
            log_events.KAFKA_AWAY(seconds=round(silent))
        elif silent <= SILENT_SECONDS and self._says_silent:
            log_events.KAFKA_BACK()
        self._says_silent = silent > SILENT_SECONDS

    def _silent_for(self) -> float:
        """Seconds since Kafka answered; 0 where nothing is known of that."""
        heard = self.consumer.heard_at()
        return 0.0 if heard is None else time.time() - heard

    def at_stop(self, stop: Callable[[], Awaitable[None]]) -> None:
        """Have something closed when the app has stopped."""
        self._stops.append(stop)

    async def on_stop(self) -> None:
        """Close what the role opened."""
        await super().on_stop()
        for stop in self._stops:
            await stop()
