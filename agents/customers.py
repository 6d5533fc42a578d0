"""Customers: the only writer of the only table. The log's records in, one transaction a batch out."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec import structs

from agents.clock import Clock
from schemas import topics
from schemas.control import PolicyActivated
from service import agreement, metrics, startup
from service.active_policies import newest_policy
from service.activity_log import look
from service.bite import Bite
from service.collector import Collector
from service.domain.policy import Policy
from service.effects import Effects
from service.faust_safe.batches import Refusal
from service.faust_safe.table import SafeTable
from service.faust_safe.work import TP
from service.log_mismatch import LogMismatch
from service.logs import log_events
from service.logs.partition_news import PartitionNews
from service.outgoing import outgoing
from service.partition import Partition
from service.policy_history import read_policy
from service.produced import Produced
from service.quarantine import CodeIsWrong
from service.rebuild.partition import first_row
from service.role_app import RoleApp
from service.rows.customer_row import FutureRow
from service.telemetry.census import Census
from service.telemetry.partition_gauges import PartitionGauges

ROLE = "customers"
OUTCOMES = ("applied", "repeated", "dead-lettered", "control", "ignored")
MOST_FETCHED, FETCHED_BYTES = 5_000, 2 << 20
"""Of a partition at a time; most records are of 400 bytes. The larger a batch of a backlog, the fewer rows an event."""
BITE = 300
"""Customers reviewed, or profiles sent, between two looks at the queue, at most."""
BITE_SECONDS = 0.015
"""Reviews end after so long: with their rows and the transaction a partition must not stand still for 50 ms."""
TURN_SECONDS = 0.005
"""After so long of records other partitions get their turn: there is no transaction to each."""
FAR_BEHIND = 5_000
"""While so many records of a partition wait its profiles stand back, for most would soon be replaced: of all such partitions one
bite a second goes out."""


class Customers:
    """The work of this role."""

    dense = True
    deadline: float | None = 40.0

    def __init__(self, app: RoleApp, table: SafeTable, file: Policy | None) -> None:
        self.app, self.table, self.settings = app, table, app.settings
        self.pause = min(0.05, self.settings.profile_seconds / 4)
        self.partitions: dict[int, Partition] = {}
        self.clock = Clock(app, file, self.partitions)
        self.collector = Collector()
        self._gauges = PartitionGauges(self.partitions)
        self.news = PartitionNews()
        self._published: dict[int, float] = {}
        """When the last round of profiles began, by partition; while that is far behind, its last bite."""
        self._stood_back = float("-inf")
        """When a partition that is far behind had its turn."""
        self._produced: dict[int, Produced] = {}

    async def start(self, tp: TP) -> int:
        """Build the partition from its rows; refuse when rows and log disagree."""
        rows = self.table.parts[tp.partition].rows
        with refusing():
            partition = Partition(tp.partition, rows, mode=self.settings.time)
        first = await agreement.check(self.app.reader, self.settings, tp, partition)
        if partition.log_id is None:
            activity = await look(self.app.reader, *tp)
            if (begin := activity.begins_under) is not activity.policies[0]:
                rows[partition.key] = first_row(activity.log_id, begin).encode()
                partition = Partition(tp.partition, rows, mode=self.settings.time)
        elif await agreement.profiles_are_lost(self.app.reader, self.settings, partition):
            log_events.PROFILES_AGAIN(topic=self.settings.topic(topics.CUSTOMER_PROFILES), partition=tp.partition)
            rows[partition.key] = structs.replace(partition.row, profiled=-1).encode()
            partition = Partition(tp.partition, rows, mode=self.settings.time)
        with refusing():
            active = partition.policies.current if partition.policies else read_policy(first.data.text, tp.partition)
        await self.clock.take(tp.partition, await self._coming(tp, partition, active), first.data.log_id)
        self._forget_left()
        self.partitions[tp.partition] = partition
        self.news.begin(tp, partition)
        self.collector.pass_over_all()
        self._published[tp.partition] = time.monotonic()
        self._produced[tp.partition] = Produced()
        return partition.next

    def look(self) -> None:
        """Show what is to be seen of the partitions; about once a second."""
        self._forget_left()
        self._gauges.look()

    def _forget_left(self) -> None:
        for left in set(self.partitions) - set(self.table.parts):
            del self.partitions[left]

    async def _coming(self, tp: TP, partition: Partition, active: Policy) -> Policy:
        """The newest policy of the log, where this worker may have to write a newer one."""
        if self.clock.file is None or self.clock.file.version <= active.version:
            return active
        _, end = await self.app.reader.bounds(*tp)
        with refusing():
            return await newest_policy(self.app.reader, tp.topic, tp.partition, active, partition.next, end)

    async def process(self, tp: TP, records: Sequence[Any]) -> None:
        """Fold the records, with pauses for the other partitions; all that they cause is one transaction."""
        began, bite = time.perf_counter(), Bite(TURN_SECONDS)
        turns = self.partitions[tp.partition].apply_in_turns(records, bite.is_over)
        with refusing():
            while (effects := next(turns)) is None:
                await asyncio.sleep(0)
                bite.begin()
        await self._write(tp, "records", effects, began)
        codes = [letter.code for letter in effects.dead_letters]
        self.app.observation.batch(tp.topic, effects.counts, records, codes, self._produced[tp.partition].times(records))

    async def spare(self, tp: TP) -> bool:
        """A bite of the reviews that are due, and the profiles whose time has come."""
        partition = self.partitions[tp.partition]
        if partition.due:
            bite = Bite(BITE_SECONDS)
            effects = await self._step(tp, "reviews", lambda due: due.catch_up(BITE, bite.is_over))
            metrics.REVIEWS.inc(effects.reviewed)
        if partition.pending_profiles and self._time_to_publish(tp):
            if not partition.round_left or self._is_far_behind(tp):
                self._published[tp.partition] = time.monotonic()
            await self._publish(tp)
            if partition.round_left and not self._is_far_behind(tp):
                return True
        return partition.due > 0

    async def drain(self, tp: TP) -> None:
        """No profile stays behind."""
        while self.partitions[tp.partition].pending_profiles:
            await self._publish(tp)

    async def _publish(self, tp: TP) -> None:
        bite = Bite(BITE_SECONDS)
        await self._step(tp, "profiles", lambda partition: partition.publish_profiles(BITE, bite.is_over))

    def _time_to_publish(self, tp: TP) -> bool:
        now, seconds = time.monotonic(), self.settings.profile_seconds
        waited = now - self._published[tp.partition]
        if not self._is_far_behind(tp):
            return waited >= seconds or self.partitions[tp.partition].round_left > 0
        # Those that are far behind take turns.
        turns = sum(self._is_far_behind(TP(tp.topic, number)) for number in self.partitions)
        if waited < seconds * turns or now - self._stood_back < seconds:
            return False
        self._stood_back = now
        return True

    def _is_far_behind(self, tp: TP) -> bool:
        return self.app.waiting(tp) > FAR_BEHIND

    async def _step(self, tp: TP, work: str, act: Callable[[Partition], Effects]) -> Effects:
        """Have a partition do something, and all that it causes written in one transaction."""
        began = time.perf_counter()
        with refusing():
            effects = act(self.partitions[tp.partition])
        await self._write(tp, work, effects, began)
        return effects

    async def _write(self, tp: TP, work: str, effects: Effects, began: float) -> None:
        if effects:
            others = list(outgoing(self.settings, tp.partition, effects))
            await self.table.write(tp.partition, effects.rows, others)
            seconds = time.perf_counter() - began
            self.app.observation.transaction(work, seconds, effects.said)
            self.news.tell(tp, self.partitions[tp.partition], [why for _, why in effects.quarantined])


@contextmanager
def refusing() -> Iterator[None]:
    """What a partition can't go on with is said in a sentence, and ends the process."""
    try:
        yield
    except LogMismatch as mismatch:
        raise Refusal(str(mismatch)) from None
    except FutureRow as row:
        raise Refusal(f"{row}") from None
    except CodeIsWrong as wrong:
        raise Refusal(
            f"{wrong}: so many at once are wrong by the code, or their rows were damaged; nothing of it was written. Mend the"
            " code and start again; if rows are damaged run `tiering rebuild`"
        ) from None


def build(app: RoleApp, policy: PolicyActivated | None) -> None:
    """Make the app of a role the customers' app."""
    settings = app.settings
    app.conf.broker_max_poll_records, app.conf.consumer_max_fetch_size = MOST_FETCHED, FETCHED_BYTES
    table = app.Table(
        "customers",
        partitions=settings.partitions,
        key_type=bytes,
        value_type=bytes,
        changelog_topic=app.topic(
            settings.topic(topics.CHANGELOG), partitions=settings.partitions, key_type=bytes, value_type=bytes, compacting=True
        ),
    )
    app.at_stop(table.transactions.stop)
    customers = Customers(app, table, startup.policy_file(settings))
    app.background += [customers.clock.run, customers.collector.run, Census(customers.partitions, app.is_busy).run]
    app.observation.looks.append(customers.look)
    app.at_stop(customers.clock.stop)
    log = settings.topic(topics.CUSTOMER_ACTIVITY)
    app.observation.expects([log], OUTCOMES)
    app.take([log], customers)
