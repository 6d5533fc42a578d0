"""One process of a role: what it does stands still at boundaries, and all that it knows is gone when it crashes."""

from collections.abc import Coroutine
from typing import Any

from service.faust_safe.work import TP
from tests.simulator.kafka import Fenced, Kafka, Record
from tests.simulator.producer import Boundary

Activity = Coroutine[Any, Any, Any]


class Worker:
    """Owns lanes: by partition of what it reads, the offset to take next. Its real work is in `work`."""

    group: str
    work: Any
    told = ""
    """What is to be said of it when it starts."""
    spare_weight = 3.0
    """How often it is seen what is to be done between batches."""

    def __init__(self, name: str, kafka: Kafka) -> None:
        self.name, self.kafka = name, kafka
        self.skew = 0.0
        """Seconds by which its clock is ahead of the broker's."""
        self.lanes: dict[TP, int] = {}
        self.done: dict[TP, int] = {}
        """What may be committed."""
        self.activities: dict[TP | None, tuple[Activity, str]] = {}
        """What is under way and where it stands: by lane, None for taking partitions."""
        self.left = False
        """It has ended itself."""

    def free(self, tp: TP) -> bool:
        """Whether a lane can begin something."""
        return tp in self.lanes and tp not in self.activities and None not in self.activities

    def begin(self, key: TP | None, activity: Activity, stop: int) -> str:
        """Start something and let it go on; where it stands then."""
        self.activities[key] = activity, "at its start"
        return self.go_on(key, stop)

    def go_on(self, key: TP | None, stop: int) -> str:
        """Let something pass so many boundaries (0: all) ; where it stands then."""
        activity, place = self.activities[key]
        try:
            while True:
                boundary = activity.send(None)
                place = boundary.place if isinstance(boundary, Boundary) else place
                self.activities[key] = activity, place
                stop -= 1
                if stop == 0:
                    return f"and stands {place}"
        except StopIteration:
            del self.activities[key]
            return "to its end"
        except Fenced:
            self.crash()
            self.left = True
            return f"is fenced {place}, and leaves"

    def crash(self) -> str:
        """Everything in memory is lost; where it stood."""
        places = [place for _, place in self.activities.values()]
        for activity, _ in self.activities.values():
            activity.close()
        self.activities, self.lanes = {}, {}
        return ", ".join(places) or "idle"

    async def take(self, tps: set[TP]) -> None:
        """Leave what it has, and own exactly these partitions."""
        for tp in list(self.lanes):
            await self.work.drain(tp)
        self.commit()
        self.lanes, self.done = {}, {}
        await self.own({tp.partition for tp in tps})
        starts = {tp: await self.work.start(tp) for tp in sorted(tps)}
        for tp, offset in starts.items():
            self.lanes[tp] = self.kafka.committed.get((self.group, tp), 0) if offset is None else offset

    async def own(self, partitions: set[int]) -> None:
        """What is to be done before the work can start."""

    async def process(self, tp: TP, records: list[Record]) -> None:
        """As a lane does it."""
        following = records[-1].offset + 1
        await self.work.process(tp, records)
        self.lanes[tp] = self.done[tp] = following

    async def spare(self, tp: TP) -> None:
        """As a lane does it."""
        await self.work.spare(tp)

    def has_more(self, tp: TP) -> bool:
        """Whether there is something to do without new records."""
        return False

    def commit(self) -> None:
        """Commit what is done."""
        self.kafka.committed.update({(self.group, tp): offset for tp, offset in self.done.items()})
