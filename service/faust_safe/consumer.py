"""Faust's consumer, made to hand out whole fetched batches; what may be committed is what the lanes have made durable."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from aiokafka.errors import TopicAuthorizationFailedError
from faust.transport.drivers import aiokafka as driver

from service.faust_safe.gathering import gather
from service.faust_safe.lane import Lane
from service.faust_safe.light import hand_out_light
from service.faust_safe.membership import Membership
from service.faust_safe.memory import end_without_memory
from service.faust_safe.work import TP, Course, Delivery

PARTITIONS = "partitions from its consumer group"
ASKED_SECONDS = 2.0
"""A worker that ends asks for so long whether another has its name."""
FULL_SECONDS = 0.01
"""While lanes are full only the others' partitions are asked for, so long; then it is seen which have room."""


class Batch(NamedTuple):
    """Stands in for an aiokafka record: `offset` is the last one's, `value` the delivery."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: int
    value: Delivery
    key: bytes | None = None
    checksum: int | None = None
    serialized_key_size: int = 0
    serialized_value_size: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()


def batch_of(tp: Any, delivery: Delivery) -> Batch:
    """The batch that carries a delivery."""
    last = delivery.records[-1]
    return Batch(tp.topic, tp.partition, last.offset, last.timestamp, last.timestamp_type, delivery)


class BatchThread(driver.AIOKafkaConsumerThread):
    """Fetches in its own thread; here seeks and fetches have one order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._handed_out: dict[tuple[str, int], int] = {}
        """By topic and partition: the offset after the last record handed out, or the one last sought."""
        self._seeks: Counter[tuple[str, int]] = Counter()
        self._answers: dict[TP, tuple[int | None, int | None]] = {}
        """When the last two answers came that `look` saw, in milliseconds since 1970."""
        self._sought: set[tuple[str, int]] = set()
        """On their way to another offset: where they stand says nothing yet."""
        self._looked: dict[TP, tuple[int, Course]] = {}
        """What `look` saw: what had been handed out, and the course of one who has dealt with all of that."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        end_without_memory(self.thread_loop, self.app.die)
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = self.app.fetch_max_wait_ms  # Faust has 1500 written in
        consumer._isolation_level = "read_committed"
        return consumer

    async def on_start(self) -> None:
        """Connect."""
        await super().on_start()
        hand_out_light(self._consumer)
        self._membership = Membership(self._consumer)
        self._membership.watch(self.app.replaced, self.app.forgotten)

    def is_replaced(self) -> bool:
        """See BatchConsumer."""
        asked = asyncio.run_coroutine_threadsafe(self._membership.is_replaced(), self.thread_loop)
        try:
            return asked.result(ASKED_SECONDS)
        except TimeoutError:
            return False

    async def _fetch_records(self, consumer: Any, active_partitions: Any, **limits: Any) -> Any:
        if hidden := consumer._client.cluster.unauthorized_topics:  # aiokafka would ask for them again and again, without a pause
            raise TopicAuthorizationFailedError(set(hidden))
        fetched = await super()._fetch_records(consumer, active_partitions, **limits)
        gather(consumer._fetcher, came=bool(fetched), idle_ms=self.app.fetch_max_wait_ms)
        for tp, records in fetched.items():
            if records and tp.topic in self.app.batch_topics:
                # The end of the batch before, not the position: control markers and compaction move the position on.
                follows = self._handed_out.get(tuple(tp))
                self._handed_out[tuple(tp)] = records[-1].offset + 1
                fetched[tp] = [batch_of(tp, Delivery(follows, records, self._seeks[tuple(tp)]))]
        return fetched

    async def _seek_wait(self, consumer: Any, partitions: Mapping[Any, int]) -> None:
        # Before the seek: it waits for positions, and a fetch may run meanwhile.
        self._handed_out.update({tuple(tp): offset for tp, offset in partitions.items()})
        self._seeks.update(tuple(tp) for tp in partitions)
        self._sought.update(tuple(tp) for tp in partitions)
        await super()._seek_wait(consumer, partitions)
        self._sought.difference_update(tuple(tp) for tp in partitions)

    def lag(self, lane: Lane) -> int | None:
        """See BatchConsumer."""
        state = self._state(lane.tp)
        if state is None or state.highwater is None or not state.has_valid_position:
            return None
        # Behind the last record there may be control markers: the position passes them, a lane never sees them.
        all_durable = lane.durable >= self._handed_out.get(lane.tp, 0)
        at = max(state.position, lane.durable) if all_durable else lane.durable
        return max(0, int(state.highwater) - at)

    def look(self) -> None:
        """See how far each log goes. Here alone, between two fetches, has no position passed what is not handed out yet."""
        self._looked = dict(self._courses())

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

    def course(self, lane: Lane) -> Course | None:
        """See BatchConsumer."""
        handed_out, course = self._looked.get(lane.tp, (0, None))
        if course is None:
            return None
        at = max(course.at, lane.durable) if lane.durable >= handed_out else lane.durable
        return course._replace(at=at)

    def heard_at(self, tps: Iterable[TP]) -> float | None:
        """See BatchConsumer."""
        states = map(self._state, tps)
        heard: list[float] = [state.timestamp / 1000 for state in states if state is not None and state.timestamp]
        return max(heard, default=None)

    def _state(self, tp: TP) -> Any:
        """What aiokafka knows of a partition; None: it is not this process's. (`assignment()` would copy all of them.)"""
        assignment = self._assignment()
        return None if assignment is None else assignment.state_value(tp)

    def _assignment(self) -> Any:
        subscription = self._ensure_consumer()._subscription.subscription
        return None if subscription is None else subscription.assignment


