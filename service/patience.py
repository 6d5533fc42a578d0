"""Patience with a Redis that is away: it is asked again until it answers; it is seen that it is away, and for how long."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from redis.exceptions import RedisError

from service import metrics
from service.logs import log_events
from service.logs.error_words import in_short

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0


class Patience:
    """One a process of the role read-model."""

    def __init__(self) -> None:
        self.away = False
        """Whether Redis did not answer the last time."""
        self._since = 0.0
        self._waited_to = 0.0
        """Up to then (monotonic seconds) waits are counted: partitions wait at once, and time goes by but once."""

    async def answer(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """What Redis answers to this, whenever that is."""
        pause, since = FIRST_PAUSE, time.monotonic()
        while True:
            try:
                answer = await ask()
            except (RedisError, OSError) as error:
                self.away_for(error)
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
                since = self._waited(since)
            else:
                if self.away:
                    self._waited(since)
                self._back()
                return answer

    def away_for(self, error: Exception) -> None:
        """It did not answer, for this reason."""
        metrics.REDIS_UP.labels("read-model").set(0)
        if not self.away:
            self.away, self._since = True, time.monotonic()
            log_events.REDIS_AWAY(reason=in_short(error))

    def _back(self) -> None:
        metrics.REDIS_UP.labels("read-model").set(1)
        if self.away:
            self.away = False
            log_events.REDIS_BACK(seconds=round(time.monotonic() - self._since, 1))

    def _waited(self, since: float) -> float:
        """Count the time since then, as far as it is not counted yet; the present moment."""
        now = time.monotonic()
        metrics.REDIS_WAIT_SECONDS.inc(now - max(since, self._waited_to))
        self._waited_to = now
        return now
