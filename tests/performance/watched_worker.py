"""A customers worker that also watches its own event loop: how long it stood still, at the longest, and what for.

Everything else is the real worker. What was found since its metrics were asked for the last time is among them.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from prometheus_client import Gauge

import agents.customers
from agents.customers import Customers
from service import metrics
from service.commands.main import main
from service.domain.policy import Policy
from service.effects import Effects
from service.faust_safe.table import SafeTable
from service.faust_safe.work import TP
from service.partition import Partition
from service.role_app import RoleApp

PAUSE = 0.005
STILL = "tiering_bench_still"
"""The longest seconds by `what`."""
LOOP, TURN, REVIEWS, PROFILES, COLLECTOR = WHAT = ("loop", "turn", "reviews", "profiles", "collector")
"""The loop between two turns of ours, on the clock. All others in CPU of its thread, which a busy machine does not lengthen so
much: between two turns (every partition has had one meanwhile), for a bite of reviews, a bite of profiles, a garbage collection.
"""


class Longest:
    """The longest of each kind since they were asked for the last time."""

    def __init__(self) -> None:
        gauge = Gauge(STILL, "Seconds, the longest since the last look.", ["what"], registry=metrics.REGISTRY)
        self._seconds = dict.fromkeys(WHAT, 0.0)
        for what in self._seconds:
            gauge.labels(what).set_function(partial(self._take, what))
        self._collecting = 0.0

    def add(self, what: str, seconds: float) -> None:
        """One more."""
        self._seconds[what] = max(self._seconds[what], seconds)

    async def watch(self) -> None:
        """Take a turn in the loop every few milliseconds, and see how much later that is than it should be."""
        while True:
            began, used = time.perf_counter(), time.thread_time()
            await asyncio.sleep(PAUSE)
            self.add(LOOP, time.perf_counter() - began - PAUSE)
            self.add(TURN, time.thread_time() - used)

    def timed(self, what: str, act: Callable[[Partition], Effects]) -> Callable[[Partition], Effects]:
        """The same act, timed."""

        def act_timed(partition: Partition) -> Effects:
            began = time.thread_time()
            effects = act(partition)
            self.add(what, time.thread_time() - began)
            return effects

        return act_timed

    def collected(self, phase: str, info: Mapping[str, Any]) -> None:
        """For `gc.callbacks`."""
        now = time.thread_time()
        if phase == "stop":
            self.add(COLLECTOR, now - self._collecting)
        self._collecting = now

    def _take(self, what: str) -> float:
        seconds, self._seconds[what] = self._seconds[what], 0.0
        return seconds


class WatchedCustomers(Customers):
    """The work of the customers' role, timed."""

    def __init__(self, app: RoleApp, table: SafeTable, file: Policy | None) -> None:
        super().__init__(app, table, file)
        self.longest = Longest()
        gc.callbacks.append(self.longest.collected)
        app.background.append(self.longest.watch)

    async def _step(self, tp: TP, work: str, act: Callable[[Partition], Effects]) -> Effects:
        return await super()._step(tp, work, self.longest.timed(work, act))


if __name__ == "__main__":
    agents.customers.Customers = WatchedCustomers  # type: ignore[misc]
    main()