class BatchConsumer(driver.Consumer):
    """Faust's consumer with offsets owned by the lanes and a drain that ends."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._fetch_idle = asyncio.Event()
        self._fetch_idle.set()

    def _new_consumer_thread(self) -> BatchThread:
        return BatchThread(self, loop=self.loop, beacon=self.beacon)

    def _ours(self, tps: Iterable[Any]) -> list[TP]:
        return [TP(*tp) for tp in tps if tp.topic in self.app.batch_topics]

    # Delivery

    async def _getmany(self, active_partitions: Any, timeout: float) -> Any:  # noqa: ASYNC109 - Faust's signature
        wanted = {tp for tp in active_partitions if self.app.lanes.has_room(tp)}
        if len(wanted) < len(active_partitions):
            timeout = FULL_SECONDS
        if not wanted:  # aiokafka would take no partitions for all
            await asyncio.sleep(timeout)
            return {}
        self._fetch_idle.clear()
        try:
            fetched = await super()._getmany(wanted, timeout)
        finally:
            self._fetch_idle.set()
        for tp in self._ours(fetched or ()):
            self._read_offset[tp] = None  # what comes twice or not at all is for the lane to see, not for Faust
        return fetched

    async def wait_fetch_idle(self) -> None:
        """Wait until no fetch is under way."""
        await self._fetch_idle.wait()

    async def reread(self, tp: TP, offset: int) -> None:
        """Go back (or on) to an offset."""
        await self.seek_wait({driver.ensure_aiokafka_TP(tp): offset})

    async def perform_seek(self) -> None:
        """Where each partition is read on: where its lane is, else where the role says, else the committed offset."""
        await super().perform_seek()
        for tp in self._ours(self.assignment()):
            lane = self.app.lanes.by_tp.get(tp)
            if lane:
                await self.reread(tp, lane.next)
            elif tp in self.app.starts:
                known, committed = self.app.starts.pop(tp), self._committed_offset[tp]
                offset = committed or (await self.earliest_offsets(tp))[tp] if known is None else known
                if known is not None and committed != known:
                    self._committed_offset[tp] = None  # whatever that is, the role knows better: to be committed anew
                await self.reread(tp, offset)
                self.app.lanes.start(tp, offset, done=known)

    # What may be committed is what the lanes have made durable

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Any:
        yield from super()._filter_tps_with_pending_acks(topics)
        yield from (tp for tp in self.app.lanes.by_tp if topics is None or tp in topics or tp.topic in topics)

    def _new_offset(self, tp: Any) -> Any:
        if tp.topic not in self.app.batch_topics:
            return super()._new_offset(tp)
        return self.app.lanes.done(tp)

    def lag(self, lane: Lane) -> int | None:
        """How many records the log has that the lane has not dealt with; None while nothing was fetched."""
        lag: int | None = self._thread.lag(lane)
        return lag

    def course(self, lane: Lane) -> Course | None:
        """How far a lane has come in its log, and how far that went in the last second; None: nothing was fetched yet."""
        course: Course | None = self._thread.course(lane)
        return course

    def owned(self) -> int:
        """How many partitions this process was given."""
        return len(self._ours(self.assignment()))

    def heard_at(self) -> float | None:
        """When Kafka last answered a fetch of records that there is room for, in seconds since 1970; None: nothing is known."""
        tps = [tp for tp in self._ours(self.assignment()) if self.app.lanes.has_room(tp)]
        heard: float | None = self._thread.heard_at(tps)
        return heard

    def is_replaced(self) -> bool:
        """Whether another has this process's name in the group. Waits for the answer, and nothing else goes on meanwhile."""
        replaced: bool = self._thread.is_replaced()
        return replaced

    def call(self) -> None:
        """Have the thread that fetches, and keeps the membership in the group, show that it lives."""
        if self.app.silent_since is None:
            self.app.silent_since = time.monotonic()
            self._thread.thread_loop.call_soon_threadsafe(self._answer)

    def _answer(self) -> None:
        self.app.silent_since = None
        self._thread.look()

    def forget(self, message: Any) -> None:
        """Faust need not wait for this delivery any more."""
        message.acked = True
        self._unacked_messages.discard(message)

    async def verify_all_partitions_active(self) -> None:
        """Faust's watchdog knows nothing of lanes and would report every quiet partition as stuck."""

    # Leaving partitions

    async def _drain(self) -> None:
        self.stop_flow()
        if not await self.app.lanes.close(self.app.drain_deadline):
            self.app.die(f"a batch did not finish in {self.app.drain_deadline} s")
        for message in list(self._unacked_messages):
            if message.topic in self.app.batch_topics:
                self.forget(message)

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Finish the batches under way, commit, leave."""
        self.app.waits_for = PARTITIONS
        await self._drain()
        await self.commit()  # Faust forgets what was acked before it commits
        await super().on_partitions_revoked(revoked)
        self.app.lanes.clear()
        self.app.left()

    async def wait_empty(self) -> None:
        """The same at the end."""
        await self._drain()
        try:
            await asyncio.wait_for(super().wait_empty(), self.app.drain_deadline)
        except TimeoutError:
            self.app.die("events were left at the stop")


class BatchTransport(driver.Transport):
    """Faust's Kafka with our consumer."""

    Consumer = BatchConsumer
