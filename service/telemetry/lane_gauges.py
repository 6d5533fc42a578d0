"""What is shown of the lanes: lag, progress, readiness, and whether all records are accounted for."""

import time
from typing import Any

from service import metrics
from service.faust_safe.lane import Lane
from service.faust_safe.work import TP


class LaneGauges:
    """One a process; `look` is called about once a second."""

    def __init__(self) -> None:
        self._shown: set[TP] = set()
        self._rereads = 0
        self._behind: dict[TP, tuple[int, float]] = {}
        """Of a partition with records that have not come here: an end of its log, and when (monotonic seconds) it was seen."""

    def look(self, app: Any) -> None:
        """Show the present state of an app's lanes."""
        lanes: dict[TP, Lane] = app.lanes.by_tp
        waits = dict.fromkeys(app.batch_topics, 0.0)
        for tp, lane in lanes.items():
            labels = tp.topic, str(tp.partition)
            metrics.LAST_PROGRESS.labels(*labels).set(lane.progressed_at)
            if (lag := app.consumer.fetched.lag(lane)) is not None:
                metrics.LAG_RECORDS.labels(*labels).set(lag)
            waits[tp.topic] = max(waits[tp.topic], self._waited(lane, lag or 0))
        for topic, seconds in waits.items():
            metrics.LAG_SECONDS.labels(topic).set(seconds)
        self._forget(set(lanes))
        metrics.PARTITIONS.labels("assigned").set(app.consumer.owned())
        metrics.PARTITIONS.labels("ready").set(len(lanes))
        self._count_rereads(sum(lane.rereads for lane in lanes.values()))

    def _waited(self, lane: Lane, lag: int) -> float:
        """For how many seconds the oldest record has waited."""
        if not lag:
            self._behind.pop(lane.tp, None)
            return 0.0
        end, now = lane.durable + lag, time.monotonic()
        known, since = self._behind.setdefault(lane.tp, (end, now))
        if lane.durable >= known:  # what waited then is dealt with: what waits now came later
            self._behind[lane.tp], since = (end, now), now
        if lane.oldest is not None:
            return max(0.0, time.time() - lane.oldest / 1000)
        return now - since  # how old it is nobody knows yet, but since when it is known of

    def _forget(self, lanes: set[TP]) -> None:
        for tp in self._shown - lanes:
            self._behind.pop(tp, None)
            for gauge in (metrics.LAG_RECORDS, metrics.LAST_PROGRESS):
                gauge.remove(tp.topic, str(tp.partition))
        self._shown = lanes

    def _count_rereads(self, seen: int) -> None:
        metrics.REREADS.inc(max(0, seen - self._rereads))
        self._rereads = seen
