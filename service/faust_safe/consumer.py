"""Faust's consumer, made to hand out whole fetched batches; what may be committed is what the lanes have made durable."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

from faust.transport.drivers import aiokafka as driver

from service.faust_safe.batch_thread import BatchThread
from service.faust_safe.fetched import Fetched
from service.faust_safe.work import TP

PARTITIONS = "partitions from its consumer group"
FULL_SECONDS = 0.01
"""While lanes are full only the others' partitions are asked for, so long; then it is seen which have room."""


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

    @property
    def fetched(self) -> Fetched:
        """How far each log goes, and how far it was fetched."""
        fetched: Fetched = self._thread.fetched
        return fetched

    def owned(self) -> int:
        """How many partitions this process was given."""
        return len(self._ours(self.assignment()))

    def heard_at(self) -> float | None:
        """When Kafka last answered a fetch of records that there is room for, in seconds since 1970; None: nothing is known."""
        tps = [tp for tp in self._ours(self.assignment()) if self.app.lanes.has_room(tp)]
        return self.fetched.heard_at(tps)

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
        self.fetched.look()

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
