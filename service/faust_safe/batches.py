"""A Faust app that is given whole fetched batches, one Faust event a batch and partition; lanes own the offsets."""

import asyncio
import logging
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import faust
from faust.transport.drivers import aiokafka as driver

from service.faust_safe import fixes  # noqa: F401
from service.faust_safe.lanes import TP, Delivery, Lane, Lanes, Work
from service.faust_safe.reader import Reader
from service.faust_safe.table import SafeTable, SafeTableManager

log = logging.getLogger(__name__)

REFUSED, BROKEN = 2, 70
"""Exit codes: what was found is not what the service may work on; anything else that went wrong."""

PARTITIONS = "partitions from its consumer group"


class Refusal(Exception):
    """The worker must not start or go on; the message is a sentence that says what to do."""


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


def batch_of(delivery: Delivery) -> Batch:
    """The batch that carries a delivery."""
    last = delivery.records[-1]
    return Batch(last.topic, last.partition, last.offset, last.timestamp, last.timestamp_type, delivery)


class BatchSchema(faust.Schema):
    """Hands the delivery on as it is: what is in a record is the role's business."""

    def compile(self, app: Any, **_: Any) -> Any:
        """A decoder that decodes nothing."""

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return app.create_event(None, message.value, None, message)

        return decode


class BatchThread(driver.AIOKafkaConsumerThread):
    """Fetches in its own thread; here seeks and fetches have one order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._handed_out: dict[tuple[str, int], int] = {}
        """By topic and partition: the offset after the last record handed out, or the one last sought."""
        self._seeks: Counter[tuple[str, int]] = Counter()

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = self.app.fetch_max_wait_ms  # Faust has 1500 written in
        consumer._isolation_level = "read_committed"
        return consumer

    async def _fetch_records(self, consumer: Any, active_partitions: Any, **limits: Any) -> Any:
        fetched = await super()._fetch_records(consumer, active_partitions, **limits)
        for tp, records in fetched.items():
            if records and tp.topic in self.app.batch_topics:
                # The end of the batch before, not the position: control markers and compaction move the position on.
                follows = self._handed_out.get(tuple(tp))
                self._handed_out[tuple(tp)] = records[-1].offset + 1
                fetched[tp] = [batch_of(Delivery(follows, records, self._seeks[tuple(tp)]))]
        return fetched

    async def _seek_wait(self, consumer: Any, partitions: Mapping[Any, int]) -> None:
        # Before the seek: it waits for positions, and a fetch may run meanwhile.
        self._handed_out.update({tuple(tp): offset for tp, offset in partitions.items()})
        self._seeks.update(tuple(tp) for tp in partitions)
        await super()._seek_wait(consumer, partitions)

    def lag(self, lane: Lane) -> int | None:
        """See BatchConsumer."""
        state = self._ensure_consumer()._subscription.subscription.assignment.state_value(lane.tp)
        if state is None or state.highwater is None or not state.has_valid_position:
            return None
        # Behind the last record there may be control markers: the position passes them, a lane never sees them.
        all_durable = lane.durable >= self._handed_out.get(lane.tp, 0)
        at = max(state.position, lane.durable) if all_durable else lane.durable
        return max(0, int(state.highwater) - at)


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
        self._fetch_idle.clear()
        try:
            fetched = await super()._getmany(active_partitions, timeout)
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
                offset = self.app.starts.pop(tp)
                if offset is None:
                    offset = self._committed_offset[tp] or (await self.earliest_offsets(tp))[tp]
                await self.reread(tp, offset)
                self.app.lanes.start(tp, offset)

    # What may be committed is what the lanes have made durable

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Any:
        yield from super()._filter_tps_with_pending_acks(topics)
        yield from (tp for tp in self.app.lanes.by_tp if topics is None or tp in topics or tp.topic in topics)

    def _new_offset(self, tp: Any) -> Any:
        if tp.topic not in self.app.batch_topics:
            return super()._new_offset(tp)
        return self.app.lanes.done(tp)

    async def _commit(self, offsets: Mapping[Any, int]) -> Any:
        if self.app.work.commits_offsets:
            offsets = {tp: offset for tp, offset in offsets.items() if tp.topic not in self.app.batch_topics}
        return not offsets or await super()._commit(offsets)

    def lag(self, lane: Lane) -> int | None:
        """How many records the log has that the lane has not dealt with; None while nothing was fetched."""
        return self._thread.lag(lane) if lane.tp in self.assignment() else None

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


class BatchApp(faust.App):
    """Faust app whose topics are worked on by lanes. Every failure ends the process; a restart is always safe."""

    fetch_max_wait_ms = 100
    drain_deadline = 20.0
    work: Work

    def __init__(self, group: str, servers: Iterable[str], **conf: Any) -> None:
        self.servers = list(servers)
        self.batch_topics: set[str] = set()
        self.starts: dict[TP, int | None] = {}
        self.reader = Reader(self.servers)
        self.stopping = False
        self.waits_for: str | None = PARTITIONS
        """What is missing before this process can work on its partitions; None: nothing."""
        super().__init__(group, broker=[f"kafka://{server}" for server in self.servers], **{**SETTINGS, **conf})

    def take(self, names: Iterable[str], work: Work) -> None:
        """Give the batches of these topics to `work`, with a lane for each partition."""
        self.work, self.lanes = work, Lanes(work, self)
        names = list(names)
        self.batch_topics.update(names)
        channel = self.topic(*names, schema=BatchSchema(), maxsize=8)

        async def to_lanes(stream: Any) -> None:
            async for event in stream.noack().events():
                if event.message.generation_id == self.consumer_generation_id:
                    await self.lanes.put(event)
                else:
                    self.forget(event.message)

        self.agent(channel, name="lanes")(to_lanes)

    async def prepare_lanes(self) -> None:
        """Ask where each assigned partition begins; the lanes open when the consumer has sought there."""
        self.waits_for = "the place to read on at"
        self.lanes.clear()
        tps = [TP(*tp) for tp in self.consumer.assignment() if tp.topic in self.batch_topics]
        self.starts = {tp: await self.work.start(tp) for tp in tps}

    def forget(self, message: Any) -> None:
        """See BatchConsumer."""
        self.consumer.forget(message)

    async def reread(self, tp: TP, offset: int) -> None:
        """See BatchConsumer."""
        await self.consumer.reread(tp, offset)

    def recovered(self, rows: int, seconds: float) -> None:
        """A table was read from its changelog."""

    def die(self, reason: BaseException | str) -> None:
        """End the process at once: what is not durable was not committed either."""
        if isinstance(reason, Refusal):
            print(reason, file=sys.stderr, flush=True)  # noqa: T201
            log.critical("refused: %s", reason)
        else:
            log.critical("leaving: %r", reason)
        logging.shutdown()
        os._exit(REFUSED if isinstance(reason, Refusal) else BROKEN)

    async def on_stop(self) -> None:
        """Close what is not Faust's."""
        await super().on_stop()
        await self.reader.stop()

    def _crash(self, reason: BaseException) -> None:
        if not self.stopping:
            self.die(reason)

    def _new_transport(self) -> Any:
        return BatchTransport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Nothing is kept on disk."""


SETTINGS: dict[str, Any] = {
    "store": "memory://",
    "Table": SafeTable,
    "TableManager": SafeTableManager,
    "topic_allow_declare": False,
    "topic_disable_leader": True,
    "table_standby_replicas": 0,
    "consumer_auto_offset_reset": "earliest",
    "broker_commit_interval": 1.0,
    "broker_session_timeout": 10.0,  # the time until another takes over
    "broker_heartbeat_interval": 2.0,
    "broker_rebalance_timeout": 30.0,  # more than the drain's deadline
    "broker_max_poll_interval": 86_400.0 * 20,  # an idle worker would leave its group for ever
    "broker_max_poll_records": 1_000,
    "web_enabled": False,
    "worker_redirect_stdouts": False,
}
