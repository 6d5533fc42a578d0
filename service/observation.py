"""What a running role tells of itself: metrics after each batch, gauges and probes once a second."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from service import metrics
from service.faust_safe.lanes import Lane
from service.web.probes import Probes

LOOK_SECONDS = 1.0


class Observation:
    """One a process. A lane's partition is that of its topic."""

    def __init__(self, role: str) -> None:
        self.role, self.probes = role, Probes()
        metrics.BUILD.info({"version": version("customer-tiering"), "role": role})

    def batch(self, topic: str, outcomes: Mapping[str, int], records: Sequence[Any], codes: Iterable[str] = ()) -> None:
        """A batch is durable."""
        metrics.count_records(self.role, topic, outcomes)
        for code, number in Counter(codes).items():
            metrics.DEAD_LETTERS.labels(topic, code).inc(number)
        if records:
            metrics.FRESHNESS_SECONDS.labels(self.role).observe(max(0.0, time.time() - records[0].timestamp / 1000))
        self.probes.progress()

    def transaction(self, seconds: float, announced: Iterable[str]) -> None:
        """A transaction was committed; `announced`: the topic of each announcement in it."""
        metrics.TRANSACTIONS.inc()
        metrics.BATCH_SECONDS.labels(self.role).observe(seconds)
        for topic, number in Counter(announced).items():
            metrics.ANNOUNCEMENTS.labels(topic).inc(number)

    async def watch(self, app: Any) -> None:
        """Look at the lanes once a second, until cancelled."""
        shown: set[tuple[str, int]] = set()
        rereads = 0
        while True:
            lanes: dict[Any, Lane] = app.lanes.by_tp
            ends = {tp: app.consumer.highwater(tp) for tp in lanes if tp in app.consumer.assignment()}
            known = {tp: end for tp, end in ends.items() if end is not None}
            for tp, end in known.items():
                metrics.LAG_RECORDS.labels(tp.topic, str(tp.partition)).set(max(0, end - lanes[tp].next))
            for topic, partition in shown - set(known):
                metrics.LAG_RECORDS.remove(topic, str(partition))
            shown = set(known)
            seen = sum(lane.rereads for lane in lanes.values())
            metrics.REREADS.inc(max(0, seen - rereads))
            rereads = seen
            if all(lane.queue.empty() for lane in lanes.values()):
                self.probes.progress()  # nothing to do is no standstill
            await asyncio.sleep(LOOK_SECONDS)
