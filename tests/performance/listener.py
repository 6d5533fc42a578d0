"""Notes when announcements can be read by a reader of committed records."""

import asyncio
import time

import orjson
from aiokafka import AIOKafkaConsumer

from schemas import topics
from service.settings import Settings


class Listener:
    """Listens to tier changes from `start` to `stop`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._heard: list[tuple[bytes, float]] = []
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """The topic has to be there."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Raises what went wrong while listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            if not self._task.cancelled():
                self._task.result()

    def take(self) -> dict[str, float]:
        """When the first announcement that an event caused was there (monotonic seconds), by event; each is told once."""
        heard, self._heard = self._heard, []
        found: dict[str, float] = {}
        for value, at in heard:
            if (cause := orjson.loads(value)["data"].get("cause")) is not None:
                found.setdefault(cause["id"], at)
        return found

    async def _run(self) -> None:
        consumer = AIOKafkaConsumer(
            self.settings.topic(topics.TIER_CHANGES),
            bootstrap_servers=self.settings.kafka,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            fetch_max_wait_ms=20,
        )
        async with consumer:
            while True:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    now = time.monotonic()
                    self._heard += [(record.value, now) for record in records]
