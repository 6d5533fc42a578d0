"""How late this process's timers are: as long the loop was busy with something else."""

import asyncio
import time
from collections import deque

from service import metrics

TICK_SECONDS, LOOK_SECONDS, KEPT = 0.1, 1.0, 15
"""What is shown is the longest of KEPT looks, so that no scrape misses it."""


class LoopLag:
    """One a process."""

    def __init__(self) -> None:
        self._longest: deque[float] = deque(maxlen=KEPT)

    async def run(self) -> None:
        """Measure, until cancelled."""
        while True:
            until, longest = time.monotonic() + LOOK_SECONDS, 0.0
            while (began := time.monotonic()) < until:
                await asyncio.sleep(TICK_SECONDS)
                longest = max(longest, time.monotonic() - began - TICK_SECONDS)
            self._longest.append(longest)
            metrics.EVENT_LOOP_LAG.set(max(self._longest))
