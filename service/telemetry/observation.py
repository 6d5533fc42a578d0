"""What a running role tells of itself: metrics after each batch, gauges once a second."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from schemas.dead_letters import Code
from schemas.outbound import Announcement
from service import metrics
from service.logs.dead_letter_lines import DeadLetterLines
from service.telemetry import this_process
from service.telemetry.change_counts import count_changes
from service.telemetry.lane_gauges import LaneGauges

LOOK_SECONDS = 1.0
APPENDED = 1
"""The type of a timestamp that Kafka gave."""
MILLISECOND = 0.001
DEAD_LETTERED = "dead-lettered"


class Observation:
    """One a process."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.refused = DeadLetterLines()
        self.looks: list[Callable[[], None]] = []
        """What else is looked at once a second."""
        self._counted = 0
        """Records whose outcome was told."""
        self._lanes = LaneGauges()
        this_process.tell_of_it(role)

    def expects(self, topics: Iterable[str], outcomes: Iterable[str]) -> None:
        """What may become of the records of these topics is shown from the start, at 0.

        Of a counter that is first seen at 500 nobody can tell that it grew: these 500 would be in no rate.
        """
        outcomes = list(outcomes)
        for topic in topics:
            for outcome in outcomes:
                metrics.RECORDS.labels(self.role, topic, outcome)
            for code in Code if DEAD_LETTERED in outcomes else ():
                metrics.DEAD_LETTERS.labels(topic, code)

    def batch(
        self,
        topic: str,
        outcomes: Mapping[str, int],
        records: Sequence[Any],
        codes: Iterable[str] = (),
        produced: Sequence[int] | None = None,
    ) -> None:
        """A batch is durable; `produced`: when each event of it was, in milliseconds (as the records say if it is not given)."""
        self._counted += sum(outcomes.values())
        metrics.count_records(self.role, topic, outcomes)
        for code, number in Counter(codes).items():
            metrics.DEAD_LETTERS.labels(topic, code).inc(number)
            self.refused.count(topic, str(code), number)
        if records:
            times = [record.timestamp for record in records] if produced is None else produced
            metrics.FRESHNESS_SECONDS.observe(self.role, times, time.time())
            metrics.BATCH_RECORDS.labels(self.role).observe(len(records))

    def transaction(self, work: str, seconds: float, said: Sequence[Announcement]) -> None:
        """A transaction of records, reviews or profiles was committed; `said`: what was announced in it."""
        metrics.TRANSACTIONS.inc()
        metrics.STEP_SECONDS.labels(work).observe(seconds)
        if said:
            count_changes(said)

    def recovered(self, rows: int, seconds: float) -> None:
        """A table was read from its changelog."""
        metrics.RECOVERY_ROWS.inc(rows)
        metrics.RECOVERY_SECONDS.set(seconds)

    def wrote(self, sent: float, written: Any) -> None:
        """Kafka has a record in the log that was sent at `sent` (seconds since 1970); `written`: what aiokafka tells of that.

        It stamps each with its own clock, and one that is right reads something between sending and now.
        """
        if written.timestamp_type == APPENDED:
            stamped, seen = written.timestamp / 1000, time.time()
            metrics.CLOCK_SKEW.set(max(0.0, sent - MILLISECOND - stamped) + min(0.0, seen - stamped))

    async def watch(self, app: Any) -> None:
        """Look at the app once a second, until cancelled."""
        while True:
            self.look(app)
            app.consumer.call()
            self.refused.tell()
            await asyncio.sleep(LOOK_SECONDS)

    def look(self, app: Any) -> None:
        """Set the gauges."""
        self._lanes.look(app)
        metrics.LEDGER_IMBALANCE.set(app.lanes.dealt_with - self._counted)
        metrics.RECOVERY_REMAINING.set(app.reader.course.left)
        for look in self.looks:
            look()
