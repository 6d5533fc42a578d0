"""A Faust app that is given whole fetched batches, one Faust event a batch and partition; lanes own the offsets."""

import asyncio
import logging
import os
from collections.abc import Iterable, Mapping
from typing import Any

import faust
from aiokafka.errors import ProducerFenced

from service.exit_codes import BROKEN, NOT_REACHABLE, WRONG_USE
from service.faust_safe.cluster import Cluster
from service.faust_safe.consumer import PARTITIONS, BatchTransport
from service.faust_safe.credentials import ClusterCredentials
from service.faust_safe.forbidden import Forbidden, forbidden
from service.faust_safe.lanes import Lanes
from service.faust_safe.membership import SESSION_SECONDS, Forgotten
from service.faust_safe.memory import end_without_memory
from service.faust_safe.reader import Reader
from service.faust_safe.table import SafeTable, SafeTableManager
from service.faust_safe.work import TP, Hole, Work
from service.logs import log_events
from service.logs.error_words import in_short


class Refusal(Exception):
    """The worker must not start or go on; the message is a sentence that says what to do."""


def last_words(reason: BaseException | str) -> None:
    """Why a process ends."""
    if isinstance(reason, Refusal | Hole):
        log_events.REFUSED(reason=str(reason))
    elif isinstance(reason, Forbidden):
        log_events.FORBIDDEN(reason=str(reason))
    elif isinstance(reason, Forgotten):
        log_events.FORGOTTEN(reason=str(reason))
    elif isinstance(reason, ProducerFenced):
        log_events.FENCED(reason=in_short(reason))
    elif isinstance(reason, BaseException):
        log_events.LEAVING(reason=in_short(reason), error=reason)
    else:
        log_events.LEAVING(reason=reason)


class BatchSchema(faust.Schema):
    """Hands the delivery on as it is: what is in a record is the role's business."""

    def compile(self, app: Any, **_: Any) -> Any:
        """A decoder that decodes nothing."""

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return app.create_event(None, message.value, None, message)

        return decode


class BatchApp(faust.App):
    """Faust app whose topics are worked on by lanes. Every failure ends the process; a restart is always safe."""

    fetch_max_wait_ms = 100
    drain_deadline = 20.0
    work: Work

    def __init__(self, group: str, cluster: Cluster, **conf: Any) -> None:
        self.cluster = cluster
        self.batch_topics: set[str] = set()
        self.starts: dict[TP, int | None] = {}
        self.reader = Reader(cluster)
        self.stopping = False
        self.waits_for: str | None = PARTITIONS
        """What is missing before this process can work on its partitions; None: nothing."""
        self.silent_since: float | None = None
        """Since when (monotonic seconds) the thread that fetches has not answered a call; None: it has."""
        broker = [f"kafka://{server}" for server in cluster.servers]
        super().__init__(group, broker=broker, broker_credentials=ClusterCredentials(cluster), **{**SETTINGS, **conf})

    def take(self, names: Iterable[str], work: Work) -> None:
        """Give the batches of these topics to `work`, with a lane for each partition."""
        self.work, self.lanes = work, Lanes(work, self)
        names = list(names)
        self.batch_topics.update(names)
        channel = self.topic(*names, schema=BatchSchema(), maxsize=8)

        async def to_lanes(stream: Any) -> None:
            async for event in stream.noack().events():
                if event.message.generation_id == self.consumer_generation_id:
                    await self.lanes.put(event)
                else:
                    self.forget(event.message)

        self.agent(channel, name="lanes")(to_lanes)

    async def prepare_lanes(self) -> None:
        """Ask where each assigned partition begins; the lanes open when the consumer has sought there."""
        self.waits_for = "the place to read on at"
        self.lanes.clear()
        tps = [TP(*tp) for tp in self.consumer.assignment() if tp.topic in self.batch_topics]
        self.starts = {tp: await self.work.start(tp) for tp in tps}
        await self.reader.rest()

    def waiting(self, tp: TP) -> int:
        """How many records of a partition have not been dealt with, as far as that is known."""
        lane = self.lanes.by_tp.get(tp)
        return (None if lane is None else self.consumer.fetched.lag(lane)) or 0

    def forget(self, message: Any) -> None:
        """See BatchConsumer."""
        self.consumer.forget(message)

    async def reread(self, tp: TP, offset: int) -> None:
        """See BatchConsumer."""
        await self.consumer.reread(tp, offset)

    def replaced(self) -> None:
        """Another member of this process's name is in the group: see membership."""
        name = self.conf.consumer_group_instance_id
        self.die(
            Refusal(
                f"another process has taken the name {name} (TIERING_INSTANCE) in the group {self.conf.id}: if it is this one's"
                " successor all is well, let this one stay ended; else give every process of a role a name of its own"
            )
        )

    def forgotten(self) -> None:
        """The group has given this process's place away, and nobody has its name: see membership."""
        name = self.conf.consumer_group_instance_id
        self.die(Forgotten(f"the group {self.conf.id} has not heard of {name} for {SESSION_SECONDS:.0f} s"))

    def taken(self, partitions: Iterable[TP]) -> None:
        """The group gave this process these partitions."""

    def left(self) -> None:
        """They are given up: what was under way is durable."""

    def recovering(self, count: int) -> None:
        """A table's rows of so many partitions are about to be read from its changelog."""

    def now_ready(self) -> None:
        """Every partition that was taken is worked on."""

    def takes_over(self, states: Mapping[int, str]) -> None:
        """Partitions are about to be taken over whose former owners left transactions in these states (`former_owners`)."""

    def recovered(self, rows: int, seconds: float) -> None:
        """A table was read from its changelog."""

    def die(self, reason: BaseException | str) -> None:
        """End the process at once: what is not durable was not committed either."""
        if isinstance(reason, ProducerFenced) and self.consumer.is_replaced():
            self.replaced()
        denied = forbidden(reason)
        reason, refused = denied or reason, denied is not None or isinstance(reason, Refusal | Hole)
        try:
            last_words(reason)
            logging.shutdown()
        finally:  # also when there is no memory for a line
            os._exit(NOT_REACHABLE if denied else WRONG_USE if refused else BROKEN)

    async def on_start(self) -> None:
        """Before anything connects."""
        end_without_memory(asyncio.get_running_loop(), self.die)
        await super().on_start()

    async def on_stop(self) -> None:
        """Close what is not Faust's."""
        await super().on_stop()
        await self.reader.stop()

    def _crash(self, reason: BaseException) -> None:
        if not self.stopping:
            self.die(reason)

    def _new_transport(self) -> Any:
        return BatchTransport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Nothing is kept on disk."""


SETTINGS: dict[str, Any] = {
    "store": "memory://",
    "Table": SafeTable,
    "TableManager": SafeTableManager,
    "topic_allow_declare": False,
    "topic_disable_leader": True,
    "table_standby_replicas": 0,
    "consumer_auto_offset_reset": "earliest",
    "broker_commit_interval": 0.25,
    "broker_session_timeout": 10.0,  # the time until another takes over
    "broker_heartbeat_interval": 2.0,
    "broker_rebalance_timeout": 30.0,  # more than the drain's deadline
    "broker_max_poll_interval": 86_400.0 * 20,  # an idle worker would leave its group for ever
    "broker_max_poll_records": 1_000,
    "web_enabled": False,
    "worker_redirect_stdouts": False,
}
