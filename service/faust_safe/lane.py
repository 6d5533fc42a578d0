"""One lane a partition: takes whole batches in order, has them made durable, then lets the offset be committed."""

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from service.faust_safe.portion import Portion
from service.faust_safe.work import TP, Hole, Host, StartAgain, Work
from service.logs import log_events

QUEUED, ON_THEIR_WAY = 16, 4
"""Batches that wait at a lane at most, and how many of them are kept free for what was fetched and has not come yet."""
FULL = 1_000
"""Queued batches are taken together up to about this many records; while more wait nothing is fetched."""
REREAD_PATIENCE = 5.0
"""Seconds after which a lost batch that was asked for again is asked for once more."""


class Lane:
    """The way of one partition. `next` is the offset to take, `done` the one that may be committed.

    `durable` is the offset after all that is dealt with, `progressed_at` when that was (seconds since 1970), `dealt_with` how
    many records that were; `waits_since` is in monotonic seconds: since when records wait here, in the queue or under way, and
    none was made durable (None: none waits).
    """

    def __init__(self, tp: TP, start: int, work: Work, host: Host, done: int | None = None) -> None:
        self.tp, self.next, self.work, self.host, self.done = tp, start, work, host, done
        self.rereads = self.dealt_with = 0
        self.closed = False
        self.durable = start
        self.progressed_at = time.time()
        self.waits_since: float | None = None
        self.queue: asyncio.Queue[Any] = asyncio.Queue(QUEUED)
        self.waiting = 0
        """Records in the queue."""
        self._in_hand: Sequence[Any] = ()
        """Records that were taken and are not yet durable."""
        self._stamps: deque[int] = deque()
        """The timestamp of the first record of each batch in the queue."""
        self._portion = Portion()
        self._more, self._spared = True, time.monotonic()
        """What `spare` said the last time, and when that was."""
        self._asked_at = float("-inf")
        self._hole: int | None = None
        """Records are missing at `next`; how often the partition had been sought when that was seen."""
        self.task = asyncio.get_running_loop().create_task(self._run())
        self.task.add_done_callback(self._ended)

    async def put(self, event: Any) -> None:
        """Take a delivery into the queue; waits while that is full."""
        records = event.value.records
        self.waiting += len(records)
        self.waits_since = self.waits_since or time.monotonic()
        self._stamps.append(records[0].timestamp)
        await self.queue.put(event)

    @property
    def oldest(self) -> int | None:
        """The timestamp of the oldest record here that is not durable yet, in milliseconds since 1970; None: there is none."""
        if self._in_hand:
            return int(self._in_hand[0].timestamp)
        return self._stamps[0] if self._stamps else None

    def close(self) -> None:
        """Finish what is under way and start nothing else. What was not taken is read again by the next owner."""
        self.closed = True
        while not self.queue.empty():
            self.host.forget(self.queue.get_nowait().message)
        self._stamps.clear()
        self.queue.put_nowait(None)
        if self.work.deadline is None:
            self.task.cancel()

    async def _run(self) -> None:
        while not self.closed:
            events = await self._events(0 if self._more else self.work.pause)
            try:
                await self._process(events)
                if not self.closed and self.queue.empty():
                    await self._spare()
            except StartAgain as reason:
                await self._start_again(reason)
        async with asyncio.timeout(self.work.deadline):
            await self.work.drain(self.tp)

    async def _process(self, events: Sequence[Any]) -> None:
        before = self.next
        try:
            left = self._in_hand = await self._take(events)
            while left and not self.closed:
                records = left[: self._portion.most]
                await self._make_durable(records)
                left = self._in_hand = left[len(records) :]
                before = self.durable
                if not self.closed and time.monotonic() - self._spared >= 1.0:
                    await self._spare()
            if left:
                self.next = before
        except StartAgain:
            self.next = before
            raise
        finally:
            self._in_hand, self.waits_since = (), time.monotonic() if self.waiting else None
            for event in events:
                self.host.forget(event.message)

    async def _make_durable(self, records: Sequence[Any]) -> None:
        began = time.monotonic()
        async with asyncio.timeout(self.work.deadline):
            await self.work.process(self.tp, records)
        self.dealt_with += len(records)
        self.done = self.durable = records[-1].offset + 1
        self.progressed_at, self.waits_since = time.time(), time.monotonic()
        self._portion.took(len(records), self.waits_since - began)

    async def _spare(self) -> None:
        async with asyncio.timeout(self.work.deadline):
            self._more = await self.work.spare(self.tp)
        self._spared = time.monotonic()

    async def _start_again(self, reason: StartAgain) -> None:
        offset = await self.work.start(self.tp)
        self.next, self.done, self._hole = self.next if offset is None else offset, None, None
        self._say_again(str(reason))
        self.durable = self.next
        self._asked_at = time.monotonic()
        await self.host.reread(self.tp, self.next)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()):
            error.add_note(f"(in {self.tp.topic}-{self.tp.partition})")
            self.host.die(error)

    async def _events(self, patience: float) -> list[Any]:
        if not patience:
            await asyncio.sleep(0)  # others get their turn, whatever the queue holds
            if self.queue.empty():
                return []
        try:
            async with asyncio.timeout(patience or None):
                first = await self.queue.get()
        except TimeoutError:
            return []
        if first is None:  # closed
            return []
        events, count = [first], len(first.value.records)
        while count < FULL and not self.queue.empty():
            events.append(self.queue.get_nowait())
            count += len(events[-1].value.records)
        for _ in events:
            self._stamps.popleft()
        self.waiting -= count
        return events

    async def _take(self, events: Iterable[Any]) -> list[Any]:
        """The records that come next. What was delivered before is dropped; what was lost on the way is read again."""
        taken: list[Any] = []
        for event in events:
            follows, records, seeks = event.value
            in_whole = records[0].offset >= self.next
            new = records if in_whole else [record for record in records if record.offset >= self.next]
            if not new:
                continue
            if records[0].offset > self.next and follows is not None and follows > self.next:
                await self._reread(follows)
                continue
            if self.work.dense and not (new[0].offset == self.next and new[-1].offset - self.next + 1 == len(new)):
                await self._hole_seen(new, seeks)
                continue
            self._asked_at, self._hole = float("-inf"), None
            taken += new
            self.next = new[-1].offset + 1
        return taken

    async def _reread(self, follows: int | None) -> None:
        # Batches that were fetched before the seek keep coming for a while: they are no reason to seek again.
        if time.monotonic() - self._asked_at >= REREAD_PATIENCE:
            self._say_again(f"what came follows on {follows}")
            self._asked_at = time.monotonic()
            self.rereads += 1
            await self.host.reread(self.tp, self.next)

    def _say_again(self, reason: str) -> None:
        log_events.READING_AGAIN(place=f"{self.tp.topic}-{self.tp.partition}", offset=self.next, reason=reason)

    async def _hole_seen(self, new: Sequence[Any], seeks: int) -> None:
        if self._hole is None:
            self._hole, self._asked_at = seeks, float("-inf")
            await self._reread(new[0].offset)
        elif seeks > self._hole:  # fetched since then
            raise Hole(
                f"{self.tp.topic}-{self.tp.partition}: records are missing between offset {self.next} and {new[-1].offset}, "
                "and this log can have no holes: run `tiering rebuild`"
            )
