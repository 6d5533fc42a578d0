"""All lanes of a process: where deliveries go, and what may be committed of each partition."""

import asyncio
from typing import Any

from service.faust_safe.lane import FULL, ON_THEIR_WAY, QUEUED, Lane
from service.faust_safe.work import TP, Host, Work


class Lanes:
    """The lanes of the partitions that this process owns."""

    def __init__(self, work: Work, host: Host) -> None:
        self.work, self.host = work, host
        self.by_tp: dict[TP, Lane] = {}
        self._left = 0
        """Records that lanes had dealt with which are no more."""

    @property
    def dealt_with(self) -> int:
        """How many records this process has made durable."""
        return self._left + sum(lane.dealt_with for lane in self.by_tp.values())

    def start(self, tp: TP, offset: int, done: int | None = None) -> None:
        """Open a lane at an offset; `done` may be committed already."""
        self.by_tp[tp] = Lane(tp, offset, self.work, self.host, done)

    def has_room(self, tp: TP) -> bool:
        """Whether more may be fetched for a partition: a delivery that a full lane can't take holds up those of all others."""
        lane = self.by_tp.get(tp)
        return lane is None or (lane.waiting < FULL and lane.queue.qsize() < QUEUED - ON_THEIR_WAY)

    def done(self, tp: TP) -> int | None:
        """The offset that may be committed; None: nothing new."""
        lane = self.by_tp.get(tp)
        return lane.done if lane else None

    async def put(self, event: Any) -> None:
        """Give a delivery to its lane; waits while the lane is full."""
        lane = self.by_tp.get(event.message.tp)
        if lane is None or lane.closed:
            self.host.forget(event.message)
        else:
            await lane.put(event)

    async def close(self, deadline: float) -> bool:
        """Close all lanes and wait for what is under way; False when some did not end in time."""
        for lane in self.by_tp.values():
            if not lane.closed:
                lane.close()
        tasks = [lane.task for lane in self.by_tp.values()]
        return not tasks or not (await asyncio.wait(tasks, timeout=deadline))[1]

    def clear(self) -> None:
        """Forget all lanes."""
        self._left = self.dealt_with
        for lane in self.by_tp.values():
            lane.task.cancel()
        self.by_tp.clear()
