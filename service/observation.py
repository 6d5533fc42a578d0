"""What a running role tells of itself: metrics after each batch, gauges once a second."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from service import metrics
from service.compiled import build
from service.faust_safe.lanes import Lane

LOOK_SECONDS = 1.0


class Observation:
    """One a process. A lane's partition is that of its topic."""

    def __init__(self, role: str) -> None:
        self.role = role
        metrics.BUILD.info({"version": version("customer-tiering"), "role": role, "build": build()})

    def batch(
        self,
        topic: str,
        outcomes: Mapping[str, int],
        records: Sequence[Any],
        codes: Iterable[str] = (),
        produced: Sequence[int] | None = None,
    ) -> None:
        """A batch is durable; `produced`: when each event of it was, in milliseconds (as the records say if it is not given)."""
        metrics.count_records(self.role, topic, outcomes)
        for code, number in Counter(codes).items():
            metrics.DEAD_LETTERS.labels(topic, code).inc(number)
        if records:
            times = [record.timestamp for record in records] if produced is None else produced
            metrics.FRESHNESS_SECONDS.observe(self.role, times, time.time())
            metrics.BATCH_RECORDS.labels(self.role).observe(len(records))

    def transaction(self, work: str, seconds: float, announced: Iterable[str]) -> None:
        """A transaction of records, reviews or profiles was committed; `announced`: the topic of each announcement in it."""
        metrics.TRANSACTIONS.inc()
        metrics.STEP_SECONDS.labels(work).observe(seconds)
        for topic, number in Counter(announced).items():
            metrics.ANNOUNCEMENTS.labels(topic).inc(number)

    def recovered(self, rows: int, seconds: float) -> None:
        """A table was read from its changelog."""
        metrics.RECOVERY_ROWS.inc(rows)
        metrics.RECOVERY_SECONDS.set(seconds)

    async def watch(self, app: Any) -> None:
        """Look at the lanes once a second, until cancelled."""
        shown: set[Any] = set()
        rereads = 0
        while True:
            lanes: dict[Any, Lane] = app.lanes.by_tp
            for tp, lane in lanes.items():
                labels = tp.topic, str(tp.partition)
                metrics.LAST_PROGRESS.labels(*labels).set(lane.progressed_at)
                if (lag := app.consumer.lag(lane)) is not None:
                    metrics.LAG_RECORDS.labels(*labels).set(lag)
            for tp in shown - set(lanes):
                for gauge in (metrics.LAG_RECORDS, metrics.LAST_PROGRESS):
                    gauge.remove(tp.topic, str(tp.partition))
            shown = set(lanes)
            seen = sum(lane.rereads for lane in lanes.values())
            metrics.REREADS.inc(max(0, seen - rereads))
            rereads = seen
            await asyncio.sleep(LOOK_SECONDS)
