"""How far each log goes, and how far it was fetched, as the thread that fetches knows it without asking."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from service.faust_safe.lane import Lane
from service.faust_safe.work import TP, Course

Place = tuple[str, int]
"""A topic and a partition, in whichever class it comes."""


class Fetched:
    """Of one aiokafka consumer, which `consumer` gives once it has started."""

    def __init__(self, consumer: Callable[[], Any]) -> None:
        self._consumer = consumer
        self._handed_out: dict[Place, int] = {}
        """The offset after the last record handed out, or the one last sought."""
        self._answers: dict[TP, tuple[int | None, int | None]] = {}
        """When the last two answers came that `look` saw, in milliseconds since 1970."""
        self._sought: set[Place] = set()
        """On their way to another offset: where they stand says nothing yet."""
        self._looked: dict[TP, tuple[int, Course]] = {}
        """What `look` saw: what had been handed out, and the course of one who has dealt with all of that."""

    def hand_out(self, place: Place, records: Sequence[Any]) -> int | None:
        """Note that these are handed out now; the offset that they follow, None when they are the first."""
        # The end of the batch before, not the position: control markers and compaction move the position on.
        follows = self._handed_out.get(place)
        self._handed_out[place] = records[-1].offset + 1
        return follows

    @contextmanager
    def sought(self, offsets: Mapping[Place, int]) -> Iterator[None]:
        """While partitions are on their way to other offsets."""
        self._handed_out.update(offsets)
        self._sought.update(offsets)
        yield
        self._sought.difference_update(offsets)

    def lag(self, lane: Lane) -> int | None:
        """How many records the log has that the lane has not dealt with; None while nothing was fetched."""
        state = self._state(lane.tp)
        if state is None or state.highwater is None or not state.has_valid_position:
            return None
        # Behind the last record there may be control markers: the position passes them, a lane never sees them.
        all_durable = lane.durable >= self._handed_out.get(lane.tp, 0)
        at = max(state.position, lane.durable) if all_durable else lane.durable
        return max(0, int(state.highwater) - at)

    def look(self) -> None:
        """See how far each log goes; in the thread that fetches, between two fetches: no position has passed then what is not
        handed out yet.
        """
        self._looked = dict(self._courses())

    def course(self, lane: Lane) -> Course | None:
        """How far a lane has come in its log, and how far that went in the last second; None: nothing was fetched yet."""
        handed_out, course = self._looked.get(lane.tp, (0, None))
        if course is None:
            return None
        at = max(course.at, lane.durable) if lane.durable >= handed_out else lane.durable
        return course._replace(at=at)

    def heard_at(self, tps: Iterable[TP]) -> float | None:
        """When Kafka last answered a fetch of any of these partitions, in seconds since 1970; None: nothing is known."""
        states = map(self._state, tps)
        heard: list[float] = [state.timestamp / 1000 for state in states if state is not None and state.timestamp]
        return max(heard, default=None)

    def _courses(self) -> Iterator[tuple[TP, tuple[int, Course]]]:
        assignment = self._assignment()
        for tp in () if assignment is None else assignment.tps:
            state = assignment.state_value(tp)
            seen = self._answered_before(TP(*tp), state.timestamp)
            known = state.lso is not None and state.has_valid_position
            if seen is not None and known and tuple(tp) not in self._sought:
                course = Course(int(state.position), int(state.lso), seen / 1000)
                yield TP(*tp), (self._handed_out.get(tuple(tp), 0), course)

    def _answered_before(self, tp: TP, now: int | None) -> int | None:
        """When an answer came that was there before this one was asked for: no younger is what this one says of the log."""
        before, latest = self._answers.get(tp, (None, None))
        if now != latest:
            before, latest = self._answers[tp] = latest, now
        return before

    def _state(self, tp: TP) -> Any:
        """What aiokafka knows of a partition; None: it is not this process's. (`assignment()` would copy all of them.)"""
        assignment = self._assignment()
        return None if assignment is None else assignment.state_value(tp)

    def _assignment(self) -> Any:
        subscription = self._consumer()._subscription.subscription
        return None if subscription is None else subscription.assignment
