"""Whether every customer can be looked up, as Redis says once a second."""

import asyncio
import time
from collections.abc import Mapping
from typing import Never

from redis.exceptions import RedisError

from service import metrics
from service.logs import log_events
from service.logs.error_words import in_short
from service.partition_names import numbers
from service.settings import SettingsError
from service.stored_profiles import StoredProfiles
from service.web.probes import State

ROLE = metrics.QUERY_ROLE
LOOK_SECONDS = 1.0


class QueryState:
    """One a process. Once it was ready it stays so for the probes: what it lacks then, each answer says for itself."""

    def __init__(self, profiles: StoredProfiles, partitions: int) -> None:
        self._profiles, self._partitions = profiles, partitions
        self._waits_for: str | None = "Redis to answer"
        self._has_worked = False

    def state(self) -> State:
        """For the probes."""
        if self._has_worked:
            return State(ROLE, None, (), has_worked=True, degraded=self._waits_for)
        return State(ROLE, self._waits_for, (), has_worked=True)  # it has started: to start it again would not help

    async def watch(self) -> Never:
        """Look once a second, until cancelled. SettingsError where the read model has other partitions than the settings say."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """See how things stand, and tell when that has changed."""
        try:
            read_to = await self._profiles.read_to()
        except (RedisError, OSError) as error:
            self._now_waits_for(f"Redis to answer ({in_short(error)})")
            read_to = {}
            metrics.REDIS_UP.labels(ROLE).set(0)
        else:
            metrics.REDIS_UP.labels(ROLE).set(1)
            self._now_waits_for(self._lacks(read_to))
        oldest = min(read_to.values()) if self._waits_for is None else float("nan")
        metrics.READ_MODEL_AGE.set(time.time() - oldest)

    def _lacks(self, read_to: Mapping[int, float]) -> str | None:
        if self._partitions in read_to:
            raise SettingsError(
                f"TIERING_PARTITIONS is {self._partitions}, and the read model in Redis has more: set it to what the workers have"
            )
        filling = [number for number in range(self._partitions) if number not in read_to]
        return f"the read model to fill {numbers(filling)}" if filling else None

    def _now_waits_for(self, reason: str | None) -> None:
        if reason is None and self._waits_for is not None:
            log_events.QUERY_READY()
        elif reason is not None and self._waits_for != reason:
            log_events.QUERY_WAITS(reason=reason)
        self._waits_for = reason
        self._has_worked = self._has_worked or reason is None
