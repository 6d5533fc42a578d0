"""Clock: what the workers themselves write into the log: that a day has begun, and the policy of a newer file."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka.errors import KafkaError

from schemas import codec, topics
from schemas.control import ClockTicked, Tick
from service import metrics
from service.activation import NotAllowed, takes_over
from service.domain.calendar import business_day, date_of
from service.domain.policy import Frame, Policy
from service.faust_safe.batches import Refusal
from service.faust_safe.sending import PRODUCER
from service.logs import log_events
from service.logs.error_words import in_short
from service.partition import Partition
from service.replay import activation_record
from service.role_app import RoleApp

LOOK_SECONDS = 1.0
"""Between two looks at the wall clock: a machine may have slept, or its clock been set."""


class Clock:
    """Of the partitions of one process. A record that comes twice, or from two workers, changes nothing the second time."""

    def __init__(self, app: RoleApp, file: Policy | None, partitions: Mapping[int, Partition]) -> None:
        self.app, self.file, self.partitions = app, file, partitions
        self.log = app.settings.topic(topics.CUSTOMER_ACTIVITY)
        self._producer: Any = None
        self._ticked: dict[int, int] = {}
        """The business day of the latest tick, by partition."""
        self._compared: dict[int, Policy] = {}
        """The policy in force that the file was compared with last, by partition."""

    async def take(self, number: int, active: Policy, log_id: str) -> None:
        """A partition was assigned; `active` is the newest policy of its log. Refusal."""
        if self.file is not None and self._takes_over(number, self.file, active):
            await self._write(number, activation_record(self.file, log_id, datetime.now(UTC)))
            log_events.POLICY_TAKES_OVER(partition=number, policy=self.file.label, former=active.label)
        if self.app.settings.time == "wall":
            await self._tick(number, active.frame, datetime.now(UTC))

    async def run(self) -> None:
        """Whenever a business day has begun and settled write a tick into each partition; until cancelled. Refusal."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = datetime.now(UTC)
            for number, partition in list(self.partitions.items()):
                if partition.policies:
                    await self._look(number, partition.policies.current, now)

    async def stop(self) -> None:
        """Close the producer."""
        if self._producer is not None:
            await self._producer.stop()

    def _takes_over(self, number: int, file: Policy, active: Policy) -> bool:
        """Compare the file with the policy in force, as often as that has changed."""
        if self._compared.get(number) is active:
            return False
        self._compared[number] = active
        try:
            newer = takes_over(file, active)
        except NotAllowed as why:
            raise Refusal(f"partition {number}: {why}") from None
        if file.version < active.version:
            log_events.POLICY_FILE_OLDER(partition=number, policy=active.label, file=file.label)
        return newer

    async def _look(self, number: int, active: Policy, now: datetime) -> None:
        if self.file is not None:
            self._takes_over(number, self.file, active)
        if self.app.settings.time == "wall" and self._ticked.get(number) != settled_day(now, active.frame):
            await self._try_to_tick(number, active.frame, now)

    async def _try_to_tick(self, number: int, frame: Frame, now: datetime) -> None:
        try:
            await self._tick(number, frame, now)
        except KafkaError as error:
            log_events.TICK_FAILED(partition=number, topic=self.log, reason=in_short(error))

    async def _tick(self, number: int, frame: Frame, now: datetime) -> None:
        event = ClockTicked(id=f"tick:{number}:{now.isoformat()}", source="/tiering", time=now, data=Tick(at=now))
        await self._write(number, codec.encode_control(event))
        day = settled_day(now, frame)
        if day not in self._ticked.values():
            log_events.DAY_BEGUN(day=date_of(day))
        self._ticked[number] = day
        metrics.TICKS.inc()

    async def _write(self, number: int, value: bytes) -> None:
        if self._producer is None:
            producer = self.app.cluster.producer(enable_idempotence=True, **PRODUCER)
            await producer.start()
            self._producer = producer
        sent = time.time()
        self.app.observation.wrote(sent, await self._producer.send_and_wait(self.log, value, partition=number))


def settled_day(now: datetime, frame: Frame) -> int:
    """The business day whose midnight lies `settle_minutes` back, or more."""
    return business_day(now - timedelta(minutes=frame.settle_minutes), frame.zone)
